// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log's bitmap: at any byte address, written once for each 32-bit word
 * that is touched, however many ranges lie in it.
 */
#include "log_help.h"

/* Words of memory that hold the bits [first, first + n) of a bitmap at @off. */
static u32 words(u32 off, u32 first, u32 n)
{
	return (off * 8 + first + n - 1) / 32 - (off * 8 + first) / 32 + 1;
}

static void expect_bits(const struct fx *f, u32 off, u32 first, u32 n)
{
	for (u32 bit = 0; bit < (f->log_bytes - off) * 8; bit++) {
		bool set = f->log_at[off + bit / 8] >> bit % 8 & 1;

		if (set != (bit - first < n))
			fail_msg("bitmap at %u, pages %u+%u: bit %u", off, first,
				 n, bit);
	}
	for (u32 i = 0; i < off; i++)
		assert_int_equal(f->log_at[i], 0);
}

static void one_range(struct fx *f, u32 off, u32 first, u32 n)
{
	u64 before = f->arena.log_writes;
	u32 bit = bit_of(f, first);

	memset(f->log_at, 0, f->log_bytes);
	log_pages(f, first, n);
	flush(f);
	expect_bits(f, off, bit, n);
	assert_int_equal(f->arena.log_writes - before, words(off, bit, n));
}

static void any_range_at_any_byte_address(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	for (u32 off = 0; off < 8; off++) {
		for (u32 first = 0; first < 33; first++) {
			for (u32 n = 1; n < 70; n += n < 36 ? 1 : 7)
				one_range(&f, off, first, n);
		}
		f.log.bits++;
	}
	fx_exit(&f);
}

static void adjacent_ranges_of_a_batch_are_one_write(void **state)
{
	struct fx f;
	u32 first;

	(void)state;
	begin(&f);
	first = 32 - bit_of(&f, 0);	/* begins a word */
	for (u32 i = 0; i < 32; i++)
		log_pages(&f, first + i, 1);
	for (u32 i = 32; i > 0; i--)	/* and once more, backwards */
		log_pages(&f, first + i - 1, 1);
	assert_int_equal(f.arena.log_writes, 0);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 1);
	expect_bits(&f, 0, 32, 32);
	fx_exit(&f);
}

static void scatter_of_one_page_are_one_write(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	for (u32 i = 0; i < PAGE / 64; i++) {
		u64 guest = fx_gpa(&f, f.payload + i * 64);
		struct ring_seg seg = { 0, 64 };

		ring_log_written(&f.ring, &f.space, &seg, &guest, 1, 64);
	}
	flush(&f);
	assert_int_equal(f.arena.log_writes, 1);
	expect_bits(&f, 0, bit_of(&f, 0), 1);
	fx_exit(&f);
}

static void ranges_apart_are_all_logged(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	for (u32 i = 0; i < 10; i++)
		log_pages(&f, i * 20, 1);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 10);
	for (u32 i = 0; i < 200; i++)
		assert_int_equal(fx_page_dirty(&f, f.payload + i * PAGE),
				 i % 20 == 0);
	fx_exit(&f);
}

static void only_the_bytes_written_are_logged(void **state)
{
	struct ring_seg seg[2] = { { 0, PAGE }, { 0, 3 * PAGE } };
	u64 guest[2];
	struct fx f;

	(void)state;
	begin(&f);
	guest[0] = fx_gpa(&f, f.payload + 100);
	guest[1] = fx_gpa(&f, f.payload + 50 * PAGE);
	ring_log_written(&f.ring, &f.space, seg, guest, 2, 0);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	ring_log_written(&f.ring, &f.space, seg, guest, 2, PAGE - 100);
	flush(&f);
	expect_bits(&f, 0, bit_of(&f, 0), 1);
	ring_log_written(&f.ring, &f.space, seg, guest, 2, PAGE + 1);
	flush(&f);
	assert_true(fx_page_dirty(&f, f.payload + PAGE));
	assert_true(fx_page_dirty(&f, f.payload + 50 * PAGE));
	assert_false(fx_page_dirty(&f, f.payload + 51 * PAGE));
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_range_at_any_byte_address),
		cmocka_unit_test(adjacent_ranges_of_a_batch_are_one_write),
		cmocka_unit_test(scatter_of_one_page_are_one_write),
		cmocka_unit_test(ranges_apart_are_all_logged),
		cmocka_unit_test(only_the_bytes_written_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
