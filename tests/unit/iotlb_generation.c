// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generation moves with every change, and with nothing else: rings keep
 * the translation they used last for as long as it stands still.
 */
#include "iotlb_help.h"

static void it_starts_as_given(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_EVICT);

	(void)state;
	assert_int_equal(tlb.gen, TEST_GEN);
	drop_iotlb(&tlb);
}

static void every_change_moves_it_up(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2, RING_IOTLB_EVICT);
	u64 gen = tlb.gen;

	(void)state;
	map_ok(&tlb, 0, 9, 0);		/* a new one */
	assert_true(tlb.gen > gen);
	gen = tlb.gen;
	map_ok(&tlb, 0, 9, 0);		/* replaced by its like */
	assert_true(tlb.gen > gen);
	gen = tlb.gen;
	map_ok(&tlb, 10, 19, 0);
	map_ok(&tlb, 20, 29, 0);	/* the oldest evicted */
	assert_true(tlb.gen > gen);
	gen = tlb.gen;
	assert_int_equal(ring_iotlb_invalidate(&tlb, 15, 15), 1);
	assert_true(tlb.gen > gen);
	drop_iotlb(&tlb);
}

static void nothing_else_moves_it(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_REJECT);
	u64 gen;

	(void)state;
	map_ok(&tlb, 0, 9, 0);
	gen = tlb.gen;
	ring_iotlb_find(&tlb, 5);
	ring_iotlb_find(&tlb, 50);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 10, TOP), 0);
	assert_int_equal(map(&tlb, 10, 9, 0), RING_BAD_LENGTH);
	assert_int_equal(map(&tlb, 10, 19, 0), RING_BAD_NUM);
	assert_int_equal(tlb.gen, gen);
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_starts_as_given),
		cmocka_unit_test(every_change_moves_it_up),
		cmocka_unit_test(nothing_else_moves_it),
	};

	return cmocka_run_group_tests_name("iotlb: generation", tests, NULL,
					   NULL);
}
