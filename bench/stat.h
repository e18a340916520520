/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of one figure, and their minimum, median and maximum. */
#ifndef RINGSIDE_BENCH_STAT_H
#define RINGSIDE_BENCH_STAT_H

#include <stdint.h>

enum { STAT_MAX = 64 };

struct stat {
	uint32_t n;
	double value[STAT_MAX];
};

struct stat_summary {
	double min, median, max;
};

/** stat_add() - one more sample; beyond STAT_MAX they are dropped */
void stat_add(struct stat *s, double value);

/** stat_sum_up() - of at least one sample; all zero when there is none */
struct stat_summary stat_sum_up(const struct stat *s);

#endif /* RINGSIDE_BENCH_STAT_H */
