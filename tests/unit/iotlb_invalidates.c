// SPDX-License-Identifier: GPL-2.0-only
/* Invalidating drops every entry touched, as a whole, and no others. */
#include "iotlb_help.h"

static struct ring_iotlb three_entries(void)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	map_ok(&tlb, 100, 199, 1000);
	map_ok(&tlb, 200, 299, 2000);
	map_ok(&tlb, 400, 499, 4000);
	return tlb;
}

static void a_part_drops_the_whole_entry(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 250, 259), 1);
	assert_int_equal(tlb.count, 2);
	assert_mapped(&tlb, 199, 1099);
	assert_unmapped(&tlb, 200);
	assert_unmapped(&tlb, 299);
	assert_mapped(&tlb, 400, 4000);
	drop_iotlb(&tlb);
}

static void one_shared_byte_is_enough(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 299, 400), 2);
	assert_int_equal(tlb.count, 1);
	assert_mapped(&tlb, 199, 1099);
	drop_iotlb(&tlb);
}

static void a_gap_drops_nothing(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 300, 399), 0);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, 99), 0);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 500, TOP), 0);
	assert_int_equal(tlb.count, 3);
	drop_iotlb(&tlb);
}

static void no_bytes_drop_nothing(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 251, 250), 0);
	assert_int_equal(ring_iotlb_invalidate(&tlb, TOP, 0), 0);
	assert_int_equal(tlb.count, 3);
	drop_iotlb(&tlb);
}

static void the_whole_space_drops_everything(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, TOP), 3);
	assert_int_equal(tlb.count, 0);
	assert_unmapped(&tlb, 150);
	assert_unmapped(&tlb, 450);
	drop_iotlb(&tlb);
}

/* Nothing leaks: as many fit again, however often it was emptied. */
static void room_comes_back(void **state)
{
	struct ring_iotlb tlb = make_iotlb(50, RING_IOTLB_REJECT);

	(void)state;
	for (u32 round = 0; round < 20; round++) {
		for (u64 i = 0; i < 50; i++)
			map_ok(&tlb, i * 10, i * 10 + 4, 0);
		assert_int_equal(map(&tlb, TOP, TOP, 0), RING_BAD_NUM);
		assert_int_equal(ring_iotlb_invalidate(&tlb, 14, 484), 48);
		assert_int_equal(tlb.count, 2);
		assert_mapped(&tlb, 4, 4);
		assert_mapped(&tlb, 490, 0);
		assert_int_equal(ring_iotlb_invalidate(&tlb, 0, TOP), 2);
	}
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_drops_the_whole_entry),
		cmocka_unit_test(one_shared_byte_is_enough),
		cmocka_unit_test(a_gap_drops_nothing),
		cmocka_unit_test(no_bytes_drop_nothing),
		cmocka_unit_test(the_whole_space_drops_everything),
		cmocka_unit_test(room_comes_back),
	};

	return cmocka_run_group_tests_name("iotlb: invalidates", tests, NULL,
					   NULL);
}
