// SPDX-License-Identifier: GPL-2.0-only
/* See stat.h. */
#include <stdlib.h>

#include "stat.h"

void stat_add(struct stat *s, double value)
{
	if (s->n < STAT_MAX)
		s->value[s->n++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct stat_summary stat_sum_up(const struct stat *s)
{
	struct stat sorted = *s;

	if (!s->n)
		return (struct stat_summary){ 0 };
	qsort(sorted.value, s->n, sizeof(*sorted.value), by_value);
	return (struct stat_summary){
		.min = sorted.value[0],
		.median = (sorted.value[(s->n - 1) / 2] +
			   sorted.value[s->n / 2]) / 2,
		.max = sorted.value[s->n - 1],
	};
}
