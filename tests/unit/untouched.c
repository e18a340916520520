// SPDX-License-Identifier: GPL-2.0-only
/* Was anything ever used in a ring that is at its initial base? */
#include "unit.h"

static void a_new_ring_is_untouched(void **state)
{
	struct fx f;

	unit_init(&f, *state);
	assert_int_equal(ring_untouched(&f.ring, &f.space), RING_GOT);
	fx_exit(&f);
}

/* The driver may fill it before the device looks. */
static void available_chains_are_no_use(void **state)
{
	struct fx f;

	unit_init(&f, *state);
	fx_add(&f, 0, 1, 0, 16, 0);
	fx_add(&f, 64, 0, 1, 16, 0);
	assert_int_equal(ring_untouched(&f.ring, &f.space), RING_GOT);
	fx_exit(&f);
}

/* Two laps of single descriptors bring a packed ring back to its base. */
static void a_ring_that_came_around_is_not(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < 2 * s->num; i++)
		unit_lap(&f, s, 0, 1);
	if (s->format == DRV_PACKED)
		assert_int_equal(ring_base(&f.ring),
				 ring_initial_base(RING_F_PACKED));
	assert_int_equal(ring_untouched(&f.ring, &f.space), RING_EMPTY);
	fx_exit(&f);
}

/* All used entries are zero then: the limit that ring.h names. */
static void split_head_0_with_no_byte_leaves_no_trace(void **state)
{
	static const struct shape s = { "split", DRV_SPLIT, 8, 0, false };
	struct fx f;

	(void)state;
	unit_init(&f, &s);
	for (u32 i = 0; i < 2 * s.num; i++)
		unit_lap(&f, &s, 1, 0);
	assert_int_equal(ring_untouched(&f.ring, &f.space), RING_GOT);
	fx_exit(&f);
}

static void a_reset_ring_says_nothing(void **state)
{
	struct fx f;

	unit_init(&f, *state);
	ring_reset(&f.ring);
	assert_int_equal(ring_untouched(&f.ring, &f.space), RING_EMPTY);
	fx_exit(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_ring_is_untouched),
		cmocka_unit_test(available_chains_are_no_use),
		cmocka_unit_test(a_ring_that_came_around_is_not),
		cmocka_unit_test(a_reset_ring_says_nothing),
	};

	static const struct CMUnitTest split[] = {
		cmocka_unit_test(split_head_0_with_no_byte_leaves_no_trace),
	};
	int failed = unit_run_shapes(tests, NULL);

	return failed + cmocka_run_group_tests(split, NULL, NULL);
}
