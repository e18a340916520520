// SPDX-License-Identifier: GPL-2.0-only
/* Guest-physical addresses lead to the right region, up to the last byte. */
#include "memtab_help.h"
#include "memtab_model.h"
#include "space_random.h"

static void an_empty_table_leads_nowhere(void **state)
{
	struct ring_memtab tab;

	(void)state;
	assert_int_equal(ring_memtab_bytes(0), 0);
	assert_int_equal(ring_memtab_build(&tab, NULL, NULL, 0, TEST_GEN),
			 RING_OK);
	assert_int_equal(tab.gen, TEST_GEN);
	assert_leads_nowhere(&tab, 0);
	assert_leads_nowhere(&tab, TOP);
}

static void a_region_holds_its_bytes_and_no_others(void **state)
{
	const struct ring_region r = {
		.guest = 0x1000, .size = 0x2000, .user = 0x7000,
	};
	struct test_table t = build_ok(&r, 1);

	(void)state;
	assert_leads_nowhere(&t.tab, 0);
	assert_leads_nowhere(&t.tab, 0xfff);
	assert_leads_to(&t.tab, 0x1000, 0x7000);
	assert_leads_to(&t.tab, 0x2fff, 0x8fff);
	assert_leads_nowhere(&t.tab, 0x3000);
	assert_leads_nowhere(&t.tab, TOP);
	drop_table(&t);
}

static void neighbours_are_distinguished(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0x3000, .size = 0x1000, .user = 0x10000 },
		{ .guest = 0x1000, .size = 0x1000, .user = 0x30000 },
		{ .guest = 0x2000, .size = 0x1000, .user = 0x20000 },
	};
	struct test_table t = build_ok(r, 3);

	(void)state;
	assert_leads_to(&t.tab, 0x1fff, 0x30fff);
	assert_leads_to(&t.tab, 0x2000, 0x20000);
	assert_leads_to(&t.tab, 0x2fff, 0x20fff);
	assert_leads_to(&t.tab, 0x3000, 0x10000);
	assert_leads_to(&t.tab, 0x3fff, 0x10fff);
	drop_table(&t);
}

static void regions_may_end_at_2_to_the_64(void **state)
{
	const struct ring_region r[] = {
		{ .guest = TOP - 0xfff, .size = 0x1000, .user = 0x5000 },
		{ .guest = 0, .size = 0x1000, .user = TOP - 0xfff },
	};
	struct test_table t = build_ok(r, 2);

	(void)state;
	assert_leads_to(&t.tab, TOP, 0x5fff);
	assert_leads_to(&t.tab, TOP - 0xfff, 0x5000);
	assert_leads_nowhere(&t.tab, TOP - 0x1000);
	assert_leads_to(&t.tab, 0xfff, TOP);
	assert_leads_nowhere(&t.tab, 0x1000);
	drop_table(&t);
}

static void the_greatest_region_leaves_out_one_byte(void **state)
{
	const struct ring_region low = { .guest = 0, .size = TOP, .user = 1 };
	const struct ring_region high = { .guest = 1, .size = TOP, .user = 0 };
	struct test_table t = build_ok(&low, 1);

	(void)state;
	assert_leads_to(&t.tab, 0, 1);
	assert_leads_to(&t.tab, TOP - 1, TOP);
	assert_leads_nowhere(&t.tab, TOP);
	drop_table(&t);

	t = build_ok(&high, 1);
	assert_leads_nowhere(&t.tab, 0);
	assert_leads_to(&t.tab, 1, 0);
	assert_leads_to(&t.tab, TOP, TOP - 1);
	drop_table(&t);
}

static void the_owners_array_is_not_kept(void **state)
{
	struct ring_region r = { .guest = 0, .size = 16, .user = 0x100 };
	struct test_table t = build_ok(&r, 1);

	(void)state;
	r = (struct ring_region){ .guest = 32, .size = 16, .user = 0x900 };
	assert_leads_to(&t.tab, 15, 0x10f);
	assert_leads_nowhere(&t.tab, 32);
	drop_table(&t);
}

static void assert_same_find(const struct ring_memtab *tab,
			     const struct ring_region *region, u32 count,
			     u64 guest)
{
	const struct ring_region *r = model_region_of(region, count, guest);

	if (r)
		assert_leads_to(tab, guest, r->user + (guest - r->guest));
	else
		assert_leads_nowhere(tab, guest);
}

static u32 random_regions(u64 *random, struct ring_region *region, u32 max)
{
	u32 count = (u32)random_below(random, max + 1);

	for (u32 i = 0; i < count; i++)
		region[i] = (struct ring_region){
			.guest = random_address(random),
			.size = random_below(random, 24) + (i != 0),
			.user = random_address(random),
		};
	return count;
}

/* Most random tables are rejected, which is half of what is tested here. */
static void random_tables_agree_with_the_model(void **state)
{
	u64 random = 20260101;
	struct ring_region r[24];
	u32 built = 0;

	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		u32 count = random_regions(&random, r, round % 24);
		struct test_table t = build(r, count);

		assert_true(model_may_reject(r, count, t.cause));
		if (t.cause == RING_OK) {
			built++;
			for (u32 i = 0; i < count; i++) {
				u64 end = r[i].guest + r[i].size;

				assert_same_find(&t.tab, r, count, r[i].guest);
				assert_same_find(&t.tab, r, count,
						 r[i].guest - 1);
				assert_same_find(&t.tab, r, count, end);
				assert_same_find(&t.tab, r, count, end - 1);
			}
			assert_same_find(&t.tab, r, count,
					 random_address(&random));
		}
		drop_table(&t);
	}
	assert_true(built > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_leads_nowhere),
		cmocka_unit_test(a_region_holds_its_bytes_and_no_others),
		cmocka_unit_test(neighbours_are_distinguished),
		cmocka_unit_test(regions_may_end_at_2_to_the_64),
		cmocka_unit_test(the_greatest_region_leaves_out_one_byte),
		cmocka_unit_test(the_owners_array_is_not_kept),
		cmocka_unit_test(random_tables_agree_with_the_model),
	};

	return cmocka_run_group_tests_name("memtab: find", tests, NULL, NULL);
}
