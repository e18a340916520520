// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests in all queues at once, completed in one kind of context, or in all.
 */
#include "async/world.h"

enum { REQUESTS = 3000 };

static const struct {
	const char *name;
	uint32_t places;
} contexts[] = {
	{ "hard interrupts", ASYNC_HARDIRQ },
	{ "softirqs", ASYNC_SOFTIRQ },
	{ "threads", ASYNC_THREAD },
	{ "all contexts", ANYWHERE },
};

static void try(const struct kind *kind, unsigned int i)
{
	struct world *w = world_open(kind, contexts[i].places);
	const char *name = contexts[i].name, *why = NULL;
	uint64_t back = 0;
	int err = world_start(w);

	if (!err)
		why = world_more(w, REQUESTS);
	for_each_lane(w, lane)
		back += lane->back;
	report_ok(!err && !why && back == REQUESTS && w->overtaken,
		  "%s, %s: %llu of %u back, %llu overtaken: %s, %s", kind->name,
		  name, (unsigned long long)back, REQUESTS,
		  (unsigned long long)w->overtaken, errno_name(err),
		  why ? why : "fine");
	report_ok(world_mirror_ok(w), "%s, %s: nothing else was written",
		  kind->name, name);
	world_close(w);
}

/* Chains that are no requests come back at once. */
static void no_requests(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	struct queue *q = w->lane[0].q;
	struct drv_buf buf = { MEMORY_DATA_GPA, 40 };
	struct drv_chain read = { .buf = &buf, .n_read = 1, .token = 1 };
	struct drv_chain write = { .buf = &buf, .n_write = 1, .token = 2 };
	struct drv_used u = { .len = 99 };
	int err = world_start(w), good = 0;

	drv_add(&q->ring, &read);
	drv_add(&q->ring, &write);
	drv_publish(&q->ring);
	queue_kick(q);
	for (int i = 0; i < 2 && !err; i++) {
		while (!drv_used_pending(&q->ring) && event_wait(q->call, 2000))
			;
		good += drv_get_used(&q->ring, &u) == DRV_GOT && !u.len;
	}
	report_ok(!err && good == 2, "%s: no requests: %d of 2 back",
		  kind->name, good);
	world_close(w);
}

void part_traffic(void)
{
	for (int k = 0; k < KINDS; k++) {
		for (unsigned int i = 0;
		     i < sizeof(contexts) / sizeof(contexts[0]); i++)
			try(&kinds[k], i);
		no_requests(&kinds[k]);
	}
}
