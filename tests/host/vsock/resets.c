// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings that begin anew while connections stay: both of them, somewhere else
 * and at another place; and one of them alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static int begin_at(struct queue *q, uint16_t pos, bool wrap)
{
	drv_restart(&q->ring, pos, wrap);
	return queue_set_state(q, VHOST_SET_VRING_BASE, queue_place(q));
}

static int restart_both(struct guest *g, uint16_t pos, bool wrap)
{
	int err = guest_set_running(g, 0);

	for (int i = 0; i < QUEUES && !err; i++)
		err = begin_at(&g->d.q[i], pos, wrap);
	if (!err)
		err = guest_set_running(g, 1);
	g->tx_open = 0;
	guest_offer(g, 20);
	return err;
}

/* Rings that begin at their beginning are those of a new driver: reboot.c. */
static int from_the_beginning(struct guest *g, int s)
{
	static struct packet p;
	int err = restart_both(g, 0, true);

	if (guest_is_ours(g))
		report_ok(!err && host_error(s, SOON) == ECONNRESET,
			  "both rings at their beginning: a new driver, %s",
			  errno_name(err));
	close(s);
	while (guest_recv(g, &p, NOT))
		;
	g->fwd_cnt = 0;
	s = host_to_guest(g, SOCK_STREAM);
	report_ok(s >= 0 && data_flows(g, s), "both rings at their beginning");
	return s;
}

static void elsewhere(struct guest *g, int s, uint16_t pos, bool wrap)
{
	int err = restart_both(g, pos, wrap);

	report_ok(!err && data_flows(g, s), "both rings at %u %d: %s", pos,
		  wrap, errno_name(err));
}

/* The other ring goes on where it was, with what is in it. */
static void one(struct guest *g, int s, int index)
{
	struct queue *q = &g->d.q[index];
	int err = guest_set_running(g, 0);

	if (!err)
		err = queue_set_state(q, VHOST_SET_VRING_NUM, GUEST_NUM);
	if (!err)
		err = queue_set_addr(q);
	if (!err)
		err = begin_at(q, 0, true);
	if (!err)
		err = guest_set_running(g, 1);
	if (index == RX)
		guest_offer(g, 20);
	else
		g->tx_open = 0;
	report_ok(!err && data_flows(g, s), "a new %s ring alone: %s",
		  index == RX ? "RX" : "TX", errno_name(err));
}

static void try(const char *name, uint64_t features)
{
	struct guest g;
	bool on = true;
	int s;

	if (!guest_start(&g, features, 57, 20)) {
		report_skip("not offered", "ring reset, %s", name);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	elsewhere(&g, s, features & F_PACKED ? 100 : 65500,
		  !(features & F_PACKED));
	one(&g, s, RX);
	one(&g, s, TX);
	for (int i = 0; i < 50 && on; i++)
		on = data_flows(&g, s);
	report_ok(on, "%s: it goes on", name);
	s = from_the_beginning(&g, s);
	close(s);
	guest_close(&g);
}

void test_resets(void)
{
	try("split", F_V1);
	try("split, all", F_V1 | F_EVENT | F_INDIRECT);
	try("packed", F_V1 | F_PACKED);
}
