// SPDX-License-Identifier: GPL-2.0-only
/* A new translation replaces every entry it touches, as a whole. */
#include "iotlb_help.h"

static struct ring_iotlb three_entries(void)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	map_ok(&tlb, 100, 199, 1000);
	map_ok(&tlb, 200, 299, 2000);
	map_ok(&tlb, 400, 499, 4000);
	return tlb;
}

static void the_same_range_is_replaced(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	map_ok(&tlb, 200, 299, 7000);
	assert_int_equal(tlb.count, 3);
	assert_mapped(&tlb, 199, 1099);
	assert_mapped(&tlb, 200, 7000);
	assert_mapped(&tlb, 299, 7099);
	drop_iotlb(&tlb);
}

static void neighbours_are_not_touched(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	map_ok(&tlb, 300, 399, 3000);
	assert_int_equal(tlb.count, 4);
	assert_mapped(&tlb, 299, 2099);
	assert_mapped(&tlb, 300, 3000);
	assert_mapped(&tlb, 399, 3099);
	assert_mapped(&tlb, 400, 4000);
	drop_iotlb(&tlb);
}

static void one_shared_byte_replaces_the_whole_entry(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	map_ok(&tlb, 299, 400, 9000);
	assert_int_equal(tlb.count, 2);
	assert_mapped(&tlb, 199, 1099);
	assert_unmapped(&tlb, 200);
	assert_unmapped(&tlb, 298);
	assert_mapped(&tlb, 299, 9000);
	assert_mapped(&tlb, 400, 9101);
	assert_unmapped(&tlb, 401);
	assert_unmapped(&tlb, 499);
	drop_iotlb(&tlb);
}

static void a_range_inside_an_entry_replaces_it(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	map_ok(&tlb, 250, 259, 9000);
	assert_int_equal(tlb.count, 3);
	assert_unmapped(&tlb, 249);
	assert_mapped(&tlb, 250, 9000);
	assert_unmapped(&tlb, 260);
	drop_iotlb(&tlb);
}

static void a_range_around_entries_replaces_them(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	map_ok(&tlb, 50, 450, 9000);
	assert_int_equal(tlb.count, 1);
	assert_mapped(&tlb, 50, 9000);
	assert_mapped(&tlb, 450, 9400);
	assert_unmapped(&tlb, 451);
	drop_iotlb(&tlb);
}

/* The caller may hand back what find gave it. */
static void an_entry_may_be_inserted_as_its_own_replacement(void **state)
{
	struct ring_iotlb tlb = three_entries();

	(void)state;
	assert_int_equal(ring_iotlb_insert(&tlb, ring_iotlb_find(&tlb, 250)),
			 RING_OK);
	assert_int_equal(tlb.count, 3);
	assert_mapped(&tlb, 250, 2050);
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_range_is_replaced),
		cmocka_unit_test(neighbours_are_not_touched),
		cmocka_unit_test(one_shared_byte_replaces_the_whole_entry),
		cmocka_unit_test(a_range_inside_an_entry_replaces_it),
		cmocka_unit_test(a_range_around_entries_replaces_them),
		cmocka_unit_test(
			an_entry_may_be_inserted_as_its_own_replacement),
	};

	return cmocka_run_group_tests_name("iotlb: replaces", tests, NULL, NULL);
}
