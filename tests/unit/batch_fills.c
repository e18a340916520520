// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a pop fills a batch: as many chains as fit and no more, behind what is
 * there already, and nothing lost when an array is too small.
 */
#include "unit.h"

/* A ring with @n chains of one readable and two writable buffers. */
static void begin(struct fx *f, const struct shape *s, u32 n)
{
	unit_init(f, s);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(fx_add(f, i * 256, 1, 2, 16, unit_table(s, 3)),
				 DRV_GOT);
}

static u32 capacity(const struct shape *s)
{
	return unit_capacity(s, 3);
}

/* The batch's @k-th chain is the @i-th that was added. */
static void expect_chain(const struct fx *f, u32 k, u32 i)
{
	const struct ring_chain *c = &f->chain[k];
	const u8 *at = f->payload + i * 256;

	assert_int_equal(c->n_read, 1);
	assert_int_equal(c->n_write, 2);
	assert_int_equal(c->read_len, 16);
	assert_int_equal(c->write_len, 32);
	for (u32 seg = 0; seg < 3; seg++) {
		assert_ptr_equal(f->seg[c->seg + seg].base, at + seg * 16);
		assert_int_equal(f->seg[c->seg + seg].len, 16);
		assert_int_equal(f->guest[c->seg + seg],
				 fx_addr(f, at + seg * 16));
	}
}

static void a_pop_takes_no_more_chains_than_asked_for(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s, capacity(s));
	for (u32 i = 0; i < capacity(s); i++) {
		unit_pop_n(&f, 1, 1);
		expect_chain(&f, 0, i);
	}
	unit_pop_n(&f, 1, 0);
	fx_exit(&f);
}

static void a_pop_takes_all_there_is(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s, capacity(s));
	unit_pop_n(&f, FX_CHAINS, capacity(s));
	assert_int_equal(f.batch.n_segs, 3 * capacity(s));
	for (u32 i = 0; i < capacity(s); i++)
		expect_chain(&f, i, i);
	fx_exit(&f);
}

static void a_pop_adds_to_the_batch(void **state)
{
	struct fx f;

	begin(&f, *state, 2);
	unit_pop_n(&f, 1, 1);
	f.batch.max_chains = FX_CHAINS;
	assert_int_equal(ring_pop(&f.ring, &f.space, &f.batch), RING_GOT);
	assert_int_equal(f.batch.n_chains, 2);
	expect_chain(&f, 0, 0);
	expect_chain(&f, 1, 1);
	assert_int_equal(f.chain[1].seg, 3);
	assert_int_equal(ring_pop(&f.ring, &f.space, &f.batch), RING_EMPTY);
	assert_int_equal(f.batch.n_chains, 2);
	fx_exit(&f);
}

static void a_full_batch_takes_none_and_says_got(void **state)
{
	struct fx f;

	begin(&f, *state, 2);
	unit_pop_n(&f, 1, 1);
	assert_int_equal(ring_pop(&f.ring, &f.space, &f.batch), RING_GOT);
	assert_int_equal(f.batch.n_chains, 1);
	assert_int_equal(f.batch.n_segs, 3);
	unit_pop_n(&f, 4, 1);
	expect_chain(&f, 0, 1);
	fx_exit(&f);
}

static void the_next_pop_goes_on_where_segments_ran_out(void **state)
{
	const struct shape *s = *state;
	u32 left = capacity(s), first = 0;
	struct fx f;

	begin(&f, s, left);
	for (u32 room = 3; left; room = room == 8 ? 3 : room + 1) {
		u32 fit = room / 3 < left ? room / 3 : left;

		f.batch.max_segs = room;
		unit_pop_n(&f, FX_CHAINS, fit);
		assert_int_equal(f.batch.n_segs, 3 * fit);
		for (u32 i = 0; i < fit; i++)
			expect_chain(&f, i, first + i);
		first += fit;
		left -= fit;
	}
	fx_exit(&f);
}

static void a_batch_without_room_for_the_next_chain_says_got(void **state)
{
	struct fx f;

	begin(&f, *state, 2);
	f.batch.max_segs = 5;
	unit_pop_n(&f, 4, 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(ring_pop(&f.ring, &f.space, &f.batch), RING_GOT);
		assert_int_equal(f.batch.n_chains, 1);
		assert_int_equal(f.batch.n_segs, 3);
	}
	unit_pop_n(&f, 4, 1);
	expect_chain(&f, 0, 1);
	fx_exit(&f);
}

static void a_chain_longer_than_the_whole_array_is_too_long(void **state)
{
	struct fx f;

	begin(&f, *state, 1);
	f.batch.max_segs = 2;
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, 3);
	unit_expect_broken(&f, RING_BAD_SEGS);
	fx_exit(&f);
}

static void guest_addresses_come_only_on_request(void **state)
{
	struct fx f;

	begin(&f, *state, 2);
	f.batch.guest = NULL;
	unit_pop_n(&f, 4, 2);
	assert_int_equal(f.guest[0], 0);
	assert_ptr_equal(f.seg[3].base, f.payload + 256);
	fx_exit(&f);
}

static void readable_and_writable_parts_are_distinguished(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	for (u32 n_read = 0; n_read <= 3; n_read++) {
		fx_add(&f, 0, n_read, 3 - n_read, 100, unit_table(s, 3));
		unit_pop_n(&f, 4, 1);
		assert_int_equal(f.chain[0].n_read, n_read);
		assert_int_equal(f.chain[0].n_write, 3 - n_read);
		assert_int_equal(f.chain[0].read_len, 100 * n_read);
		assert_int_equal(f.chain[0].write_len, 300 - 100 * n_read);
		unit_give(&f, f.chain, 1, 0);
		unit_taken_back(&f, 0, 0);
	}
	fx_exit(&f);
}

static void a_completion_is_clipped_to_what_the_chain_holds(void **state)
{
	struct fx f;

	begin(&f, *state, 1);
	unit_pop_n(&f, 4, 1);
	unit_give(&f, f.chain, 1, U32_MAX);
	unit_taken_back(&f, 0, 32);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pop_takes_no_more_chains_than_asked_for),
		cmocka_unit_test(a_pop_takes_all_there_is),
		cmocka_unit_test(a_pop_adds_to_the_batch),
		cmocka_unit_test(a_full_batch_takes_none_and_says_got),
		cmocka_unit_test(the_next_pop_goes_on_where_segments_ran_out),
		cmocka_unit_test(a_batch_without_room_for_the_next_chain_says_got),
		cmocka_unit_test(a_chain_longer_than_the_whole_array_is_too_long),
		cmocka_unit_test(guest_addresses_come_only_on_request),
		cmocka_unit_test(readable_and_writable_parts_are_distinguished),
		cmocka_unit_test(a_completion_is_clipped_to_what_the_chain_holds),
	};

	return unit_run_shapes(tests, NULL);
}
