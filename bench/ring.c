// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring engine's cost, natively.
 *
 *   ring FILE             measure everything: tables to stdout, JSON to FILE.
 *                         QUICK=1 in the environment: fewer samples
 *   ring work FORMAT [DESCS [direct|indirect]]
 *                         nothing but work, for a profiler to look at: a
 *                         "split" or "packed" ring emptied WORK_ROUNDS times
 *                         in batches of 32; prints how many chains that were
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "report.h"

enum {
	SHAPES = 2 * 3 * 2 * 4,
	WORK_ROUNDS = 300,
	WORK_BATCH = 32,
};

#define MS 1000000ull

/* How thorough a run is: 48 rows on one core, as many on two. */
struct plan {
	uint32_t phases;	/* samples */
	struct effort one_core, two_cores;
};

static const struct plan full = { STAT_MAX, { 41, 300 * MS }, { 15, 600 * MS } };
static const struct plan quick = { 21, { 7, 30 * MS }, { 3, 50 * MS } };

static struct rig_shape shape_of(uint32_t i)
{
	static const uint32_t descs[] = { 1, 2, 4 };
	static const uint32_t payload[] = { 0, 64, 1500, 65536 };

	return (struct rig_shape){
		.payload = payload[i % 4],
		.descs = descs[i / 4 % 3],
		.indirect = i / 12 % 2,
		.format = i / 24 ? DRV_PACKED : DRV_SPLIT,
	};
}

static void measure_all(struct row *row, enum measure_cores cores,
			const struct effort *e)
{
	for (uint32_t i = 0; i < SHAPES; i++) {
		row[i].cores = cores;
		row[i].shape = shape_of(i);
		measure_row(&row[i], e);
	}
}

static bool quick_wanted(void)
{
	const char *q = getenv("QUICK");

	return q && *q && strcmp(q, "0");
}

static int measure(const char *json)
{
	const struct plan *p = quick_wanted() ? &quick : &full;
	struct row *row = calloc(2 * SHAPES, sizeof(*row));
	struct phases phases[2] = { 0 };
	struct report r = { .row = row, .rows = SHAPES, .phases = phases };
	uint64_t start = clock_ns();
	bool ok;

	if (!row)
		return 1;
	clock_init();
	phases_measure(&phases[DRV_SPLIT], DRV_SPLIT, p->phases);
	phases_measure(&phases[DRV_PACKED], DRV_PACKED, p->phases);
	measure_all(row, ONE_CORE, &p->one_core);
	if (two_cores_here()) {
		measure_all(row + SHAPES, TWO_CORES, &p->two_cores);
		r.rows = 2 * SHAPES;
	}
	r.seconds = (double)(clock_ns() - start) / 1e9;
	report_table(stdout, &r);
	ok = report_json(json, &r);
	free(row);
	if (ok)
		printf("\n%s\n", json);
	else
		perror(json);
	return !ok;
}

static int work(const struct rig_shape *shape)
{
	const struct device d = { DEVICE_ENGINE, WORK_BATCH };
	struct rig *g = rig_new(shape);
	uint64_t chains = 0, least = UINT64_MAX;
	uint32_t round = g->round;

	clock_init();
	for (int i = 0; i < WORK_ROUNDS; i++) {
		uint64_t start, took;

		rig_add(g, round);
		start = clock_ticks();
		chains += device_drain(g, &d);
		took = clock_ticks() - start;
		if (took < least)
			least = took;
		rig_reap(g);
	}
	rig_free(g);
	printf("%llu chains, at best %.2f ns each\n",
	       (unsigned long long)chains, clock_work_ns(least, 1) / round);
	return 0;
}

static int usage(const char *self)
{
	fprintf(stderr, "usage: %s FILE\n"
			"       %s work split|packed [1..%d [direct|indirect]]\n",
		self, self, RIG_DESCS);
	return 2;
}

static bool read_shape(struct rig_shape *s, int argc, char **argv)
{
	int descs = argc > 1 ? atoi(argv[1]) : 1;

	*s = (struct rig_shape){
		.format = strcmp(argv[0], "packed") ? DRV_SPLIT : DRV_PACKED,
		.descs = descs,
		.indirect = argc > 2 && !strcmp(argv[2], "indirect"),
	};
	return argc <= 3 && descs >= 1 && descs <= RIG_DESCS;
}

int main(int argc, char **argv)
{
	struct rig_shape shape;

	if (argc == 2)
		return measure(argv[1]);
	if (argc < 3 || strcmp(argv[1], "work") ||
	    !read_shape(&shape, argc - 2, argv + 2))
		return usage(argv[0]);
	return work(&shape);
}
