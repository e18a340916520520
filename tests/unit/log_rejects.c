// SPDX-License-Identifier: GPL-2.0-only
/* Pages that the log has no bit for, and addresses that are no guest's. */
#include "log_help.h"
#include "scatter.h"

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

/* A ring of IOVAs, logged, with one chain in flight. */
static void begin_in_flight(struct fx *f)
{
	struct fx_config cfg = unit_config(&log_split);

	cfg.ring_flags = RING_F_LOG;
	scatter_init(f, &cfg, 4096);
	fx_log_on(f, true);
	fx_add(f, 0, 0, 1, 16, 0);
	unit_pop_n(f, 4, 1);
}

/* An IOVA may lead to memory that is no guest's. */
static void a_ring_in_no_region_cannot_be_logged(void **state)
{
	void *memory = malloc(ring_memtab_bytes(0));
	struct ring_memtab empty;
	struct fx f;

	(void)state;
	begin_in_flight(&f);
	assert_int_equal(ring_memtab_build(&empty, memory, NULL, 0, ++f.gen),
			 RING_OK);
	f.space.mem = &empty;
	assert_int_equal(ring_disable_kicks(&f.ring, &f.space), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_LOG);
	free(memory);
	fx_exit(&f);
}

static void a_used_entry_in_no_region_cannot_be_logged(void **state)
{
	struct ring_done done;
	struct fx f;

	(void)state;
	begin_in_flight(&f);
	f.space.mem = NULL;
	done = ring_done(&f.chain[0], 1);
	assert_int_equal(ring_push(&f.ring, &f.space, &done, 1), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_LOG);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_the_log_has_no_bit_for_breaks_the_ring),
		cmocka_unit_test(a_page_out_of_range_is_noticed_while_collecting),
		cmocka_unit_test(the_last_page_of_all_is_no_special_case),
		cmocka_unit_test(a_user_address_in_no_region_breaks_the_ring),
		cmocka_unit_test(a_log_taken_away_forgets_what_was_collected),
		cmocka_unit_test(a_ring_in_no_region_cannot_be_logged),
		cmocka_unit_test(a_used_entry_in_no_region_cannot_be_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
