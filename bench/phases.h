/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the engine's time goes, verb by verb: one direct descriptor, no
 * payload, batches of PHASES_BATCH, one core. The whole ring goes through one
 * verb before the next begins, so that a timer around it costs nothing.
 */
#ifndef RINGSIDE_BENCH_PHASES_H
#define RINGSIDE_BENCH_PHASES_H

#include "driver/driver.h"
#include "stat.h"

enum { PHASES_BATCH = 32 };

/* Nanoseconds per chain. */
struct phases {
	struct stat pop;
	struct stat push;	/* with the publishing of every batch */
	struct stat all;	/* as a device does it, batch by batch */
	struct stat calling;	/* the same and a call decision each */
};

/** phases_measure() - @samples samples for one format */
void phases_measure(struct phases *p, enum drv_format format, uint32_t samples);

#endif /* RINGSIDE_BENCH_PHASES_H */
