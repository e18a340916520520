// SPDX-License-Identifier: GPL-2.0-only
/* A full IOTLB drops what was inserted longest ago, and only when it must. */
#include "iotlb_help.h"

/* Entries that do not touch, in an order of addresses unlike that of age. */
static u64 place(u64 i)
{
	return i * 37 % 101 * 0x1000;
}

static void map_place(struct ring_iotlb *tlb, u64 i)
{
	map_ok(tlb, place(i), place(i) + 0xfff, i * 0x100000);
}

static void the_oldest_goes_first(void **state)
{
	struct ring_iotlb tlb = make_iotlb(10, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < 100; i++) {
		map_place(&tlb, i);
		assert_int_equal(tlb.count, i < 10 ? i + 1 : 10);
		for (u64 k = 0; k <= i; k++) {
			if (k + 10 > i)
				assert_mapped(&tlb, place(k), k * 0x100000);
			else
				assert_unmapped(&tlb, place(k));
		}
	}
	drop_iotlb(&tlb);
}

static void being_looked_up_does_not_make_an_entry_younger(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2, RING_IOTLB_EVICT);

	(void)state;
	map_place(&tlb, 0);
	map_place(&tlb, 1);
	assert_mapped(&tlb, place(0), 0);
	map_place(&tlb, 2);
	assert_unmapped(&tlb, place(0));
	drop_iotlb(&tlb);
}

static void being_replaced_makes_an_entry_younger(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2, RING_IOTLB_EVICT);

	(void)state;
	map_place(&tlb, 0);
	map_place(&tlb, 1);
	map_place(&tlb, 0);
	assert_int_equal(tlb.count, 2);
	map_place(&tlb, 2);
	assert_mapped(&tlb, place(0), 0);
	assert_unmapped(&tlb, place(1));
	drop_iotlb(&tlb);
}

static void replacing_evicts_nothing(void **state)
{
	struct ring_iotlb tlb = make_iotlb(3, RING_IOTLB_EVICT);

	(void)state;
	map_ok(&tlb, 0, 9, 0);
	map_ok(&tlb, 10, 19, 0);
	map_ok(&tlb, 20, 29, 0);
	map_ok(&tlb, 15, 25, 0);
	assert_int_equal(tlb.count, 2);
	assert_mapped(&tlb, 0, 0);
	assert_mapped(&tlb, 15, 0);
	drop_iotlb(&tlb);
}

static void an_invalidated_entry_is_out_of_the_order(void **state)
{
	struct ring_iotlb tlb = make_iotlb(3, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < 3; i++)
		map_place(&tlb, i);
	assert_int_equal(ring_iotlb_invalidate(&tlb, place(0), place(0)), 1);
	map_place(&tlb, 3);
	assert_mapped(&tlb, place(1), 0x100000);
	map_place(&tlb, 4);
	assert_unmapped(&tlb, place(1));
	assert_mapped(&tlb, place(2), 0x200000);
	drop_iotlb(&tlb);
}

static void a_capacity_of_one(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < 50; i++) {
		map_place(&tlb, i);
		assert_int_equal(tlb.count, 1);
		assert_mapped(&tlb, place(i), i * 0x100000);
		if (i > 0)
			assert_unmapped(&tlb, place(i - 1));
	}
	drop_iotlb(&tlb);
}

static void the_greatest_capacity(void **state)
{
	enum { CAPACITY = 1 << 20, OVER = 1000 };
	struct ring_iotlb tlb = make_iotlb(CAPACITY, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 0; i < CAPACITY + OVER; i++)
		if (map(&tlb, i << 12, (i << 12) + 0xfff, 0) != RING_OK)
			fail();
	assert_int_equal(tlb.count, CAPACITY);
	assert_unmapped(&tlb, (u64)OVER << 12 >> 1);
	assert_unmapped(&tlb, ((u64)OVER << 12) - 1);
	assert_mapped(&tlb, (u64)OVER << 12, 0);
	assert_mapped(&tlb, (u64)(CAPACITY + OVER) << 12 >> 1,
		      (u64)(CAPACITY + OVER) << 12 >> 1 & 0xfff);
	assert_mapped(&tlb, ((u64)(CAPACITY + OVER) << 12) - 1, 0xfff);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, TOP), CAPACITY);
	drop_iotlb(&tlb);
}

static void map_perm(struct ring_iotlb *tlb, u64 start, u64 last,
		     enum ring_access perm)
{
	const struct ring_range r = {
		.start = start, .last = last, .user = start, .perm = perm,
	};

	assert_int_equal(ring_iotlb_insert(tlb, &r), RING_OK);
}

/* The entry that the miss asked for must not make room for the others. */
static void an_answer_in_too_many_pieces_is_whole(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	(void)state;
	for (u64 i = 1; i < 8; i += 2)
		map_perm(&tlb, i * 10, i * 10 + 9, RING_READ);
	map_perm(&tlb, 0, 99, RING_WRITE);
	assert_mapped(&tlb, 0, 0);
	assert_mapped(&tlb, 99, 99);
	assert_int_equal(tlb.count, 1);
	drop_iotlb(&tlb);
}

static void what_is_touched_is_not_evicted(void **state)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_EVICT);

	(void)state;
	map_perm(&tlb, 10, 19, RING_READ);	/* the oldest */
	map_perm(&tlb, 1000, 1009, RING_RW);
	map_perm(&tlb, 2000, 2009, RING_RW);
	map_perm(&tlb, 0, 29, RING_WRITE);	/* 3 entries in the place of 1 */
	assert_int_equal(tlb.count, 4);
	assert_mapped(&tlb, 0, 0);
	assert_int_equal(ring_iotlb_find(&tlb, 10)->perm, RING_RW);
	assert_mapped(&tlb, 29, 29);
	assert_unmapped(&tlb, 1000);
	assert_mapped(&tlb, 2000, 2000);
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_goes_first),
		cmocka_unit_test(
			being_looked_up_does_not_make_an_entry_younger),
		cmocka_unit_test(being_replaced_makes_an_entry_younger),
		cmocka_unit_test(replacing_evicts_nothing),
		cmocka_unit_test(an_invalidated_entry_is_out_of_the_order),
		cmocka_unit_test(a_capacity_of_one),
		cmocka_unit_test(the_greatest_capacity),
		cmocka_unit_test(an_answer_in_too_many_pieces_is_whole),
		cmocka_unit_test(what_is_touched_is_not_evicted),
	};

	return cmocka_run_group_tests_name("iotlb: evicts the oldest", tests,
					   NULL, NULL);
}
