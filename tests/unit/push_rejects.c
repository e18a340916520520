// SPDX-License-Identifier: GPL-2.0-only
/* Completions: more than were taken, out of order, none; what they say. */
#include "unit.h"

static void add_and_pop(struct fx *f, const struct shape *s, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 64, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
	unit_pop_n(f, 8, n);
}

static void more_than_was_taken_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct ring_done done[3];
	struct fx f;

	unit_init(&f, s);
	unit_laps(&f, s, 5);
	add_and_pop(&f, s, 2);
	for (u32 i = 0; i < 3; i++)
		done[i] = ring_done(&f.chain[i % 2], 0);
	assert_int_equal(ring_push(&f.ring, &f.space, done, 3), RING_BROKEN);
	assert_int_equal(f.arena.failed, 0);
	unit_expect_broken(&f, RING_BAD_DONE);
	unit_nothing_back(&f);
	fx_exit(&f);
}

static void twice_the_same_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct ring_done done;
	struct fx f;

	unit_init(&f, s);
	add_and_pop(&f, s, 1);
	unit_give(&f, f.chain, 1, 0);
	done = ring_done(&f.chain[0], 0);
	assert_int_equal(ring_push(&f.ring, &f.space, &done, 1), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_DONE);
	fx_exit(&f);
}

static void what_was_given_back_cannot_be_pushed(void **state)
{
	const struct shape *s = *state;
	struct ring_done done[2];
	struct fx f;

	unit_init(&f, s);
	add_and_pop(&f, s, 2);
	ring_unpop(&f.ring, f.chain + 1, 1);
	for (u32 i = 0; i < 2; i++)
		done[i] = ring_done(&f.chain[i], 0);
	assert_int_equal(ring_push(&f.ring, &f.space, done, 2), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_DONE);
	fx_exit(&f);
}

static void none_is_fine(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 before;

	unit_init(&f, s);
	before = f.arena.accesses;
	assert_int_equal(ring_push(&f.ring, &f.space, NULL, 0), RING_GOT);
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_EMPTY);
	assert_int_equal(f.arena.accesses, before);
	unit_laps(&f, s, 3);
	fx_exit(&f);
}

static void nothing_is_visible_before_publish(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 20; lap++) {
		add_and_pop(&f, s, 3);
		for (u32 i = 0; i < 3; i++) {
			unit_push(&f, f.chain + i, 1, 16);
			unit_nothing_back(&f);
		}
		assert_int_equal(ring_publish(&f.ring, &f.space), RING_GOT);
		assert_int_equal(ring_publish(&f.ring, &f.space), RING_EMPTY);
		for (u32 i = 0; i < 3; i++)
			unit_taken_back(&f, i * 64, 16);
	}
	fx_exit(&f);
}

static bool out_of_order(const struct shape *s)
{
	return !(s->features & DRV_F_IN_ORDER);
}

static void completions_may_come_in_any_order(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 20; lap++) {
		add_and_pop(&f, s, 3);
		unit_give(&f, f.chain + 1, 1, 11);
		unit_taken_back(&f, 64, 11);
		unit_push(&f, f.chain + 2, 1, 12);
		unit_give(&f, f.chain, 1, 10);
		unit_taken_back(&f, 128, 12);
		unit_taken_back(&f, 0, 10);
	}
	fx_exit(&f);
}

static bool packed(const struct shape *s)
{
	return s->format == DRV_PACKED;
}

/* 2.8.4: WRITE in a used descriptor. */
static void packed_says_whether_anything_was_written(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	for (u32 len = 0; len < 2; len++) {
		unit_init(&f, s);
		add_and_pop(&f, s, 1);
		unit_give(&f, f.chain, 1, len);
		assert_int_equal(f.drv.pdesc[0].flags & WIRE_WRITE,
				 len ? WIRE_WRITE : 0);
		unit_taken_back(&f, 0, len);
		fx_exit(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_was_taken_breaks_the_ring),
		cmocka_unit_test(twice_the_same_breaks_the_ring),
		cmocka_unit_test(what_was_given_back_cannot_be_pushed),
		cmocka_unit_test(none_is_fine),
		cmocka_unit_test(nothing_is_visible_before_publish),
	};
	const struct CMUnitTest unordered[] = {
		cmocka_unit_test(completions_may_come_in_any_order),
	};
	const struct CMUnitTest of_packed[] = {
		cmocka_unit_test(packed_says_whether_anything_was_written),
	};
	int failed = unit_run_shapes(tests, NULL);

	failed += unit_run_shapes(of_packed, packed);
	return failed + unit_run_shapes(unordered, out_of_order);
}
