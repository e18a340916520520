// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every attack of tests/driver/hostile.h on each queue of a guest: its owner
 * hears of it once, the guest next to it goes on, and it can begin anew. The
 * hostile program does the same with net, in more shapes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../driver/hostile.h"
#include "tests.h"

#define BAD_GPA 0x200000000ull

enum { GOOD_BYTES = 1 << 20, CID = 63 };

static const struct {
	const char *name;
	uint64_t features;
} kinds[] = {
	{ "split", F_V1 | F_EVENT | F_INDIRECT },
	{ "packed", F_V1 | F_EVENT | F_INDIRECT | F_PACKED },
};

/* Make the device look at a queue. */
static void poke(struct guest *g, int queue)
{
	int s;

	queue_kick(&g->d.q[queue]);
	if (queue == TX)
		return;
	/* a request waits to be given to the guest */
	s = host_socket(SOCK_STREAM, false);
	host_connect(s, g->cid);
	close(s);
}

static bool notified(struct guest *g, int queue, const struct hostile_attack *a)
{
	bool must = a->cause != RING_OK && a->cause != HOSTILE_ANY;
	int fd = g->d.q[queue].err;
	uint64_t n = event_wait(fd, must ? SOON : 5);

	poke(g, queue);
	usleep(1000);
	n += event_wait(fd, 0);
	return a->cause == HOSTILE_ANY ? n <= 1 : n == must;
}

static int begin_anew(struct guest *g)
{
	int err = guest_set_running(g, 0);

	for (int i = 0; i < QUEUES && !err; i++) {
		struct queue *q = &g->d.q[i];

		drv_exit(&q->ring);
		close(q->kick);
		close(q->call);
		close(q->err);
		if (i == RX)
			memory_reset(&g->d.mem);
		queue_make(&g->d, i, GUEST_NUM);
		err = queue_setup(q);
	}
	g->tx_open = 0;
	return err ? err : guest_set_running(g, 1);
}

static bool works(struct guest *g)
{
	static struct packet p;
	int s;

	guest_offer(g, 20);
	while (guest_recv(g, &p, 2))
		;	/* requests from before */
	s = host_to_guest(g, SOCK_STREAM);
	if (s < 0 || !data_flows(g, s))
		return false;
	close(s);
	return true;
}

static const char *attack(const struct hostile_attack *a, uint64_t features,
			  int queue, struct guest *next, int s)
{
	const char *why = NULL;
	struct hostile h;
	struct guest g;

	guest_start(&g, features, CID, 0);
	h = (struct hostile){
		.ring = &g.d.q[queue].ring,
		.good = { .host = memory_take(&g.d.mem, GOOD_BYTES, 4096),
			  .size = GOOD_BYTES },
		.bad = BAD_GPA,
		.seed = 11 + queue,
	};
	h.good.addr = memory_gpa(&g.d.mem, h.good.host);
	if (!hostile_fits(&h, a)) {
		guest_close(&g);
		return "";
	}
	a->strike(&h);
	poke(&g, queue);
	if (!notified(&g, queue, a))
		why = "its owner was not notified once";
	else if (!data_flows(next, s))
		why = "the guest next to it suffers";
	else if (begin_anew(&g) || !works(&g))
		why = "it cannot begin anew";
	guest_close(&g);
	return why;
}

void test_rings(void)
{
	struct guest next;
	int s;

	guest_start(&next, F_V1, CID + 1, 32);
	s = host_to_guest(&next, SOCK_STREAM);
	for (unsigned int k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		uint32_t done = 0;

		for (uint32_t i = 0; i < 2 * hostile_count; i++) {
			const struct hostile_attack *a = &hostile_attacks[i / 2];
			const char *why = attack(a, kinds[k].features, i % 2,
						 &next, s);

			if (why && *why)
				report_ok(false, "%s, %s, %s: %s", a->name,
					  kinds[k].name, i % 2 ? "TX" : "RX",
					  why);
			done += !why;
		}
		report_ok(done > 20, "%s rings: %u attacks withstood",
			  kinds[k].name, done);
	}
	close(s);
	guest_close(&next);
}
