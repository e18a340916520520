// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers and tables that lie across regions. In the fixture the parts of
 * guest memory are in reverse order, so neighbours for the guest are none for
 * the device.
 */
#include "unit.h"

enum {
	REGIONS = 8,
	PAYLOAD = 1 << 18,
	TABLE_LEN = 64,
};

static void begin(struct fx *f, const struct shape *s, bool iotlb)
{
	struct fx_config cfg = unit_config(s);

	cfg.regions = REGIONS;
	cfg.payload = PAYLOAD;
	cfg.table_len = TABLE_LEN;
	cfg.iotlb = iotlb;
	fx_init(f, &cfg);
	arena_allow(&f->arena, f->arena.base, f->guest_bytes, ARENA_MAY_READ);
	if (!iotlb)
		return;
	fx_map_all(f);
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

/*
 * Guest address where the @i-th region begins, counted from 0 at the bottom.
 * The lowest one is what was left over, so there is a hole behind it.
 */
static u64 boundary(const struct fx *f, u32 i)
{
	return fx_addr(f, f->arena.base) - (REGIONS - 1 - i) * f->region_bytes;
}

static void *host_of(const struct fx *f, u64 addr)
{
	return fx_host(f, f->cfg.iotlb ? addr - FX_IOVA : addr);
}

/* One chain of a readable and a writable buffer of @len at @addr. */
static void add_at(struct fx *f, const struct shape *s, u64 addr, u32 len)
{
	struct drv_buf buf[2] = { { addr, len }, { addr, len } };
	struct drv_chain c = {
		.buf = buf, .n_read = 1, .n_write = 1,
		.n_table = unit_table(s, 2),
	};

	assert_int_equal(drv_add(&f->drv, &c), DRV_GOT);
	drv_publish(&f->drv);
}

/* The segments from @seg on are [addr, addr + len), cut where regions end. */
static u32 expect_range(const struct fx *f, u32 seg, u64 addr, u32 len)
{
	u32 n = 0;

	while (len) {
		const struct ring_seg *p = &f->seg[seg + n];

		assert_ptr_equal(p->base, host_of(f, addr));
		assert_int_equal(f->guest[seg + n], addr);
		assert_true(p->len <= len);
		assert_ptr_equal(host_of(f, addr + p->len - 1),
				 p->base + p->len - 1);
		addr += p->len;
		len -= p->len;
		n++;
	}
	return n;
}

static void crosses(const struct shape *s, bool iotlb, u32 before, u32 len,
		    u32 segs)
{
	struct fx f;

	begin(&f, s, iotlb);
	for (u32 i = 2; i < 5; i++) {
		u64 addr = boundary(&f, i) - before;

		add_at(&f, s, addr, len);
		unit_pop_n(&f, 4, 1);
		assert_int_equal(f.chain[0].n_read, segs);
		assert_int_equal(f.chain[0].n_write, segs);
		assert_int_equal(f.chain[0].read_len, len);
		assert_int_equal(expect_range(&f, 0, addr, len), segs);
		assert_int_equal(expect_range(&f, segs, addr, len), segs);
		unit_give(&f, f.chain, 1, len);
		unit_taken_back(&f, 0, len);
	}
	fx_exit(&f);
}

static void a_buffer_that_crosses_regions_is_split(void **state)
{
	crosses(*state, false, 1, 2, 2);
	crosses(*state, false, 5000, 5001, 2);
	crosses(*state, true, 1, 2, 2);
}

static void a_buffer_that_ends_with_a_region_is_not_split(void **state)
{
	crosses(*state, false, 100, 100, 1);
	crosses(*state, true, 100, 100, 1);
	crosses(*state, false, 0, 100, 1);
}

static void a_buffer_may_cover_whole_regions(void **state)
{
	struct fx f;
	u32 part;

	begin(&f, *state, false);
	part = f.region_bytes;
	fx_exit(&f);
	crosses(*state, false, 10, 2 * part + 20, 4);
	crosses(*state, true, 0, 3 * part, 3);
}

static void the_array_may_end_between_the_parts_of_a_buffer(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s, false);
	add_at(&f, s, boundary(&f, 3) - 8, 8);
	add_at(&f, s, boundary(&f, 3) - 8, 16);
	f.batch.max_segs = 5;	/* 2 for the one, 4 for the other */
	unit_pop_n(&f, 4, 1);
	unit_pop_n(&f, 4, 1);
	assert_int_equal(f.batch.n_segs, 4);
	f.batch.max_segs = 3;
	ring_unpop(&f.ring, f.chain, 1);
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_SEGS);
	fx_exit(&f);
}

/* ---- tables ----------------------------------------------------------- */

/* Move the table of the chain in descriptor 0 to another guest address. */
static void move_table(struct fx *f, u64 to)
{
	const u8 *table = f->drv.cfg.tables.host;
	u64 raw = wire64(f->drv.swap, to);

	for (u32 i = 0; i < TABLE_LEN * 16; i++)
		*(u8 *)host_of(f, to + i) = table[i];
	if (f->cfg.format == DRV_PACKED)
		f->drv.pdesc[0].addr = raw;
	else
		f->drv.desc[0].addr = raw;
}

static bool has_tables(const struct shape *s)
{
	return s->table;
}

static void table_crosses(const struct shape *s, bool iotlb, u32 before)
{
	struct fx f;

	begin(&f, s, iotlb);
	assert_int_equal(fx_add(&f, 64, 1, TABLE_LEN - 1, 8, TABLE_LEN), DRV_GOT);
	move_table(&f, boundary(&f, 4) - before);
	unit_pop_n(&f, 4, 1);
	assert_int_equal(f.batch.n_segs, TABLE_LEN);
	for (u32 i = 0; i < TABLE_LEN; i++)
		assert_ptr_equal(f.seg[i].base, f.payload + 64 + i * 8);
	fx_exit(&f);
}

static void a_table_may_cross_regions_at_each_of_its_bytes(void **state)
{
	for (u32 before = 1; before < TABLE_LEN * 16; before++)
		table_crosses(*state, before & 1, before);
}

static void a_table_whose_end_is_nowhere_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 end;

	begin(&f, s, false);
	/* the part at the start of the block is on top for the guest */
	end = fx_gpa(&f, f.arena.base) + f.region_bytes;
	fx_add(&f, 64, 1, TABLE_LEN - 1, 8, TABLE_LEN);
	if (f.cfg.format == DRV_PACKED)
		f.drv.pdesc[0].addr = wire64(f.drv.swap, end - 24);
	else
		f.drv.desc[0].addr = wire64(f.drv.swap, end - 24);
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value, end);
	unit_expect_broken(&f, RING_BAD_ADDRESS);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest buffers[] = {
		cmocka_unit_test(a_buffer_that_crosses_regions_is_split),
		cmocka_unit_test(a_buffer_that_ends_with_a_region_is_not_split),
		cmocka_unit_test(a_buffer_may_cover_whole_regions),
		cmocka_unit_test(the_array_may_end_between_the_parts_of_a_buffer),
	};
	const struct CMUnitTest tables[] = {
		cmocka_unit_test(a_table_may_cross_regions_at_each_of_its_bytes),
		cmocka_unit_test(a_table_whose_end_is_nowhere_breaks_the_ring),
	};
	int failed = unit_run_shapes(buffers, NULL);

	return failed + unit_run_shapes(tables, has_tables);
}
