// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a fault records beside its cause: which descriptor, which value; and
 * bad indices that only show while chains are in flight.
 */
#include "unit.h"

static void add(struct fx *f, const struct shape *s, u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 64, 1, 0, 16, unit_table(s, 1)),
				 DRV_GOT);
}

static void expect_fault(struct fx *f, enum ring_cause cause, u32 index,
			 u64 value)
{
	assert_int_equal(fx_pop(f, 8), RING_BROKEN);
	assert_int_equal(ring_fault(&f->ring)->index, index);
	assert_int_equal(ring_fault(&f->ring)->value, value);
	unit_expect_broken(f, cause);
	fx_exit(f);
}

static void a_bad_address_comes_with_its_descriptor(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add(&f, s, 3);
	unit_pop_n(&f, 2, 2);
	if (s->format == DRV_PACKED)
		f.drv.pdesc[2].addr = 0x1230;
	else
		f.drv.desc[2].addr = wire64(f.drv.swap, 0x1230);
	expect_fault(&f, RING_BAD_ADDRESS, 2, 0x1230);
}

static bool split(const struct shape *s)
{
	return s->format == DRV_SPLIT;
}

static bool split_direct(const struct shape *s)
{
	return split(s) && !s->table;
}

static void set_avail_idx(struct fx *f, u16 idx)
{
	f->drv.avail->idx = wire16(f->drv.swap, idx);
}

/* It still lies between what is used and what the ring can hold. */
static void an_index_that_moves_back_behind_what_is_in_flight(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add(&f, s, 3);
	unit_pop_n(&f, 8, 3);
	set_avail_idx(&f, 2);
	expect_fault(&f, RING_BAD_AVAIL_IDX, 3, 2);
}

static void an_index_beyond_what_in_flight_leaves_free(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add(&f, s, 3);
	unit_pop_n(&f, 8, 3);
	set_avail_idx(&f, s->num + 1);
	expect_fault(&f, RING_BAD_AVAIL_IDX, 3, s->num + 1);
}

static void a_loop_ends_after_as_many_descriptors_as_exist(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	assert_int_equal(fx_add(&f, 0, s->num, 0, 16, 0), DRV_GOT);
	for (u32 i = 0; i < s->num; i++)
		f.drv.desc[i].flags = wire16(f.drv.swap, WIRE_NEXT);
	expect_fault(&f, RING_BAD_LOOP, s->num - 1, s->num + 1);
}

int main(void)
{
	const struct CMUnitTest any[] = {
		cmocka_unit_test(a_bad_address_comes_with_its_descriptor),
	};
	const struct CMUnitTest of_split[] = {
		cmocka_unit_test(an_index_that_moves_back_behind_what_is_in_flight),
		cmocka_unit_test(an_index_beyond_what_in_flight_leaves_free),
	};
	const struct CMUnitTest direct[] = {
		cmocka_unit_test(a_loop_ends_after_as_many_descriptors_as_exist),
	};
	int failed = unit_run_shapes(any, NULL);

	failed += unit_run_shapes(of_split, split);
	return failed + unit_run_shapes(direct, split_direct);
}
