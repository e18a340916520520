// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring, memory, and the log move while requests are outstanding.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "async/world.h"

enum {
	ROUNDS = 15,
	PATTERN = 0xaa,
	PAGE = 4096,
	LOG_BYTES = (MEMORY_DATA_GPA + MEMORY_DATA) / PAGE / 8 + 1,
};

/* Requests that the device has and holds, and nothing else in the rings. */
static bool hold(struct world *w, uint32_t n)
{
	world_fill(w, n);
	return world_all_taken(w);
}

/* ---- rings ------------------------------------------------------------ */

static void overwrite(const struct drv_config *c)
{
	for (int a = 0; a < DRV_AREAS; a++)
		memset(c->area[a], PATTERN,
		       drv_area_bytes(c->format, c->num, a, true));
}

static bool is_untouched(const struct drv_config *c)
{
	for (int a = 0; a < DRV_AREAS; a++) {
		const uint8_t *p = c->area[a];

		/* the event index belongs to the area with EVENT_IDX only */
		for (size_t i = 0; i < drv_area_bytes(c->format, c->num, a,
						      false); i++)
			if (p[i] != PATTERN)
				return false;
	}
	return true;
}

static void rings(const struct kind *kind)
{
	struct world *w = world_open(kind, ASYNC_HELD);
	int err = world_start(w), touched = 0;
	uint64_t back = 0;

	for (int i = 0; i < ROUNDS && !err && !w->error && hold(w, 20); i++) {
		struct drv_config old[ASYNC_QUEUES];

		for (int k = 0; k < ASYNC_QUEUES && !err; k++) {
			old[k] = w->d.q[k].cfg;
			queue_copy_ring(&w->d.q[k]);
			err = queue_set_addr(&w->d.q[k]);
			overwrite(&old[k]);
		}
		world_let_go(w);
		world_finish(w);
		for (int k = 0; k < ASYNC_QUEUES; k++)
			touched += !is_untouched(&old[k]);
	}
	for_each_lane(w, lane)
		back += lane->back;
	report_ok(!err && !w->error, "%s: rings moved, %llu requests: %s, %s",
		  kind->name, (unsigned long long)back, errno_name(err),
		  w->error ? w->error : "fine");
	report_ok(!touched, "%s: %d old rings were written", kind->name,
		  touched);
	world_close(w);
}

/* ---- memory ----------------------------------------------------------- */

/* The table without the pieces whose bits are set. */
static int set_table(struct world *w, uint64_t without)
{
	struct vhost_memory *t = memory_table(&w->d.mem);
	uint32_t n = 1;
	int err;

	for (uint32_t i = 0; i < MEMORY_PIECES; i++)
		if (!(without >> i & 1))
			t->regions[n++] = t->regions[1 + i];
	t->nregions = n;
	err = cmd(w->d.fd, VHOST_SET_MEM_TABLE, t);
	free(t);
	return err;
}

static bool touches(const struct slot *slot, uint64_t pieces)
{
	uint64_t first = (slot->gpa - MEMORY_DATA_GPA) / MEMORY_PIECE;
	uint64_t last = (slot->gpa + slot->len - 1 - MEMORY_DATA_GPA) /
			MEMORY_PIECE;

	return pieces >> first & 1 || pieces >> last & 1;
}

/* Tell what will become of the requests in flight; how many are concerned. */
static uint64_t expect_vanishing(struct world *w, uint64_t pieces, bool all)
{
	uint64_t n = 0;

	for_each_lane(w, lane)
		for (int i = 0; i < SLOTS; i++) {
			struct slot *slot = &lane->slot[i];

			if (!slot->taken || !touches(slot, pieces))
				continue;
			slot->must_vanish = all;
			slot->may_vanish = true;
			n++;
		}
	return n;
}

static uint64_t some_pieces(struct world *w)
{
	uint64_t pieces = 0;

	for (int i = 0; i < 8; i++)
		pieces |= 1ull << world_rnd(w, MEMORY_PIECES);
	return pieces;
}

static uint64_t all_vanished(struct world *w)
{
	uint64_t n = 0;

	for_each_lane(w, lane)
		n += lane->vanished;
	return n;
}

static uint64_t counted_vanished(struct world *w)
{
	uint64_t n = 0;

	for (int i = 0; i < ASYNC_QUEUES; i++)
		n += world_stats(w, i).vanished;
	return n;
}

static bool any_error(struct world *w)
{
	bool any = false;

	for (int i = 0; i < ASYNC_QUEUES; i++)
		any |= event_wait(w->d.q[i].err, 0);
	return any;
}

static void memory_held(const struct kind *kind)
{
	struct world *w = world_open(kind, ASYNC_HELD);
	uint64_t expected = 0;
	int err = world_start(w);

	for (int i = 0; i < ROUNDS && !err && !w->error && hold(w, 25); i++) {
		uint64_t gone = some_pieces(w);

		expected += expect_vanishing(w, gone, true);
		err = set_table(w, gone);
		world_let_go(w);
		world_finish(w);
		if (!err)
			err = set_table(w, 0);
	}
	report_ok(!err && !w->error, "%s: memory removed: %s, %s", kind->name,
		  errno_name(err), w->error ? w->error : "fine");
	report_ok(expected && all_vanished(w) == expected &&
		  counted_vanished(w) == expected,
		  "%s: %llu back empty, %llu counted, of %llu", kind->name,
		  (unsigned long long)all_vanished(w),
		  (unsigned long long)counted_vanished(w),
		  (unsigned long long)expected);
	report_ok(!any_error(w), "%s: no queue is broken", kind->name);
	world_close(w);
}

/* The same while they complete. */
static void memory_loaded(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	int err;

	w->run.max_delay_us = 30000;
	err = world_start(w);
	for (int i = 0; i < ROUNDS && !err && !w->error; i++) {
		uint64_t gone = some_pieces(w);

		world_for(w, 10);
		if (!world_all_taken(w))
			break;
		expect_vanishing(w, gone, false);
		err = set_table(w, gone);
		world_finish(w);
		if (!err)
			err = set_table(w, 0);
	}
	report_ok(!err && !w->error && !any_error(w) &&
		  all_vanished(w) == counted_vanished(w),
		  "%s: memory removed under load, %llu back empty: %s, %s",
		  kind->name, (unsigned long long)all_vanished(w),
		  errno_name(err), w->error ? w->error : "fine");
	world_close(w);
}

/* ---- the log ---------------------------------------------------------- */

static int set_log_base(struct world *w, const uint8_t *log)
{
	uint64_t base = (uintptr_t)log;

	return cmd(w->d.fd, VHOST_SET_LOG_BASE, &base);
}

static int log_all(struct world *w)
{
	uint64_t features = w->features | F_LOG_ALL;

	return cmd(w->d.fd, VHOST_SET_FEATURES, &features);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

static void log_moves(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	uint8_t *log[2] = { calloc(1, LOG_BYTES), calloc(1, LOG_BYTES) };
	int err = world_start(w), late = 0, unused = 0;

	if (!err)
		err = set_log_base(w, log[0]);
	if (!err)
		err = log_all(w);
	for (int i = 0; i < ROUNDS && !err && !w->error; i++) {
		uint8_t *old = log[i & 1];

		world_for(w, 8);
		unused += is_zero(old, LOG_BYTES);
		err = set_log_base(w, log[~i & 1]);
		memset(old, 0, LOG_BYTES);
		world_for(w, 8);
		late += !is_zero(old, LOG_BYTES);
	}
	world_finish(w);
	report_ok(!err && !w->error && !late && !unused,
		  "%s: log moved, %d times too late, %d times not at all: %s, %s",
		  kind->name, late, unused, errno_name(err),
		  w->error ? w->error : "fine");
	world_close(w);
	free(log[0]);
	free(log[1]);
}

/* The memory ends earlier, and so does the log, with requests behind the end. */
static void log_shrinks(const struct kind *kind)
{
	const uint64_t half = MEMORY_PIECES / 2;
	const uint64_t gone = ~0ull << half;
	const size_t end = (MEMORY_DATA_GPA + half * MEMORY_PIECE) / PAGE / 8 + 1;
	struct world *w = world_open(kind, ASYNC_HELD);
	uint8_t *log = calloc(1, LOG_BYTES);
	int err = set_log_base(w, log);

	if (!err)
		err = log_all(w);
	if (!err)
		err = world_start(w);
	if (!err && hold(w, 25)) {
		expect_vanishing(w, gone, true);
		err = set_table(w, gone);
		world_let_go(w);
		world_finish(w);
	}
	report_ok(!err && !w->error && !is_zero(log, end) &&
		  is_zero(log + end, LOG_BYTES - end) && !any_error(w),
		  "%s: log shrunk, nothing behind its end: %s, %s", kind->name,
		  errno_name(err), w->error ? w->error : "fine");
	world_close(w);
	free(log);
}

void part_moves(void)
{
	for (int k = 0; k < KINDS; k++) {
		rings(&kinds[k]);
		memory_held(&kinds[k]);
		memory_loaded(&kinds[k]);
		log_moves(&kinds[k]);
		log_shrinks(&kinds[k]);
	}
}
