// SPDX-License-Identifier: GPL-2.0-only
/* The longest chains that are taken, and the first that are not. */
#include "unit.h"

enum {
	BUFS = RING_MAX_SEGS + 1,
	BIG = 1 << 22,		/* bytes in one of 1,024 buffers of 2^32 */
};

static const struct shape shapes[] = {
	{ "split", DRV_SPLIT, 2048, 0, false },
	{ "split indirect", DRV_SPLIT, 2, DRV_F_INDIRECT, true },
	{ "packed", DRV_PACKED, 1500, 0, false },
	{ "packed indirect", DRV_PACKED, 1, DRV_F_INDIRECT, true },
};

/* One chain of @n writable buffers, all at the same place. */
static void add(struct fx *f, const struct shape *s, u32 n, u32 len,
		u32 last_len)
{
	static struct drv_buf buf[BUFS];
	struct drv_chain c = {
		.buf = buf, .n_write = n, .n_table = unit_table(s, n),
	};

	for (u32 i = 0; i < n; i++)
		buf[i] = (struct drv_buf){
			fx_addr(f, f->payload), i + 1 < n ? len : last_len,
		};
	assert_int_equal(drv_add(&f->drv, &c), DRV_GOT);
	drv_publish(&f->drv);
}

static void begin(struct fx *f, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	cfg.table_len = BUFS;
	cfg.payload = BIG;
	fx_init(f, &cfg);
}

static void on_each(void (*check)(struct fx *f, const struct shape *s))
{
	for (u32 i = 0; i < COUNT(shapes); i++) {
		struct fx f;

		begin(&f, &shapes[i]);
		check(&f, &shapes[i]);
		fx_exit(&f);
	}
}

static void takes_1024(struct fx *f, const struct shape *s)
{
	add(f, s, RING_MAX_SEGS, 1, 1);
	unit_pop_n(f, 4, 1);
	assert_int_equal(f->chain[0].n_write, RING_MAX_SEGS);
	assert_int_equal(f->chain[0].write_len, RING_MAX_SEGS);
	unit_give(f, f->chain, 1, 1000);
	unit_taken_back(f, 0, 1000);
}

static void a_chain_of_1024_segments_is_taken(void **state)
{
	(void)state;
	on_each(takes_1024);
}

static void rejects_1025(struct fx *f, const struct shape *s)
{
	add(f, s, BUFS, 1, 1);
	assert_int_equal(fx_pop(f, 4), RING_BROKEN);
	assert_int_equal(ring_fault(&f->ring)->value, BUFS);
	unit_expect_broken(f, RING_BAD_SEGS);
}

static void a_chain_of_1025_segments_is_rejected(void **state)
{
	(void)state;
	on_each(rejects_1025);
}

/* Also behind others, where it cannot wait for a batch of its own. */
static void rejects_1025_later(struct fx *f, const struct shape *s)
{
	if (s->num < 2)
		return;
	add(f, s, 1, 1, 1);
	add(f, s, BUFS, 1, 1);
	unit_pop_n(f, 4, 1);
	assert_int_equal(ring_pop(&f->ring, &f->space, &f->batch), RING_BROKEN);
	unit_expect_broken(f, RING_BAD_SEGS);
}

static void a_chain_of_1025_segments_behind_another_is_rejected(void **state)
{
	(void)state;
	on_each(rejects_1025_later);
}

static void takes_all_but_a_byte(struct fx *f, const struct shape *s)
{
	add(f, s, RING_MAX_SEGS, BIG, BIG - 1);
	unit_pop_n(f, 4, 1);
	assert_int_equal(f->chain[0].write_len, U32_MAX);
	unit_give(f, f->chain, 1, U32_MAX);
	unit_taken_back(f, 0, U32_MAX);
}

static void a_chain_of_2_to_the_32_less_1_bytes_is_taken(void **state)
{
	(void)state;
	on_each(takes_all_but_a_byte);
}

static void rejects_one_more(struct fx *f, const struct shape *s)
{
	add(f, s, RING_MAX_SEGS, BIG, BIG);
	assert_int_equal(fx_pop(f, 4), RING_BROKEN);
	assert_int_equal(ring_fault(&f->ring)->value, 1ull << 32);
	unit_expect_broken(f, RING_BAD_TOTAL);
}

static void a_chain_of_2_to_the_32_bytes_is_rejected(void **state)
{
	(void)state;
	on_each(rejects_one_more);
}

static void a_chain_may_fill_the_ring(void **state)
{
	static const struct shape full[] = {
		{ "split", DRV_SPLIT, 1024, 0, false },
		{ "packed", DRV_PACKED, 1023, 0, false },
		{ "split of 1", DRV_SPLIT, 1, 0, false },
		{ "packed of 1", DRV_PACKED, 1, 0, false },
	};

	(void)state;
	for (u32 i = 0; i < COUNT(full); i++) {
		struct fx f;

		begin(&f, &full[i]);
		for (u32 lap = 0; lap < 4; lap++) {
			add(&f, &full[i], full[i].num, 1, 1);
			unit_pop_n(&f, 4, 1);
			assert_int_equal(f.chain[0].slots, full[i].num);
			unit_give(&f, f.chain, 1, 1);
			unit_taken_back(&f, 0, 1);
		}
		fx_exit(&f);
	}
}

static void the_largest_rings_hold_as_many_chains_as_they_say(void **state)
{
	static const struct shape big[] = {
		{ "split", DRV_SPLIT, 32768, 0, false },
		{ "packed", DRV_PACKED, 32768, 0, false },
		{ "packed of 32767", DRV_PACKED, 32767, 0, false },
	};

	(void)state;
	for (u32 i = 0; i < COUNT(big); i++) {
		u32 num = big[i].num, n = 0;
		struct fx f;

		begin(&f, &big[i]);
		unit_begin_at(&f, num - 5, true);
		for (u32 k = 0; k < num; k++)
			add(&f, &big[i], 1, 1, 1);
		while (fx_pop(&f, FX_CHAINS) == RING_GOT) {
			n += f.batch.n_chains;
			assert_true(f.batch.n_chains);
		}
		assert_int_equal(n, num);
		assert_int_equal(ring_fault(&f.ring)->cause, RING_OK);
		fx_exit(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_1024_segments_is_taken),
		cmocka_unit_test(a_chain_of_1025_segments_is_rejected),
		cmocka_unit_test(a_chain_of_1025_segments_behind_another_is_rejected),
		cmocka_unit_test(a_chain_of_2_to_the_32_less_1_bytes_is_taken),
		cmocka_unit_test(a_chain_of_2_to_the_32_bytes_is_rejected),
		cmocka_unit_test(a_chain_may_fill_the_ring),
		cmocka_unit_test(the_largest_rings_hold_as_many_chains_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
