// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a packed ring's driver is notified (2.8.10), for each position of the
 * event around what was used, on both laps.
 */
#include "unit.h"

struct spot {
	u32 slot;
	bool wrap;
};

static bool call_needed(struct fx *f)
{
	return ring_call_needed(&f->ring, &f->space);
}

static void begin(struct fx *f, u32 num, u32 features, struct spot at)
{
	struct fx_config cfg = {
		.format = DRV_PACKED, .num = num, .features = features,
	};

	fx_init(f, &cfg);
	unit_begin_at(f, at.slot, at.wrap);
	call_needed(f);
}

/* Use @n chains of one slot. */
static void use(struct fx *f, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, 0, 0, 1, 16, 0), DRV_GOT);
	unit_pop_n(f, 16, n);
	unit_give(f, f->chain, n, 16);
}

static void set_event(struct fx *f, u16 mode, u16 off_wrap)
{
	f->drv.driver_event->flags = mode;
	f->drv.driver_event->off_wrap = off_wrap;
}

/* Is the event among the @n slots from @at on? One by one: the model. */
static bool passed(struct spot at, u32 n, u32 num, u16 off_wrap)
{
	while (n--) {
		if (off_wrap == (at.slot | (at.wrap ? WIRE_EVENT_WRAP : 0)))
			return true;
		if (++at.slot == num) {
			at.slot = 0;
			at.wrap = !at.wrap;
		}
	}
	return false;
}

static void every_event(struct fx *f, struct spot old, u32 n)
{
	struct ring before = f->ring;
	u32 num = f->cfg.num;

	for (u32 event = 0; event <= 65535; event += event % 32768 <= num ? 1 : 97) {
		/* an offset outside the ring names nothing: say yes */
		bool yes = (event & 0x7fff) >= num ||
			   passed(old, n, num, event);

		f->ring = before;
		set_event(f, WIRE_EVENT_DESC, event);
		if (call_needed(f) != yes)
			fail_msg("num %u, old %u/%d, %u used, event %#x", num,
				 old.slot, old.wrap, n, event);
		assert_false(call_needed(f));
	}
}

static void the_event_decides_at_each_position(void **state)
{
	static const u32 nums[] = { 1, 2, 3, 5, 8 };

	(void)state;
	for (u32 i = 0; i < COUNT(nums); i++) {
		u32 num = nums[i];

		for (u32 k = 0; k < 2 * num * num; k++) {
			struct spot at = { k % num, k / num & 1 };
			u32 n = 1 + k / num / 2;
			struct fx f;

			begin(&f, num, DRV_F_EVENT_IDX, at);
			use(&f, n);
			every_event(&f, at, n);
			fx_exit(&f);
		}
	}
}

static void what_was_published_bit_by_bit_counts_together(void **state)
{
	(void)state;
	for (u32 used = 1; used < 20; used++) {
		struct spot at = { 3, true };
		struct fx f;

		begin(&f, 5, DRV_F_EVENT_IDX, at);
		for (u32 i = 0; i < used; i++) {
			use(&f, 1);
			unit_taken_back(&f, 0, 16);
		}
		every_event(&f, at, used);
		fx_exit(&f);
	}
}

/* A chain takes several slots but only its first one is written. */
static void an_event_inside_a_chain_is_passed_with_it(void **state)
{
	struct spot at = { 6, true };
	struct fx f;

	(void)state;
	begin(&f, 8, DRV_F_EVENT_IDX, at);
	assert_int_equal(fx_add(&f, 0, 0, 5, 16, 0), DRV_GOT);
	unit_pop_n(&f, 4, 1);
	unit_give(&f, f.chain, 1, 16);
	every_event(&f, at, 5);
	fx_exit(&f);
}

static void what_is_not_published_does_not_count(void **state)
{
	struct fx f;

	(void)state;
	for (u32 slot = 0; slot < 8; slot++) {
		struct spot at = { slot, true };

		begin(&f, 8, DRV_F_EVENT_IDX, at);
		for (u32 i = 0; i < 4; i++)
			fx_add(&f, 0, 0, 1, 16, 0);
		unit_pop_n(&f, 8, 4);
		unit_give(&f, f.chain, 1, 16);
		unit_push(&f, f.chain + 1, 3, 16);
		every_event(&f, at, 1);
		call_needed(&f);
		assert_int_equal(ring_publish(&f.ring, &f.space), RING_GOT);
		every_event(&f, (struct spot){ (slot + 1) % 8, slot < 7 }, 3);
		fx_exit(&f);
	}
}

static void the_mode_decides_without_event_idx(void **state)
{
	static const bool yes[] = { true, false, true, true };
	struct fx f;

	(void)state;
	begin(&f, 4, 0, (struct spot){ 0, true });
	for (u32 i = 0; i < 8; i++) {
		/* the bits above the mode are reserved */
		set_event(&f, (i & 3) | (i & 4 ? 0xfffc : 0), 0x8003);
		use(&f, 1);
		assert_int_equal(call_needed(&f), yes[i & 3]);
		assert_false(call_needed(&f));
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

static void the_mode_decides_with_event_idx(void **state)
{
	/* the event is far away: mode 2 says no, the reserved one yes */
	static const bool yes[] = { true, false, false, true };
	struct fx f;

	(void)state;
	begin(&f, 4, DRV_F_EVENT_IDX, (struct spot){ 0, true });
	for (u32 mode = 0; mode < 4; mode++) {
		set_event(&f, mode, 3 | WIRE_EVENT_WRAP);
		if (mode == 3)
			set_event(&f, mode, 0);
		use(&f, 1);
		assert_int_equal(call_needed(&f), yes[mode]);
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

static void after_a_start_the_answer_is_yes_once(void **state)
{
	struct fx f;

	(void)state;
	begin(&f, 4, DRV_F_EVENT_IDX, (struct spot){ 0, true });
	unit_begin_at(&f, 2, true);
	set_event(&f, WIRE_EVENT_DESC, 3 | WIRE_EVENT_WRAP);
	assert_true(call_needed(&f));
	assert_false(call_needed(&f));
	fx_exit(&f);
}

static void suppression_that_cannot_be_read_means_yes(void **state)
{
	(void)state;
	for (u32 nth = 1; nth <= 2; nth++) {
		struct fx f;

		begin(&f, 4, DRV_F_EVENT_IDX, (struct spot){ 0, true });
		set_event(&f, WIRE_EVENT_DESC, 3 | WIRE_EVENT_WRAP);
		use(&f, 1);
		arena_fail(&f.arena, nth, false);
		assert_true(call_needed(&f));
		unit_expect_broken(&f, RING_BAD_MEMORY);
		fx_exit(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_event_decides_at_each_position),
		cmocka_unit_test(what_was_published_bit_by_bit_counts_together),
		cmocka_unit_test(an_event_inside_a_chain_is_passed_with_it),
		cmocka_unit_test(what_is_not_published_does_not_count),
		cmocka_unit_test(the_mode_decides_without_event_idx),
		cmocka_unit_test(the_mode_decides_with_event_idx),
		cmocka_unit_test(after_a_start_the_answer_is_yes_once),
		cmocka_unit_test(suppression_that_cannot_be_read_means_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
