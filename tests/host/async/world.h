/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device /dev/vhost-test-async with requests in all of its queues, each
 * response checked. One thread drives all queues; it sleeps with notifications
 * enabled when there is nothing to do, so a lost notification makes it stand
 * still, and that is a failure.
 *
 * Each queue owns a part of the guest's data memory, one half to be read by the
 * device and one to be written, cut into slots of one request each. The half
 * that is written is written by nobody but the device: a mirror of it says what
 * must be there.
 */
#ifndef RINGSIDE_HOST_ASYNC_WORLD_H
#define RINGSIDE_HOST_ASYNC_WORLD_H

#include "../../kmod/async/async.h"
#include "lib/device.h"
#include "lib/report.h"

#define NODE "/dev/vhost-test-async"

enum {
	NUM = 128,		/* descriptors of a ring */
	STRIDE = 1024,		/* bytes of a slot, in each half */
	SLOTS = 192,
	LANE_BYTES = MEMORY_DATA / ASYNC_QUEUES,
	HALF_BYTES = LANE_BYTES / 2,
	ANYWHERE = ASYNC_HARDIRQ | ASYNC_SOFTIRQ | ASYNC_THREAD,
	ENOUGH_MS = 20000,	/* for a stop to end in time */
};

struct slot {
	bool taken;
	bool may_vanish, must_vanish;	/* its memory leaves the table */
	uint32_t nth;		/* request of its queue */
	uint32_t len;		/* bytes to be written */
	uint64_t gpa;		/* where */
	uint64_t tag, sum;
};

struct lane {
	struct queue *q;
	uint32_t index;
	struct slot slot[SLOTS];
	uint8_t mirror[HALF_BYTES];
	uint32_t next;		/* slot to look at */
	uint64_t taken_before;	/* what the device had popped before that */
	uint64_t added, back;	/* requests of this ring */
	uint64_t vanished;	/* of these, back with no byte written */
	uint32_t last;		/* the youngest that is back */
};

struct world {
	struct device d;
	struct lane lane[ASYNC_QUEUES];
	struct async_run run;
	uint64_t features;
	uint64_t random;
	uint64_t left;		/* requests to add; UINT64_MAX: no end */
	uint64_t back;		/* requests, in all rings */
	uint64_t overtaken;	/* responses behind those of younger requests */
	uint64_t stamp;		/* ms, of the last progress */
	const char *error;	/* the first thing that was wrong */
	char error_text[120];
};

struct kind {
	const char *name;
	uint64_t features;
};

enum { KINDS = 4, FULL_SPLIT = 1, FULL_PACKED = 3 };
extern const struct kind kinds[KINDS];

/** world_new() - an open device, nothing else */
struct world *world_new(uint64_t features);

/** world_open() - the same with an owner and all queues configured */
struct world *world_open(const struct kind *kind, uint32_t places);

/** world_close() - whatever state it is in; frees @w */
void world_close(struct world *w);

/* ASYNC_SET_RUNNING with @w->run; the errno. */
int world_start(struct world *w);
int world_stop(struct world *w);

/** world_let_go() - complete what is held */
void world_let_go(struct world *w);

/** world_stats() - of one queue; ends the test on an error */
struct async_stats world_stats(struct world *w, uint32_t queue);

/** world_add() - one request; false when there is no room */
bool world_add(struct world *w, struct lane *lane);

/** world_fill_lane() - up to @n requests in one queue, shown to the device */
void world_fill_lane(struct world *w, struct lane *lane, uint32_t n);

/** world_fill() - the same in each queue */
void world_fill(struct world *w, uint32_t n);

/** world_collect() - take whatever is used, at once */
void world_collect(struct world *w);

/** world_collect_lane() - the same of one queue */
void world_collect_lane(struct world *w, struct lane *lane);

/** world_all_taken() - wait until the device has popped all requests */
bool world_all_taken(struct world *w);

/* Run; the first error of @w, or NULL. For so long, until so many more requests
 * are back, or until all are back and none is added.
 */
const char *world_for(struct world *w, uint32_t ms);
const char *world_more(struct world *w, uint64_t requests);
const char *world_finish(struct world *w);

/**
 * world_exact() - after a stop: is each request that was taken in the ring
 * @base: filled with the device's
 */
const char *world_exact(struct world *w, uint32_t base[ASYNC_QUEUES]);

/** world_resume() - configure all queues at these places, and start */
int world_resume(struct world *w, const uint32_t base[ASYNC_QUEUES]);

/**
 * world_take_over() - another device goes on at these places in the same memory
 *
 * The old one is closed before or after.
 */
int world_take_over(struct world *w, const uint32_t base[ASYNC_QUEUES]);

/** world_forget() - the driver begins again in new rings at the old place */
void world_forget(struct world *w);

/** world_renew() - the same, and configure the stopped device and start it */
int world_renew(struct world *w);

/** world_mirror_ok() - did the device write nothing that it should not */
bool world_mirror_ok(struct world *w);

/** world_write_gpa() - where the half begins that the device writes */
static inline uint64_t world_write_gpa(const struct lane *lane)
{
	return MEMORY_DATA_GPA + (uint64_t)lane->index * LANE_BYTES + HALF_BYTES;
}

/** world_rnd() - 0 to @below - 1 */
uint32_t world_rnd(struct world *w, uint32_t below);

/** world_wrong() - note an error, if it is the first */
void world_wrong(struct world *w, const char *fmt, ...) LIKE_PRINTF(2);

#define for_each_lane(w, l) \
	for (struct lane *l = (w)->lane; l < (w)->lane + ASYNC_QUEUES; l++)

/* The parts of the program. */
void part_traffic(void);
void part_stops(void);
void part_migrate(void);
void part_moves(void);
void part_iotlb(void);
void part_held(void);
void part_hostile(void);
void part_ends(void);
void part_storm(void);

#endif /* RINGSIDE_HOST_ASYNC_WORLD_H */
