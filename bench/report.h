/* SPDX-License-Identifier: GPL-2.0-only */
/* What was measured, as tables for people and as JSON for programs. */
#ifndef RINGSIDE_BENCH_REPORT_H
#define RINGSIDE_BENCH_REPORT_H

#include <stdio.h>

#include "measure.h"
#include "phases.h"

/* Everything a run found out. */
struct report {
	const struct row *row;
	uint32_t rows;
	const struct phases *phases;	/* by format */
	double seconds;			/* the run took */
};

/** report_table() - readable tables */
void report_table(FILE *out, const struct report *r);

/** report_json() - the same and more; returns false when it cannot be written */
bool report_json(const char *path, const struct report *r);

#endif /* RINGSIDE_BENCH_REPORT_H */
