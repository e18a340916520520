// SPDX-License-Identifier: GPL-2.0-only
/* Which translations the IOTLB rejects, and that it then stays as it was. */
#include "iotlb_help.h"

static enum ring_cause insert(struct ring_iotlb *tlb, struct ring_range r)
{
	return ring_iotlb_insert(tlb, &r);
}

/* Insert into an IOTLB that holds one entry, which must survive a rejection. */
static enum ring_cause cause_of(struct ring_range r)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_EVICT);
	enum ring_cause cause;
	u64 gen;

	map_ok(&tlb, 0x1000, 0x1fff, 0x8000);
	gen = tlb.gen;
	cause = insert(&tlb, r);
	if (cause != RING_OK) {
		assert_int_equal(tlb.count, 1);
		assert_int_equal(tlb.gen, gen);
		assert_mapped(&tlb, 0x1800, 0x8800);
	}
	drop_iotlb(&tlb);
	return cause;
}

static void a_range_of_no_bytes_is_rejected(void **state)
{
	const struct ring_range by_one = {
		.start = 0x1001, .last = 0x1000, .perm = RING_RW,
	};
	const struct ring_range by_all = {
		.start = TOP, .last = 0, .perm = RING_RW,
	};

	(void)state;
	assert_int_equal(cause_of(by_one), RING_BAD_LENGTH);
	assert_int_equal(cause_of(by_all), RING_BAD_LENGTH);
}

static void a_wrapping_user_side_is_rejected(void **state)
{
	const struct ring_range by_one = {
		.start = 0x1000, .last = 0x2000, .user = TOP - 0xfff,
		.perm = RING_RW,
	};
	const struct ring_range by_all = {
		.start = 0, .last = TOP, .user = 1, .perm = RING_RW,
	};

	(void)state;
	assert_int_equal(cause_of(by_one), RING_BAD_WRAP);
	assert_int_equal(cause_of(by_all), RING_BAD_WRAP);
}

static void a_permission_must_be_one_of_three(void **state)
{
	struct ring_range r = { .start = 0x1000, .last = 0x1fff };

	(void)state;
	for (u32 perm = 0; perm < 256; perm++) {
		r.perm = (enum ring_access)perm;
		assert_int_equal(cause_of(r), perm >= 1 && perm <= 3 ?
					 RING_OK : RING_BAD_ACCESS);
	}
}

static void a_permission_is_kept(void **state)
{
	struct ring_iotlb tlb = make_iotlb(4, RING_IOTLB_EVICT);

	(void)state;
	for (u32 perm = RING_READ; perm <= RING_RW; perm++) {
		const struct ring_range r = {
			.start = perm, .last = perm,
			.perm = (enum ring_access)perm,
		};

		assert_int_equal(insert(&tlb, r), RING_OK);
	}
	for (u32 perm = RING_READ; perm <= RING_RW; perm++)
		assert_int_equal(ring_iotlb_find(&tlb, perm)->perm, perm);
	drop_iotlb(&tlb);
}

static void a_full_iotlb_may_reject(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2, RING_IOTLB_REJECT);

	(void)state;
	map_ok(&tlb, 0, 9, 0);
	map_ok(&tlb, 20, 29, 0);
	assert_int_equal(map(&tlb, 10, 19, 0), RING_BAD_NUM);
	assert_int_equal(map(&tlb, 30, TOP, 0), RING_BAD_NUM);
	assert_int_equal(tlb.count, 2);
	assert_int_equal(tlb.gen, TEST_GEN + 2);
	assert_mapped(&tlb, 0, 0);
	assert_mapped(&tlb, 29, 9);

	assert_int_equal(ring_iotlb_invalidate(&tlb, 0, 0), 1);
	map_ok(&tlb, 10, 19, 0);
	drop_iotlb(&tlb);
}

static void a_full_iotlb_that_rejects_still_replaces(void **state)
{
	struct ring_iotlb tlb = make_iotlb(2, RING_IOTLB_REJECT);

	(void)state;
	map_ok(&tlb, 0, 9, 0);
	map_ok(&tlb, 20, 29, 0x1000);
	map_ok(&tlb, 5, 15, 0x2000);
	assert_int_equal(tlb.count, 2);
	assert_unmapped(&tlb, 4);
	assert_mapped(&tlb, 15, 0x200a);
	assert_mapped(&tlb, 20, 0x1000);
	drop_iotlb(&tlb);
}

static void a_bad_range_is_rejected_for_what_is_bad_even_when_full(void **state)
{
	struct ring_iotlb tlb = make_iotlb(1, RING_IOTLB_REJECT);

	(void)state;
	map_ok(&tlb, 0, 9, 0);
	assert_int_equal(map(&tlb, 20, 19, 0), RING_BAD_LENGTH);
	assert_int_equal(map(&tlb, 20, 29, TOP), RING_BAD_WRAP);
	drop_iotlb(&tlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_of_no_bytes_is_rejected),
		cmocka_unit_test(a_wrapping_user_side_is_rejected),
		cmocka_unit_test(a_permission_must_be_one_of_three),
		cmocka_unit_test(a_permission_is_kept),
		cmocka_unit_test(a_full_iotlb_may_reject),
		cmocka_unit_test(a_full_iotlb_that_rejects_still_replaces),
		cmocka_unit_test(
			a_bad_range_is_rejected_for_what_is_bad_even_when_full),
	};

	return cmocka_run_group_tests_name("iotlb: rejects", tests, NULL, NULL);
}
