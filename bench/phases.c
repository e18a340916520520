// SPDX-License-Identifier: GPL-2.0-only
/* The engine's verbs apart; see phases.h. */
#include "clock.h"
#include "measure.h"
#include "phases.h"

enum { ROUNDS = 4 };

struct ticks {
	uint64_t pop, push;
};

/* All of the ring, popped in batches, then given back in batches. */
static void round_by_verb(struct rig *g, struct ticks *t)
{
	static struct ring_chain chain[RIG_NUM];
	struct ring_done done[PHASES_BATCH];
	struct ring_batch b = g->batch;
	uint64_t start;

	b.chain = chain;
	b.n_chains = 0;
	rig_add(g, RIG_NUM);
	start = clock_ticks();
	for (uint32_t i = 0; i < RIG_NUM; i += PHASES_BATCH) {
		b.n_segs = 0;
		b.max_chains = i + PHASES_BATCH;
		ring_pop(&g->ring, &g->space, &b);
	}
	t->pop += clock_ticks() - start;

	start = clock_ticks();
	for (uint32_t i = 0; i < RIG_NUM; i += PHASES_BATCH) {
		for (uint32_t k = 0; k < PHASES_BATCH; k++)
			done[k] = ring_done(&chain[i + k], 0);
		ring_push(&g->ring, &g->space, done, PHASES_BATCH);
		ring_publish(&g->ring, &g->space);
	}
	t->push += clock_ticks() - start;
	rig_reap(g);
}

static void sample_verbs(struct rig *g, struct phases *p)
{
	double chains = ROUNDS * RIG_NUM;
	struct ticks t = { 0 };

	rig_restart(g);
	round_by_verb(g, &t);
	t = (struct ticks){ 0 };
	for (int i = 0; i < ROUNDS; i++)
		round_by_verb(g, &t);
	stat_add(&p->pop, clock_work_ns(t.pop, ROUNDS) / chains);
	stat_add(&p->push, clock_work_ns(t.push, ROUNDS) / chains);
}

static void sample_whole(struct rig *g, enum device_kind kind, struct stat *s)
{
	const struct device d = { kind, PHASES_BATCH };
	struct cell c = { 0 };

	measure_one_core(g, &d, &c);
	stat_add(s, c.device.value[0]);
}

void phases_measure(struct phases *p, enum drv_format format, uint32_t samples)
{
	const struct rig_shape shape = { .format = format, .descs = 1 };
	struct rig *g = rig_new(&shape);

	for (uint32_t i = 0; i < samples; i++) {
		sample_verbs(g, p);
		sample_whole(g, DEVICE_ENGINE, &p->all);
		sample_whole(g, DEVICE_CALLING, &p->calling);
	}
	rig_free(g);
}
