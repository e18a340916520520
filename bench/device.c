// SPDX-License-Identifier: GPL-2.0-only
/* The contenders; see device.h. Everything here is what is being timed. */
#include "device.h"

/* Whatever was written may be looked at: the compiler drops no copy. */
#define keep_writes() __asm__ volatile("" : : : "memory")

static void copy_chain(struct rig *g, const struct ring_chain *c)
{
	const struct ring_seg *s = &g->seg[c->seg];
	uint8_t *to = g->sink;

	for (uint32_t i = 0; i < c->n_read; i++) {
		memcpy(to, (const void *)s[i].base, s[i].len);
		to += s[i].len;
	}
	keep_writes();
}

static uint32_t engine_turn(struct rig *g, uint32_t batch)
{
	struct ring_batch *b = &g->batch;

	b->max_chains = batch;
	b->n_chains = 0;
	b->n_segs = 0;
	if (ring_pop(&g->ring, &g->space, b) != RING_GOT)
		return 0;
	for (uint32_t i = 0; i < b->n_chains; i++) {
		if (g->shape.payload)
			copy_chain(g, &g->chain[i]);
		g->done[i] = ring_done(&g->chain[i], 0);
	}
	if (ring_push(&g->ring, &g->space, g->done, b->n_chains) != RING_GOT ||
	    ring_publish(&g->ring, &g->space) != RING_GOT)
		return 0;
	return b->n_chains;
}

static uint32_t naive_turn(struct rig *g)
{
	struct naive_chain *c = &g->naive_chain;
	uint8_t *to = g->sink;

	if (!naive_pop(&g->naive, c))
		return 0;
	for (uint32_t i = 0; g->shape.payload && i < c->n_read; i++) {
		memcpy(to, c->seg[i].base, c->seg[i].len);
		to += c->seg[i].len;
	}
	keep_writes();
	naive_push(&g->naive, c, 0);
	return 1;
}

static uint32_t memcpy_drain(struct rig *g)
{
	uint32_t descs = g->shape.descs;

	for (uint32_t c = 0; c < g->round; c++) {
		uint8_t *to = g->sink;

		for (uint32_t i = c * descs; i < (c + 1) * descs; i++) {
			memcpy(to, g->src[i], g->buf[i].len);
			to += g->buf[i].len;
		}
		keep_writes();
	}
	return g->round;
}

uint32_t device_turn(struct rig *g, const struct device *d)
{
	uint32_t n;

	switch (d->kind) {
	case DEVICE_ENGINE:
		return engine_turn(g, d->batch);
	case DEVICE_CALLING:
		n = engine_turn(g, d->batch);
		if (n)
			ring_call_needed(&g->ring, &g->space);
		return n;
	case DEVICE_NAIVE:
		return naive_turn(g);
	case DEVICE_MEMCPY:
		break;
	}
	return memcpy_drain(g);
}

uint32_t device_drain(struct rig *g, const struct device *d)
{
	uint32_t all = 0, n;

	if (d->kind == DEVICE_MEMCPY)
		return memcpy_drain(g);
	while ((n = device_turn(g, d)))
		all += n;
	return all;
}

const char *device_name(enum device_kind kind)
{
	static const char *const name[] = {
		[DEVICE_ENGINE] = "engine",
		[DEVICE_NAIVE] = "naive",
		[DEVICE_MEMCPY] = "memcpy",
		[DEVICE_CALLING] = "engine+call",
	};

	return name[kind];
}
