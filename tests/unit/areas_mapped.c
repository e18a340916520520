// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring_map_areas(): either it names the first byte of an area that does not
 * translate, or no verb meets a miss in an area any more.
 */
#include "scatter.h"

static void begin(struct fx *f, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	cfg.iotlb = true;
	fx_init(f, &cfg);
	scatter_map_rest(f);
}

static void start(struct fx *f)
{
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

static enum ring_result map_areas(struct fx *f)
{
	u64 before = f->arena.accesses;
	enum ring_result rc = ring_map_areas(&f->ring, &f->space);

	assert_int_equal(f->arena.accesses, before);
	return rc;
}

static void expect_miss(struct fx *f, u64 iova, enum ring_access access)
{
	assert_int_equal(map_areas(f), RING_AGAIN);
	assert_int_equal(ring_missed(&f->ring)->iova, iova);
	assert_int_equal(ring_missed(&f->ring)->access, access);
}

/* Each miss is the first byte not mapped yet, area by area. */
static void misses_come_in_order(const struct shape *s, size_t entry)
{
	struct fx f;

	begin(&f, s);
	for (int a = 0; a < RING_AREAS; a++) {
		enum ring_access perm = scatter_area_perm(&f, a);
		u64 at = fx_addr(&f, f.drv.cfg.area[a]);
		u64 end = at + scatter_area_bytes(&f, a);

		for (; at < end; at += entry) {
			expect_miss(&f, at, perm);
			fx_map(&f, at, (end - at < entry ? end : at + entry) - 1,
			       perm);
		}
	}
	assert_int_equal(map_areas(&f), RING_GOT);
	assert_int_equal(map_areas(&f), RING_GOT);
	start(&f);
	assert_int_equal(map_areas(&f), RING_GOT);
	unit_laps(&f, s, 2 * s->num);
	fx_exit(&f);
}

static void a_ring_in_one_piece(void **state)
{
	misses_come_in_order(*state, 4096);
}

static void a_ring_in_pieces_of_16_bytes(void **state)
{
	misses_come_in_order(*state, 16);
}

/* One whole run, with the ring's areas scattered: not one miss. */
static void a_run_meets_no_miss(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	scatter_map_areas(&f, 32);
	start(&f);
	assert_int_equal(map_areas(&f), RING_GOT);
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
	fx_add(&f, 0, 1, 1, 16, unit_table(s, 2));
	unit_pop_n(&f, 4, 1);
	unit_give(&f, f.chain, 1, 1);
	ring_call_needed(&f.ring, &f.space);
	assert_int_equal(ring_enable_kicks(&f.ring, &f.space), RING_EMPTY);
	assert_int_equal(ring_missed(&f.ring)->iova, 0);
	fx_exit(&f);
}

/* A entry taken away from the middle of each area is found again. */
static void an_invalidation_is_noticed(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	scatter_map_areas(&f, 16);
	start(&f);
	for (int a = 0; a < RING_AREAS; a++) {
		size_t len = scatter_area_bytes(&f, a);
		u64 at = fx_addr(&f, f.drv.cfg.area[a]) + (len - 1) / 16 * 16;

		assert_int_equal(map_areas(&f), RING_GOT);
		assert_int_equal(ring_iotlb_invalidate(&f.tlb, at, at), 1);
		expect_miss(&f, at, scatter_area_perm(&f, a));
		expect_miss(&f, at, scatter_area_perm(&f, a));
		fx_map(&f, at, at + 15, scatter_area_perm(&f, a));
	}
	assert_int_equal(map_areas(&f), RING_GOT);
	fx_exit(&f);
}

/* The same ring, handed another IOTLB. */
static void another_iotlb_is_looked_at(void **state)
{
	const struct shape *s = *state;
	void *memory = malloc(ring_iotlb_bytes(4));
	struct ring_iotlb tlb;
	struct fx f;

	begin(&f, s);
	scatter_map_areas(&f, 4096);
	start(&f);
	assert_int_equal(map_areas(&f), RING_GOT);
	ring_iotlb_init(&tlb, memory, 4, RING_IOTLB_EVICT, f.tlb.gen + 1);
	f.space.tlb = &tlb;
	expect_miss(&f, fx_addr(&f, f.drv.cfg.area[RING_DESC]),
		    scatter_area_perm(&f, RING_DESC));
	f.space.tlb = &f.tlb;
	assert_int_equal(map_areas(&f), RING_GOT);
	free(memory);
	fx_exit(&f);
}

static void without_iovas_there_is_nothing_to_map(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	assert_int_equal(map_areas(&f), RING_GOT);
	f.space.mem = NULL;
	assert_int_equal(map_areas(&f), RING_GOT);
	assert_int_equal(ring_setup(&f.ring, &f.ring_cfg), RING_OK);
	assert_int_equal(map_areas(&f), RING_GOT);
	fx_exit(&f);
}

static void a_ring_that_is_not_set_up_says_empty(void **state)
{
	const struct shape *s = *state;
	struct ring_config bad;
	struct fx f;

	unit_init(&f, s);
	ring_reset(&f.ring);
	assert_int_equal(map_areas(&f), RING_EMPTY);
	bad = f.ring_cfg;
	bad.num = 0;
	assert_int_equal(ring_setup(&f.ring, &bad), RING_BAD_NUM);
	assert_int_equal(map_areas(&f), RING_EMPTY);
	fx_exit(&f);
}

static void iovas_without_an_iotlb_break_the_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	scatter_map_areas(&f, 4096);
	start(&f);
	assert_int_equal(map_areas(&f), RING_GOT);
	f.space.tlb = NULL;
	assert_int_equal(map_areas(&f), RING_BROKEN);
	assert_int_equal(map_areas(&f), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_ADDRESS);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_in_one_piece),
		cmocka_unit_test(a_ring_in_pieces_of_16_bytes),
		cmocka_unit_test(a_run_meets_no_miss),
		cmocka_unit_test(an_invalidation_is_noticed),
		cmocka_unit_test(another_iotlb_is_looked_at),
		cmocka_unit_test(without_iovas_there_is_nothing_to_map),
		cmocka_unit_test(a_ring_that_is_not_set_up_says_empty),
		cmocka_unit_test(iovas_without_an_iotlb_break_the_ring),
	};

	return unit_run_shapes(tests, NULL);
}
