/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured: a ring of RIG_NUM descriptors in guest memory of one
 * region, a driver that offers chains of one shape, and the devices that take
 * them: the engine and the naive one, in turns over the same ring.
 */
#ifndef RINGSIDE_BENCH_RIG_H
#define RINGSIDE_BENCH_RIG_H

#include "driver/driver.h"
#include "driver/naive.h"
#include "ring.h"

enum {
	RIG_NUM = 1024,		/* descriptors in the ring */
	RIG_BATCH = 64,		/* chains in the longest batch */
	RIG_DESCS = 4,		/* buffers in the longest chain */
	RIG_BUFFERS = 1 << 20,	/* bytes of guest memory that buffers share:
				 * stays in a usual second-level cache */
	RIG_PAYLOAD = 65536,	/* bytes in the biggest chain */
	RIG_BIG_ROUND = 64,	/* chains in a round of big ones */
	RIG_NO_PAYLOAD = 64,	/* bytes in a chain when none are copied */
};

struct rig_shape {
	enum drv_format format;
	uint32_t descs;		/* buffers in a chain, all readable */
	bool indirect;
	uint32_t payload;	/* bytes in a chain, to copy; 0: copy none */
};

struct rig {
	/* read-only after rig_init() */
	struct rig_shape shape;
	uint32_t chains;	/* that fit the ring at once */
	uint32_t round;		/* chains worth timing together: as many, but
				 * fewer big ones */
	struct drv_buf buf[RIG_NUM * RIG_DESCS];	/* chain by chain */
	void *src[RIG_NUM * RIG_DESCS];	/* where these buffers are for us */
	struct drv_mem mem;
	struct ring_config ring_cfg;
	struct ring_memtab tab;
	struct ring_space space;
	void *tab_memory;

	/* the driver's thread */
	struct drv_ring drv;
	uint32_t next;		/* chain to add next, of .chains */

	/* the device's thread */
	struct ring ring;
	struct ring_batch batch;
	struct ring_chain chain[RIG_BATCH];
	struct ring_seg seg[RIG_BATCH * RIG_DESCS];
	struct ring_done done[RIG_BATCH];
	struct naive_dev naive;
	struct naive_chain naive_chain;
	uint8_t *sink;		/* RIG_PAYLOAD bytes that payload goes to */
};

/** rig_new() - build everything; ends the program when it cannot */
struct rig *rig_new(const struct rig_shape *shape);

void rig_free(struct rig *g);

/** rig_restart() - an empty ring, and both devices at its beginning */
void rig_restart(struct rig *g);

/** rig_add() - driver: add and publish up to @n chains; says how many fit */
uint32_t rig_add(struct rig *g, uint32_t n);

/** rig_reap() - driver: take back all used chains; says how many were */
uint32_t rig_reap(struct rig *g);

#endif /* RINGSIDE_BENCH_RIG_H */
