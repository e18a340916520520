/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive device: takes one chain, gives back one chain, straight from the
 * text of virtio 1.3, sections 2.7 and 2.8.
 *
 * It is what the driver is tested against, and the baseline of the benchmark.
 * It believes every word the driver writes: never show it a hostile one.
 *
 * One thread at a time per device; the driver may be another thread. Its
 * barriers are the other halves of DRV-1 to DRV-6 (driver.h).
 */
#ifndef RINGSIDE_TESTS_NAIVE_H
#define RINGSIDE_TESTS_NAIVE_H

#include "driver.h"

enum { NAIVE_MAX_SEGS = 1024 };

struct naive_seg {
	void *base;
	uint32_t len;
};

struct naive_chain {
	uint16_t id;		/* split: head; packed: buffer id */
	uint16_t slots;		/* ring descriptors */
	uint32_t n_read, n_write;
	uint32_t read_len, write_len;
	struct naive_seg seg[NAIVE_MAX_SEGS];	/* readable, then writable */
};

struct naive_dev {
	/* read-only after naive_init() */
	struct drv_config cfg;
	const struct drv_mem *mem;
	uint32_t n_mem;
	bool packed, swap, event_idx;

	/* how far it is */
	uint16_t next_avail, next_used;	/* split: free running; packed: slot */
	bool avail_wrap, used_wrap;	/* packed */
	uint32_t unasked;	/* used (packed: slots) since
				 * naive_call_needed() */
};

/**
 * naive_init() - a device on a ring that drv_init() has just made
 * @cfg: the driver's configuration; copied
 * @mem: guest memory, not copied; the tables' memory must be in it
 */
void naive_init(struct naive_dev *d, const struct drv_config *cfg,
		const struct drv_mem *mem, uint32_t n_mem);

/** naive_restart() - go on from a place, as drv_restart() does */
void naive_restart(struct naive_dev *d, uint16_t pos, bool wrap);

/** naive_pop() - the next chain; false when there is none */
bool naive_pop(struct naive_dev *d, struct naive_chain *c);

/** naive_push() - give one chain back, visible at once */
void naive_push(struct naive_dev *d, const struct naive_chain *c, uint32_t len);

/**
 * naive_push_batch() - in-order: give several back with one used entry
 * @last: the last chain of them
 * @len: bytes written to that one; the others are full
 * @chains: how many they are, counting the last
 * @slots: ring descriptors of them all
 */
void naive_push_batch(struct naive_dev *d, const struct naive_chain *last,
		      uint32_t len, uint32_t chains, uint32_t slots);

/** naive_call_needed() - must the driver be notified of what was pushed */
bool naive_call_needed(struct naive_dev *d);

/** naive_enable_kicks() - ask for a kick; true when something came meanwhile */
bool naive_enable_kicks(struct naive_dev *d);

/** naive_disable_kicks() - ask for no kicks */
void naive_disable_kicks(struct naive_dev *d);

/**
 * naive_run() - pop, handle and push, one by one, until there is none
 * @handle: returns the bytes written
 * @call: set when the driver must be notified; never cleared
 *
 * Return: chains handled.
 */
uint32_t naive_run(struct naive_dev *d,
		   uint32_t (*handle)(void *arg, const struct naive_chain *c),
		   void *arg, bool *call);

#endif /* RINGSIDE_TESTS_NAIVE_H */
