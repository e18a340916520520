// SPDX-License-Identifier: GPL-2.0-only
/* ring_in_flight(): chains or slots popped, not given back and not pushed. */
#include "unit.h"

static u32 per_chain(const struct shape *s)
{
	return s->format == DRV_PACKED && !s->table ? 2 : 1;
}

static void expect(const struct fx *f, const struct shape *s, u32 chains)
{
	assert_int_equal(ring_in_flight(&f->ring), chains * per_chain(s));
}

static void add(struct fx *f, const struct shape *s, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 64, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
}

/* Often enough that both wrap counters turn between pop and push, too. */
static void pop_unpop_and_push_are_counted(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	expect(&f, s, 0);
	for (u32 lap = 0; lap < 5 * s->num; lap++) {
		add(&f, s, 3);
		expect(&f, s, 0);
		unit_pop_n(&f, 4, 3);
		expect(&f, s, 3);
		ring_unpop(&f.ring, &f.chain[2], 1);
		expect(&f, s, 2);
		unit_push(&f, f.chain, 1, 32);
		expect(&f, s, 1);
		unit_give(&f, &f.chain[1], 1, 32);
		expect(&f, s, 0);
		unit_pop_n(&f, 4, 1);
		unit_give(&f, f.chain, 1, 32);
		for (u32 i = 0; i < 3; i++)
			unit_taken_back(&f, i * 64, 16);
	}
	fx_exit(&f);
}

static void a_full_ring_can_be_in_flight(void **state)
{
	const struct shape *s = *state;
	u32 n = unit_capacity(s, 2);
	struct fx f;

	unit_init(&f, s);
	add(&f, s, n);
	unit_pop_n(&f, 64, n);
	expect(&f, s, n);
	fx_exit(&f);
}

static void what_a_base_brings_along_is_counted(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u32 base;

	unit_init(&f, s);
	unit_laps(&f, s, 3);
	add(&f, s, 2);
	unit_pop_n(&f, 4, 2);
	base = ring_base(&f.ring);
	assert_int_equal(fx_setup(&f, base), RING_GOT);
	expect(&f, s, 2);
	unit_give(&f, f.chain, 2, 0);
	expect(&f, s, 0);
	fx_exit(&f);
}

static void a_broken_ring_still_counts_and_a_new_one_has_none(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add(&f, s, 2);
	unit_pop_n(&f, 4, 2);
	arena_fail(&f.arena, 1, false);
	assert_int_equal(ring_push(&f.ring, &f.space,
				   &(struct ring_done){ .len = 0 }, 1),
			 RING_BROKEN);
	expect(&f, s, 2);
	ring_reset(&f.ring);
	expect(&f, s, 0);
	assert_int_equal(ring_setup(&f.ring, &f.ring_cfg), RING_OK);
	expect(&f, s, 0);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pop_unpop_and_push_are_counted),
		cmocka_unit_test(a_full_ring_can_be_in_flight),
		cmocka_unit_test(what_a_base_brings_along_is_counted),
		cmocka_unit_test(a_broken_ring_still_counts_and_a_new_one_has_none),
	};

	return unit_run_shapes(tests, NULL);
}
