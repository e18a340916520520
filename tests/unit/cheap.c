// SPDX-License-Identifier: GPL-2.0-only
/* What must be cheap: the ring object's hot part, peeking, empty pops. */
#include "unit.h"

static void the_hot_part_fits_two_cache_lines(void **state)
{
	(void)state;
	assert_true(offsetof(struct ring, iova) <= 128);
	assert_true(offsetof(struct ring, hit) <= 64);
}

/* No scratch arrays. */
static void the_whole_ring_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct ring) <= 320);
}

static void peek_at_an_empty_ring_reads_one_field(void **state)
{
	struct fx f;
	u64 before;

	unit_init(&f, *state);
	unit_laps(&f, *state, 3);
	before = f.arena.accesses;
	assert_int_equal(ring_peek(&f.ring, &f.space), RING_EMPTY);
	assert_int_equal(f.arena.accesses, before + 1);
	fx_exit(&f);
}

static void an_empty_pop_reads_one_field(void **state)
{
	struct fx f;
	u64 before;

	unit_init(&f, *state);
	unit_laps(&f, *state, 3);
	before = f.arena.accesses;
	unit_pop_n(&f, 64, 0);
	assert_int_equal(f.arena.accesses, before + 1);
	fx_exit(&f);
}

static void peek_takes_nothing(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u32 base;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 20; lap++) {
		fx_add(&f, 0, 1, 1, 16, unit_table(s, 2));
		base = ring_base(&f.ring);
		for (u32 i = 0; i < 3; i++)
			assert_int_equal(ring_peek(&f.ring, &f.space), RING_GOT);
		assert_int_equal(ring_base(&f.ring), base);
		unit_pop_n(&f, 4, 1);
		assert_int_equal(ring_peek(&f.ring, &f.space), RING_EMPTY);
		unit_give(&f, f.chain, 1, 0);
		unit_taken_back(&f, 0, 0);
	}
	fx_exit(&f);
}

static void peek_at_what_was_given_back_reads_nothing(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 before;

	unit_init(&f, s);
	fx_add(&f, 0, 1, 1, 16, unit_table(s, 2));
	unit_pop_n(&f, 4, 1);
	ring_unpop(&f.ring, f.chain, 1);
	before = f.arena.accesses;
	assert_int_equal(ring_peek(&f.ring, &f.space), RING_GOT);
	assert_int_equal(f.arena.accesses, before);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest sizes[] = {
		cmocka_unit_test(the_hot_part_fits_two_cache_lines),
		cmocka_unit_test(the_whole_ring_is_small),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peek_at_an_empty_ring_reads_one_field),
		cmocka_unit_test(an_empty_pop_reads_one_field),
		cmocka_unit_test(peek_takes_nothing),
		cmocka_unit_test(peek_at_what_was_given_back_reads_nothing),
	};
	int failed = cmocka_run_group_tests(sizes, NULL, NULL);

	return failed + unit_run_shapes(tests, NULL);
}
