// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bad chain behind good ones: those are delivered first, and can be
 * completed; the pop that meets the bad one first of all reports it.
 */
#include "unit.h"

enum { GOOD = 2 };

static void add_three(struct fx *f, const struct shape *s)
{
	unit_init(f, s);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(fx_add(f, i * 64, 0, 1, 64, unit_table(s, 1)),
				 DRV_GOT);
}

static void delivers_two_then_breaks(struct fx *f, enum ring_cause cause)
{
	unit_pop_n(f, 8, GOOD);
	assert_int_equal(ring_fault(&f->ring)->cause, RING_OK);
	unit_give(f, f->chain, GOOD, 9);
	assert_true(ring_call_needed(&f->ring, &f->space));
	for (u32 i = 0; i < GOOD; i++)
		unit_taken_back(f, i * 64, 9);
	unit_nothing_back(f);
	assert_int_equal(ring_peek(&f->ring, &f->space), RING_GOT);
	assert_int_equal(fx_pop(f, 8), RING_BROKEN);
	unit_expect_broken(f, cause);
	fx_exit(f);
}

static void a_bad_descriptor_waits_its_turn(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	add_three(&f, s);
	if (s->format == DRV_PACKED)
		f.drv.pdesc[GOOD].len = 0;
	else
		f.drv.desc[GOOD].len = 0;
	delivers_two_then_breaks(&f, s->table ? RING_BAD_TABLE_SIZE :
						RING_BAD_LENGTH);
}

static void a_bad_head_or_id_waits_its_turn(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	add_three(&f, s);
	if (s->format == DRV_PACKED)
		f.drv.pdesc[GOOD].id = s->num;
	else
		f.drv.avail->ring[GOOD] = 0xffff;
	delivers_two_then_breaks(&f, s->format == DRV_PACKED ? RING_BAD_ID :
							       RING_BAD_HEAD);
}

static void a_bad_table_waits_its_turn(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	add_three(&f, s);
	if (s->table)
		memset(f.drv.cfg.tables.host + GOOD * drv_tables_bytes(16, 1), 0,
		       16);
	else if (s->format == DRV_PACKED)
		f.drv.pdesc[GOOD].addr = 0;
	else
		f.drv.desc[GOOD].addr = 0;
	delivers_two_then_breaks(&f, s->table ? RING_BAD_LENGTH :
						RING_BAD_ADDRESS);
}

static void the_fault_says_which_descriptor_and_what_value(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	add_three(&f, s);
	if (s->format == DRV_PACKED)
		f.drv.pdesc[GOOD].id = 0x4321;
	else
		f.drv.avail->ring[GOOD] = wire16(f.drv.swap, 0x4321);
	unit_pop_n(&f, 8, GOOD);
	assert_int_equal(fx_pop(&f, 8), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->index, GOOD);
	assert_int_equal(ring_fault(&f.ring)->value, 0x4321);
	fx_exit(&f);
}

static void a_broken_ring_lives_again_after_setup(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	add_three(&f, s);
	if (s->format == DRV_PACKED)
		f.drv.pdesc[0].len = 0;
	else
		f.drv.desc[0].len = 0;
	assert_int_equal(fx_pop(&f, 8), RING_BROKEN);
	unit_begin_at(&f, 3, true);
	assert_int_equal(ring_fault(&f.ring)->cause, RING_OK);
	unit_laps(&f, s, 20);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_descriptor_waits_its_turn),
		cmocka_unit_test(a_bad_head_or_id_waits_its_turn),
		cmocka_unit_test(a_bad_table_waits_its_turn),
		cmocka_unit_test(the_fault_says_which_descriptor_and_what_value),
		cmocka_unit_test(a_broken_ring_lives_again_after_setup),
	};

	return unit_run_shapes(tests, NULL);
}
