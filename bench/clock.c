// SPDX-License-Identifier: GPL-2.0-only
/* Calibrate the tick counter against the system's clock; see clock.h. */
#include "clock.h"

double clock_ns_per_tick = 1;
double clock_cost_ns;

enum {
	CALIBRATE_NS = 20 * 1000 * 1000,
	READINGS = 10000,
};

static void measure_tick(void)
{
	uint64_t ns = clock_ns(), ticks = clock_ticks();

	while (clock_ns() - ns < CALIBRATE_NS)
		;
	ticks = clock_ticks() - ticks;
	ns = clock_ns() - ns;
	clock_ns_per_tick = (double)ns / (double)ticks;
}

/* The least of many: the mean would count what interrupts us. */
static void measure_reading(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < READINGS; i++) {
		uint64_t from = clock_ticks(), took = clock_ticks() - from;

		if (took < least)
			least = took;
	}
	clock_cost_ns = (double)least * clock_ns_per_tick;
}

void clock_init(void)
{
	measure_tick();
	measure_reading();
}
