// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moved to another device under load, as a migration does: the log is switched
 * on, the device stopped, and a second one goes on in the same memory. What the
 * first one wrote since the log was on is in the log, or the guest would miss
 * it at the destination.
 */
#include <stdlib.h>
#include <string.h>

#include "async/world.h"

enum {
	ROUNDS = 8,
	PAGE = 4096,
	LOG_BYTES = (MEMORY_DATA_GPA + MEMORY_DATA) / PAGE / 8 + 1,
	USED_BYTES = 6 + 8 * NUM,	/* of a split ring */
};

struct before {
	uint8_t half[ASYNC_QUEUES][HALF_BYTES];
	uint8_t used[ASYNC_QUEUES][USED_BYTES];
	uint64_t back[ASYNC_QUEUES];
};

static bool is_logged(const uint8_t *log, uint64_t gpa)
{
	return log[gpa / PAGE / 8] >> gpa / PAGE % 8 & 1;
}

static int log_on(struct world *w, uint8_t *log)
{
	uint64_t base = (uintptr_t)log, features = w->features | F_LOG_ALL;
	int err = cmd(w->d.fd, VHOST_SET_LOG_BASE, &base);

	if (!err)
		err = cmd(w->d.fd, VHOST_SET_FEATURES, &features);
	for (int i = 0; i < ASYNC_QUEUES && !err; i++) {
		w->d.q[i].log = true;
		err = queue_set_addr(&w->d.q[i]);
	}
	return err;
}

static size_t used_bytes(const struct queue *q)
{
	return drv_area_bytes(q->cfg.format, q->cfg.num, DRV_DEVICE,
			      q->cfg.features & DRV_F_EVENT_IDX);
}

static void look(struct world *w, struct before *b)
{
	for_each_lane(w, lane) {
		uint32_t i = lane->index;

		memory_get(&w->d.mem, world_write_gpa(lane), b->half[i],
			   HALF_BYTES);
		memcpy(b->used[i], lane->q->cfg.area[DRV_DEVICE],
		       used_bytes(lane->q));
		b->back[i] = lane->back;
	}
}

/* Bytes that changed in pages that are not in the log. */
static uint32_t missing_payload(struct world *w, struct lane *lane,
				const struct before *b, const uint8_t *log)
{
	uint64_t gpa = world_write_gpa(lane);
	uint8_t *now = malloc(HALF_BYTES);
	uint32_t n = 0;

	if (!now)
		report_die("memory");
	memory_get(&w->d.mem, gpa, now, HALF_BYTES);
	for (uint32_t i = 0; i < HALF_BYTES; i++)
		n += now[i] != b->half[lane->index][i] &&
		     !is_logged(log, gpa + i);
	free(now);
	return n;
}

/* Used descriptors of a packed ring are in memory that the driver writes, too:
 * there the first page stands for all.
 */
static uint32_t missing_ring(struct world *w, struct lane *lane,
			     const struct before *b, const uint8_t *log)
{
	const struct drv_config *c = &lane->q->cfg;
	const uint8_t *used = c->area[DRV_DEVICE];
	uint32_t n = 0;

	for (size_t i = 0; i < used_bytes(lane->q); i++)
		n += used[i] != b->used[lane->index][i] &&
		     !is_logged(log, memory_gpa(&w->d.mem, used + i));
	if (c->format == DRV_PACKED && lane->back != b->back[lane->index])
		n += !is_logged(log, memory_gpa(&w->d.mem, c->area[DRV_DESC]));
	return n;
}

static int move(struct world *w, struct before *b, uint32_t *missing)
{
	uint8_t *log = calloc(1, LOG_BYTES);
	uint32_t base[ASYNC_QUEUES];
	int err;

	if (!log)
		report_die("log");
	err = log_on(w, log);
	look(w, b);
	if (!err && !world_for(w, 5 + world_rnd(w, 40)))
		err = world_stop(w);
	if (!err && !world_exact(w, base)) {
		for_each_lane(w, lane)
			*missing += missing_payload(w, lane, b, log) +
				    missing_ring(w, lane, b, log);
		err = world_take_over(w, base);
	}
	free(log);
	return err;
}

static void try(const struct kind *kind)
{
	struct world *w = world_open(kind, ANYWHERE);
	struct before *b = malloc(sizeof(*b));
	uint32_t missing = 0, rounds = 0;
	int err = world_start(w);

	if (!b)
		report_die("memory");
	while (!err && !w->error && rounds < ROUNDS) {
		world_for(w, 20);
		err = move(w, b, &missing);
		rounds++;
	}
	if (!err)
		world_finish(w);
	report_ok(!err && !w->error && world_mirror_ok(w),
		  "%s: %u moves: %s, %s", kind->name, rounds, errno_name(err),
		  w->error ? w->error : "fine");
	report_ok(!missing, "%s: %u changed bytes are not in the log",
		  kind->name, missing);
	free(b);
	world_close(w);
}

void part_migrate(void)
{
	for (int k = 0; k < KINDS; k++)
		try(&kinds[k]);
}
