/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time for the benchmark: a counter that is cheap to read, and what a tick of
 * it and a reading of it cost. clock_init() first; afterwards any thread.
 */
#ifndef RINGSIDE_BENCH_CLOCK_H
#define RINGSIDE_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

extern double clock_ns_per_tick;	/* read-only after clock_init() */
extern double clock_cost_ns;		/* of two readings around nothing */

void clock_init(void);

static inline uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_ticks(void)
{
#ifdef __x86_64__
	return __rdtsc();
#else
	return clock_ns();
#endif
}

/* Nanoseconds of work in a stretch that was timed @readings times. */
static inline double clock_work_ns(uint64_t ticks, uint64_t readings)
{
	double ns = (double)ticks * clock_ns_per_tick -
		    (double)readings * clock_cost_ns;

	return ns > 0 ? ns : 0;
}

#endif /* RINGSIDE_BENCH_CLOCK_H */
