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

#include "tests.h"

static int attach(const struct guest *g, unsigned int queue, unsigned int id)
{
	struct uapi_vring_worker w = { queue, id };

	return cmd(g->d.fd, VHOST_ATTACH_VRING_WORKER, &w);
}

static unsigned int worker_of(const struct guest *g, unsigned int queue)
{
	struct uapi_vring_worker w = { queue, ~0u };

	if (cmd(g->d.fd, VHOST_GET_VRING_WORKER, &w))
		report_die("VHOST_GET_VRING_WORKER");
	return w.worker_id;
}

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
		c->errors += attach(c->g, c->changes & 1,
				    c->id[c->changes % 3]) != 0;
		c->changes++;
		usleep(300);
	}
	return NULL;
}

static void while_data_flows(struct guest *g, int s, unsigned int first,
			     unsigned int second)
{
	struct uapi_worker third = { 0 };
	struct changer c = { .g = g, .id = { first, second } };
	pthread_t thread;
	int good = 0, n;

	cmd(g->d.fd, VHOST_NEW_WORKER, &third);
	c.id[2] = third.worker_id;
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
	struct uapi_worker w = { 0 };
	unsigned int first;
	struct guest g;
	int s;

	guest_start(&g, F_V1 | F_EVENT, 55, 32);
	if (!guest_is_ours(&g)) {
		report_skip("not for vsock in Linux", "workers");
		guest_close(&g);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	first = worker_of(&g, RX);
	report_ok(worker_of(&g, TX) == first, "both queues have worker %u",
		  first);
	went(cmd(g.d.fd, VHOST_NEW_WORKER, &w), 0, "NEW_WORKER");
	went(attach(&g, TX, w.worker_id), 0, "ATTACH_VRING_WORKER");
	report_ok(worker_of(&g, TX) == w.worker_id &&
		  worker_of(&g, RX) == first, "one queue has another");
	report_ok(data_flows(&g, s), "a worker for each queue");
	went(cmd(g.d.fd, VHOST_FREE_WORKER, &w), EBUSY, "FREE_WORKER in use");
	while_data_flows(&g, s, first, w.worker_id);
	attach(&g, TX, first);
	attach(&g, RX, first);
	went(cmd(g.d.fd, VHOST_FREE_WORKER, &w), 0, "FREE_WORKER");
	report_ok(data_flows(&g, s), "one worker again");
	close(s);
	guest_close(&g);
}
