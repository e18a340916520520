// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring_translate(): a buffer's address, long after its chain was popped, means
 * what the address space says now; and nothing about it breaks the ring.
 */
#include "unit.h"

enum { ROOM = 8 };

struct translation {
	enum ring_result rc;
	u32 n;
	struct ring_seg seg[ROOM];
};

static struct translation translate(struct fx *f, u64 addr, u32 len,
			       enum ring_access access, u32 room)
{
	u64 before = f->arena.accesses;
	struct translation a = { .n = room };

	a.rc = ring_translate(&f->ring, &f->space, addr, len, access, a.seg,
			      &a.n);
	assert_int_equal(f->arena.accesses, before);
	assert_int_equal(ring_fault(&f->ring)->cause, RING_OK);
	return a;
}

static void expect_seg(const struct translation *a, u32 i, const void *at, size_t len)
{
	assert_ptr_equal(a->seg[i].base, at);
	assert_int_equal(a->seg[i].len, len);
}

static void begin(struct fx *f, const struct shape *s, u32 regions, bool iotlb)
{
	struct fx_config cfg = unit_config(s);

	cfg.regions = regions;
	cfg.iotlb = iotlb;
	fx_init(f, &cfg);
	if (!iotlb)
		return;
	fx_map_all(f);
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

/* The same as the pop said, both by table and by IOTLB. */
static void as_the_pop_did(void **state)
{
	const struct shape *s = *state;

	for (u32 iotlb = 0; iotlb < 2; iotlb++) {
		struct translation a;
		struct fx f;

		begin(&f, s, 1, iotlb);
		fx_add(&f, 640, 1, 1, 100, unit_table(s, 2));
		unit_pop_n(&f, 4, 1);
		for (u32 i = 0; i < 2; i++) {
			a = translate(&f, f.guest[i], f.seg[i].len,
				      i ? RING_WRITE : RING_READ, ROOM);
			assert_int_equal(a.rc, RING_GOT);
			assert_int_equal(a.n, 1);
			expect_seg(&a, 0, (void *)f.seg[i].base, 100);
		}
		unit_give(&f, f.chain, 1, 100);
		fx_exit(&f);
	}
}

static void across_ranges_in_several_segments(void **state)
{
	const struct shape *s = *state;

	for (u32 iotlb = 0; iotlb < 2; iotlb++) {
		struct translation a;
		struct fx f;
		u8 *end;
		u64 addr;

		begin(&f, s, 4, iotlb);
		/* guest addresses go on where user addresses do not */
		end = f.arena.base + 3 * f.region_bytes;
		addr = fx_addr(&f, end - 10);
		a = translate(&f, addr, 30, RING_RW, ROOM);
		assert_int_equal(a.rc, RING_GOT);
		assert_int_equal(a.n, 2);
		expect_seg(&a, 0, end - 10, 10);
		expect_seg(&a, 1, end - 2 * f.region_bytes, 20);
		a = translate(&f, addr, 30, RING_RW, 2);
		assert_int_equal(a.rc, RING_GOT);
		a = translate(&f, addr, 30, RING_RW, 1);
		assert_int_equal(a.rc, RING_EMPTY);
		assert_int_equal(a.n, 0);
		a = translate(&f, addr, 10, RING_RW, 1);
		assert_int_equal(a.rc, RING_GOT);
		a = translate(&f, addr, 10, RING_RW, 0);
		assert_int_equal(a.rc, RING_EMPTY);
		fx_exit(&f);
	}
}

static void no_bytes_need_no_region(void **state)
{
	struct translation a;
	struct fx f;

	begin(&f, *state, 1, false);
	f.space.mem = NULL;
	a = translate(&f, 0, 0, RING_RW, 0);
	assert_int_equal(a.rc, RING_GOT);
	assert_int_equal(a.n, 0);
	a = translate(&f, U64_MAX, 0, RING_RW, ROOM);
	assert_int_equal(a.rc, RING_GOT);
	assert_int_equal(a.n, 0);
	fx_exit(&f);
}

static void expect_none(struct fx *f, u64 addr, u32 len)
{
	struct translation a = translate(f, addr, len, RING_READ, ROOM);

	assert_int_equal(a.rc, RING_EMPTY);
	assert_int_equal(a.n, 0);
}

/* Gone altogether, in part, or never there: the ring goes on. */
static void a_region_that_is_gone_breaks_nothing(void **state)
{
	const struct shape *s = *state;
	struct fx f;
	u64 end;

	begin(&f, s, 1, false);
	end = FX_GPA + f.guest_bytes;
	expect_none(&f, FX_GPA - 1, 1);
	expect_none(&f, FX_GPA - 1, 2);
	expect_none(&f, end - 1, 2);
	expect_none(&f, end, 1);
	expect_none(&f, U64_MAX, 2);
	expect_none(&f, U64_MAX - 5, U32_MAX);
	f.space.mem = NULL;
	expect_none(&f, FX_GPA, 1);
	f.space.mem = &f.mem;
	unit_laps(&f, s, 3);
	fx_exit(&f);
}

static void a_miss_is_noted(void **state)
{
	const struct shape *s = *state;
	struct translation a;
	struct fx f;
	u64 addr;

	begin(&f, s, 1, true);
	addr = fx_addr(&f, f.payload);
	ring_iotlb_invalidate(&f.tlb, 0, U64_MAX);
	fx_map(&f, addr, addr + 99, RING_READ);
	a = translate(&f, addr, 101, RING_READ, ROOM);
	assert_int_equal(a.rc, RING_AGAIN);
	assert_int_equal(a.n, 0);
	assert_int_equal(ring_missed(&f.ring)->iova, addr + 100);
	assert_int_equal(ring_missed(&f.ring)->access, RING_READ);
	fx_map(&f, addr + 100, addr + 199, RING_READ);
	a = translate(&f, addr, 101, RING_READ, ROOM);
	assert_int_equal(a.rc, RING_GOT);
	assert_int_equal(a.n, 2);
	expect_seg(&a, 1, f.payload + 100, 1);
	fx_exit(&f);
}

/* The last byte of all addresses is one like any other. */
static void the_end_of_the_address_space(void **state)
{
	struct ring_range r = {
		.start = U64_MAX - 4095, .last = U64_MAX, .perm = RING_RW,
	};
	struct translation a;
	struct fx f;

	begin(&f, *state, 1, true);
	r.user = (uintptr_t)f.payload;
	assert_int_equal(ring_iotlb_insert(&f.tlb, &r), RING_OK);
	a = translate(&f, U64_MAX - 9, 10, RING_WRITE, ROOM);
	assert_int_equal(a.rc, RING_GOT);
	expect_seg(&a, 0, f.payload + 4086, 10);
	expect_none(&f, U64_MAX - 9, 11);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_pop_did),
		cmocka_unit_test(across_ranges_in_several_segments),
		cmocka_unit_test(no_bytes_need_no_region),
		cmocka_unit_test(a_region_that_is_gone_breaks_nothing),
		cmocka_unit_test(a_miss_is_noted),
		cmocka_unit_test(the_end_of_the_address_space),
	};

	return unit_run_shapes(tests, NULL);
}
