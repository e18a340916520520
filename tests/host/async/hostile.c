// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings overwritten with random bytes while requests are outstanding: the queue
 * breaks once, the others go on, and after a stop a sane ring works.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "async/world.h"

enum { ROUNDS = 25, VICTIM = 0 };

static void overwrite(struct queue *q)
{
	for (int a = 0; a < DRV_AREAS; a++) {
		size_t n = drv_area_bytes(q->cfg.format, q->cfg.num, a, true);
		uint8_t *at = q->cfg.area[a];

		while (n) {
			ssize_t got = getrandom(at, n < 256 ? n : 256, 0);

			if (got < 0)
				report_die("getrandom");
			at += got;
			n -= got;
		}
	}
}

/* Until the device complains; how often it did. */
static uint64_t break_ring(struct world *w)
{
	struct queue *q = &w->d.q[VICTIM];
	uint64_t errors = 0;

	for (int i = 0; i < 200 && !errors; i++) {
		overwrite(q);
		queue_kick(q);
		errors = event_wait(q->err, 3);
	}
	for (int i = 0; i < 3; i++) {
		overwrite(q);
		queue_kick(q);
		errors += event_wait(q->err, 5);
	}
	return errors;
}

/* The other queues, while the victim lies there. */
static void others_go_on(struct world *w)
{
	uint64_t before[ASYNC_QUEUES];
	uint64_t end = now_ms() + 10000;
	bool all = false;

	for_each_lane(w, lane)
		before[lane->index] = lane->back;
	while (!all && now_ms() < end && !w->error) {
		all = true;
		for (struct lane *l = w->lane + 1; l < w->lane + ASYNC_QUEUES;
		     l++)
			all &= l->back >= before[l->index] + 50;
		for (struct lane *l = w->lane + 1; l < w->lane + ASYNC_QUEUES;
		     l++) {
			world_fill_lane(w, l, 10);
			world_collect_lane(w, l);
		}
		usleep(1000);
	}
	if (!all)
		world_wrong(w, "the other queues stand still");
}

static void check_counters(struct world *w)
{
	for (int i = 0; i < ASYNC_QUEUES; i++) {
		struct async_stats s = world_stats(w, i);

		if (s.in_flight ||
		    s.kept != s.pushed + s.given_back + s.dropped)
			world_wrong(w, "queue %d: %u in flight, %llu kept, %llu pushed, %llu given back, %llu dropped",
				    i, s.in_flight, (unsigned long long)s.kept,
				    (unsigned long long)s.pushed,
				    (unsigned long long)s.given_back,
				    (unsigned long long)s.dropped);
		/* chains that are no requests are popped, and not kept */
		if (s.popped < s.pushed + s.dropped ||
		    s.abandoned < s.dropped)
			world_wrong(w, "queue %d: %llu popped, %llu pushed, %llu dropped, %llu abandoned",
				    i, (unsigned long long)s.popped,
				    (unsigned long long)s.pushed,
				    (unsigned long long)s.dropped,
				    (unsigned long long)s.abandoned);
	}
}

static void try(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	uint32_t good = 0, rounds = 0;
	int err;

	w->run.max_delay_us = 20000;
	err = world_start(w);
	while (!err && !w->error && rounds < ROUNDS) {
		world_for(w, 15);
		good += break_ring(w) == 1;
		if (!w->error)
			others_go_on(w);
		err = world_stop(w);
		if (!w->error)
			check_counters(w);
		if (!err)
			err = world_renew(w);
		rounds++;
	}
	if (!err)
		world_more(w, 500);
	report_ok(!err && !w->error, "%s: %u rings broken: %s, %s", kind->name,
		  rounds, errno_name(err), w->error ? w->error : "fine");
	report_ok(good == rounds, "%s: %u of %u broke, once each", kind->name,
		  good, rounds);
	world_close(w);
}

void part_hostile(void)
{
	for (int k = 0; k < KINDS; k++)
		try(&kinds[k]);
}
