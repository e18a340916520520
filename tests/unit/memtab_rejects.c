// SPDX-License-Identifier: GPL-2.0-only
/* Which regions make a memory table be rejected, and with which cause. */
#include "memtab_help.h"

static void zero_length_is_rejected(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0, .size = 4096, .user = 0x10000 },
		{ .guest = 8192, .size = 0, .user = 0x20000 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 2), RING_BAD_LENGTH);
}

static void zero_length_inside_another_is_rejected_for_its_length(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0, .size = 4096, .user = 0x10000 },
		{ .guest = 1, .size = 0, .user = 0x20000 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 2), RING_BAD_LENGTH);
}

static void wrapping_guest_side_is_rejected(void **state)
{
	const struct ring_region by_one = {
		.guest = TOP - 4095, .size = 4097, .user = 0,
	};
	const struct ring_region by_all = {
		.guest = 2, .size = TOP, .user = 0,
	};

	(void)state;
	assert_int_equal(cause_of(&by_one, 1), RING_BAD_WRAP);
	assert_int_equal(cause_of(&by_all, 1), RING_BAD_WRAP);
}

static void wrapping_user_side_is_rejected(void **state)
{
	const struct ring_region by_one = {
		.guest = 0, .size = 4097, .user = TOP - 4095,
	};
	const struct ring_region by_all = {
		.guest = 0, .size = TOP, .user = TOP,
	};

	(void)state;
	assert_int_equal(cause_of(&by_one, 1), RING_BAD_WRAP);
	assert_int_equal(cause_of(&by_all, 1), RING_BAD_WRAP);
}

static void regions_sharing_one_guest_byte_are_rejected(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 4095, .size = 4096, .user = 0x20000 },
		{ .guest = 0, .size = 4096, .user = 0x10000 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 2), RING_BAD_OVERLAP);
}

static void a_region_inside_another_is_rejected(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 100, .size = 1, .user = 0x20000 },
		{ .guest = 5000, .size = 1, .user = 0x30000 },
		{ .guest = 0, .size = 4096, .user = 0x10000 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 3), RING_BAD_OVERLAP);
}

static void the_same_region_twice_is_rejected(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0x1000, .size = 4096, .user = 0x10000 },
		{ .guest = 0x1000, .size = 4096, .user = 0x10000 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 2), RING_BAD_OVERLAP);
}

static void a_shared_byte_at_the_very_top_is_rejected(void **state)
{
	const struct ring_region r[] = {
		{ .guest = TOP, .size = 1, .user = 0 },
		{ .guest = 0, .size = TOP, .user = 0 },
		{ .guest = TOP - 1, .size = 2, .user = 0 },
	};

	(void)state;
	assert_int_equal(cause_of(r, 2), RING_OK);
	assert_int_equal(cause_of(r, 3), RING_BAD_OVERLAP);
}

static void too_many_regions_are_rejected_unread(void **state)
{
	struct ring_memtab tab;

	(void)state;
	assert_int_equal(ring_memtab_build(&tab, NULL, NULL, 65536, TEST_GEN),
			 RING_BAD_NUM);
	assert_int_equal(ring_memtab_build(&tab, NULL, NULL, ~0U, TEST_GEN),
			 RING_BAD_NUM);
}

static void a_rejected_build_leaves_the_table_alone(void **state)
{
	const struct ring_region good = { .guest = 0, .size = 16, .user = 64 };
	const struct ring_region bad[][2] = {
		{ { .size = 0 }, { .guest = 5, .size = 1 } },
		{ { .guest = TOP, .size = 2 }, { .guest = 5, .size = 1 } },
		{ { .guest = 5, .size = 2 }, { .guest = 6, .size = 1 } },
	};
	struct test_table t = build_ok(&good, 1);
	const struct ring_memtab before = t.tab;
	u64 memory[64];

	(void)state;
	assert_true(ring_memtab_bytes(2) <= sizeof(memory));
	for (u32 i = 0; i < 3; i++)
		assert_int_not_equal(ring_memtab_build(&t.tab, memory, bad[i],
						       2, TEST_GEN + 1),
				     RING_OK);
	assert_memory_equal(&t.tab, &before, sizeof(before));
	assert_leads_to(&t.tab, 3, 67);
	drop_table(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_length_is_rejected),
		cmocka_unit_test(
			zero_length_inside_another_is_rejected_for_its_length),
		cmocka_unit_test(wrapping_guest_side_is_rejected),
		cmocka_unit_test(wrapping_user_side_is_rejected),
		cmocka_unit_test(regions_sharing_one_guest_byte_are_rejected),
		cmocka_unit_test(a_region_inside_another_is_rejected),
		cmocka_unit_test(the_same_region_twice_is_rejected),
		cmocka_unit_test(a_shared_byte_at_the_very_top_is_rejected),
		cmocka_unit_test(too_many_regions_are_rejected_unread),
		cmocka_unit_test(a_rejected_build_leaves_the_table_alone),
	};

	return cmocka_run_group_tests_name("memtab: rejects", tests, NULL, NULL);
}
