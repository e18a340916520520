// SPDX-License-Identifier: GPL-2.0-only
/* Entries at the ends of the address space, and the one that is all of it. */
#include "iotlb_help.h"

static void an_empty_iotlb_finds_nothing(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_EVICT);

	(void)state;
	assert_int_equal(tlb.count, 0);
	assert_int_equal(tlb.capacity, 1);
	assert_unmapped(&tlb, 0);
	assert_unmapped(&tlb, TOP);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, TOP), 0);
	drop_iotlb(&tlb);
}

static void an_entry_holds_its_bytes_and_no_others(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_EVICT);

	(void)state;
	map_ok(&tlb, 0x1000, 0x2fff, 0x7000);
	assert_unmapped(&tlb, 0);
	assert_unmapped(&tlb, 0xfff);
	assert_mapped(&tlb, 0x1000, 0x7000);
	assert_mapped(&tlb, 0x2fff, 0x8fff);
	assert_unmapped(&tlb, 0x3000);
	assert_unmapped(&tlb, TOP);
	drop_iotlb(&tlb);
}

static void an_entry_of_one_byte(void **state)
{
	struct ring_iotlb tlb = make_iotlb(3, RING_IOTLB_EVICT);

	(void)state;
	map_ok(&tlb, 0, 0, TOP);
	map_ok(&tlb, 1, 1, 5);
	map_ok(&tlb, TOP, TOP, 0);
	assert_mapped(&tlb, 0, TOP);
	assert_mapped(&tlb, 1, 5);
	assert_unmapped(&tlb, 2);
	assert_unmapped(&tlb, TOP - 1);
	assert_mapped(&tlb, TOP, 0);
	assert_int_equal(ring_iotlb_invalidate(&tlb, TOP, TOP), 1);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, 0), 1);
	assert_int_equal(tlb.count, 1);
	drop_iotlb(&tlb);
}

static void an_entry_may_end_at_2_to_the_64(void **state)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_EVICT);

	(void)state;
	map_ok(&tlb, TOP - 0xfff, TOP, 0x4000);
	map_ok(&tlb, 0, 0xfff, TOP - 0xfff);
	assert_mapped(&tlb, TOP, 0x4fff);
	assert_mapped(&tlb, 0xfff, TOP);
	assert_unmapped(&tlb, TOP - 0x1000);
	assert_unmapped(&tlb, 0x1000);
	drop_iotlb(&tlb);
}

static void one_entry_may_be_the_whole_space(void **state)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_EVICT);

	(void)state;
	map_ok(&tlb, 0, TOP, 0);
	assert_mapped(&tlb, 0, 0);
	assert_mapped(&tlb, 0x123456789abcdefULL, 0x123456789abcdefULL);
	assert_mapped(&tlb, TOP, TOP);

	/* It replaces everything, and anything replaces it. */
	map_ok(&tlb, 5, 5, 0);
	assert_int_equal(tlb.count, 1);
	assert_unmapped(&tlb, 4);
	assert_unmapped(&tlb, 6);
	map_ok(&tlb, TOP, TOP, 0);
	map_ok(&tlb, 0, TOP, 0);
	assert_int_equal(tlb.count, 1);

	assert_int_equal(ring_iotlb_invalidate(&tlb, 0x8000, 0x8000), 1);
	assert_unmapped(&tlb, 0);
	drop_iotlb(&tlb);
}

static void memory_is_asked_for_up_to_the_greatest_capacity(void **state)
{
	(void)state;
	assert_true(ring_iotlb_bytes(1) >= sizeof(struct ring_range));
	assert_true(ring_iotlb_bytes(1 << 20) >=
		    (1 << 20) * sizeof(struct ring_range));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_iotlb_finds_nothing),
		cmocka_unit_test(an_entry_holds_its_bytes_and_no_others),
		cmocka_unit_test(an_entry_of_one_byte),
		cmocka_unit_test(an_entry_may_end_at_2_to_the_64),
		cmocka_unit_test(one_entry_may_be_the_whole_space),
		cmocka_unit_test(
			memory_is_asked_for_up_to_the_greatest_capacity),
	};

	return cmocka_run_group_tests_name("iotlb: edges", tests, NULL, NULL);
}
