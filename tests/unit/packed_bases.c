// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed bases that say less than they should: the available half alone, and
 * wrap counters of 0 from owners that know split rings only.
 */
#include "driver/driver_priv.h"
#include "scatter.h"

static const struct shape packed = { "packed", DRV_PACKED, 8, 0, false };

static bool is_packed(const struct shape *s)
{
	return s->format == DRV_PACKED;
}

static void expect_rejected(struct fx *f, u32 base)
{
	assert_int_equal(fx_setup(f, base), RING_BROKEN);
	assert_int_equal(ring_fault(&f->ring)->value, base);
	unit_expect_broken(f, RING_BAD_BASE);
}

/* A chain that the driver has shown comes out, and back. */
static void expect_served(struct fx *f, u64 token)
{
	unit_pop_n(f, 1, 1);
	unit_give(f, f->chain, 1, 0);
	unit_taken_back(f, token, 0);
}

static void the_short_form_starts_a_fresh_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	assert_int_equal(fx_setup(&f, 0x8000), RING_GOT);
	assert_int_equal(ring_base(&f.ring), 0x80008000);
	assert_int_equal(ring_in_flight(&f.ring), 0);
	unit_laps(&f, s, 3 * s->num);
	fx_exit(&f);
}

static void the_short_form_starts_a_ring_that_is_full(void **state)
{
	const struct shape *s = *state;
	u32 n = unit_capacity(s, 1);
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < n; i++)
		fx_add(&f, i * 64, 0, 1, 16, unit_table(s, 1));
	assert_int_equal(fx_setup(&f, 0x8000), RING_GOT);
	for (u32 i = 0; i < n; i++)
		expect_served(&f, i * 64);
	unit_laps(&f, s, 3 * s->num);
	fx_exit(&f);
}

/* Slots from 1 on: no ring has as much in flight. */
static void the_short_form_names_a_slot(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 slot = 1; slot < s->num; slot++) {
		drv_restart(&f.drv, slot, true);
		assert_int_equal(fx_setup(&f, 0x8000 | slot), RING_GOT);
		assert_int_equal(ring_base(&f.ring), (0x8000 | slot) * 0x10001);
		unit_laps(&f, s, 2 * s->num);
	}
	expect_rejected(&f, 0x8000 | s->num);
	fx_exit(&f);
}

/* Our own base looks like the short form when a lap that began at 0 is taken. */
static void a_whole_lap_in_flight_is_not_the_short_form(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &packed);
	unit_laps(&f, &packed, 4);
	for (u32 i = 0; i < 4; i++)
		fx_add(&f, i * 64, 1, 1, 16, 0);
	unit_pop_n(&f, 8, 4);
	assert_int_equal(ring_base(&f.ring), 0x8000);
	assert_int_equal(fx_setup(&f, 0x8000), RING_GOT);
	assert_int_equal(ring_in_flight(&f.ring), 8);
	unit_give(&f, f.chain, 4, 16);
	for (u32 i = 0; i < 4; i++)
		unit_taken_back(&f, i * 64, 16);
	assert_int_equal(ring_base(&f.ring), 0x80008000);
	assert_int_equal(fx_setup(&f, 0x8000), RING_GOT);
	assert_int_equal(ring_in_flight(&f.ring), 0);
	unit_laps(&f, &packed, 9);
	fx_exit(&f);
}

/* Base 0, or any slot of that lap, while the driver has shown 0 to all: but for
 * the last slot of a full ring, see a_chain_about_to_be_published().
 */
static void wrap_counters_of_0_are_rejected_on_an_unused_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 shown = 0; shown <= s->num; shown++) {
		u32 slots = shown == s->num ? s->num - 1 : s->num;

		for (u32 slot = 0; slot < slots; slot++)
			expect_rejected(&f, slot * 0x10001);
		if (shown < s->num)
			assert_int_equal(fx_add(&f, 0, 0, 1, 16,
						unit_table(s, 1)), DRV_GOT);
	}
	fx_exit(&f);
}

static void base_0_goes_on_after_one_lap(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < s->num; i++)
		unit_lap(&f, s, 0, 1);
	assert_int_equal(ring_base(&f.ring), 0);
	assert_int_equal(fx_setup(&f, 0), RING_GOT);
	unit_laps(&f, s, 3 * s->num);
	fx_exit(&f);
}

/*
 * Chains of random lengths, some used together, and at each place with both
 * counters 0 the ring can be stopped and started: whatever the slots in
 * between hold, and whatever the driver has added since.
 */
static void go_on_anywhere(const struct shape *s, u32 added)
{
	u64 random = 5;
	u32 tries = 0;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 2000; lap++) {
		u32 chains = 1 + drv_random(&random) % 3, base, n;

		for (u32 i = 0; i < chains; i++) {
			n = 1 + drv_random(&random) % (s->num - 1);
			fx_add(&f, 0, 0, n, 16, unit_table(s, n));
		}
		assert_int_equal(fx_pop(&f, 8), RING_GOT);
		unit_give(&f, f.chain, f.batch.n_chains, 16 * s->num);
		for (u32 i = 0; i < f.batch.n_chains; i++)
			unit_taken_back(&f, 0, 16 * (f.chain[i].n_write));
		base = ring_base(&f.ring);
		if (base & 0x8000)
			continue;
		tries++;
		for (u32 i = 0; i < added; i++)
			fx_add(&f, 0, 0, 1, 16, unit_table(s, 1));
		assert_int_equal(fx_setup(&f, base), RING_GOT);
		assert_int_equal(ring_base(&f.ring), base);
		for (u32 i = 0; i < added && i < s->num; i++)
			expect_served(&f, 0);
	}
	assert_true(tries > 100);
	fx_exit(&f);
}

static void every_place_of_a_used_ring_is_one_to_go_on_from(void **state)
{
	const struct shape *s = *state;

	go_on_anywhere(s, 0);
	go_on_anywhere(s, 1);
	go_on_anywhere(s, s->num);
}

/* One chain behind another's end: no slot has the USED bit, yet all are used. */
static void a_used_ring_without_a_single_used_bit(void **state)
{
	static const struct shape s = { "packed", DRV_PACKED, 4, 0, false };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	unit_lap(&f, &s, 0, 1);
	unit_lap(&f, &s, 1, 2);
	unit_lap(&f, &s, 0, 1);
	unit_lap(&f, &s, 0, 1);
	for (u32 i = 0; i < 4; i++)
		assert_false(f.drv.pdesc[i].flags & WIRE_USED);
	assert_int_equal(ring_base(&f.ring), 0x00020002);
	assert_int_equal(fx_setup(&f, 0x00020002), RING_GOT);
	unit_laps(&f, &s, 9);
	fx_exit(&f);
}

/* At the last slot, skipped a lap ago, with a chain around the whole ring. */
static void a_chain_about_to_be_published(void **state)
{
	static const struct shape s = { "packed", DRV_PACKED, 3, 0, false };
	struct drv_buf buf[3];
	struct drv_chain c = { .buf = buf, .n_read = 3 };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	unit_lap(&f, &s, 0, 1);
	unit_lap(&f, &s, 1, 1);
	unit_lap(&f, &s, 1, 1);
	for (u32 i = 0; i < 3; i++)
		buf[i] = (struct drv_buf){ fx_addr(&f, f.payload), 16 };
	assert_int_equal(drv_add(&f.drv, &c), DRV_GOT);
	for (u32 i = 0; i < 3; i++)
		assert_false(f.drv.pdesc[i].flags & WIRE_USED);
	assert_int_equal(ring_base(&f.ring), 0x00020002);
	assert_int_equal(fx_setup(&f, 0x00020002), RING_GOT);
	unit_pop_n(&f, 4, 0);
	drv_publish(&f.drv);
	expect_served(&f, 0);
	unit_laps(&f, &s, 9);
	fx_exit(&f);
}

/* The descriptor ring is looked at, so it may be missing, or not readable. */
static void looking_may_miss_and_may_fail(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = unit_config(s);
	enum ring_result rc;
	struct fx f;
	u64 desc;

	cfg.iotlb = true;
	fx_init(&f, &cfg);
	desc = fx_addr(&f, f.drv.cfg.area[RING_DESC]);
	assert_int_equal(ring_start(&f.ring, &f.space, 0x8000), RING_AGAIN);
	assert_int_equal(ring_missed(&f.ring)->iova,
			 desc + 16 * (s->num - 1) + 14);
	scatter_map_areas(&f, 16);
	scatter_map_rest(&f);
	rc = ring_start(&f.ring, &f.space, 0x8000);
	assert_int_equal(rc, RING_GOT);
	unit_laps(&f, s, s->num);
	assert_int_equal(ring_setup(&f.ring, &f.ring_cfg), RING_OK);
	arena_fail(&f.arena, 1, false);
	assert_int_equal(ring_start(&f.ring, &f.space, 0x8000), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_MEMORY);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_short_form_starts_a_fresh_ring),
		cmocka_unit_test(the_short_form_starts_a_ring_that_is_full),
		cmocka_unit_test(the_short_form_names_a_slot),
		cmocka_unit_test(wrap_counters_of_0_are_rejected_on_an_unused_ring),
		cmocka_unit_test(base_0_goes_on_after_one_lap),
		cmocka_unit_test(every_place_of_a_used_ring_is_one_to_go_on_from),
		cmocka_unit_test(looking_may_miss_and_may_fail),
	};
	const struct CMUnitTest one_shape[] = {
		cmocka_unit_test(a_whole_lap_in_flight_is_not_the_short_form),
		cmocka_unit_test(a_used_ring_without_a_single_used_bit),
		cmocka_unit_test(a_chain_about_to_be_published),
	};
	int failed = unit_run_shapes(tests, is_packed);

	return failed + cmocka_run_group_tests(one_shape, NULL, NULL);
}
