// SPDX-License-Identifier: GPL-2.0-only
/*
 * A legacy big-endian ring, byte by byte: laid out by hand here, so that no
 * mistake in the driver's byte order can hide one in the engine's.
 */
#include "unit.h"

enum { NUM = 4 };

static const struct shape big = {
	"big-endian", DRV_SPLIT, NUM,
	DRV_F_BIG_ENDIAN | DRV_F_EVENT_IDX | DRV_F_INDIRECT, true,
};

static void put(u8 *at, u64 value, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		at[i] = value >> 8 * (bytes - 1 - i);
}

static u64 get(const u8 *at, u32 bytes)
{
	u64 value = 0;

	for (u32 i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static void put_desc(u8 *at, u64 addr, u32 len, u16 flags, u16 next)
{
	put(at, addr, 8);
	put(at + 8, len, 4);
	put(at + 12, flags, 2);
	put(at + 14, next, 2);
}

static void a_chain_is_read_and_completed_in_big_endian(void **state)
{
	u8 *desc, *avail, *used;
	struct fx f;
	u64 addr;

	(void)state;
	unit_init(&f, &big);
	desc = f.drv.cfg.area[DRV_DESC];
	avail = f.drv.cfg.area[DRV_DRIVER];
	used = f.drv.cfg.area[DRV_DEVICE];
	addr = fx_addr(&f, f.payload);
	put_desc(desc + 3 * 16, addr, 0x102, WIRE_NEXT, 1);
	put_desc(desc + 1 * 16, addr + 0x200, 0x304, WIRE_WRITE, 0);
	put(avail + 4, 3, 2);
	put(avail + 2, 1, 2);
	unit_pop_n(&f, 4, 1);
	assert_int_equal(f.chain[0].id, 3);
	assert_int_equal(f.chain[0].read_len, 0x102);
	assert_int_equal(f.chain[0].write_len, 0x304);
	assert_ptr_equal(f.seg[1].base, f.payload + 0x200);
	unit_give(&f, f.chain, 1, 0x203);
	assert_int_equal(get(used, 2), 0);
	assert_int_equal(get(used + 2, 2), 1);
	assert_int_equal(get(used + 4, 4), 3);
	assert_int_equal(get(used + 8, 4), 0x203);
	fx_exit(&f);
}

static void a_table_is_read_in_big_endian(void **state)
{
	u8 *table;
	struct fx f;
	u64 addr;

	(void)state;
	unit_init(&f, &big);
	table = f.drv.cfg.tables.host;
	addr = fx_addr(&f, f.payload);
	put_desc(table, addr, 7, WIRE_NEXT, 2);
	put_desc(table + 32, addr + 64, 9, WIRE_WRITE, 0);
	put_desc(f.drv.cfg.area[DRV_DESC], fx_addr(&f, table), 48,
		 WIRE_INDIRECT, 0);
	put((u8 *)f.drv.cfg.area[DRV_DRIVER] + 2, 1, 2);
	unit_pop_n(&f, 4, 1);
	assert_int_equal(f.chain[0].read_len, 7);
	assert_int_equal(f.chain[0].write_len, 9);
	assert_ptr_equal(f.seg[1].base, f.payload + 64);
	fx_exit(&f);
}

static void events_are_in_big_endian(void **state)
{
	u8 *avail, *used;
	struct fx f;

	(void)state;
	unit_init(&f, &big);
	unit_begin_at(&f, 0x1234, true);
	avail = f.drv.cfg.area[DRV_DRIVER];
	used = f.drv.cfg.area[DRV_DEVICE];
	assert_int_equal(ring_enable_kicks(&f.ring, &f.space), RING_EMPTY);
	assert_int_equal(get(used + 4 + 8 * NUM, 2), 0x1234);
	ring_call_needed(&f.ring, &f.space);
	for (u32 i = 0; i < 2; i++) {
		put(avail + 4 + 2 * NUM, i ? 0x1234 : 0x1235, 2);
		fx_add(&f, 0, 0, 1, 16, 1);
		unit_pop_n(&f, 4, 1);
		unit_give(&f, f.chain, 1, 16);
		assert_false(ring_call_needed(&f.ring, &f.space));
	}
	put(avail + 4 + 2 * NUM, 0x1236, 2);
	fx_add(&f, 0, 0, 1, 16, 1);
	unit_pop_n(&f, 4, 1);
	unit_give(&f, f.chain, 1, 16);
	assert_true(ring_call_needed(&f.ring, &f.space));
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_read_and_completed_in_big_endian),
		cmocka_unit_test(a_table_is_read_in_big_endian),
		cmocka_unit_test(events_are_in_big_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
