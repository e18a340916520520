// SPDX-License-Identifier: GPL-2.0-only
/*
 * No verb reads a value twice that an honest driver wrote: what was validated is
 * what is used.
 */
#include "unit.h"

enum { LONG = 40 };	/* descriptors read in more than one prefetch */

static struct fx_config config(const struct shape *s, u32 num)
{
	struct fx_config cfg = unit_config(s);

	cfg.num = s->num % 2 ? num + 1 : num;
	cfg.table_len = LONG;
	return cfg;
}

static void pops_once(struct fx *f, u32 max, u32 n)
{
	arena_once(&f->arena);
	unit_pop_n(f, max, n);
	assert_int_equal(f->arena.twice, 0);
}

/* Chains of @bufs buffers from a place near the ring's end. */
static void pop_reads_once(const struct shape *s, u32 bufs, u32 chains, u32 max)
{
	struct fx_config cfg = config(s, 128);
	struct fx f;

	fx_init(&f, &cfg);
	unit_begin_at(&f, cfg.num - 3, true);
	for (u32 i = 0; i < chains; i++)
		assert_int_equal(fx_add(&f, i * 16, bufs / 2, (bufs + 1) / 2, 16,
					unit_table(s, bufs)), DRV_GOT);
	for (u32 left = chains; left; ) {
		u32 n = left < max ? left : max;

		pops_once(&f, max, n);
		unit_give(&f, f.chain, n, 0);
		left -= n;
	}
	pops_once(&f, max, 0);
	fx_exit(&f);
}

static void a_batch_of_one(void **state)
{
	pop_reads_once(*state, 1, 5, 1);
}

static void a_batch_larger_than_what_is_there(void **state)
{
	pop_reads_once(*state, 1, 5, 64);
}

static void a_batch_of_many_prefetches(void **state)
{
	pop_reads_once(*state, 1, 64, 64);
}

static void chains_of_three(void **state)
{
	pop_reads_once(*state, 3, 40, 64);
}

static void chains_longer_than_a_prefetch(void **state)
{
	pop_reads_once(*state, LONG, 3, 64);
}

static void an_empty_ring(void **state)
{
	pop_reads_once(*state, 1, 0, 64);
}

static void the_verbs_behind_pop(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = config(s, 16);
	struct fx f;

	cfg.ring_flags = RING_F_LOG;
	fx_init(&f, &cfg);
	fx_log_on(&f, true);
	for (u32 lap = 0; lap < 40; lap++) {
		assert_int_equal(fx_add(&f, 0, 0, 1, 16, unit_table(s, 1)),
				 DRV_GOT);
		arena_once(&f.arena);
		assert_int_equal(ring_peek(&f.ring, &f.space), RING_GOT);
		arena_once(&f.arena);
		unit_pop_n(&f, 8, 1);
		arena_once(&f.arena);
		unit_give(&f, f.chain, 1, 16);
		arena_once(&f.arena);
		ring_call_needed(&f.ring, &f.space);
		arena_once(&f.arena);
		assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_GOT);
		arena_once(&f.arena);
		assert_int_equal(ring_enable_kicks(&f.ring, &f.space), RING_EMPTY);
		assert_int_equal(f.arena.twice, 0);
		unit_taken_back(&f, 0, 16);
	}
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_of_one),
		cmocka_unit_test(a_batch_larger_than_what_is_there),
		cmocka_unit_test(a_batch_of_many_prefetches),
		cmocka_unit_test(chains_of_three),
		cmocka_unit_test(chains_longer_than_a_prefetch),
		cmocka_unit_test(an_empty_ring),
		cmocka_unit_test(the_verbs_behind_pop),
	};

	return unit_run_shapes(tests, NULL);
}
