/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the model test share: both sides of one ring, and the
 * counts that say how far each of them should be. Not for other tests.
 *
 *	taken <= published <= pushed <= popped <= visible <= added
 *
 * One thread plays both sides, a step at a time; whatever the other side may
 * do between two calls happens between two steps.
 *
 *	world.c    a life of a ring from start to end; events on the way
 *	guest.c    the driver's steps
 *	device.c   the device's steps
 *	payload.c  chains: what is in them, and what must come out
 *	oracle.c    notifications: what the specification says
 *	dirty.c    the dirty log: what was really written
 */
#ifndef RINGSIDE_TESTS_MODEL_WORLD_H
#define RINGSIDE_TESTS_MODEL_WORLD_H

#include <setjmp.h>

#include "driver/lazy.h"
#include "fixture/fixture.h"
#include "model.h"

enum {
	MAX_BUFS = 24,		/* in a chain */
	SLOT_BYTES = 96,	/* of payload for a chain, at least 4 a buffer */
	MAX_BATCH = 256,	/* chains in a pop or a push */
	/* a chain's bytes cross one page at most, which cuts one more segment */
	MIN_SEGS = MAX_BUFS + 1,
	MAX_SEGS = 1024,	/* segments in a batch */
	PAGE = 4096,
};

/* How far a side is. Units are what events count: split: chains, packed:
 * descriptors, plus the ring's size when the wrap counter is 0.
 */
struct place {
	u64 chains, units;
};

/* A chain, in its place in the payload. */
struct slot {
	u64 gpa;
	u8 *host;		/* where its first bytes are */
	u8 *rest;		/* and those from cut on */
	u8 cut;			/* SLOT_BYTES: it lies in one region */
	u16 slots;		/* ring descriptors it takes up */
	u16 read_len, write_len;
	u16 written;
	u8 n_read, n_write;
	bool sampled;		/* its bytes are really moved */
	u8 len[MAX_BUFS];
};

/* A chain the device owns. */
struct owned {
	struct ring_chain chain;
	u16 slot;
};

struct world {
	const struct model_config *cfg;
	struct model_result *result;
	jmp_buf failed;
	u64 random;
	struct fx fx;

	/* the model: places, and chains by place */
	struct place added, visible, popped, pushed, published, taken;
	u32 mask;		/* for the three queues below */
	u16 *order;		/* slots as added: [taken or so, added) */
	u16 *done;		/* slots as pushed: [taken, pushed) */
	struct owned *owned;	/* in order, or not: [pushed, popped) */
	struct slot *slot;
	u16 *free;		/* stack of free slots */
	u32 n_free;

	/* the driver */
	bool is_lazy;
	struct lazy lazy;
	u32 tables;		/* of 8 chains, how many use a table */
	bool driver_sleeps;
	bool driver_timer;	/* it wakes up by itself as well */
	u64 sleep_until;	/* units used that must wake it */
	u64 kick_asked;		/* units that were counted for a kick */

	/* the device */
	struct place seen;	/* the furthest it has ever popped */
	bool device_sleeps;
	bool device_timer;
	bool fresh;		/* ring_start() since the last decision */
	u64 call_asked;		/* units that were counted for a call */
	u32 suppression;	/* what it wrote last for the driver */
	u32 batch;		/* chains in a step, at most */
	u32 max_segs;
	bool shuffles;		/* completes out of order */

	/* address space and log */
	bool shot;		/* the IOTLB was emptied; buffers may need more segments */
	u8 *dirty;		/* the log as it should be */
	u32 log_shift;		/* bytes it begins behind an aligned place */
	u32 *page_of;		/* guest page, by host page */

	u64 until_event;	/* steps */
	u64 idle;		/* steps without progress */

	struct ring_chain chain[MAX_BATCH];
	struct ring_seg seg[MAX_SEGS];
	u64 guest[MAX_SEGS];
	struct ring_done finish[MAX_BATCH];
};

/* ---- chance ----------------------------------------------------------- */

static inline u32 chance(struct world *w)
{
	u64 x = w->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	w->random = x;
	return (x * 0x2545f4914f6cdd1dull) >> 32;
}

/* 0 to n - 1 */
static inline u32 below(struct world *w, u32 n)
{
	return (u64)chance(w) * n >> 32;
}

static inline bool one_in(struct world *w, u32 n)
{
	return !below(w, n);
}

/* ---- places ----------------------------------------------------------- */

static inline bool is_packed(const struct world *w)
{
	return w->cfg->format == DRV_PACKED;
}

static inline bool has(const struct world *w, u32 feature)
{
	return w->cfg->features & feature;
}

static inline void advance(const struct world *w, struct place *p,
			   const struct slot *s)
{
	p->chains++;
	p->units += is_packed(w) ? s->slots : 1;
}

static inline void go_back(const struct world *w, struct place *p,
			   const struct slot *s)
{
	p->chains--;
	p->units -= is_packed(w) ? s->slots : 1;
}

static inline struct slot *added_slot(struct world *w, u64 chain)
{
	return &w->slot[w->order[chain & w->mask]];
}

/* ---- world.c ---------------------------------------------------------- */

/** fail() - end this configuration with a message */
void fail(struct world *w, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#define check(w, what, ...) \
	do { \
		if (__builtin_expect(!(what), 0)) \
			fail((w), __VA_ARGS__); \
	} while (0)

/** again() - was it a translation miss? then it is there now; broken: fail */
bool again_slow(struct world *w, enum ring_result rc);

static inline bool again(struct world *w, enum ring_result rc)
{
	if (__builtin_expect(rc == RING_GOT || rc == RING_EMPTY, 1))
		return false;
	return again_slow(w, rc);
}

/* ---- guest.c ---------------------------------------------------------- */

/** guest_begin() - be a driver of some kind or other */
void guest_begin(struct world *w);

/* Steps. Each may find that there is nothing to do. */
void guest_add(struct world *w);
void guest_take(struct world *w);

/** guest_flush() - show everything, ask about a kick, obey it */
void guest_flush(struct world *w);

/** guest_wake() - as after a notification */
void guest_wake(struct world *w);

/* ---- device.c --------------------------------------------------------- */

/** device_begin() - be a device of some kind or other */
void device_begin(struct world *w);

void device_pop(struct world *w);
void device_complete(struct world *w);

/** device_publish() - publish what was pushed */
void device_publish(struct world *w);

/** device_call() - decide about a notification; the driver obeys */
void device_call(struct world *w);

/** device_wake() - as after a kick */
void device_wake(struct world *w);

/* ---- payload.c -------------------------------------------------------- */

/** payload_init() - cut the payload into slots */
void payload_init(struct world *w);

/** payload_bytes() - payload that a configuration needs */
size_t payload_bytes(const struct fx_config *c);

/** payload_draw() - make up a chain of @n buffers; writes what is readable */
void payload_draw(struct world *w, struct slot *s, u32 n, struct drv_buf *buf);

/** payload_check_popped() - is @c, from the engine, what was added as @s? */
void payload_check_popped(struct world *w, const struct slot *s,
			  const struct ring_chain *c);

/** payload_write() - write @written bytes into the chain, and log them */
void payload_write(struct world *w, struct slot *s, u32 written);

/** payload_check_used() - did the driver get what the device wrote? */
void payload_check_used(struct world *w, const struct slot *s);

/* ---- oracle.c ---------------------------------------------------------- */

struct verdict {
	bool must;	/* a notification has to be sent */
	bool may;	/* and one sent is not spurious */
};

/** oracle_kick() - of what was made visible since kick_asked */
struct verdict oracle_kick(struct world *w);

/** oracle_call() - of what was published since call_asked */
struct verdict oracle_call(struct world *w);

/** oracle_kicks_enabled() - did ring_enable_kicks() leave the right things in memory? */
void oracle_kicks_enabled(struct world *w, struct place seen);

/** oracle_kicks_disabled() - did ring_disable_kicks()? */
void oracle_kicks_disabled(struct world *w);

/** oracle_remember() - remember what the device area says */
void oracle_remember(struct world *w);

/* ---- dirty.c ---------------------------------------------------------- */

void dirty_init(struct world *w);

/** dirty_on() - log from now on, into a clean log, or no longer */
void dirty_on(struct world *w, bool on);

/** dirty_mark() - the device wrote guest memory at @host */
void dirty_mark(struct world *w, const u8 *host, size_t len);

/** dirty_check() - compare; everything must have been flushed */
void dirty_check(struct world *w);

#endif /* RINGSIDE_TESTS_MODEL_WORLD_H */
