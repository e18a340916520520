// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread scribbles into one queue's ring all the time, while the device
 * works on it and on the other queue, whose traffic must not suffer.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "hostile/tests.h"

struct storm {
	struct victim *v;
	int queue;
	bool stop;
};

static void *scribble(void *arg)
{
	struct storm *s = arg;
	struct hostile h = victim_hostile(s->v, s->queue, 5);
	struct drv_ring *r = h.ring;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		hostile_scribble(&h, 50);
		/* Something new for the device to look at. */
		if (!r->packed)
			__atomic_fetch_add(&r->avail->idx, 3, __ATOMIC_RELEASE);
		victim_poke(s->v, s->queue);
		usleep(200);
	}
	return NULL;
}

static const char *rage(struct victim *v, int queue)
{
	const struct traffic_plan plan = {
		.leave[RX] = queue == RX,
		.leave[TX] = queue == TX,
	};
	struct storm s = { .v = v, .queue = queue };
	static char why[120];
	struct traffic t;
	pthread_t thread;
	int err = 0;

	traffic_open(&t, &v->d, &v->l, &plan);
	for (int i = 0; i < 10 && !t.error && !err; i++) {
		s.stop = false;
		if (pthread_create(&thread, NULL, scribble, &s))
			report_die("thread");
		usleep(10000);
		traffic_more(&t, queue == RX ? 60 : 0, queue == TX ? 60 : 0);
		__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		err = victim_renew(v, queue);
	}
	snprintf(why, sizeof(why), "%s", err ? errno_name(err) : t.error_text);
	traffic_close(&t);
	return *why ? why : NULL;
}

static void try(const char *name, uint64_t features, int queue)
{
	struct victim v;
	const char *why;

	if (!victim_open(&v, features, 64)) {
		report_skip("not offered", "storm, %s", name);
		return;
	}
	why = rage(&v, queue);
	report_ok(!why, "storm, %s, %s: %s", name, queue == TX ? "TX" : "RX",
		  why ? why : "fine");
	victim_close(&v);
}

void hostile_storms(void)
{
	for (int queue = 0; queue < QUEUES; queue++) {
		try("split", F_V1, queue);
		try("split, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT, queue);
		try("split, in order", F_V1 | F_EVENT | F_INDIRECT | F_ORDER,
		    queue);
		try("packed", F_V1 | F_PACKED, queue);
		try("packed, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT |
				   F_PACKED, queue);
		try("packed, in order", F_V1 | F_EVENT | F_PACKED | F_ORDER,
		    queue);
	}
}
