// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log's bitmap: at any byte address, written once for each 32-bit word
 * that is touched, however many ranges lie in it. And what the log refuses.
 */
#include "unit.h"

enum {
	PAGE = RING_LOG_PAGE,
	PAGES = 256,		/* of payload */
	ALIASES = 40,
};

static const struct shape split = { "split", DRV_SPLIT, 64, 0, false };

static void begin(struct fx *f)
{
	struct fx_config cfg = unit_config(&split);

	cfg.payload = PAGES * PAGE;
	fx_init(f, &cfg);
	fx_log_on(f, true);
}

/* Bit of a payload page, counted from the bitmap's first byte on. */
static u32 bit_of(const struct fx *f, u32 page)
{
	return (f->payload - f->arena.base) / PAGE + page;
}

static void log_pages(struct fx *f, u32 first, u32 n)
{
	u64 guest = fx_gpa(f, f->payload + first * PAGE);
	struct ring_seg seg = { 0, n * PAGE };

	assert_int_equal(ring_log_written(&f->ring, &f->space, &seg, &guest, 1,
					  n * PAGE), RING_GOT);
}

static void flush(struct fx *f)
{
	assert_int_equal(ring_log_flush(&f->ring, &f->space), RING_GOT);
}

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

static void pieces_of_one_page_are_one_write(void **state)
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

/* ---- the same memory at two guest addresses --------------------------- */

/* The first pages of the payload appear again behind guest memory. */
static void alias(struct fx *f, struct ring_memtab *tab, void *memory)
{
	const struct ring_region region[] = {
		{ FX_GPA, f->guest_bytes, (uintptr_t)f->arena.base },
		{ FX_GPA + f->guest_bytes, ALIASES * PAGE, (uintptr_t)f->payload },
	};

	assert_int_equal(ring_memtab_build(tab, memory, region, 2, ++f->gen),
			 RING_OK);
	f->space.mem = tab;
	f->log.pages += ALIASES;
}

static bool alias_dirty(const struct fx *f, u32 page)
{
	u32 bit = f->guest_bytes / PAGE + page;

	return f->log_at[bit / 8] >> bit % 8 & 1;
}

static void written_by_user_address_dirties_every_alias(void **state)
{
	struct ring_memtab tab;
	struct ring_seg seg;
	void *memory = malloc(ring_memtab_bytes(2));
	struct fx f;

	(void)state;
	begin(&f);
	alias(&f, &tab, memory);
	seg = (struct ring_seg){ (uintptr_t)f.payload + 3 * PAGE + 9, PAGE };
	assert_int_equal(ring_log_written(&f.ring, &f.space, &seg, NULL, 1,
					  PAGE), RING_GOT);
	flush(&f);
	for (u32 i = 0; i < ALIASES; i++) {
		bool wrote = i == 3 || i == 4;

		assert_int_equal(fx_page_dirty(&f, f.payload + i * PAGE), wrote);
		assert_int_equal(alias_dirty(&f, i), wrote);
	}
	free(memory);
	fx_exit(&f);
}

static void written_by_guest_address_dirties_that_one(void **state)
{
	struct ring_memtab tab;
	void *memory = malloc(ring_memtab_bytes(2));
	struct fx f;

	(void)state;
	begin(&f);
	alias(&f, &tab, memory);
	log_pages(&f, 3, 1);
	flush(&f);
	assert_true(fx_page_dirty(&f, f.payload + 3 * PAGE));
	for (u32 i = 0; i < ALIASES; i++)
		assert_false(alias_dirty(&f, i));
	free(memory);
	fx_exit(&f);
}

/* ---- refused ---------------------------------------------------------- */

static void a_page_the_log_has_no_bit_for_breaks_the_ring(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	f.log.pages = fx_gpa(&f, f.payload) / PAGE + 5;
	log_pages(&f, 0, 5);
	flush(&f);
	log_pages(&f, 5, 1);
	assert_int_equal(ring_log_flush(&f.ring, &f.space), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, f.log.pages);
	unit_expect_broken(&f, RING_BAD_LOG);
	fx_exit(&f);
}

/* Found when another range pushes it out. */
static void a_page_out_of_range_is_noticed_while_collecting(void **state)
{
	u64 guest[2] = { 1ull << 60, 0 };
	struct ring_seg seg[2] = { { 0, 16 }, { 0, 16 } };
	struct fx f;

	(void)state;
	begin(&f);
	guest[1] = fx_gpa(&f, f.payload);
	assert_int_equal(ring_log_written(&f.ring, &f.space, seg, guest, 2, 32),
			 RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, (1ull << 60) / PAGE);
	unit_expect_broken(&f, RING_BAD_LOG);
	fx_exit(&f);
}

static void the_last_page_of_all_is_no_special_case(void **state)
{
	u64 guest = UINT64_MAX - 15;
	struct ring_seg seg = { 0, 16 };
	struct fx f;

	(void)state;
	begin(&f);
	assert_int_equal(ring_log_written(&f.ring, &f.space, &seg, &guest, 1,
					  16), RING_GOT);
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, UINT64_MAX / PAGE);
	unit_expect_broken(&f, RING_BAD_LOG);
	fx_exit(&f);
}

static void a_user_address_in_no_region_breaks_the_ring(void **state)
{
	struct ring_seg seg = { 4096, 16 };

	(void)state;
	for (u32 with_table = 0; with_table < 2; with_table++) {
		struct fx f;

		begin(&f);
		if (!with_table)
			f.space.mem = NULL;
		assert_int_equal(ring_log_written(&f.ring, &f.space, &seg, NULL,
						  1, 16), RING_BROKEN);
		assert_int_equal(ring_fault(&f.ring)->value, 4096);
		unit_expect_broken(&f, RING_BAD_LOG);
		fx_exit(&f);
	}
}

static void a_log_taken_away_forgets_what_was_collected(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	log_pages(&f, 0, 3);
	f.space.log = NULL;
	flush(&f);
	f.space.log = &f.log;
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_range_at_any_byte_address),
		cmocka_unit_test(adjacent_ranges_of_a_batch_are_one_write),
		cmocka_unit_test(pieces_of_one_page_are_one_write),
		cmocka_unit_test(ranges_apart_are_all_logged),
		cmocka_unit_test(only_the_bytes_written_are_logged),
		cmocka_unit_test(written_by_user_address_dirties_every_alias),
		cmocka_unit_test(written_by_guest_address_dirties_that_one),
		cmocka_unit_test(a_page_the_log_has_no_bit_for_breaks_the_ring),
		cmocka_unit_test(a_page_out_of_range_is_noticed_while_collecting),
		cmocka_unit_test(the_last_page_of_all_is_no_special_case),
		cmocka_unit_test(a_user_address_in_no_region_breaks_the_ring),
		cmocka_unit_test(a_log_taken_away_forgets_what_was_collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
