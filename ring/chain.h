/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains: what a pop gives and a push takes. Included by ring.h.
 */
#ifndef RINGSIDE_RING_CHAIN_H
#define RINGSIDE_RING_CHAIN_H

#include "mem/types.h"

/* A contiguous part of a buffer; the same layout as struct iovec. */
struct ring_seg {
	uintptr_t base;
	size_t len;
};

/* A chain taken from the ring: the device owns it until it pushes its id. */
struct ring_chain {
	u16 id;		/* split: head; packed: buffer id */
	u16 slots;	/* ring descriptors it takes up */
	u16 n_read;	/* readable segments, first in the array */
	u16 n_write;	/* writable ones, right behind them */
	u32 seg;	/* index of its first segment in ring_batch.seg */
	u32 read_len;	/* bytes */
	u32 write_len;	/* bytes */
};

/*
 * A batch: the caller's arrays, and how much of them a pop filled. Pop adds
 * to what is there, so set n_chains and n_segs to 0 to begin anew.
 */
struct ring_batch {
	struct ring_chain *chain;
	struct ring_seg *seg;
	u64 *guest;	/* NULL, or one address per segment, as the driver
			 * wrote it, for ring_log_written() */
	u32 max_chains;
	u32 max_segs;	/* also the longest chain accepted, up to
			 * RING_MAX_SEGS */
	u32 n_chains;
	u32 n_segs;
};

/* A completion. Make it with ring_done(). */
struct ring_done {
	u32 len;	/* bytes written, from the first writable byte on */
	u16 id;
	u16 slots : 15;
	u16 whole : 1;	/* every writable byte was written */
};

/**
 * ring_done() - the completion of a chain
 * @written: bytes the device wrote into its writable part, from its start;
 *	     clipped to what the part holds
 */
static inline struct ring_done ring_done(const struct ring_chain *c,
					 u32 written)
{
	u32 len = written < c->write_len ? written : c->write_len;

	return (struct ring_done){
		.len = len,
		.id = c->id,
		.slots = c->slots - 1,
		.whole = len == c->write_len,
	};
}

#endif /* RINGSIDE_RING_CHAIN_H */
