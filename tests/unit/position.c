// SPDX-License-Identifier: GPL-2.0-only
/* ring_position(): the next avail and used position, told while chains are in flight. */
#include "unit.h"

static u32 half(const struct shape *s, u32 chains, u32 per_chain)
{
	u32 at = chains * per_chain;

	if (s->format == DRV_SPLIT)
		return at & 0xffff;
	/* 2.8.1: wrap counters begin at 1, and turn with each lap */
	return at % s->num | !(at / s->num % 2) << 15;
}

static void both_sides_are_told(void **state)
{
	const struct shape *s = *state;
	u32 per_chain = s->format == DRV_PACKED && !s->table ? 2 : 1;
	struct fx f;

	unit_init(&f, s);
	for (u32 i = 0; i < 5 * s->num; i++) {
		assert_int_equal(ring_position(&f.ring),
				 half(s, i, per_chain) |
					 half(s, i, per_chain) << 16);
		assert_int_equal(fx_add(&f, 0, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
		unit_pop_n(&f, 4, 1);
		assert_int_equal(ring_position(&f.ring),
				 half(s, i + 1, per_chain) |
					 half(s, i, per_chain) << 16);
		unit_give(&f, f.chain, 1, 16);
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_told),
	};

	return unit_run_shapes(tests, NULL);
}
