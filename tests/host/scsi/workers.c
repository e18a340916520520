// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker for each queue, as QEMU's worker_per_virtqueue=on does it, and
 * workers that change while commands go.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "lib/worker_cmd.h"
#include "tests.h"

/* Before the endpoint is set, as QEMU does it. */
static void per_queue(const struct kind *k)
{
	struct scsi_guest g;
	unsigned int id[SCSI_QUEUES], first;

	if (!scsi_open(&g, k->features)) {
		report_skip("not offered", "%s", k->name);
		return;
	}
	scsi_queues(&g, 0, SCSI_QUEUES - 1);
	first = worker_of(g.d.fd, SCSI_CONTROL);
	for (unsigned int i = SCSI_IO; i < SCSI_QUEUES; i++) {
		id[i] = worker_must_new(g.d.fd);
		went(worker_attach(g.d.fd, i, id[i]), 0, "a worker of its own");
	}
	went(scsi_set_endpoint(&g, WWN, 1), 0, "endpoint");
	report_ok(scsi_works(&g, 0) && worker_of(g.d.fd, SCSI_IO) == id[SCSI_IO] &&
		  worker_of(g.d.fd, SCSI_CONTROL) == first,
		  "%s: a worker for each queue", k->name);
	went(worker_free(g.d.fd, id[SCSI_IO]), EBUSY, "a worker in use");
	scsi_close(&g);
}

struct changer {
	struct scsi_guest *g;
	unsigned int id[3];
	uint32_t changes, errors;
	bool stop;
};

static void *change(void *arg)
{
	struct changer *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		c->errors += worker_attach(c->g->d.fd, c->changes % SCSI_QUEUES,
				    c->id[c->changes % 3]) != 0;
		__atomic_fetch_add(&c->changes, 1, __ATOMIC_RELAXED);
		usleep(300);
	}
	return NULL;
}

static void run(struct scsi_guest *g, const char *name)
{
	struct changer c = { .g = g, .id = { worker_of(g->d.fd, 0) } };
	uint32_t good = 0, n;
	pthread_t thread;

	c.id[1] = worker_must_new(g->d.fd);
	c.id[2] = worker_must_new(g->d.fd);
	pthread_create(&thread, NULL, change, &c);
	/* a change waits for a grace period, which is long on some kernels */
	for (n = 0; n < 200 || (n < 20000 && __atomic_load_n(&c.changes, __ATOMIC_RELAXED) < 10); n++)
		good += scsi_works(g, 0);
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	report_ok(good == n && c.changes >= 10 && !c.errors,
		  "%s: workers changed %u times, %u errors, data right %u of %u times",
		  name, c.changes, c.errors, good, n);
	for (unsigned int i = 0; i < SCSI_QUEUES; i++)
		worker_attach(g->d.fd, i, c.id[0]);
	went(worker_free(g->d.fd, c.id[1]), 0, "one that is free again");
	report_ok(scsi_works(g, 0), "%s: works with one", name);
}

void test_workers(void)
{
	target_up();
	for (unsigned int i = 0; i < n_kinds; i++)
		per_queue(&kinds[i]);
	each_kind(0, run);
	target_down();
}
