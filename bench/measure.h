/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One shape of chain, all contenders, measured in turns: the first sample of
 * each, then the second of each, so that a noisy moment hits all alike.
 *
 * One core: one thread is the driver, then the device. The driver fills the
 * ring, and only the time in which the device empties it counts as its own.
 * Two cores: a driver and a device thread, each bound to its own. The device's
 * own time is that of the turns in which it found something.
 */
#ifndef RINGSIDE_BENCH_MEASURE_H
#define RINGSIDE_BENCH_MEASURE_H

#include "device.h"
#include "stat.h"

enum measure_cores { ONE_CORE = 1, TWO_CORES = 2 };

enum { CONTENDERS = 6 };

/* In the order of columns: the engine by batch, naive, memcpy. */
extern const struct device contender[CONTENDERS];

/* Nanoseconds per chain. */
struct cell {
	struct stat device;	/* the device's share */
	struct stat driver;	/* one core: the driver's share */
	struct stat wall;	/* two cores: from chain to chain */
};

struct row {
	enum measure_cores cores;
	struct rig_shape shape;
	struct cell cell[CONTENDERS];	/* two cores: no memcpy */
};

/** measure_one_core() - one sample of one contender into @c */
void measure_one_core(struct rig *g, const struct device *d, struct cell *c);

/** measure_two_cores() - the same; false when it cannot be done here */
bool measure_two_cores(struct rig *g, const struct device *d, struct cell *c);

/* How long to measure one row. A busy machine gets fewer samples, not longer. */
struct effort {
	uint32_t samples;	/* at most */
	uint64_t budget_ns;	/* after it only MIN_SAMPLES are made sure of */
};

enum { MIN_SAMPLES = 1 };

/** measure_row() - samples of every contender */
void measure_row(struct row *row, const struct effort *e);

/** two_cores_here() - may this process use two or more CPUs */
bool two_cores_here(void);

#endif /* RINGSIDE_BENCH_MEASURE_H */
