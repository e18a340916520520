/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hostile driver: a table of attacks, one for each way to write something
 * into a ring that a driver must not, and what the engine must say of it.
 *
 * Each attack does one thing wrong and everything else right, so that only one
 * cause fits. It writes straight into ring memory, past struct drv_ring; a
 * ring that was attacked is of no further use, unless cause is RING_OK.
 *
 * Use: make a ring and an engine, run honest traffic or none, then for each
 * attack that hostile_fits(): strike, and pop.
 *   cause RING_OK	pops hostile_attack.chains chains, then is empty; the
 *			ring lives on, and what was popped may be pushed
 *   HOSTILE_ANY	pops anything; may break, may not; must do no harm
 *   else		pops none and breaks with that cause
 * The causes hold for a memory table without holes in hostile.good, and for
 * batches whose max_segs is RING_MAX_SEGS; with an IOTLB, what is
 * RING_BAD_ADDRESS here is a translation miss.
 */
#ifndef RINGSIDE_TESTS_HOSTILE_H
#define RINGSIDE_TESTS_HOSTILE_H

#include "../../ring/ring.h"
#include "driver.h"

#define HOSTILE_ANY RING_CAUSES	/* an enum ring_cause that is none */

enum hostile_format {
	HOSTILE_SPLIT = 1 << DRV_SPLIT,
	HOSTILE_PACKED = 1 << DRV_PACKED,
	HOSTILE_BOTH = HOSTILE_SPLIT | HOSTILE_PACKED,
};

/* How far the ring must be; the device has seen all that was published. */
enum hostile_state {
	HOSTILE_IDLE,		/* nothing in flight */
	HOSTILE_ONE_FREE,	/* chains of one descriptor each, popped and not
				 * pushed, in all descriptors but one */
	HOSTILE_FULL,		/* the same in all of them */
};

/* The victim. */
struct hostile {
	struct drv_ring *ring;	/* nothing unpublished; the tables' memory
				 * (drv_config.tables) is overwritten */
	struct drv_mem good;	/* memory for buffers, inside one region, apart
				 * from ring and tables; only scribbled on */
	uint64_t bad;		/* address in no region, nor the 4 KiB from it */
	uint64_t edge;		/* address of a region's last byte, with no
				 * region behind; 0: the test has none */
	uint64_t read_only;	/* 16 bytes that may not be written, or 0 */
	uint64_t write_only;	/* 16 bytes that may not be read, or 0 */
	uint64_t seed;		/* of what is random; moves */
};

struct hostile_attack {
	void (*strike)(struct hostile *h);
	const char *name;
	enum hostile_format formats;
	enum hostile_state state;
	uint32_t needs, lacks;	/* enum drv_feature */
	uint32_t min_num, max_num;	/* ring sizes; 0: any */
	size_t min_good;	/* bytes of hostile.good */
	size_t min_tables;	/* bytes of drv_config.tables */
	enum ring_cause cause;	/* expected; RING_OK; HOSTILE_ANY */
	uint32_t chains;	/* with RING_OK */
};

extern const struct hostile_attack hostile_attacks[];
extern const uint32_t hostile_count;

/** hostile_fits() - does an attack make sense on this ring, as it is now */
bool hostile_fits(const struct hostile *h, const struct hostile_attack *a);

/** hostile_find() - an attack by name, or NULL */
const struct hostile_attack *hostile_find(const char *name);

/**
 * hostile_scribble() - flip random bits and bytes in all areas and in
 * hostile.good, as another thread of an evil guest does all the time
 * @writes: how many; each is a relaxed atomic store
 */
void hostile_scribble(struct hostile *h, uint32_t writes);

#endif /* RINGSIDE_TESTS_HOSTILE_H */
