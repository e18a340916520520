// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a split ring's driver is notified (2.7.7, 2.7.10), for each position of
 * the event index around what was used.
 */
#include "unit.h"

static const struct shape by_flag = { "flags", DRV_SPLIT, 4, 0, false };
static const struct shape by_index = {
	"event_idx", DRV_SPLIT, 4, DRV_F_EVENT_IDX, false,
};
static const struct shape by_index_big = {
	"big-endian", DRV_SPLIT, 4, DRV_F_EVENT_IDX | DRV_F_BIG_ENDIAN, false,
};

static bool call_needed(struct fx *f)
{
	return ring_call_needed(&f->ring, &f->space);
}

/* Use @n chains; pushed and published one by one or together. */
static void use(struct fx *f, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, 0, 0, 1, 16, 0), DRV_GOT);
	unit_pop_n(f, 8, n);
	unit_give(f, f->chain, n, 16);
}

static void set_event(struct fx *f, u16 event)
{
	f->drv.avail->ring[f->cfg.num] = wire16(f->drv.swap, event);
}

/* Is @event among the @n entries from @old on? One by one: the model. */
static bool passed(u16 old, u32 n, u16 event)
{
	for (u32 i = 0; i < n; i++) {
		if ((u16)(old + i) == event)
			return true;
	}
	return false;
}

static void every_event(struct fx *f, u16 old, u32 n)
{
	struct ring before = f->ring;

	for (u32 event = 0; event <= 65535; event++) {
		f->ring = before;
		set_event(f, event);
		if (call_needed(f) != passed(old, n, event))
			fail_msg("old %u, %u used, event %u", old, n, event);
		assert_false(call_needed(f));
	}
}

static void every_event_at(const struct shape *s, u16 old)
{
	for (u32 n = 1; n <= s->num; n++) {
		struct fx f;

		unit_init(&f, s);
		unit_begin_at(&f, old, true);
		call_needed(&f);
		use(&f, n);
		every_event(&f, old, n);
		fx_exit(&f);
	}
}

static void the_event_index_decides_at_each_position(void **state)
{
	static const u16 positions[] = { 0, 1, 7, 32766, 65532, 65533, 65535 };

	(void)state;
	for (u32 i = 0; i < COUNT(positions); i++)
		every_event_at(&by_index, positions[i]);
	every_event_at(&by_index_big, 65534);
}

static void what_was_published_bit_by_bit_counts_together(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_index);
	unit_begin_at(&f, 65530, true);
	call_needed(&f);
	for (u32 i = 0; i < 10; i++) {
		use(&f, 1);
		unit_taken_back(&f, 0, 16);
	}
	every_event(&f, 65530, 10);
	fx_exit(&f);
}

static void more_than_a_lap_of_indices_always_calls(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_index);
	call_needed(&f);
	for (u32 i = 0; i < 65536 / 4 + 1; i++) {
		use(&f, 4);
		for (u32 k = 0; k < 4; k++)
			unit_taken_back(&f, 0, 16);
	}
	set_event(&f, 2);
	assert_true(call_needed(&f));
	fx_exit(&f);
}

static void what_is_not_published_does_not_count(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_index);
	call_needed(&f);
	set_event(&f, 0);
	for (u32 i = 0; i < 2; i++)
		fx_add(&f, 0, 0, 1, 16, 0);
	unit_pop_n(&f, 8, 2);
	unit_push(&f, f.chain, 1, 16);
	assert_false(call_needed(&f));
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_GOT);
	unit_push(&f, f.chain + 1, 1, 16);
	assert_true(call_needed(&f));
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_GOT);
	assert_false(call_needed(&f));
	fx_exit(&f);
}

static void the_flag_suppresses_calls(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_flag);
	call_needed(&f);
	for (u32 flags = 0; flags < 4; flags++) {
		f.drv.avail->flags = flags;
		use(&f, 1);
		assert_int_equal(call_needed(&f), !(flags & 1));
		assert_false(call_needed(&f));
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

/* 2.7.7.2: with EVENT_IDX the flags are ignored. */
static void the_flag_means_nothing_with_event_idx(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_index);
	call_needed(&f);
	f.drv.avail->flags = 1;
	use(&f, 1);
	assert_true(call_needed(&f));
	fx_exit(&f);
}

static void nothing_used_needs_no_call(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_flag);
	call_needed(&f);
	assert_false(call_needed(&f));
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_EMPTY);
	assert_false(call_needed(&f));
	fx_exit(&f);
}

static void after_a_start_the_answer_is_yes_once(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_index);
	set_event(&f, 3000);
	assert_true(call_needed(&f));
	assert_false(call_needed(&f));
	fx_exit(&f);
}

static void notify_on_empty_calls_when_all_is_used(void **state)
{
	struct fx_config cfg = unit_config(&by_flag);
	struct fx f;

	(void)state;
	cfg.ring_flags = RING_F_NOTIFY_ON_EMPTY;
	fx_init(&f, &cfg);
	call_needed(&f);
	f.drv.avail->flags = 1;
	use(&f, 1);
	assert_true(call_needed(&f));		/* the ring is empty */
	assert_false(call_needed(&f));
	for (u32 i = 0; i < 2; i++)
		fx_add(&f, 0, 0, 1, 16, 0);
	unit_pop_n(&f, 1, 1);
	unit_give(&f, f.chain, 1, 16);
	assert_false(call_needed(&f));		/* one is left in it */
	unit_pop_n(&f, 1, 1);
	unit_give(&f, f.chain, 1, 16);
	assert_true(call_needed(&f));
	fx_exit(&f);
}

static void suppression_that_cannot_be_read_means_yes(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &by_flag);
	call_needed(&f);
	f.drv.avail->flags = 1;
	use(&f, 1);
	arena_fail(&f.arena, 1, false);
	assert_true(call_needed(&f));
	unit_expect_broken(&f, RING_BAD_MEMORY);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_event_index_decides_at_each_position),
		cmocka_unit_test(what_was_published_bit_by_bit_counts_together),
		cmocka_unit_test(more_than_a_lap_of_indices_always_calls),
		cmocka_unit_test(what_is_not_published_does_not_count),
		cmocka_unit_test(the_flag_suppresses_calls),
		cmocka_unit_test(the_flag_means_nothing_with_event_idx),
		cmocka_unit_test(nothing_used_needs_no_call),
		cmocka_unit_test(after_a_start_the_answer_is_yes_once),
		cmocka_unit_test(notify_on_empty_calls_when_all_is_used),
		cmocka_unit_test(suppression_that_cannot_be_read_means_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
