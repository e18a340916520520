// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every attack of the hostile driver, on every kind of ring: it ends in the
 * cause it should, nothing is delivered, nothing forbidden is touched, and the
 * ring stays broken. One test an attack.
 */
#include "driver/hostile.h"
#include "unit.h"

enum {
	PAYLOAD = 8 << 20,	/* enough for the attack on the total length */
	TABLES = 64,		/* and on the number of segments */
};

struct victim {
	struct fx f;
	struct hostile h;
	u32 in_flight;
};

static const u32 features[] = {
	0,
	DRV_F_INDIRECT,
	DRV_F_EVENT_IDX,
	DRV_F_IN_ORDER,
	DRV_F_INDIRECT | DRV_F_EVENT_IDX | DRV_F_IN_ORDER,
	DRV_F_BIG_ENDIAN | DRV_F_INDIRECT,
};

/* Split rings take the powers of two of these. */
static const u32 sizes[] = { 1, 2, 5, 8, 64, 100, 2048 };

static bool possible(const struct fx_config *c)
{
	if (c->format == DRV_SPLIT)
		return !(c->num & (c->num - 1));
	return !(c->features & DRV_F_BIG_ENDIAN);
}

/* A page of the payload at an IOVA of its own, with less permission. */
static u64 map_page(struct fx *f, u64 iova, enum ring_access perm)
{
	struct ring_range range = {
		iova, iova + 4095, (uintptr_t)f->payload, perm,
	};

	assert_int_equal(ring_iotlb_insert(&f->tlb, &range), RING_OK);
	return iova;
}

static void victim_init(struct victim *v, const struct fx_config *cfg)
{
	struct fx *f = &v->f;

	fx_init(f, cfg);
	v->h = (struct hostile){
		.ring = &f->drv,
		.good = { f->payload, f->payload_bytes, fx_addr(f, f->payload) },
		.bad = 4096,
		.edge = fx_addr(f, f->arena.base + f->guest_bytes - 1),
		.seed = 1,
	};
	/* tables may be read wherever the driver says they are */
	arena_allow(&f->arena, f->arena.base, f->guest_bytes, ARENA_MAY_READ);
	if (!cfg->iotlb)
		return;
	fx_map_all(f);
	v->h.read_only = map_page(f, 1ull << 60, RING_READ);
	v->h.write_only = map_page(f, 1ull << 61, RING_WRITE);
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

/* Honest traffic first: over the ring's end, and then to the attack's state. */
static void make_ready(struct victim *v, enum hostile_state state)
{
	static const struct shape direct;
	struct fx *f = &v->f;
	u32 n = f->cfg.num;

	for (u32 i = 0; i < n + 2 && n <= 64; i++)
		unit_lap(f, &direct, 0, 1);
	n -= state == HOSTILE_IDLE ? n : state == HOSTILE_ONE_FREE;
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(fx_add(f, 0, 1, 0, 16, 0), DRV_GOT);
		unit_pop_n(f, 4, 1);
	}
	v->in_flight = n;
	f->batch.max_segs = RING_MAX_SEGS;
}

static void survives(struct victim *v, const struct hostile_attack *a)
{
	struct fx *f = &v->f;

	unit_pop_n(f, 4, a->chains);
	assert_int_equal(ring_fault(&f->ring)->cause, RING_OK);
	if (a->chains)
		unit_give(f, f->chain, a->chains, 0);
	ring_call_needed(&f->ring, &f->space);
	assert_int_not_equal(ring_enable_kicks(&f->ring, &f->space), RING_BROKEN);
	assert_int_not_equal(ring_disable_kicks(&f->ring, &f->space), RING_BROKEN);
	unit_pop_n(f, 4, 0);
}

static void misses(struct victim *v)
{
	struct fx *f = &v->f;

	assert_int_equal(fx_pop(f, 4), RING_AGAIN);
	assert_int_equal(f->batch.n_chains, 0);
	assert_int_equal(fx_pop(f, 4), RING_AGAIN);
	assert_int_equal(ring_fault(&f->ring)->cause, RING_OK);
}

static void breaks(struct victim *v, const struct hostile_attack *a)
{
	struct fx *f = &v->f;
	u32 base = ring_base(&f->ring);

	assert_int_equal(fx_pop(f, 4), RING_BROKEN);
	assert_int_equal(f->batch.n_chains, 0);
	assert_int_equal(f->batch.n_segs, 0);
	assert_int_equal(ring_base(&f->ring), base);
	unit_expect_broken(f, a->cause);
}

static void endures(struct victim *v)
{
	struct fx *f = &v->f;

	for (u32 i = 0; i < 8; i++) {
		hostile_scribble(&v->h, 16);
		if (fx_pop(f, 4) == RING_GOT)
			fx_done(f, 8);
		ring_call_needed(&f->ring, &f->space);
		ring_enable_kicks(&f->ring, &f->space);
	}
}

/* Says whether the attack made sense. */
static bool strike(const struct hostile_attack *a, const struct fx_config *cfg)
{
	struct victim v;
	bool fits;

	victim_init(&v, cfg);
	make_ready(&v, a->state);
	fits = hostile_fits(&v.h, a);
	if (fits) {
		a->strike(&v.h);
		if (a->cause == RING_OK)
			survives(&v, a);
		else if (a->cause == HOSTILE_ANY)
			endures(&v);
		else if (cfg->iotlb && (a->cause == RING_BAD_ADDRESS ||
					a->cause == RING_BAD_ACCESS))
			misses(&v);
		else
			breaks(&v, a);
	}
	assert_int_equal(arena_violations(&v.f.arena), 0);
	fx_exit(&v.f);
	return fits;
}

/* Without looking at memory: could the attack fit? Saves setting up. */
static bool worth_it(const struct hostile_attack *a, const struct fx_config *c)
{
	return (a->formats & 1u << c->format) &&
	       (c->features & a->needs) == a->needs &&
	       !(c->features & a->lacks) && c->num >= a->min_num &&
	       (!a->max_num || c->num <= a->max_num);
}

static void on_every_ring(void **state)
{
	const struct hostile_attack *a = *state;
	u32 n = COUNT(features) * COUNT(sizes) * 4, struck = 0;

	for (u32 i = 0; i < n; i++) {
		struct fx_config cfg = {
			.format = i & 1 ? DRV_PACKED : DRV_SPLIT,
			.iotlb = i & 2,
			.features = features[i / 4 % COUNT(features)],
			.num = sizes[i / 4 / COUNT(features)],
			.payload = PAYLOAD,
			.tables = TABLES,
		};

		if (possible(&cfg) && worth_it(a, &cfg))
			struck += strike(a, &cfg);
	}
	assert_true(struck);
}

int main(void)
{
	struct CMUnitTest *tests = calloc(hostile_count, sizeof(*tests));
	int rc;

	for (u32 i = 0; i < hostile_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = hostile_attacks[i].name,
			.test_func = on_every_ring,
			.initial_state = (void *)&hostile_attacks[i],
		};
	rc = _cmocka_run_group_tests("attacks", tests, hostile_count, NULL, NULL);
	free(tests);
	return rc;
}
