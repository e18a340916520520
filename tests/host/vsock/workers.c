// SPDX-License-Identifier: GPL-2.0-only
/*
 * Worker threads of this device: made, attached, freed, while data flows. Linux
 * has these commands for vhost-scsi alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/worker_cmd.h"
#include "tests.h"

struct changer {
	struct guest *g;
	unsigned int id[3];
	uint32_t changes, errors;
	bool stop;
};

static void *change(void *arg)
{
	struct changer *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		c->errors += worker_attach(c->g->d.fd, c->changes & 1,
				    c->id[c->changes % 3]) != 0;
		c->changes++;
		usleep(300);
	}
	return NULL;
}

static void while_data_flows(struct guest *g, int s, unsigned int first,
			     unsigned int second)
{
	struct changer c = {
		.g = g, .id = { first, second, worker_must_new(g->d.fd) },
	};
	pthread_t thread;
	int good = 0, n;

	pthread_create(&thread, NULL, change, &c);
	/* a change waits for a grace period, which is long on some kernels */
	for (n = 0; n < 200 || (n < 20000 && __atomic_load_n(&c.changes, __ATOMIC_RELAXED) < 6); n++)
		good += data_flows(g, s);
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	report_ok(good == n && c.changes > 5 && !c.errors,
		  "workers changed %u times, %u errors, data right %d of %d times",
		  c.changes, c.errors, good, n);
}

void test_workers(void)
{
	unsigned int first, second;
	struct guest g;
	int s;

	guest_start(&g, F_V1 | F_EVENT, 55, 32);
	if (!guest_is_ours(&g)) {
		report_skip("not for vsock in Linux", "workers");
		guest_close(&g);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	first = worker_of(g.d.fd, RX);
	report_ok(worker_of(g.d.fd, TX) == first, "both queues have worker %u",
		  first);
	went(worker_new(g.d.fd, &second), 0, "NEW_WORKER");
	went(worker_attach(g.d.fd, TX, second), 0, "ATTACH_VRING_WORKER");
	report_ok(worker_of(g.d.fd, TX) == second &&
		  worker_of(g.d.fd, RX) == first, "one queue has another");
	report_ok(data_flows(&g, s), "a worker for each queue");
	went(worker_free(g.d.fd, second), EBUSY, "FREE_WORKER in use");
	while_data_flows(&g, s, first, second);
	worker_attach(g.d.fd, TX, first);
	worker_attach(g.d.fd, RX, first);
	went(worker_free(g.d.fd, second), 0, "FREE_WORKER");
	report_ok(data_flows(&g, s), "one worker again");
	close(s);
	guest_close(&g);
}
