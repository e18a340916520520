// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains given back unused are found again, as if they had not been popped;
 * giving them back touches no memory.
 */
#include "unit.h"

/* Fill the ring with chains of two buffers, tokens 0, 256, 512... */
static u32 fill(struct fx *f, const struct shape *s)
{
	u32 n = unit_capacity(s, 2);

	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 256, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
	return n;
}

static void unpop(struct fx *f, u32 n)
{
	u64 before = f->arena.accesses;

	ring_unpop(&f->ring, &f->chain[f->batch.n_chains - n], n);
	assert_int_equal(f->arena.accesses, before);
}

static void expect_from(const struct fx *f, u32 first)
{
	for (u32 i = 0; i < f->batch.n_chains; i++)
		assert_ptr_equal(f->seg[f->chain[i].seg].base,
				 f->payload + (first + i) * 256);
}

/* Give back @n of all, at every place the ring can be in. */
static void give_back(const struct shape *s, u32 part)
{
	struct fx f;

	unit_init(&f, s);
	for (u32 pos = 0; pos < 2 * s->num; pos++) {
		u32 n, back;

		unit_begin_at(&f, pos % s->num, pos < s->num);
		n = fill(&f, s);
		back = part < n ? part : n;
		unit_pop_n(&f, FX_CHAINS, n);
		unpop(&f, back);
		assert_int_equal(ring_peek(&f.ring, &f.space),
				 back ? RING_GOT : RING_EMPTY);
		unit_pop_n(&f, FX_CHAINS, back);
		expect_from(&f, n - back);
	}
	fx_exit(&f);
}

static void none_given_back(void **state)
{
	give_back(*state, 0);
}

static void the_last_one_given_back(void **state)
{
	give_back(*state, 1);
}

static void some_given_back(void **state)
{
	give_back(*state, 3);
}

static void all_given_back(void **state)
{
	give_back(*state, FX_CHAINS);
}

static void given_back_and_popped_one_by_one(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u32 n;

	unit_init(&f, s);
	n = fill(&f, s);
	unit_pop_n(&f, FX_CHAINS, n);
	for (u32 i = n; i > 0; i--)
		ring_unpop(&f.ring, &f.chain[i - 1], 1);
	for (u32 i = 0; i < n; i++) {
		unit_pop_n(&f, 1, 1);
		expect_from(&f, i);
		unit_give(&f, f.chain, 1, i);
		unit_taken_back(&f, i * 256, i);
	}
	unit_nothing_back(&f);
	fx_exit(&f);
}

/* Again and again: nothing is lost, nothing doubled, the base is right. */
static void the_base_counts_what_was_given_back_as_not_taken(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 lap = 0; lap < 50; lap++) {
		u32 base = ring_base(&f.ring);

		assert_int_equal(fx_add(&f, 0, 1, 1, 16, unit_table(s, 2)),
				 DRV_GOT);
		unit_pop_n(&f, 4, 1);
		unpop(&f, 1);
		assert_int_equal(ring_base(&f.ring), base);
		unit_pop_n(&f, 4, 1);
		unit_give(&f, f.chain, 1, 16);
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

static void the_rest_is_pushed_after_some_were_given_back(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u32 n;

	unit_init(&f, s);
	n = fill(&f, s);
	unit_pop_n(&f, FX_CHAINS, n);
	unpop(&f, 2);
	unit_give(&f, f.chain, n - 2, 7);
	for (u32 i = 0; i < n - 2; i++)
		unit_taken_back(&f, i * 256, 7);
	unit_nothing_back(&f);
	unit_pop_n(&f, FX_CHAINS, 2);
	unit_give(&f, f.chain, 2, 7);
	unit_taken_back(&f, (n - 2) * 256, 7);
	unit_taken_back(&f, (n - 1) * 256, 7);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_given_back),
		cmocka_unit_test(the_last_one_given_back),
		cmocka_unit_test(some_given_back),
		cmocka_unit_test(all_given_back),
		cmocka_unit_test(given_back_and_popped_one_by_one),
		cmocka_unit_test(the_base_counts_what_was_given_back_as_not_taken),
		cmocka_unit_test(the_rest_is_pushed_after_some_were_given_back),
	};

	return unit_run_shapes(tests, NULL);
}
