// SPDX-License-Identifier: GPL-2.0-only
/*
 * RING_RESET (2.6.1): after it no verb touches the ring's memory, whatever was
 * going on; a new life begins with ring_setup(). And stopped rings in general.
 */
#include "unit.h"

static void add_two(struct fx *f, const struct shape *s)
{
	for (u32 i = 0; i < 2; i++)
		assert_int_equal(fx_add(f, i * 64, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
}

static void reset_and_expect_silence(struct fx *f)
{
	ring_reset(&f->ring);
	arena_poison(&f->arena, true);
	unit_all_verbs_say(f, RING_EMPTY);
	assert_int_equal(ring_fault(&f->ring)->cause, RING_OK);
	assert_int_equal(f->arena.poisoned, 0);
	arena_poison(&f->arena, false);
}

static void new_life(struct fx *f, const struct shape *s)
{
	unit_begin_at(f, 0, true);
	unit_laps(f, s, 2 * s->num);
	fx_exit(f);
}

static void an_idle_ring_falls_silent(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	unit_laps(&f, s, 3);
	reset_and_expect_silence(&f);
	new_life(&f, s);
}

static void a_ring_with_chains_waiting_falls_silent(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add_two(&f, s);
	unit_pop_n(&f, 1, 1);
	ring_unpop(&f.ring, f.chain, 1);
	reset_and_expect_silence(&f);
	new_life(&f, s);
}

static void a_ring_with_chains_in_flight_falls_silent(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add_two(&f, s);
	unit_pop_n(&f, 4, 2);
	reset_and_expect_silence(&f);
	new_life(&f, s);
}

static void what_was_pushed_and_not_published_is_forgotten(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add_two(&f, s);
	unit_pop_n(&f, 4, 2);
	unit_push(&f, f.chain, 2, 16);
	reset_and_expect_silence(&f);
	unit_nothing_back(&f);
	new_life(&f, s);
}

static void dirty_pages_collected_are_forgotten(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	fx_log_on(&f, true);
	add_two(&f, s);
	unit_pop_n(&f, 4, 2);
	ring_log_written(&f.ring, &f.space, &f.seg[1], &f.guest[1], 1, 16);
	reset_and_expect_silence(&f);
	unit_begin_at(&f, 0, true);
	assert_int_equal(ring_log_flush(&f.ring, &f.space), RING_GOT);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

static void a_broken_ring_is_mended_by_reset(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add_two(&f, s);
	arena_fail(&f.arena, 1, false);
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	reset_and_expect_silence(&f);
	new_life(&f, s);
}

static void a_ring_set_up_but_not_started_is_silent(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add_two(&f, s);
	assert_int_equal(ring_setup(&f.ring, &f.ring_cfg), RING_OK);
	unit_all_verbs_say(&f, RING_EMPTY);
	new_life(&f, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_ring_falls_silent),
		cmocka_unit_test(a_ring_with_chains_waiting_falls_silent),
		cmocka_unit_test(a_ring_with_chains_in_flight_falls_silent),
		cmocka_unit_test(what_was_pushed_and_not_published_is_forgotten),
		cmocka_unit_test(dirty_pages_collected_are_forgotten),
		cmocka_unit_test(a_broken_ring_is_mended_by_reset),
		cmocka_unit_test(a_ring_set_up_but_not_started_is_silent),
	};

	return unit_run_shapes(tests, NULL);
}
