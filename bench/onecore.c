// SPDX-License-Identifier: GPL-2.0-only
/* Driver and device in one thread, one after the other; see measure.h. */
#include "clock.h"
#include "measure.h"

enum { SAMPLE_CHAINS = 4096 };	/* at least; a fraction of a time slice */

const struct device contender[CONTENDERS] = {
	{ DEVICE_ENGINE, 1 },  { DEVICE_ENGINE, 8 }, { DEVICE_ENGINE, 32 },
	{ DEVICE_ENGINE, 64 }, { DEVICE_NAIVE, 1 },  { DEVICE_MEMCPY, 1 },
};

struct tally {
	uint64_t driver, device;	/* ticks */
	uint64_t rounds, chains;
};

static void one_round(struct rig *g, const struct device *d, struct tally *t)
{
	uint64_t start = clock_ticks(), filled, drained;

	if (d->kind != DEVICE_MEMCPY)
		rig_add(g, g->round);
	filled = clock_ticks();
	t->chains += device_drain(g, d);
	drained = clock_ticks();
	rig_reap(g);
	t->driver += filled - start + clock_ticks() - drained;
	t->device += drained - filled;
	t->rounds++;
}

void measure_one_core(struct rig *g, const struct device *d, struct cell *c)
{
	struct tally t = { 0 };
	double chains;

	rig_restart(g);
	one_round(g, d, &t);	/* warms up, and does not count */
	t = (struct tally){ 0 };
	while (t.chains < SAMPLE_CHAINS && t.rounds < SAMPLE_CHAINS / g->round)
		one_round(g, d, &t);
	chains = t.chains ? (double)t.chains : 1;
	stat_add(&c->device, clock_work_ns(t.device, t.rounds) / chains);
	stat_add(&c->driver, clock_work_ns(t.driver, 2 * t.rounds) / chains);
}

static bool enough(const struct effort *e, uint32_t samples, uint64_t start)
{
	if (samples >= e->samples)
		return true;
	return samples >= MIN_SAMPLES && clock_ns() - start > e->budget_ns;
}

void measure_row(struct row *row, const struct effort *e)
{
	struct rig *g = rig_new(&row->shape);
	uint64_t start = clock_ns();

	for (uint32_t s = 0; !enough(e, s, start); s++) {
		for (int i = 0; i < CONTENDERS; i++) {
			if (row->cores == ONE_CORE)
				measure_one_core(g, &contender[i],
						 &row->cell[i]);
			else if (contender[i].kind != DEVICE_MEMCPY)
				measure_two_cores(g, &contender[i],
						  &row->cell[i]);
		}
	}
	rig_free(g);
}
