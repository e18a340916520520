// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopped under load, with time enough to drain, and started again: what the
 * device took is in the ring, and nothing is lost or done twice.
 */
#include <stdlib.h>

#include "async/world.h"

static void try(const struct kind *kind, uint64_t ms)
{
	struct world *w = world_open(kind, ANYWHERE);
	uint64_t end = now_ms() + ms, back = 0;
	uint32_t base[ASYNC_QUEUES], rounds = 0;
	const char *why = NULL;
	int err = world_start(w);

	while (!err && !why && now_ms() < end) {
		why = world_for(w, 1 + world_rnd(w, 15));
		w->run.max_delay_us = world_rnd(w, 2) ? 20000 : 500;
		err = world_stop(w);
		if (!err && !why)
			why = world_exact(w, base);
		/* requests may come while the device is stopped */
		if (!why && world_rnd(w, 2))
			world_fill(w, 5);
		if (!err && !why)
			err = world_resume(w, base);
		rounds++;
	}
	if (!err && !why)
		why = world_finish(w);
	for_each_lane(w, lane)
		back += lane->back;
	report_ok(!err && !why && world_mirror_ok(w),
		  "%s: %u stops, %llu requests: %s, %s", kind->name, rounds,
		  (unsigned long long)back, errno_name(err),
		  why ? why : "fine");
	for_each_lane(w, lane) {
		struct async_stats s = world_stats(w, lane->index);

		report_ok(s.kept == s.pushed && s.pushed == lane->added &&
			  !s.late && !s.abandoned && !s.vanished,
			  "%s, queue %u: %llu kept, %llu pushed, %llu added",
			  kind->name, lane->index, (unsigned long long)s.kept,
			  (unsigned long long)s.pushed,
			  (unsigned long long)lane->added);
	}
	world_close(w);
}

/* A stop that waits is over as soon as all is completed. */
static void in_time(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	uint32_t base[ASYNC_QUEUES];
	uint64_t start;
	const char *why;

	w->run.max_delay_us = 100000;
	if (world_start(w))
		report_die("start");
	world_fill(w, 10);
	world_all_taken(w);
	start = now_ms();
	if (world_stop(w))
		report_die("stop");
	start = now_ms() - start;
	why = world_exact(w, base);
	report_ok(!why && start < ENOUGH_MS / 4, "%s: stopped in %llu ms: %s",
		  kind->name, (unsigned long long)start, why ? why : "fine");
	world_close(w);
}

static const char *goes_on(struct world *w)
{
	const char *why = world_more(w, 200);

	return why ? why : world_finish(w);
}

/*
 * Firmware sets up one queue and stops; then the system sets up all of them,
 * and once more after a reset of the owner.
 */
static void one_queue_first(const struct kind *kind)
{
	struct world *w = world_new(kind->features);
	int err = device_begin(&w->d, kind->features);
	const char *why = NULL;

	for_each_lane(w, lane)
		queue_make(&w->d, lane->index, NUM);
	if (!err)
		err = queue_setup(&w->d.q[0]);
	if (!err)
		err = world_start(w);
	if (!err)
		err = world_stop(w);
	if (!err)
		err = world_renew(w);
	if (!err)
		why = goes_on(w);
	report_ok(!err && !why, "%s: one queue, then all: %s, %s", kind->name,
		  errno_name(err), why ? why : "fine");
	if (!err)
		err = world_stop(w);
	if (!err)
		err = cmd(w->d.fd, VHOST_RESET_OWNER, NULL);
	if (!err)
		err = device_begin(&w->d, kind->features);
	if (!err)
		err = world_renew(w);
	if (!err)
		why = goes_on(w);
	report_ok(!err && !why, "%s: after RESET_OWNER: %s, %s", kind->name,
		  errno_name(err), why ? why : "fine");
	world_close(w);
}

void part_stops(void)
{
	uint64_t ms = env_number("ASYNC_SECONDS", 10) * 1000;

	/* the long mode has a part of its own */
	if (ms > 60000)
		ms = 60000;
	for (int k = 0; k < KINDS; k++) {
		try(&kinds[k], ms / KINDS);
		in_time(&kinds[k]);
		one_queue_first(&kinds[k]);
	}
}
