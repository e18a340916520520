// SPDX-License-Identifier: GPL-2.0-only
/* What a base looks like: as VHOST_GET_VRING_BASE has it, bit for bit. */
#include "unit.h"

static void split_is_the_next_available_index(void **state)
{
	static const struct shape s = { "split", DRV_SPLIT, 8, 0, false };
	u16 at = 65500;
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	unit_begin_at(&f, at, true);
	for (u32 i = 0; i < 100; i++) {
		assert_int_equal(ring_base(&f.ring), (u16)(at + i));
		/* what is in flight is not in it */
		unit_lap(&f, &s, 1, 1);
	}
	fx_exit(&f);
}

static u32 half(u32 slots, u32 num)
{
	/* both wrap counters begin with 1 and turn each lap */
	return slots % num | (slots / num % 2 ? 0 : 1) << 15;
}

/* Avail slot 0-14, its wrap 15, used slot 16-30, its wrap 31. */
static void packed_holds_both_slots_and_both_wrap_counters(void **state)
{
	static const struct shape s = { "packed", DRV_PACKED, 5, 0, false };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	for (u32 i = 0; i < 20; i++) {
		u32 taken = half(i * 2, 5);

		assert_int_equal(ring_base(&f.ring), taken | taken << 16);
		fx_add(&f, 0, 1, 1, 16, 0);
		unit_pop_n(&f, 4, 1);
		assert_int_equal(ring_base(&f.ring),
				 half(i * 2 + 2, 5) | taken << 16);
		unit_give(&f, f.chain, 1, 0);
		unit_taken_back(&f, 0, 0);
	}
	fx_exit(&f);
}

static void packed_reaches_the_last_slot_of_the_largest_ring(void **state)
{
	static const struct shape s = { "packed", DRV_PACKED, 32768, 0, false };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	unit_begin_at(&f, 32767, true);
	assert_int_equal(ring_base(&f.ring), 0xffffffff);
	unit_lap(&f, &s, 0, 1);
	assert_int_equal(ring_base(&f.ring), 0);
	unit_begin_at(&f, 32767, false);
	assert_int_equal(ring_base(&f.ring), 0x7fff7fff);
	unit_lap(&f, &s, 0, 1);
	assert_int_equal(ring_base(&f.ring), 0x80008000);
	fx_exit(&f);
}

static void a_broken_ring_still_has_its_base(void **state)
{
	static const struct shape s = { "split", DRV_SPLIT, 8, 0, false };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	unit_laps(&f, &s, 3);
	f.drv.avail->idx = 1000;
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	assert_int_equal(ring_base(&f.ring), 3);
	fx_exit(&f);
}

/* A base that a chain is taken off is the one before that chain was popped. */
static void a_chain_is_taken_off_a_base(void **state)
{
	static const struct shape shapes[] = {
		{ "split", DRV_SPLIT, 8, 0, false },
		{ "packed", DRV_PACKED, 5, 0, false },
	};

	(void)state;
	for (size_t k = 0; k < COUNT(shapes); k++) {
		struct fx f;

		unit_init(&f, &shapes[k]);
		for (u32 i = 0; i < 20; i++) {
			u32 before = ring_base(&f.ring);

			fx_add(&f, 0, 1, 1, 16, 0);
			unit_pop_n(&f, 4, 1);
			assert_int_equal(ring_base_without(f.ring.flags,
							   shapes[k].num,
							   ring_base(&f.ring),
							   f.chain),
					 before);
			unit_give(&f, f.chain, 1, 0);
			unit_taken_back(&f, 0, 0);
		}
		fx_exit(&f);
	}
}

static void features_become_flags(void **state)
{
	static const struct {
		u32 bit, flag;
	} known[] = {
		{ 24, RING_F_NOTIFY_ON_EMPTY },
		{ 28, RING_F_INDIRECT },
		{ 29, RING_F_EVENT_IDX },
		{ 33, RING_F_IOVA },
		{ 34, RING_F_PACKED },
		{ 35, RING_F_IN_ORDER },
	};

	(void)state;
	for (u32 bit = 0; bit < 64; bit++) {
		u32 flag = 0;

		for (u32 i = 0; i < COUNT(known); i++)
			flag |= known[i].bit == bit ? known[i].flag : 0;
		assert_int_equal(ring_flags(1ull << bit), flag);
	}
	assert_int_equal(ring_flags(UINT64_MAX),
			 RING_F_NOTIFY_ON_EMPTY | RING_F_INDIRECT |
			 RING_F_EVENT_IDX | RING_F_IOVA | RING_F_PACKED |
			 RING_F_IN_ORDER);
}

static void every_cause_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (u32 i = 0; i < RING_CAUSES; i++) {
		assert_non_null(ring_cause_name(i));
		for (u32 k = 0; k < i; k++)
			assert_string_not_equal(ring_cause_name(i),
						ring_cause_name(k));
	}
	assert_string_equal(ring_cause_name(RING_CAUSES), "unknown");
	assert_string_equal(ring_cause_name((enum ring_cause)-1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_is_the_next_available_index),
		cmocka_unit_test(packed_holds_both_slots_and_both_wrap_counters),
		cmocka_unit_test(packed_reaches_the_last_slot_of_the_largest_ring),
		cmocka_unit_test(a_broken_ring_still_has_its_base),
		cmocka_unit_test(a_chain_is_taken_off_a_base),
		cmocka_unit_test(features_become_flags),
		cmocka_unit_test(every_cause_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
