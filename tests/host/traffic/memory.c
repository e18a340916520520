// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the worker does not get while it sends: packets are lost and counted
 * as used, whole ones arrive, and the queue goes on.
 *
 * Each place that can fail is tried, first on a queue that has no memory for
 * packets yet, then on one that has some.
 */
#define _GNU_SOURCE
#include "lib/faults.h"
#include "lib/workers.h"
#include "traffic/tests.h"

enum { FRAMES = 20, MOST = 200 };

static pid_t worker(void)
{
	unsigned int count = 0;
	pid_t tid = find_worker("/proc/self/task", &count);

	if (!tid)
		report_die("no worker");
	return tid;
}

/* Backends own the memory: a new one has none. */
static void renew(struct device *d, const struct link *l)
{
	if (device_set_backend(d, -1) || device_set_backend(d, l->backend))
		report_die("backend");
}

/* Return: how many places failed; @error: what went wrong then, or NULL. */
static unsigned int each_place(struct traffic *t, bool anew, const char **error)
{
	unsigned int n = 0;
	bool hit = true;

	*error = NULL;
	while (hit && n < MOST && !*error) {
		if (anew)
			renew(t->d, t->link);
		fault_inject(worker(), ++n);
		*error = traffic_more(t, FRAMES, 0);
		hit = fault_stop();
	}
	return n - 1;
}

static void one(bool anew)
{
	struct traffic_plan plan = { .lossy = true, .rx_buf = 2048 };
	const char *error;
	struct traffic t;
	struct device d;
	unsigned int n = 0;
	struct link l;

	device_open(&d);
	link_tap(&l, header_bytes(F_V1));
	if (device_ready(&d, F_V1, 256) || device_set_backend(&d, l.backend))
		report_die("configuration");
	traffic_open(&t, &d, &l, &plan);
	error = traffic_more(&t, FRAMES, 0);
	if (!error)
		n = each_place(&t, anew, &error);
	report_ok(!error && n > 1 && n < MOST - 1,
		  "%u places without memory, %s: %s", n,
		  anew ? "first packets" : "later packets", error ?: "fine");
	t.plan.lossy = false;
	error = traffic_more(&t, FRAMES, 0);
	report_ok(!error, "then all packets: %s", error ?: "fine");
	traffic_close(&t);
	link_close(&l);
	device_close(&d);
}

void traffic_memory(void)
{
	if (!faults_begin()) {
		report_skip("no fault injection", "packets without memory");
		return;
	}
	one(true);
	one(false);
}
