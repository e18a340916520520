// SPDX-License-Identifier: GPL-2.0-only
/* A running ring gets another configuration and goes on where it is. */
#include "unit.h"

/* Some chains are completed before the move, the others behind it. */
static void chains_in_flight_stay_so(void **state)
{
	const struct shape *s = *state;
	struct ring_chain chain[3];
	struct fx f;
	u32 base, in_flight;

	unit_init(&f, s);
	unit_laps(&f, s, 5);
	for (u32 i = 0; i < 3; i++)
		fx_add(&f, 64 * i, 1, 0, 16, 0);
	unit_pop_n(&f, 3, 3);
	memcpy(chain, f.chain, sizeof(chain));
	unit_give(&f, &chain[0], 1, 0);
	base = ring_base(&f.ring);
	in_flight = ring_in_flight(&f.ring);
	assert_int_equal(ring_move(&f.ring, &f.ring_cfg), RING_OK);
	assert_int_equal(ring_base(&f.ring), base);
	assert_int_equal(ring_in_flight(&f.ring), in_flight);
	unit_give(&f, &chain[1], 2, 0);
	for (u32 i = 0; i < 3; i++)
		unit_taken_back(&f, 64 * i, 0);
	unit_laps(&f, s, 5);
	fx_exit(&f);
}

/* The owner may copy the memory before or after: it is not looked at. */
static void no_memory_is_touched(void **state)
{
	const struct shape *s = *state;
	struct ring_config elsewhere;
	struct fx f;

	unit_init(&f, s);
	unit_laps(&f, s, 3);
	elsewhere = f.ring_cfg;
	for (int a = 0; a < RING_AREAS; a++)
		elsewhere.area[a] += 1ull << 40;	/* lent to nobody */
	assert_int_equal(ring_move(&f.ring, &elsewhere), RING_OK);
	assert_int_equal(ring_move(&f.ring, &f.ring_cfg), RING_OK);
	unit_laps(&f, s, 3);
	fx_exit(&f);
}

static void another_size_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct ring_config other;
	struct fx f;

	unit_init(&f, s);
	other = f.ring_cfg;
	other.num = 2 * s->num;
	assert_int_equal(ring_move(&f.ring, &other), RING_BAD_NUM);
	assert_int_equal(fx_pop(&f, 1), RING_BROKEN);
	fx_exit(&f);
}

static void another_format_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct ring_config other;
	struct fx f;

	unit_init(&f, s);
	other = f.ring_cfg;
	other.flags ^= RING_F_PACKED;
	assert_int_equal(ring_move(&f.ring, &other), RING_BAD_FEATURES);
	assert_int_equal(ring_fault(&f.ring)->cause, RING_BAD_FEATURES);
	fx_exit(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_in_flight_stay_so),
		cmocka_unit_test(no_memory_is_touched),
		cmocka_unit_test(another_size_breaks_the_ring),
		cmocka_unit_test(another_format_breaks_the_ring),
	};

	return unit_run_shapes(tests, NULL);
}
