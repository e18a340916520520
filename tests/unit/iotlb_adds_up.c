// SPDX-License-Identifier: GPL-2.0-only
/* Replies for the same translation add up: what each permits, both permit. */
#include "iotlb_help.h"

enum { LINEAR = 0x10000 };	/* user address - IOVA */

static void grant(struct ring_iotlb *tlb, u64 start, u64 last,
		  enum ring_access perm)
{
	const struct ring_range r = {
		.start = start, .last = last, .user = start + LINEAR,
		.perm = perm,
	};

	assert_int_equal(ring_iotlb_insert(tlb, &r), RING_OK);
}

/* Exactly one entry, from @start to @last. */
static void expect(const struct ring_iotlb *tlb, u64 start, u64 last,
		   enum ring_access perm)
{
	const struct ring_range *r = ring_iotlb_find(tlb, start);

	assert_non_null(r);
	assert_int_equal(r->start, start);
	assert_int_equal(r->last, last);
	assert_int_equal(r->user, start + LINEAR);
	assert_int_equal(r->perm, perm);
}

static void reading_and_writing_of_one_range(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		grant(&tlb, 100, 199, i % 2 ? RING_READ : RING_WRITE);
		assert_int_equal(tlb.count, 1);
		expect(&tlb, 100, 199, i ? RING_RW : RING_WRITE);
		assert_int_equal(tlb.gen, TEST_GEN + i + 1);
	}
	drop_iotlb(&tlb);
}

/* The small one inside of the large one, whichever comes first. */
static void ranges_of_different_size_meet(void **state)
{
	(void)state;
	for (u32 small_first = 0; small_first < 2; small_first++) {
		struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

		for (u32 i = 0; i < 4; i++) {
			if (i % 2 == small_first)
				grant(&tlb, 0, 999, RING_READ);
			else
				grant(&tlb, 200, 299, RING_WRITE);
		}
		assert_int_equal(tlb.count, 3);
		expect(&tlb, 0, 199, RING_READ);
		expect(&tlb, 200, 299, RING_RW);
		expect(&tlb, 300, 999, RING_READ);
		drop_iotlb(&tlb);
	}
}

static void ranges_that_overlap_keep_their_ends(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	(void)state;
	grant(&tlb, 100, 199, RING_READ);
	grant(&tlb, 150, 249, RING_WRITE);
	assert_int_equal(tlb.count, 3);
	expect(&tlb, 100, 149, RING_READ);
	expect(&tlb, 150, 199, RING_RW);
	expect(&tlb, 200, 249, RING_WRITE);
	grant(&tlb, 60, 119, RING_WRITE);
	assert_int_equal(tlb.count, 5);
	expect(&tlb, 60, 99, RING_WRITE);
	expect(&tlb, 100, 119, RING_RW);
	expect(&tlb, 120, 149, RING_READ);
	drop_iotlb(&tlb);
}

static void several_entries_and_the_gaps_between_them(void **state)
{
	struct ring_iotlb tlb = make_iotlb(16, RING_IOTLB_EVICT);

	(void)state;
	grant(&tlb, 100, 199, RING_READ);
	map_ok(&tlb, 200, 249, 0x500000);
	grant(&tlb, 300, 399, RING_RW);
	grant(&tlb, 400, 499, RING_READ);
	grant(&tlb, 150, 449, RING_WRITE);
	assert_int_equal(tlb.count, 6);
	expect(&tlb, 100, 149, RING_READ);
	expect(&tlb, 150, 199, RING_RW);
	expect(&tlb, 200, 299, RING_WRITE);
	expect(&tlb, 300, 399, RING_RW);
	expect(&tlb, 400, 449, RING_RW);
	expect(&tlb, 450, 499, RING_READ);
	drop_iotlb(&tlb);
}

/* What permits all that the new one does is left as it is. */
static void an_entry_that_permits_more_stays_whole(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);

	(void)state;
	grant(&tlb, 100, 199, RING_RW);
	grant(&tlb, 120, 129, RING_READ);
	assert_int_equal(tlb.count, 1);
	expect(&tlb, 100, 199, RING_RW);
	grant(&tlb, 50, 249, RING_WRITE);
	assert_int_equal(tlb.count, 3);
	expect(&tlb, 100, 199, RING_RW);
	drop_iotlb(&tlb);
}

static void an_entry_that_permits_less_is_replaced(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);
	struct ring_range r = {
		.start = 120, .last = 129, .user = 120 + LINEAR,
		.perm = RING_RW,
	};

	(void)state;
	grant(&tlb, 100, 199, RING_READ);
	assert_false(ring_iotlb_moves(&tlb, &r));
	grant(&tlb, 120, 129, RING_RW);
	assert_int_equal(tlb.count, 1);
	expect(&tlb, 120, 129, RING_RW);
	drop_iotlb(&tlb);
}

static void another_translation_is_replaced(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);
	struct ring_range r = {
		.start = 150, .last = 159, .user = 150 + LINEAR + 1,
		.perm = RING_WRITE,
	};

	(void)state;
	assert_false(ring_iotlb_moves(&tlb, &r));
	grant(&tlb, 160, 199, RING_READ);
	assert_false(ring_iotlb_moves(&tlb, &r));
	grant(&tlb, 100, 199, RING_READ);
	assert_true(ring_iotlb_moves(&tlb, &r));
	assert_int_equal(ring_iotlb_insert(&tlb, &r), RING_OK);
	assert_false(ring_iotlb_moves(&tlb, &r));
	assert_int_equal(tlb.count, 1);
	assert_unmapped(&tlb, 149);
	assert_mapped(&tlb, 150, 150 + LINEAR + 1);
	assert_unmapped(&tlb, 160);
	drop_iotlb(&tlb);
}

static void the_ends_of_the_address_space(void **state)
{
	struct ring_iotlb tlb = make_iotlb(8, RING_IOTLB_EVICT);
	struct ring_range all = { .last = TOP, .perm = RING_READ };
	struct ring_range end = {
		.start = TOP, .last = TOP, .user = TOP, .perm = RING_WRITE,
	};
	struct ring_range begin = { .perm = RING_WRITE };

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(ring_iotlb_insert(&tlb, &all), RING_OK);
		assert_int_equal(ring_iotlb_insert(&tlb, &end), RING_OK);
		assert_int_equal(ring_iotlb_insert(&tlb, &begin), RING_OK);
		assert_int_equal(tlb.count, 3);
		assert_int_equal(ring_iotlb_find(&tlb, 0)->perm, RING_RW);
		assert_int_equal(ring_iotlb_find(&tlb, 0)->last, 0);
		assert_int_equal(ring_iotlb_find(&tlb, 1)->perm, RING_READ);
		assert_int_equal(ring_iotlb_find(&tlb, TOP - 1)->perm, RING_READ);
		assert_int_equal(ring_iotlb_find(&tlb, TOP)->perm, RING_RW);
		assert_int_equal(ring_iotlb_find(&tlb, TOP)->start, TOP);
	}
	drop_iotlb(&tlb);
}

/* The byte that is in both replies is what is kept last of all. */
static void a_small_iotlb_keeps_what_both_permit(void **state)
{
	(void)state;
	for (u32 capacity = 1; capacity < 4; capacity++) {
		struct ring_iotlb tlb = make_iotlb(capacity, RING_IOTLB_EVICT);

		grant(&tlb, 100, 199, RING_READ);
		grant(&tlb, 120, 129, RING_WRITE);
		assert_in_range(tlb.count, 1, capacity);
		expect(&tlb, 120, 129, RING_RW);
		drop_iotlb(&tlb);
	}
}

static void one_that_rejects_counts_the_parts_first(void **state)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_REJECT);
	const struct ring_range r = {
		.start = 120, .last = 129, .user = 120 + LINEAR,
		.perm = RING_WRITE,
	};

	(void)state;
	grant(&tlb, 100, 199, RING_READ);
	map_ok(&tlb, 1000, 1099, 0);
	map_ok(&tlb, 2000, 2099, 0);
	assert_int_equal(ring_iotlb_insert(&tlb, &r), RING_BAD_NUM);
	assert_int_equal(tlb.count, 3);
	assert_int_equal(tlb.gen, TEST_GEN + 3);
	expect(&tlb, 100, 199, RING_READ);
	assert_int_equal(ring_iotlb_invalidate(&tlb, 2000, 2000), 1);
	assert_int_equal(ring_iotlb_insert(&tlb, &r), RING_OK);
	assert_int_equal(tlb.count, 4);
	/* an end more, and one less */
	grant(&tlb, 120, 199, RING_WRITE);
	assert_int_equal(tlb.count, 4);
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_and_writing_of_one_range),
		cmocka_unit_test(ranges_of_different_size_meet),
		cmocka_unit_test(ranges_that_overlap_keep_their_ends),
		cmocka_unit_test(several_entries_and_the_gaps_between_them),
		cmocka_unit_test(an_entry_that_permits_more_stays_whole),
		cmocka_unit_test(an_entry_that_permits_less_is_replaced),
		cmocka_unit_test(another_translation_is_replaced),
		cmocka_unit_test(the_ends_of_the_address_space),
		cmocka_unit_test(a_small_iotlb_keeps_what_both_permit),
		cmocka_unit_test(one_that_rejects_counts_the_parts_first),
	};

	return cmocka_run_group_tests_name("iotlb: adds up", tests, NULL, NULL);
}
