// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enabling kicks asks for one at the first chain the device has not seen. Chains
 * that it saw and gave back do not count as more: else a device that cannot go
 * on would spin between enabling kicks and popping.
 */
#include "unit.h"

static enum ring_result enable_kicks(struct fx *f)
{
	return ring_enable_kicks(&f->ring, &f->space);
}

static void add(struct fx *f, const struct shape *s, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, 0, 0, 1, 16, unit_table(s, 1)),
				 DRV_GOT);
}

static void see_and_give_back(struct fx *f, u32 n)
{
	unit_pop_n(f, 16, n);
	ring_unpop(&f->ring, f->chain, n);
}

static void chains_given_back_are_not_new(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 3 * s->num; lap++) {
		add(&f, s, 3);
		see_and_give_back(&f, 3);
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
		drv_kick_needed(&f.drv);
		add(&f, s, 1);
		assert_true(drv_kick_needed(&f.drv));
		assert_int_equal(enable_kicks(&f), RING_GOT);
		unit_pop_n(&f, 8, 4);
		unit_give(&f, f.chain, 4, 16);
		for (u32 i = 0; i < 4; i++)
			unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

static void the_rest_is_not_new_after_some_were_taken(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 3 * s->num; lap++) {
		add(&f, s, 3);
		see_and_give_back(&f, 3);
		for (u32 i = 0; i < 3; i++) {
			unit_pop_n(&f, 1, 1);
			assert_int_equal(enable_kicks(&f), RING_EMPTY);
			unit_give(&f, f.chain, 1, 16);
			unit_taken_back(&f, 0, 16);
		}
		assert_int_equal(enable_kicks(&f), RING_EMPTY);
	}
	fx_exit(&f);
}

/* A pop of one looks at more than it takes: that is not having seen it. */
static void chains_no_pop_has_reached_are_new(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 3 * s->num; lap++) {
		add(&f, s, 3);
		for (u32 i = 0; i < 3; i++) {
			unit_pop_n(&f, 1, 1);
			assert_int_equal(ring_peek(&f.ring, &f.space),
					 i < 2 ? RING_GOT : RING_EMPTY);
			assert_int_equal(enable_kicks(&f), i < 2 ? RING_GOT : RING_EMPTY);
			unit_give(&f, f.chain, 1, 16);
			unit_taken_back(&f, 0, 16);
		}
	}
	fx_exit(&f);
}

static void fill_and_give_back(struct fx *f, const struct shape *s)
{
	unit_init(f, s);
	add(f, s, s->num);
	see_and_give_back(f, s->num);
}

static void a_full_ring_given_back_has_nothing_new(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	fill_and_give_back(&f, s);
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	assert_int_equal(ring_peek(&f.ring, &f.space), RING_GOT);
	unit_pop_n(&f, 16, s->num);
	assert_int_equal(ring_peek(&f.ring, &f.space), RING_EMPTY);
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	fx_exit(&f);
}

static bool packed(const struct shape *s)
{
	return s->format == DRV_PACKED;
}

/* Its flags say "available on the next lap" for a slot that is not used. */
static void a_full_ring_has_no_room_for_a_lie(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	fill_and_give_back(&f, s);
	f.drv.pdesc[0].flags = WIRE_USED;
	assert_int_equal(enable_kicks(&f), RING_EMPTY);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_given_back_are_not_new),
		cmocka_unit_test(the_rest_is_not_new_after_some_were_taken),
		cmocka_unit_test(chains_no_pop_has_reached_are_new),
		cmocka_unit_test(a_full_ring_given_back_has_nothing_new),
	};
	const struct CMUnitTest lies[] = {
		cmocka_unit_test(a_full_ring_has_no_room_for_a_lie),
	};
	int failed = unit_run_shapes(tests, NULL);

	return failed + unit_run_shapes(lies, packed);
}
