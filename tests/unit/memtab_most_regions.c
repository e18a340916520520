// SPDX-License-Identifier: GPL-2.0-only
/*
 * 65,535 regions, in orders that make poor sorts slow. Nothing here looks at a
 * clock: a quadratic build would run into the test runner's time limit.
 */
#include "memtab_help.h"
#include "memtab_model.h"
#include "space_random.h"

enum { MOST = 65535, STEP = 0x1000, SIZE = 0x800 };

static struct ring_region region[MOST];

/* The region that stands at place @at, counted by guest address. */
static struct ring_region nth(u32 at)
{
	return (struct ring_region){
		.guest = (u64)at * STEP,
		.size = SIZE,
		.user = (u64)(MOST - 1 - at) * STEP,
	};
}

static void assert_all_found(void)
{
	struct test_table t = build_ok(region, MOST);

	assert_int_equal(t.tab.count, MOST);
	for (u32 i = 0; i < MOST; i++) {
		const struct ring_region r = nth(i);
		struct model_visits v = { 0 };

		assert_leads_to(&t.tab, r.guest, r.user);
		assert_leads_to(&t.tab, r.guest + SIZE - 1, r.user + SIZE - 1);
		assert_leads_nowhere(&t.tab, r.guest + SIZE);
		assert_int_equal(ring_memtab_each_guest(&t.tab, r.user, STEP,
							model_visit, &v),
				 SIZE);
		assert_int_equal(v.count, 1);
	}
	drop_table(&t);
}

static void rising(void **state)
{
	(void)state;
	for (u32 i = 0; i < MOST; i++)
		region[i] = nth(i);
	assert_all_found();
}

static void falling(void **state)
{
	(void)state;
	for (u32 i = 0; i < MOST; i++)
		region[i] = nth(MOST - 1 - i);
	assert_all_found();
}

static void rising_then_falling(void **state)
{
	(void)state;
	for (u32 i = 0; i < MOST; i++)
		region[i] = nth(i % 2 ? MOST - 1 - i / 2 : i / 2);
	assert_all_found();
	for (u32 i = 0; i < MOST; i++)
		region[i < MOST / 2 ? i : MOST - 1 - (i - MOST / 2)] = nth(i);
	assert_all_found();
}

static void shuffled(void **state)
{
	u64 random = 4711;

	(void)state;
	for (u32 i = 0; i < MOST; i++) {
		u32 other = (u32)random_below(&random, i + 1);

		region[i] = region[other];
		region[other] = nth(i);
	}
	assert_all_found();
}

/* Equal keys all over: a user page that stands at 65,535 guest addresses. */
static void all_with_the_same_user_address(void **state)
{
	struct model_visits v = { 0 };
	struct test_table t;

	(void)state;
	for (u32 i = 0; i < MOST; i++) {
		region[i] = nth(MOST - 1 - i);
		region[i].user = 0x123000;
	}
	t = build_ok(region, MOST);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x123001, 2,
						model_visit, &v),
			 2ULL * MOST);
	assert_int_equal(v.count, MOST);
	drop_table(&t);
}

static void an_overlap_among_them_is_found(void **state)
{
	(void)state;
	for (u32 i = 0; i < MOST; i++)
		region[i] = nth(i);
	region[0].guest = nth(MOST / 2).guest + SIZE - 1;
	assert_int_equal(cause_of(region, MOST), RING_BAD_OVERLAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rising),
		cmocka_unit_test(falling),
		cmocka_unit_test(rising_then_falling),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(all_with_the_same_user_address),
		cmocka_unit_test(an_overlap_among_them_is_found),
	};

	return cmocka_run_group_tests_name("memtab: most regions", tests, NULL,
					   NULL);
}
