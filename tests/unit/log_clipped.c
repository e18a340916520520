// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring_log_guest() and ring_log_user(): pages of a chain kept long, logged by
 * address; what the owner took away meanwhile is left out.
 */
#include "log_help.h"

static void log_guest(struct fx *f, u64 gpa, u64 len)
{
	assert_int_equal(ring_log_guest(&f->ring, &f->space, gpa, len),
			 RING_GOT);
}

static void log_user(struct fx *f, u64 user, u64 len)
{
	assert_int_equal(ring_log_user(&f->ring, &f->space, user, len),
			 RING_GOT);
}

/* Of the payload, exactly the pages [first, first + n) are dirty. */
static void expect_pages(const struct fx *f, u32 first, u32 n)
{
	for (u32 i = 0; i < PAGES; i++)
		assert_int_equal(fx_page_dirty(f, f->payload + i * PAGE),
				 i >= first && i < first + n);
}

static u64 payload_gpa(const struct fx *f, u64 offset)
{
	return fx_gpa(f, f->payload) + offset;
}

static void written_pages_become_dirty_at_publish(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	log_guest(&f, payload_gpa(&f, 3 * PAGE + 4095), 2);
	assert_int_equal(f.arena.log_writes, 0);
	assert_int_equal(ring_publish(&f.ring, &f.space), RING_EMPTY);
	expect_pages(&f, 3, 2);
	fx_log_on(&f, true);
	log_user(&f, (uintptr_t)f.payload + 7 * PAGE + 4095, PAGE + 2);
	expect_pages(&f, 0, 0);
	flush(&f);
	expect_pages(&f, 7, 3);
	fx_exit(&f);
}

static void no_bytes_and_no_log_collect_nothing(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	log_guest(&f, payload_gpa(&f, 0), 0);
	log_user(&f, (uintptr_t)f.payload, 0);
	f.space.log = NULL;
	log_guest(&f, payload_gpa(&f, 0), PAGE);
	log_user(&f, (uintptr_t)f.payload, PAGE);
	f.space.log = &f.log;
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

static void pages_without_a_bit_are_left_out(void **state)
{
	u64 pages;
	struct fx f;

	(void)state;
	begin(&f);
	pages = fx_gpa(&f, f.payload) / PAGE + 5;
	f.log.pages = pages;
	log_guest(&f, pages * PAGE, 1);
	log_guest(&f, U64_MAX, 1);
	log_guest(&f, U64_MAX, U64_MAX);
	log_guest(&f, 1ull << 60, 1ull << 40);
	log_user(&f, (uintptr_t)f.payload + 5 * PAGE, PAGE);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	log_guest(&f, payload_gpa(&f, 4 * PAGE), U64_MAX);
	log_user(&f, (uintptr_t)f.payload + 3 * PAGE, 100 * PAGE);
	flush(&f);
	f.log.pages += PAGES;
	expect_pages(&f, 3, 2);
	fx_exit(&f);
}

static void a_log_of_no_pages_takes_nothing(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	f.log.pages = 0;
	log_guest(&f, 0, U64_MAX);
	log_user(&f, 0, U64_MAX);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	fx_exit(&f);
}

/* Regions that cover pages 2 and 5 of the payload, and no others. */
static void bytes_in_no_region_are_left_out(void **state)
{
	void *memory = malloc(ring_memtab_bytes(2));
	struct ring_region region[2];
	struct ring_memtab tab;
	struct fx f;

	(void)state;
	begin(&f);
	for (u32 i = 0; i < 2; i++) {
		u32 at = (2 + 3 * i) * PAGE;

		region[i] = (struct ring_region){
			payload_gpa(&f, at), PAGE, (uintptr_t)f.payload + at,
		};
	}
	assert_int_equal(ring_memtab_build(&tab, memory, region, 2, ++f.gen),
			 RING_OK);
	f.space.mem = &tab;
	log_user(&f, 4096, 16);
	log_user(&f, (uintptr_t)f.payload + 3 * PAGE, 2 * PAGE);
	flush(&f);
	assert_int_equal(f.arena.log_writes, 0);
	log_user(&f, (uintptr_t)f.payload, 8 * PAGE);
	flush(&f);
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(fx_page_dirty(&f, f.payload + i * PAGE),
				 i == 2 || i == 5);
	f.space.mem = NULL;
	log_user(&f, (uintptr_t)f.payload, PAGE);
	free(memory);
	fx_exit(&f);
}

/* What was collected before is written out first, and that may fail. */
static void a_bit_that_cannot_be_written_breaks_the_ring(void **state)
{
	struct fx f;

	(void)state;
	begin(&f);
	log_guest(&f, payload_gpa(&f, 0), 1);
	arena_fail(&f.arena, 1, false);
	assert_int_equal(ring_log_guest(&f.ring, &f.space,
					payload_gpa(&f, 100 * PAGE), 1),
			 RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_LOG);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_pages_become_dirty_at_publish),
		cmocka_unit_test(no_bytes_and_no_log_collect_nothing),
		cmocka_unit_test(pages_without_a_bit_are_left_out),
		cmocka_unit_test(a_log_of_no_pages_takes_nothing),
		cmocka_unit_test(bytes_in_no_region_are_left_out),
		cmocka_unit_test(a_bit_that_cannot_be_written_breaks_the_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
