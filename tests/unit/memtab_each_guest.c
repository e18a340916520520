// SPDX-License-Identifier: GPL-2.0-only
/* User addresses lead back to every guest range behind them. */
#include "memtab_help.h"
#include "memtab_model.h"
#include "space_random.h"

enum { MAX_VISITS = 8 };

struct visit {
	u64 guest, len;
};

struct visits {
	u32 count;
	struct visit visit[MAX_VISITS];
};

static void note(void *arg, u64 guest, u64 len)
{
	struct visits *v = arg;

	assert_true(v->count < MAX_VISITS);
	v->visit[v->count++] = (struct visit){ guest, len };
}

static void assert_visited(const struct visits *v, u64 guest, u64 len)
{
	for (u32 i = 0; i < v->count; i++)
		if (v->visit[i].guest == guest && v->visit[i].len == len)
			return;
	fail_msg("guest range 0x%llx, %llu bytes, was not visited",
		 (unsigned long long)guest, (unsigned long long)len);
}

static void nothing_is_behind_an_empty_table(void **state)
{
	const struct ring_memtab tab = { 0 };
	struct visits v = { 0 };

	(void)state;
	assert_int_equal(ring_memtab_each_guest(&tab, 0, TOP, note, &v), 0);
	assert_int_equal(v.count, 0);
}

static void a_range_within_a_region_is_visited_once(void **state)
{
	const struct ring_region r = {
		.guest = 0x1000, .size = 0x1000, .user = 0x8000,
	};
	struct test_table t = build_ok(&r, 1);
	struct visits v = { 0 };

	(void)state;
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x8010, 0x20, note, &v),
			 0x20);
	assert_int_equal(v.count, 1);
	assert_visited(&v, 0x1010, 0x20);
	drop_table(&t);
}

static void one_byte_beside_a_region_is_not_visited(void **state)
{
	const struct ring_region r = {
		.guest = 0x1000, .size = 0x1000, .user = 0x8000,
	};
	struct test_table t = build_ok(&r, 1);
	struct visits v = { 0 };

	(void)state;
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x7fff, 1, note, &v), 0);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x9000, 1, note, &v), 0);
	assert_int_equal(v.count, 0);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x8000, 1, note, &v), 1);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x8fff, 1, note, &v), 1);
	assert_int_equal(v.count, 2);
	drop_table(&t);
}

static void a_range_across_regions_is_visited_in_pieces(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0x5000, .size = 0x1000, .user = 0x8000 },
		{ .guest = 0x1000, .size = 0x1000, .user = 0x9000 },
		{ .guest = 0x9000, .size = 0x1000, .user = 0xb000 },
	};
	struct test_table t = build_ok(r, 3);
	struct visits v = { 0 };

	(void)state;
	/* 0xa000..0xafff belongs to none: fewer bytes than asked for. */
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x8ff0, 0x2020, note,
						&v),
			 0x1020);
	assert_int_equal(v.count, 3);
	assert_visited(&v, 0x5ff0, 0x10);
	assert_visited(&v, 0x1000, 0x1000);
	assert_visited(&v, 0x9000, 0x10);
	drop_table(&t);
}

static void aliases_are_all_visited(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0x0000, .size = 0x8000, .user = 0x10000 },
		{ .guest = 0x9000, .size = 0x1000, .user = 0x12000 },
		{ .guest = 0xb000, .size = 0x1000, .user = 0x13000 },
		{ .guest = 0xd000, .size = 0x2000, .user = 0x13800 },
	};
	struct test_table t = build_ok(r, 4);
	struct visits v = { 0 };

	(void)state;
	/* The second ends below the range, and is passed over. */
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0x13000, 0x900, note,
						&v),
			 0x900 + 0x900 + 0x100);
	assert_int_equal(v.count, 3);
	assert_visited(&v, 0x3000, 0x900);
	assert_visited(&v, 0xb000, 0x900);
	assert_visited(&v, 0xd000, 0x100);
	drop_table(&t);
}

static void user_addresses_may_end_at_2_to_the_64(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0, .size = 0x1000, .user = TOP - 0xfff },
		{ .guest = TOP - 0xfff, .size = 0x1000, .user = 0 },
	};
	struct test_table t = build_ok(r, 2);
	struct visits v = { 0 };

	(void)state;
	assert_int_equal(ring_memtab_each_guest(&t.tab, TOP, 1, note, &v), 1);
	assert_visited(&v, 0xfff, 1);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0xfff, 1, note, &v), 1);
	assert_visited(&v, TOP, 1);
	assert_int_equal(ring_memtab_each_guest(&t.tab, 0, TOP, note, &v),
			 0x1000 + 0xfff);
	assert_int_equal(v.count, 4);
	drop_table(&t);
}

static void a_wrapping_range_ends_at_2_to_the_64(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0x5000, .size = 0x1000, .user = TOP - 0xfff },
		{ .guest = 0x1000, .size = 0x1000, .user = 0 },
	};
	struct test_table t = build_ok(r, 2);
	struct visits v = { 0 };

	(void)state;
	assert_int_equal(ring_memtab_each_guest(&t.tab, TOP - 1, 10, note, &v),
			 2);
	assert_int_equal(v.count, 1);
	assert_visited(&v, 0x5ffe, 2);
	drop_table(&t);
}

static void bytes_of_huge_aliases_do_not_wrap(void **state)
{
	const struct ring_region r[] = {
		{ .guest = 0, .size = 1ULL << 63, .user = 0 },
		{ .guest = 1ULL << 63, .size = 1ULL << 63, .user = 0 },
	};
	struct test_table t = build_ok(r, 2);
	struct visits v = { 0 };

	(void)state;
	assert_true(ring_memtab_each_guest(&t.tab, 0, TOP, note, &v) == TOP);
	assert_int_equal(v.count, 2);
	drop_table(&t);
}

/* Guest side in a row, user side anywhere, so that aliases are common. */
static u32 random_aliases(u64 *random, struct ring_region *region, u32 max)
{
	u32 count = (u32)random_below(random, max) + 1;
	u64 guest = 0;

	for (u32 i = 0; i < count; i++) {
		u64 size = random_below(random, 200) + 1;
		u64 user = random_address(random);

		if (user + (size - 1) < user)
			user -= size;
		region[i] = (struct ring_region){ guest, size, user };
		guest += size + random_below(random, 3);
	}
	return count;
}

static void random_aliases_agree_with_the_model(void **state)
{
	u64 random = 20260202;
	struct ring_region r[32];

	(void)state;
	for (u32 round = 0; round < 5000; round++) {
		u32 count = random_aliases(&random, r, 32);
		struct test_table t = build_ok(r, count);

		for (u32 i = 0; i < 20; i++) {
			u64 user = random_address(&random);
			u64 len = random_below(&random, 300) + 1;
			struct model_visits want, got = { 0 };
			u64 bytes;

			want = model_each_guest(r, count, user, len);
			bytes = ring_memtab_each_guest(&t.tab, user, len,
						       model_visit, &got);
			assert_int_equal(got.count, want.count);
			assert_true(got.bytes == want.bytes);
			assert_true(bytes == want.bytes);
			assert_true(got.mix == want.mix);
		}
		drop_table(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_behind_an_empty_table),
		cmocka_unit_test(a_range_within_a_region_is_visited_once),
		cmocka_unit_test(one_byte_beside_a_region_is_not_visited),
		cmocka_unit_test(a_range_across_regions_is_visited_in_pieces),
		cmocka_unit_test(aliases_are_all_visited),
		cmocka_unit_test(user_addresses_may_end_at_2_to_the_64),
		cmocka_unit_test(a_wrapping_range_ends_at_2_to_the_64),
		cmocka_unit_test(bytes_of_huge_aliases_do_not_wrap),
		cmocka_unit_test(random_aliases_agree_with_the_model),
	};

	return cmocka_run_group_tests_name("memtab: each guest", tests, NULL,
					   NULL);
}
