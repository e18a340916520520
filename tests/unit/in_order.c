// SPDX-License-Identifier: GPL-2.0-only
/*
 * IN_ORDER: chains completed in one call share a used entry (2.7.9, 2.8.8) as
 * far as the driver can still tell how long each of them is.
 */
#include "unit.h"

enum { CHAINS = 6, BYTES = 32 };	/* two writable buffers of 16 */

static bool in_order(const struct shape *s)
{
	return s->features & DRV_F_IN_ORDER;
}

static bool out_of_order(const struct shape *s)
{
	return !in_order(s);
}

/* Writes to ring memory for so many used entries, published. */
static u32 writes_for(const struct shape *s, u32 entries)
{
	/* packed: len, id, flags each; split: id, len each, and the index */
	return s->format == DRV_PACKED ? 3 * entries : 2 * entries + 1;
}

static u32 n_chains(const struct shape *s)
{
	u32 fit = unit_capacity(s, 2);

	return fit < CHAINS ? fit : CHAINS;
}

static void begin(struct fx *f, const struct shape *s)
{
	unit_init(f, s);
	unit_begin_at(f, s->num - 3, true);
}

static u32 add_and_pop(struct fx *f, const struct shape *s)
{
	u32 n = n_chains(s);

	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 64, 0, 2, 16, unit_table(s, 2)),
				 DRV_GOT);
	unit_pop_n(f, 8, n);
	return n;
}

/* Bit i of @partly: the i-th chain is not written to its end. */
static u32 len_of(u32 partly, u32 i)
{
	return partly >> i & 1 ? i : BYTES;
}

static void push_pattern(struct fx *f, u32 n, u32 partly)
{
	struct ring_done done[CHAINS];

	for (u32 i = 0; i < n; i++)
		done[i] = ring_done(&f->chain[i], len_of(partly, i));
	assert_int_equal(ring_push(&f->ring, &f->space, done, n), RING_GOT);
	assert_int_equal(ring_publish(&f->ring, &f->space), RING_GOT);
}

/* A chain written in part ends its run, and so does the last one. */
static u32 runs(u32 n, u32 partly)
{
	u32 count = 1;

	for (u32 i = 0; i + 1 < n; i++)
		count += partly >> i & 1;
	return count;
}

static void expect_all_back(struct fx *f, u32 n, u32 partly)
{
	for (u32 i = 0; i < n; i++)
		unit_taken_back(f, i * 64, len_of(partly, i));
	unit_nothing_back(f);
}

/* Add, pop and push all; it takes so many entries, and nothing is lost. */
static void push_takes(struct fx *f, const struct shape *s, u32 partly,
		       u32 entries)
{
	u32 n = add_and_pop(f, s);
	u64 writes = f->arena.writes;

	push_pattern(f, n, partly);
	assert_int_equal(f->arena.writes - writes, writes_for(s, entries));
	expect_all_back(f, n, partly);
}

static void whole_chains_share_one_entry(void **state)
{
	struct fx f;

	begin(&f, *state);
	for (u32 lap = 0; lap < 20; lap++)
		push_takes(&f, *state, 0, 1);
	fx_exit(&f);
}

static void a_chain_written_in_part_ends_its_run(void **state)
{
	u32 n = n_chains(*state);
	struct fx f;

	begin(&f, *state);
	for (u32 partly = 0; partly < 1u << n; partly++)
		push_takes(&f, *state, partly, runs(n, partly));
	fx_exit(&f);
}

static void chains_of_different_calls_share_nothing(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 writes;
	u32 n;

	begin(&f, s);
	n = add_and_pop(&f, s);
	writes = f.arena.writes;
	unit_push(&f, f.chain, 1, BYTES);
	unit_push(&f, f.chain + 1, n - 1, BYTES);
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_GOT);
	assert_int_equal(f.arena.writes - writes, writes_for(s, 2));
	expect_all_back(&f, n, 0);
	fx_exit(&f);
}

static void a_chain_with_nothing_to_write_is_whole(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 writes;

	begin(&f, s);
	for (u32 i = 0; i < 3; i++)
		fx_add(&f, i * 64, 2, 0, 16, unit_table(s, 2));
	unit_pop_n(&f, 8, 3);
	writes = f.arena.writes;
	unit_give(&f, f.chain, 3, 0);
	assert_int_equal(f.arena.writes - writes, writes_for(s, 1));
	for (u32 i = 0; i < 3; i++)
		unit_taken_back(&f, i * 64, 0);
	fx_exit(&f);
}

/* The entry is where the run begins, and names its last chain. */
static void the_entry_stands_first_and_names_the_last(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u32 n, id;

	unit_init(&f, s);
	n = add_and_pop(&f, s);
	push_pattern(&f, n, 0);
	id = f.chain[n - 1].id;
	if (s->format == DRV_PACKED) {
		assert_int_equal(f.drv.pdesc[0].id, id);
		assert_int_equal(f.drv.pdesc[0].len, BYTES);
		assert_int_equal(f.drv.pdesc[0].flags,
				 WIRE_AVAIL | WIRE_USED | WIRE_WRITE);
	} else {
		assert_int_equal(f.drv.used->ring[0].id, id);
		assert_int_equal(f.drv.used->ring[0].len, BYTES);
		assert_int_equal(f.drv.used->idx, n);
	}
	fx_exit(&f);
}

static void without_the_feature_each_has_its_own_entry(void **state)
{
	struct fx f;

	begin(&f, *state);
	push_takes(&f, *state, 0, n_chains(*state));
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest with[] = {
		cmocka_unit_test(whole_chains_share_one_entry),
		cmocka_unit_test(a_chain_written_in_part_ends_its_run),
		cmocka_unit_test(chains_of_different_calls_share_nothing),
		cmocka_unit_test(a_chain_with_nothing_to_write_is_whole),
		cmocka_unit_test(the_entry_stands_first_and_names_the_last),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(without_the_feature_each_has_its_own_entry),
	};
	int failed = unit_run_shapes(with, in_order);

	return failed + unit_run_shapes(without, out_of_order);
}
