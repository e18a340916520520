// SPDX-License-Identifier: GPL-2.0-only
/* What ring_setup() rejects, and what it must not. */
#include "unit.h"

enum {
	SPLIT = 0,
	PACKED = RING_F_PACKED,
};

static struct ring_config config(u32 num, u32 flags)
{
	return (struct ring_config){
		.area = { 0x100000, 0x200000, 0x300000 },
		.num = num,
		.flags = flags,
	};
}

static void expect(const struct ring_config *c, enum ring_cause cause,
		   u32 index, u64 value)
{
	struct ring_space space = { 0 };
	struct ring r;

	assert_string_equal(ring_cause_name(ring_setup(&r, c)),
			    ring_cause_name(cause));
	assert_int_equal(ring_fault(&r)->cause, cause);
	if (cause == RING_OK)
		return;
	assert_int_equal(ring_fault(&r)->index, index);
	assert_int_equal(ring_fault(&r)->value, value);
	assert_int_equal(ring_start(&r, &space, 0), RING_BROKEN);
	assert_int_equal(ring_peek(&r, &space), RING_EMPTY);
	assert_int_equal(ring_fault(&r)->cause, cause);
}

static void expect_num(u32 num, u32 flags, enum ring_cause cause)
{
	struct ring_config c = config(num, flags);

	expect(&c, cause, 0, num);
}

static void expect_area(u32 flags, enum ring_area area, u64 value,
			enum ring_cause cause)
{
	struct ring_config c = config(16, flags);

	c.area[area] = value;
	expect(&c, cause, area, value);
}

static void a_ring_of_no_descriptors_is_rejected(void **state)
{
	(void)state;
	expect_num(0, SPLIT, RING_BAD_NUM);
	expect_num(0, PACKED, RING_BAD_NUM);
}

static void a_split_ring_that_is_no_power_of_two_is_rejected(void **state)
{
	(void)state;
	expect_num(3, SPLIT, RING_BAD_NUM);
	expect_num(32767, SPLIT, RING_BAD_NUM);
}

static void a_packed_ring_may_have_any_size(void **state)
{
	(void)state;
	for (u32 num = 1; num <= RING_MAX_NUM; num++)
		expect_num(num, PACKED, RING_OK);
}

static void every_power_of_two_makes_a_split_ring(void **state)
{
	(void)state;
	for (u32 num = 1; num <= RING_MAX_NUM; num *= 2)
		expect_num(num, SPLIT, RING_OK);
}

static void a_ring_above_32768_is_rejected(void **state)
{
	(void)state;
	expect_num(32769, PACKED, RING_BAD_NUM);
	expect_num(65536, SPLIT, RING_BAD_NUM);
	expect_num(65536, PACKED, RING_BAD_NUM);
	expect_num(1u << 31, SPLIT, RING_BAD_NUM);
}

/* 2.7: 16, 2, 4; 2.8: 16, 4, 4. */
static void each_area_has_its_alignment(void **state)
{
	static const u32 align[2][RING_AREAS] = { { 16, 2, 4 }, { 16, 4, 4 } };

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		for (int a = 0; a < RING_AREAS; a++) {
			u64 base = 0x400000, step = align[packed][a];

			for (u32 off = 0; off < 16; off++)
				expect_area(packed ? PACKED : SPLIT, a,
					    base + off,
					    off % step ? RING_BAD_ALIGN :
							 RING_OK);
		}
	}
}

static void an_area_that_wraps_is_rejected(void **state)
{
	(void)state;
	for (int a = 0; a < RING_AREAS; a++)
		expect_area(SPLIT, a, UINT64_MAX - 15, RING_BAD_WRAP);
	expect_area(PACKED, RING_DESC, UINT64_MAX - 15, RING_BAD_WRAP);
	expect_area(SPLIT | RING_F_IOVA, RING_DESC, UINT64_MAX - 15,
		    RING_BAD_WRAP);
}

static void an_area_may_end_with_the_last_byte(void **state)
{
	(void)state;
	expect_area(PACKED | RING_F_IOVA, RING_DEVICE, UINT64_MAX - 3, RING_OK);
	expect_area(SPLIT | RING_F_IOVA, RING_DESC, UINT64_MAX - 255, RING_OK);
}

static void an_area_at_null_is_rejected(void **state)
{
	(void)state;
	for (int a = 0; a < RING_AREAS; a++) {
		expect_area(SPLIT, a, 0, RING_BAD_ADDRESS);
		expect_area(PACKED, a, 0, RING_BAD_ADDRESS);
	}
}

static void an_iova_may_be_zero(void **state)
{
	(void)state;
	for (int a = 0; a < RING_AREAS; a++)
		expect_area(SPLIT | RING_F_IOVA, a, 0, RING_OK);
}

/* Bytes of an area of a ring of 16. */
static u64 bytes(u32 flags, enum ring_area a)
{
	return drv_area_bytes(flags & PACKED ? DRV_PACKED : DRV_SPLIT, 16,
			      (enum drv_area)a, flags & RING_F_EVENT_IDX);
}

/* Area @b begins @off behind the start of area @a. */
static enum ring_cause beside(u32 flags, enum ring_area a, enum ring_area b,
			      u64 base, u64 off)
{
	struct ring_config c = config(16, flags);
	struct ring r;

	c.area[a] = base;
	c.area[b] = base + off;
	return ring_setup(&r, &c);
}

static void pairs_overlap(u32 flags, u64 base)
{
	for (int a = 0; a < RING_AREAS; a++) {
		for (int b = 0; b < RING_AREAS; b++) {
			u64 end = bytes(flags, a);
			u64 next = (end + 15) / 16 * 16;
			u64 inside = (end - 1) / 16 * 16;

			if (a == b)
				continue;
			assert_int_equal(beside(flags, a, b, base, 0),
					 RING_BAD_OVERLAP);
			assert_int_equal(beside(flags, a, b, base, inside),
					 RING_BAD_OVERLAP);
			if (base + next)
				assert_int_equal(beside(flags, a, b, base, next),
						 RING_OK);
		}
	}
}

static void areas_that_overlap_are_rejected_pair_by_pair(void **state)
{
	(void)state;
	pairs_overlap(SPLIT, 0x500000);
	pairs_overlap(SPLIT | RING_F_EVENT_IDX, 0x500000);
	pairs_overlap(PACKED, 0x500000);
}

static void areas_that_overlap_at_the_end_of_the_space_are_rejected(void **state)
{
	u64 top = -256ull;	/* a descriptor table of 16 just fits */

	(void)state;
	assert_int_equal(beside(RING_F_IOVA, RING_DESC, RING_DRIVER, top, 16),
			 RING_BAD_OVERLAP);
	assert_int_equal(beside(RING_F_IOVA, RING_DESC, RING_DRIVER, top, 216),
			 RING_BAD_OVERLAP);
	assert_int_equal(beside(RING_F_IOVA | PACKED, RING_DEVICE, RING_DRIVER,
				-4ull, 0), RING_BAD_OVERLAP);
}

static void the_event_index_belongs_to_its_area(void **state)
{
	u64 avail = bytes(SPLIT, RING_DRIVER);

	(void)state;
	assert_int_equal(beside(SPLIT, RING_DRIVER, RING_DEVICE, 0x500000,
				avail), RING_OK);
	assert_int_equal(beside(RING_F_EVENT_IDX, RING_DRIVER, RING_DEVICE,
				0x500000, avail), RING_BAD_OVERLAP);
}

static void a_packed_ring_has_no_legacy_byte_order(void **state)
{
	u32 flags = PACKED | RING_F_BIG_ENDIAN;
	struct ring_config c = config(16, flags);

	(void)state;
	expect(&c, RING_BAD_FEATURES, 0, flags);
}

static void a_rejected_ring_can_be_set_up_again(void **state)
{
	struct ring_config bad = config(3, SPLIT), good = config(4, SPLIT);
	struct ring r;

	(void)state;
	assert_int_equal(ring_setup(&r, &bad), RING_BAD_NUM);
	assert_int_equal(ring_setup(&r, &good), RING_OK);
	assert_int_equal(ring_fault(&r)->cause, RING_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_of_no_descriptors_is_rejected),
		cmocka_unit_test(a_split_ring_that_is_no_power_of_two_is_rejected),
		cmocka_unit_test(a_packed_ring_may_have_any_size),
		cmocka_unit_test(every_power_of_two_makes_a_split_ring),
		cmocka_unit_test(a_ring_above_32768_is_rejected),
		cmocka_unit_test(each_area_has_its_alignment),
		cmocka_unit_test(an_area_that_wraps_is_rejected),
		cmocka_unit_test(an_area_may_end_with_the_last_byte),
		cmocka_unit_test(an_area_at_null_is_rejected),
		cmocka_unit_test(an_iova_may_be_zero),
		cmocka_unit_test(areas_that_overlap_are_rejected_pair_by_pair),
		cmocka_unit_test(areas_that_overlap_at_the_end_of_the_space_are_rejected),
		cmocka_unit_test(the_event_index_belongs_to_its_area),
		cmocka_unit_test(a_packed_ring_has_no_legacy_byte_order),
		cmocka_unit_test(a_rejected_ring_can_be_set_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
