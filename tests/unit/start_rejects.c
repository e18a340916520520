// SPDX-License-Identifier: GPL-2.0-only
/* Bases that ring_start() rejects, and used indices that do not fit one. */
#include "unit.h"

static const struct shape split = { "split", DRV_SPLIT, 8, 0, false };
static const struct shape packed = { "packed", DRV_PACKED, 7, 0, false };

static u32 packed_base(u32 avail, u32 avail_wrap, u32 used, u32 used_wrap)
{
	return avail | avail_wrap << 15 | used << 16 | used_wrap << 31;
}

static void rejects(const struct shape *s, u32 base)
{
	struct fx f;

	unit_init(&f, s);
	assert_int_equal(fx_setup(&f, base), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, base);
	unit_expect_broken(&f, RING_BAD_BASE);
	fx_exit(&f);
}

static void a_split_base_above_65535_is_rejected(void **state)
{
	(void)state;
	rejects(&split, 65536);
	rejects(&split, 0x80008000);
	rejects(&split, U32_MAX);
}

static void a_packed_slot_outside_the_ring_is_rejected(void **state)
{
	(void)state;
	rejects(&packed, packed_base(7, 1, 0, 1));
	rejects(&packed, packed_base(0, 0, 7, 1));
	rejects(&packed, packed_base(0x7fff, 1, 0x7fff, 1));
}

/* The used position follows the available one, by at most one lap. What
 * packed_bases.c is about is left out here.
 */
static void every_packed_base_is_validated_by_what_it_puts_in_flight(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &packed);
	for (u32 i = 0; i < 7 * 7 * 4; i++) {
		u32 avail = i / 4 % 7, used = i / 28;
		u32 avail_wrap = i & 1, used_wrap = i >> 1 & 1;
		bool good = avail_wrap == used_wrap ? avail >= used :
						      avail <= used;
		u32 base = packed_base(avail, avail_wrap, used, used_wrap);

		if (base >> 15 == 1)
			continue;
		drv_restart(&f.drv, used, used_wrap);
		assert_int_equal(fx_setup(&f, base),
				 good ? RING_GOT : RING_BROKEN);
		if (good)
			assert_int_equal(ring_base(&f.ring), base);
		else
			assert_int_equal(ring_fault(&f.ring)->cause,
					 RING_BAD_BASE);
	}
	fx_exit(&f);
}

static void the_split_used_index_may_be_behind_by_the_ring_size(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &split);
	for (u32 base = 0; base <= 65535; base += 4369) {
		for (u32 behind = 0; behind <= 65535; behind++) {
			bool good = behind <= 8;

			f.drv.used->idx = base - behind;
			if (fx_setup(&f, base) == (good ? RING_GOT : RING_BROKEN))
				continue;
			fail_msg("base %u, %u behind", base, behind);
		}
	}
	fx_exit(&f);
}

static void a_used_index_that_does_not_fit_is_recorded(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &split);
	f.drv.used->idx = 91;
	assert_int_equal(fx_setup(&f, 100), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->index, 100);
	assert_int_equal(ring_fault(&f.ring)->value, 91);
	unit_expect_broken(&f, RING_BAD_USED_IDX);
	fx_exit(&f);
}

static void a_running_ring_cannot_be_started_again(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &split);
	assert_int_equal(ring_start(&f.ring, &f.space, 0), RING_BROKEN);
	unit_laps(&f, &split, 1);
	fx_exit(&f);
}

static void a_ring_that_was_never_set_up_cannot_be_started(void **state)
{
	struct fx f;

	(void)state;
	unit_init(&f, &split);
	ring_reset(&f.ring);
	assert_int_equal(ring_start(&f.ring, &f.space, 0), RING_BROKEN);
	fx_exit(&f);
}

static void the_initial_base_starts_a_new_ring(void **state)
{
	struct fx f;

	(void)state;
	assert_int_equal(ring_initial_base(0), 0);
	assert_int_equal(ring_initial_base(RING_F_PACKED), 0x80008000);
	unit_init(&f, &packed);
	assert_int_equal(ring_base(&f.ring), 0x80008000);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_split_base_above_65535_is_rejected),
		cmocka_unit_test(a_packed_slot_outside_the_ring_is_rejected),
		cmocka_unit_test(every_packed_base_is_validated_by_what_it_puts_in_flight),
		cmocka_unit_test(the_split_used_index_may_be_behind_by_the_ring_size),
		cmocka_unit_test(a_used_index_that_does_not_fit_is_recorded),
		cmocka_unit_test(a_running_ring_cannot_be_started_again),
		cmocka_unit_test(a_ring_that_was_never_set_up_cannot_be_started),
		cmocka_unit_test(the_initial_base_starts_a_new_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
