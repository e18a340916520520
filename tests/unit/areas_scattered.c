// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas that are contiguous for the driver and scattered for the device, down
 * to 16 bytes: the device has its own copy of each slice, somewhere else and
 * in no order, and what either side writes is carried over between the verbs.
 */
#include "scatter.h"

enum {
	SLICE_BYTES = 16,
	STRIDE = 48,		/* between slices, most of it forbidden */
	SLICES = 48,
};

struct scattered {
	struct fx f;
	struct buffer {
		u8 *driver, *device;
		size_t len;
	} slice[SLICES];
	u32 n;
};

/* A place for the @i-th slice; neighbours are no neighbours. */
static u8 *place(struct scattered *w, u32 i)
{
	u8 *end = w->f.payload + w->f.payload_bytes - SLICES * STRIDE;

	return end + (i * 29 % SLICES) * STRIDE;
}

static void add_piece(struct scattered *w, enum ring_area area, u8 *at,
		      size_t len)
{
	struct fx *f = &w->f;
	struct buffer p = { at, place(w, w->n), len };
	struct ring_range range = {
		.start = fx_addr(f, at),
		.last = fx_addr(f, at) + len - 1,
		.user = (uintptr_t)p.device,
		.perm = scatter_area_perm(f, area),
	};
	unsigned int perm = range.perm == RING_READ ? 0 : ARENA_MAY_WRITE;

	assert_true(w->n < SLICES);
	w->slice[w->n++] = p;
	assert_int_equal(ring_iotlb_insert(&f->tlb, &range), RING_OK);
	arena_allow(&f->arena, p.device, len, ARENA_MAY_READ | perm);
}

static void to_device(struct scattered *w)
{
	for (u32 i = 0; i < w->n; i++)
		memcpy(w->slice[i].device, w->slice[i].driver, w->slice[i].len);
}

static void to_driver(struct scattered *w)
{
	for (u32 i = 0; i < w->n; i++)
		memcpy(w->slice[i].driver, w->slice[i].device, w->slice[i].len);
}

static void begin(struct scattered *w, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);
	struct fx *f = &w->f;

	cfg.iotlb = true;
	w->n = 0;
	fx_init(f, &cfg);
	scatter_map_rest(f);
	arena_forbid_all(&f->arena);
	arena_allow(&f->arena, f->drv.cfg.tables.host,
		    f->drv.cfg.tables.size + 1, ARENA_MAY_READ);
	for (int a = 0; a < RING_AREAS; a++) {
		size_t len = scatter_area_bytes(f, a);
		u8 *at = f->drv.cfg.area[a];

		for (size_t off = 0; off < len; off += SLICE_BYTES)
			add_piece(w, a, at + off,
				  len - off < SLICE_BYTES ? len - off : SLICE_BYTES);
	}
	to_device(w);
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

static void traffic_goes_through(void **state)
{
	const struct shape *s = *state;
	struct scattered w;
	struct fx *f = &w.f;
	u32 n = unit_capacity(s, 2);

	begin(&w, s);
	for (u32 lap = 0; lap < 50; lap++) {
		u32 chains = 1 + lap % n;

		for (u32 i = 0; i < chains; i++)
			assert_int_equal(fx_add(f, i * 64, 1, 1, 16,
						unit_table(s, 2)), DRV_GOT);
		to_device(&w);
		assert_int_equal(ring_peek(&f->ring, &f->space), RING_GOT);
		unit_pop_n(f, 16, chains);
		unit_give(f, f->chain, chains, lap % 20);
		to_driver(&w);
		for (u32 i = 0; i < chains; i++)
			unit_taken_back(f, i * 64, lap % 20 < 16 ? lap % 20 : 16);
		unit_nothing_back(f);
	}
	fx_exit(f);
}

static void notifications_go_through(void **state)
{
	const struct shape *s = *state;
	struct scattered w;
	struct fx *f = &w.f;

	begin(&w, s);
	for (u32 lap = 0; lap < 50; lap++) {
		to_device(&w);
		assert_int_equal(ring_disable_kicks(&f->ring, &f->space), RING_GOT);
		assert_int_equal(ring_enable_kicks(&f->ring, &f->space), RING_EMPTY);
		to_driver(&w);
		drv_enable_calls(&f->drv);
		assert_int_equal(fx_add(f, 0, 0, 1, 16, unit_table(s, 1)),
				 DRV_GOT);
		assert_true(drv_kick_needed(&f->drv));
		to_device(&w);
		assert_int_equal(ring_enable_kicks(&f->ring, &f->space), RING_GOT);
		unit_pop_n(f, 4, 1);
		unit_give(f, f->chain, 1, 16);
		assert_true(ring_call_needed(&f->ring, &f->space));
		assert_false(ring_call_needed(&f->ring, &f->space));
		to_driver(&w);
		unit_taken_back(f, 0, 16);
	}
	fx_exit(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traffic_goes_through),
		cmocka_unit_test(notifications_go_through),
	};

	return unit_run_shapes(tests, NULL);
}
