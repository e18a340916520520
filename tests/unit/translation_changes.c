// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations that change under a ring: the new ones count from the next
 * verb on, and no old one is ever used again. And those that permit too little.
 */
#include "scatter.h"

static void begin(struct fx *f, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	scatter_init(f, &cfg, 4096);
	unit_laps(f, s, 3);
}

static void add(struct fx *f, const struct shape *s)
{
	assert_int_equal(fx_add(f, 0, 1, 1, 16, unit_table(s, 2)), DRV_GOT);
}

/* Lead guest memory at @host to @user instead. */
static void redirect(struct fx *f, const void *host, size_t len,
		     const void *user, enum ring_access perm)
{
	struct ring_range r = {
		.start = fx_addr(f, host),
		.last = fx_addr(f, host) + len - 1,
		.user = (uintptr_t)user,
		.perm = perm,
	};

	assert_int_equal(ring_iotlb_insert(&f->tlb, &r), RING_OK);
}

static void buffers_follow_the_iotlb(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	for (u32 i = 1; i < 20; i++) {
		u8 *user = f.payload + i * 8192;

		redirect(&f, f.payload, 4096, user, RING_RW);
		add(&f, s);
		unit_pop_n(&f, 4, 1);
		assert_ptr_equal(f.seg[0].base, user);
		assert_ptr_equal(f.seg[1].base, user + 16);
		unit_give(&f, f.chain, 1, 1);
		unit_taken_back(&f, 0, 1);
	}
	fx_exit(&f);
}

/* All three areas move; the arena lends only the new place. */
static void the_ring_follows_the_iotlb(void **state)
{
	const struct shape *s = *state;
	u8 *old, *new;
	struct fx f;

	begin(&f, s);
	old = f.ring_at;
	new = f.payload + 65536;
	for (u32 i = 0; i < 10; i++) {
		add(&f, s);
		memcpy(new, old, f.ring_bytes);
		redirect(&f, old, f.ring_bytes, new, RING_RW);
		arena_forbid_all(&f.arena);
		arena_allow(&f.arena, new, f.ring_bytes,
			    ARENA_MAY_READ | ARENA_MAY_WRITE);
		arena_allow(&f.arena, f.drv.cfg.tables.host,
			    f.drv.cfg.tables.size + 1, ARENA_MAY_READ);
		unit_pop_n(&f, 4, 1);
		unit_give(&f, f.chain, 1, 7);
		ring_call_needed(&f.ring, &f.space);
		assert_int_equal(ring_enable_kicks(&f.ring, &f.space), RING_EMPTY);
		unit_nothing_back(&f);
		memcpy(old, new, f.ring_bytes);
		unit_taken_back(&f, 0, 7);
		new += f.ring_bytes;
	}
	fx_exit(&f);
}

static void buffers_follow_a_new_memory_table(void **state)
{
	const struct shape *s = *state;
	void *memory = malloc(ring_memtab_bytes(1));
	struct ring_region region;
	struct ring_memtab tab;
	struct fx f;

	unit_init(&f, s);
	unit_laps(&f, s, 3);
	region = (struct ring_region){
		FX_GPA, f.guest_bytes - 65536, (uintptr_t)f.arena.base + 65536,
	};
	if (s->table)	/* tables are read from where they are now */
		memcpy(f.arena.base + 65536, f.arena.base, 65536);
	arena_allow(&f.arena, f.arena.base + 65536, 65536, ARENA_MAY_READ);
	assert_int_equal(ring_memtab_build(&tab, memory, &region, 1, ++f.gen),
			 RING_OK);
	add(&f, s);
	if (s->table)
		memcpy(f.arena.base + 65536, f.arena.base, 65536);
	f.space.mem = &tab;
	unit_pop_n(&f, 4, 1);
	assert_ptr_equal(f.seg[0].base, f.payload + 65536);
	ring_unpop(&f.ring, f.chain, 1);
	f.space.mem = &f.mem;
	unit_pop_n(&f, 4, 1);
	assert_ptr_equal(f.seg[0].base, f.payload);
	free(memory);
	fx_exit(&f);
}

/* The same numbers mean something else once they are IOVAs. */
static void buffers_follow_from_table_to_iotlb(void **state)
{
	const struct shape *s = *state;
	void *memory = malloc(ring_iotlb_bytes(4));
	struct ring_range range = { FX_GPA, U64_MAX, 0, RING_RW };
	struct ring_iotlb tlb;
	struct fx f;

	unit_init(&f, s);
	unit_laps(&f, s, 3);
	ring_iotlb_init(&tlb, memory, 4, RING_IOTLB_EVICT, ++f.gen);
	f.space.tlb = &tlb;
	add(&f, s);
	assert_int_equal(fx_pop(&f, 4), RING_AGAIN);
	range.last = FX_GPA + f.guest_bytes - 1;
	range.user = (uintptr_t)f.arena.base;
	assert_int_equal(ring_iotlb_insert(&tlb, &range), RING_OK);
	unit_pop_n(&f, 4, 1);
	assert_ptr_equal(f.seg[0].base, f.payload);
	free(memory);
	fx_exit(&f);
}

/* Take away what is known of guest memory at @host, but for @perm. */
static void restrict_to(struct fx *f, const void *host, size_t len,
			enum ring_access perm)
{
	ring_iotlb_invalidate(&f->tlb, fx_addr(f, host),
			      fx_addr(f, host) + len - 1);
	redirect(f, host, len, host, perm);
}

static void buffer_missing(const struct shape *s, enum ring_access perm, u32 seg)
{
	struct fx f;

	begin(&f, s);
	restrict_to(&f, f.payload, 4096, perm);
	add(&f, s);
	assert_int_equal(fx_pop(&f, 4), RING_AGAIN);
	assert_int_equal(ring_missed(&f.ring)->iova,
			 fx_addr(&f, f.payload + 16 * seg));
	assert_int_equal(ring_missed(&f.ring)->access, RING_RW & ~perm);
	redirect(&f, f.payload, 4096, f.payload, RING_RW & ~perm);
	unit_pop_n(&f, 4, 1);
	unit_give(&f, f.chain, 1, 1);
	unit_taken_back(&f, 0, 1);
	fx_exit(&f);
}

static void a_buffer_without_permission_is_a_miss(void **state)
{
	buffer_missing(*state, RING_READ, 1);
	buffer_missing(*state, RING_WRITE, 0);
}

/* Whichever verb comes to the area first: nothing breaks, and on it goes. */
static void an_area_without_permission_is_a_miss(void **state)
{
	const struct shape *s = *state;

	for (int a = 0; a < RING_AREAS; a++) {
		enum ring_access has = a == RING_DEVICE ? RING_READ : RING_WRITE;
		struct fx f;
		u8 *area;

		begin(&f, s);
		area = f.drv.cfg.area[a];
		restrict_to(&f, area, scatter_area_bytes(&f, a), has);
		assert_int_equal(ring_map_areas(&f.ring, &f.space), RING_AGAIN);
		assert_int_equal(ring_missed(&f.ring)->iova, fx_addr(&f, area));
		assert_int_equal(ring_missed(&f.ring)->access, RING_RW & ~has);
		assert_int_not_equal(ring_enable_kicks(&f.ring, &f.space), RING_BROKEN);
		add(&f, s);
		if (fx_pop(&f, 4) == RING_GOT)
			ring_unpop(&f.ring, f.chain, 1);
		redirect(&f, area, scatter_area_bytes(&f, a), area,
			 RING_RW & ~has);
		assert_int_equal(ring_map_areas(&f.ring, &f.space), RING_GOT);
		unit_pop_n(&f, 4, 1);
		unit_give(&f, f.chain, 1, 1);
		unit_taken_back(&f, 0, 1);
		fx_exit(&f);
	}
}

/* As behind virtio-iommu: a miss for both gets replies one after the other. */
static void reply_to_one(struct fx *f)
{
	struct ring_miss m = *ring_missed(&f->ring);
	u64 page = m.iova & ~4095ull;

	fx_map(f, page, page + 4095,
	       m.access & RING_WRITE ? RING_WRITE : RING_READ);
}

static void permissions_may_come_one_by_one(void **state)
{
	const struct shape *s = *state;
	struct fx_config cfg = unit_config(s);
	u32 base, replies = 0;
	struct fx f;

	cfg.iotlb = true;
	fx_init(&f, &cfg);
	scatter_map_rest(&f);
	base = ring_initial_base(f.ring_cfg.flags);
	for (; ring_start(&f.ring, &f.space, base) == RING_AGAIN; replies++)
		reply_to_one(&f);
	for (; ring_map_areas(&f.ring, &f.space) == RING_AGAIN; replies++)
		reply_to_one(&f);
	/* two pages, one of them for both in a packed ring */
	assert_int_equal(replies, s->format == DRV_PACKED ? 3 : 2);
	unit_laps(&f, s, 3 * s->num);
	fx_exit(&f);
}

static void a_ring_of_iovas_without_an_iotlb_breaks(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	add(&f, s);
	f.space.tlb = NULL;
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_ADDRESS);
	fx_exit(&f);
}

static void without_any_address_space_buffers_break_the_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	unit_init(&f, s);
	add(&f, s);
	f.space.mem = NULL;
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_ADDRESS);
	fx_exit(&f);
}

/* An entry that ends inside a field: no IOMMU page does that. */
static void an_area_cut_inside_a_field_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	add(&f, s);
	ring_iotlb_invalidate(&f.tlb, fx_addr(&f, f.drv.cfg.area[RING_DESC]),
			      fx_addr(&f, f.drv.cfg.area[RING_DESC]) + 127);
	scatter_map(&f, f.drv.cfg.area[RING_DESC],
		   scatter_area_bytes(&f, RING_DESC), 7,
		   scatter_area_perm(&f, RING_DESC));
	scatter_map(&f, f.drv.cfg.area[RING_DRIVER],
		   scatter_area_bytes(&f, RING_DRIVER), 64, RING_READ);
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	unit_expect_broken(&f, RING_BAD_ADDRESS);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_follow_the_iotlb),
		cmocka_unit_test(the_ring_follows_the_iotlb),
		cmocka_unit_test(buffers_follow_a_new_memory_table),
		cmocka_unit_test(buffers_follow_from_table_to_iotlb),
		cmocka_unit_test(a_buffer_without_permission_is_a_miss),
		cmocka_unit_test(an_area_without_permission_is_a_miss),
		cmocka_unit_test(permissions_may_come_one_by_one),
		cmocka_unit_test(a_ring_of_iovas_without_an_iotlb_breaks),
		cmocka_unit_test(without_any_address_space_buffers_break_the_ring),
		cmocka_unit_test(an_area_cut_inside_a_field_breaks_the_ring),
	};

	return unit_run_shapes(tests, NULL);
}
