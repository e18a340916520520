/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contenders: what does a device's work on a rig. Each takes what it
 * takes in one turn, copies the payload if the shape has one, and gives it
 * back visible to the driver. None decides about a call but DEVICE_CALLING.
 */
#ifndef RINGSIDE_BENCH_DEVICE_H
#define RINGSIDE_BENCH_DEVICE_H

#include "rig.h"

enum device_kind {
	DEVICE_ENGINE,	/* ring/: a batch a turn; push, then publish once */
	DEVICE_NAIVE,	/* tests/driver/naive.c: one chain a turn */
	DEVICE_MEMCPY,	/* no ring at all: the same bytes, copied */
	DEVICE_CALLING,	/* the engine, deciding about a call for each batch */
};

struct device {
	enum device_kind kind;
	uint32_t batch;		/* the engine's; at most RIG_BATCH */
};

/** device_turn() - one turn; says how many chains it took, 0 when none came */
uint32_t device_turn(struct rig *g, const struct device *d);

/** device_drain() - turns until nothing is left (memcpy: one round) */
uint32_t device_drain(struct rig *g, const struct device *d);

const char *device_name(enum device_kind kind);

#endif /* RINGSIDE_BENCH_DEVICE_H */
