/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loads share: programs that use a device node inside a host kernel
 * of the lab and say what that took.
 */
#ifndef RINGSIDE_BENCH_LOAD_H
#define RINGSIDE_BENCH_LOAD_H

#include "host/lib/device.h"

/* The monotonic clock; under -icount it counts instructions. */
uint64_t load_now_ns(void);

/* Owner, features (d->features) and memory: one region, as a small guest's is. */
void load_set_owner(struct device *d);

/*
 * How this thread and the workers, which inherit it, are scheduled. By default it
 * is the scheduler's choice who runs first when threads wake one another on one
 * CPU, and that differs by what they used of it before. With SCHED_FIFO each runs
 * until it waits; with SCHED_BATCH a thread that is woken preempts nobody.
 */
void load_set_policy(int policy);

/* Of some figures, which are sorted: */
struct load_spread {
	double mean, median, best;
};
struct load_spread load_spread(uint64_t *figure, unsigned int n);

#endif /* RINGSIDE_BENCH_LOAD_H */
