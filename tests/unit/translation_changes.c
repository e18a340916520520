// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations that change under a ring: the new ones count from the next
 * verb on, and no old one is ever used again. And those that refuse.
 */
#include "pieces.h"

static void begin(struct fx *f, const struct shape *s)
{
	struct fx_config cfg = unit_config(s);

	pieces_init(f, &cfg, 4096);
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
		assert_int_equal(ring_arm(&f.ring, &f.space), RING_EMPTY);
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

static void refused_buffer(const struct shape *s, enum ring_access perm,
			   u32 seg)
{
	struct fx f;

	begin(&f, s);
	redirect(&f, f.payload, 4096, f.payload, perm);
	add(&f, s);
	assert_int_equal(fx_pop(&f, 4), RING_BROKEN);
	assert_int_equal(ring_fault(&f.ring)->value,
			 fx_addr(&f, f.payload + 16 * seg));
	unit_expect_broken(&f, RING_BAD_ACCESS);
	fx_exit(&f);
}

static void a_buffer_without_permission_breaks_the_ring(void **state)
{
	refused_buffer(*state, RING_READ, 1);
	refused_buffer(*state, RING_WRITE, 0);
}

static void an_area_without_permission_breaks_the_ring(void **state)
{
	const struct shape *s = *state;

	for (int a = 0; a < RING_AREAS; a++) {
		struct fx f;

		begin(&f, s);
		add(&f, s);
		unit_pop_n(&f, 4, 1);
		ring_iotlb_invalidate(&f.tlb, 0, U64_MAX);
		pieces_map_areas(&f, 4096);
		pieces_map_rest(&f);
		redirect(&f, f.drv.cfg.area[a], pieces_area_bytes(&f, a),
			 f.drv.cfg.area[a],
			 a == RING_DEVICE ? RING_READ : RING_WRITE);
		if (a != RING_DEVICE) {
			add(&f, s);
			if (ring_pop(&f.ring, &f.space, &f.batch) != RING_BROKEN)
				ring_call_needed(&f.ring, &f.space);
		} else if (ring_push(&f.ring, &f.space, NULL, 0) == RING_GOT) {
			ring_disarm(&f.ring, &f.space);
			ring_arm(&f.ring, &f.space);
		}
		unit_expect_broken(&f, RING_BAD_ACCESS);
		fx_exit(&f);
	}
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

/* A piece that ends inside a field: no IOMMU page does that. */
static void an_area_cut_inside_a_field_breaks_the_ring(void **state)
{
	const struct shape *s = *state;
	struct fx f;

	begin(&f, s);
	add(&f, s);
	ring_iotlb_invalidate(&f.tlb, fx_addr(&f, f.drv.cfg.area[RING_DESC]),
			      fx_addr(&f, f.drv.cfg.area[RING_DESC]) + 127);
	pieces_map(&f, f.drv.cfg.area[RING_DESC],
		   pieces_area_bytes(&f, RING_DESC), 7,
		   pieces_area_perm(&f, RING_DESC));
	pieces_map(&f, f.drv.cfg.area[RING_DRIVER],
		   pieces_area_bytes(&f, RING_DRIVER), 64, RING_READ);
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
		cmocka_unit_test(a_buffer_without_permission_breaks_the_ring),
		cmocka_unit_test(an_area_without_permission_breaks_the_ring),
		cmocka_unit_test(a_ring_of_iovas_without_an_iotlb_breaks),
		cmocka_unit_test(without_any_address_space_buffers_break_the_ring),
		cmocka_unit_test(an_area_cut_inside_a_field_breaks_the_ring),
	};

	return unit_run_shapes(tests, NULL);
}
