// SPDX-License-Identifier: GPL-2.0-only
/* The world of ring_fuzz.c; see ring_world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring_world.h"
#include "mem/arena.h"

enum {
	PAGE = 4096,
	TABLE_MEMORY = 4096,	/* enough for a table of WORLD_REGIONS */
};

static u64 table_memory[2][TABLE_MEMORY / sizeof(u64)];
static u64 iotlb_memory[TABLE_MEMORY / sizeof(u64)];

void world_require(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* ---- the input -------------------------------------------------------- */

u8 take8(struct world *w)
{
	if (!w->in.left)
		return 0;
	w->in.left--;
	return *w->in.byte++;
}

u16 take16(struct world *w)
{
	u16 low = take8(w);

	return low | take8(w) << 8;
}

u64 take64(struct world *w)
{
	u64 v = 0;

	for (u32 i = 0; i < 8; i++)
		v |= (u64)take8(w) << 8 * i;
	return v;
}

u64 take_addr(struct world *w)
{
	u8 kind = take8(w);
	u16 v;

	if (kind % 8 == 7)
		return take64(w);
	v = take16(w);
	switch (kind % 8) {
	case 0:
		return world_iova(w, WORLD_PAYLOAD + v % (WORLD_GUEST / 2));
	case 1:
		return world_iova(w, WORLD_TABLES + v % WORLD_CHUNK);
	case 2:		/* close below the end of a chunk */
		return world_iova(w, (v % WORLD_CHUNKS + 1) * WORLD_CHUNK - 1) -
		       (v >> 8) % 32;
	case 3:
		return ~(u64)v;
	case 4:
		return world_iova(w, v % WORLD_CHUNK);	/* the areas */
	case 5:
		return world_iova(w, 0) - 8 + v % 16;
	default:
		return v;
	}
}

/* ---- guest-physical addresses ----------------------------------------- */

static u32 chunk_place(const struct world *w, u32 chunk)
{
	static const u8 shuffled[WORLD_CHUNKS] = { 2, 0, 3, 1 };

	return w->shuffled ? shuffled[chunk] : chunk;
}

u64 world_addr(const struct world *w, u32 offset)
{
	return WORLD_GPA + chunk_place(w, offset / WORLD_CHUNK) * WORLD_CHUNK +
	       offset % WORLD_CHUNK;
}

u64 world_iova(const struct world *w, u32 offset)
{
	u64 addr = world_addr(w, offset);

	return w->config.flags & RING_F_IOVA ? addr + WORLD_IOVA : addr;
}

/* The offset behind an address of the default table; false: none. */
static bool offset_of(const struct world *w, u64 addr, u32 *offset)
{
	if (addr < WORLD_GPA || addr - WORLD_GPA >= WORLD_GUEST)
		return false;
	for (u32 i = 0; i < WORLD_CHUNKS; i++)
		if (chunk_place(w, i) == (addr - WORLD_GPA) / WORLD_CHUNK)
			*offset = i * WORLD_CHUNK + addr % WORLD_CHUNK;
	return true;
}

static bool replace_table(struct world *w, const struct ring_region *region,
			  u32 n)
{
	struct ring_memtab tab;

	if (ring_memtab_build(&tab, table_memory[w->spare], region, n,
			      w->mem_gen + 1) != RING_OK)
		return false;
	w->mem_gen++;
	w->mem = tab;
	w->regions = n;
	memcpy(w->region, region, n * sizeof(*region));
	/* a use of the old table must be noticed */
	w->spare ^= 1;
	memset(table_memory[w->spare], 0xa5, sizeof(table_memory[0]));
	return true;
}

void world_default_memory(struct world *w)
{
	struct ring_region region[WORLD_CHUNKS];

	for (u32 i = 0; i < WORLD_CHUNKS; i++)
		region[i] = (struct ring_region){
			.guest = world_addr(w, i * WORLD_CHUNK),
			.size = WORLD_CHUNK,
			.user = (uintptr_t)w->guest + i * WORLD_CHUNK,
		};
	REQUIRE(replace_table(w, region, WORLD_CHUNKS));
}

void world_new_memory(struct world *w)
{
	struct ring_region region[WORLD_REGIONS];
	u32 n = take8(w) % (WORLD_REGIONS + 1);

	for (u32 i = 0; i < n; i++) {
		u64 guest = take_addr(w);
		u32 at = take16(w);
		u32 size = take16(w);

		if (w->config.flags & RING_F_IOVA)
			guest -= WORLD_IOVA;
		if (size > WORLD_GUEST - at)
			size = WORLD_GUEST - at;
		region[i] = (struct ring_region){
			.guest = guest,
			.size = size,
			.user = (uintptr_t)w->guest + at,
		};
	}
	replace_table(w, region, n);
}

/* ---- IOVAs ------------------------------------------------------------ */

static void insert(struct world *w, const struct ring_range *r)
{
	enum ring_cause want = model_iotlb_insert(&w->shadow, r);

	REQUIRE(ring_iotlb_insert(&w->tlb, r) == want);
}

void world_map(struct world *w, u64 iova, u64 size, enum ring_access perm)
{
	u64 start = iova - iova % size;
	struct ring_range r = { .start = start, .last = start + size - 1 };
	u32 offset;

	if (!offset_of(w, start - WORLD_IOVA, &offset))
		return;
	r.user = (uintptr_t)w->guest + offset;
	r.perm = perm;
	insert(w, &r);
}

void world_map_any(struct world *w)
{
	u64 start = take_addr(w);
	u32 at = take16(w), size = take16(w);
	struct ring_range r = {
		.start = start,
		.user = (uintptr_t)w->guest + at,
		.perm = (enum ring_access)(1 + take8(w) % 3),
	};

	if (size >= WORLD_GUEST - at)
		size = WORLD_GUEST - at - 1;
	if (start > ~(u64)size)
		size = ~start;
	r.last = start + size;
	insert(w, &r);
}

void world_unmap(struct world *w, u64 start, u64 last)
{
	REQUIRE(ring_iotlb_invalidate(&w->tlb, start, last) ==
		model_iotlb_invalidate(&w->shadow, start, last));
}

u32 world_max_ranges(const struct world *w)
{
	return 1 + (w->space.tlb ? w->shadow.count : w->regions);
}

/* ---- the hook of the arena -------------------------------------------------------- */

void world_check_seg(const struct world *w, const struct ring_seg *seg,
		     u64 addr, enum ring_access access)
{
	u64 last = addr + (seg->len - 1);

	REQUIRE(seg->len && last >= addr);
	if (w->space.tlb) {
		const struct ring_range *r = model_iotlb_find(&w->shadow, addr);

		REQUIRE(r && last <= r->last && (r->perm & access) == access);
		REQUIRE(seg->base == r->user + (addr - r->start));
		return;
	}
	for (u32 i = 0; i < w->regions; i++) {
		const struct ring_region *r = &w->region[i];

		if (addr - r->guest >= r->size)
			continue;
		REQUIRE(last - r->guest < r->size);
		REQUIRE(seg->base == r->user + (addr - r->guest));
		return;
	}
	REQUIRE(!"segment in no region");
}

static bool inside(uintptr_t addr, size_t len, u64 start, u64 size)
{
	return addr >= start && addr - start < size &&
	       len <= size - (addr - start);
}

static bool in_area(const struct world *w, uintptr_t addr, size_t len,
		    enum drv_area area)
{
	const struct drv_config *c = &w->drv.cfg;

	return inside(addr, len, (uintptr_t)c->area[area],
		      drv_area_bytes(c->format, c->num, area,
				     c->features & DRV_F_EVENT_IDX));
}

/* Areas at addresses of the arena: each in the ways its format says. */
static bool area_permits(const struct world *w, uintptr_t addr, size_t len,
			 int op)
{
	if (w->config.flags & RING_F_IOVA)
		return false;
	if (in_area(w, addr, len, DRV_DEVICE))
		return true;
	if (op == ARENA_READ && in_area(w, addr, len, DRV_DRIVER))
		return true;
	return (op == ARENA_READ || w->drv.packed) &&
	       in_area(w, addr, len, DRV_DESC);
}

/*
 * Indices, flags and heads of a ring are read one by one, tables by words or in
 * bulk: a read of less than a word outside of the areas is a stray one, unless a
 * mapping cuts a table there.
 */
static bool cut_here(uintptr_t addr, size_t len, u64 start, u64 size)
{
	return len >= sizeof(u64) || addr == start || addr + len == start + size;
}

/* Is this IOVA in an area of the ring as it is set up now? */
static bool iova_in_area(const struct world *w, u64 iova, size_t len)
{
	const struct ring *r = &w->ring;

	for (int a = 0; a < RING_AREAS; a++) {
		u32 size = drv_area_bytes(r->flags & RING_F_PACKED ? DRV_PACKED :
								     DRV_SPLIT,
					  r->mask + 1u, (enum drv_area)a,
					  r->flags & RING_F_EVENT_IDX);

		if (inside(iova, len, r->iova[a], size))
			return true;
	}
	return false;
}

static bool entry_permits(const struct world *w, const struct ring_range *r,
			  uintptr_t addr, size_t len, int op)
{
	enum ring_access need = op == ARENA_READ ? RING_READ : RING_WRITE;
	u64 size = r->last - r->start + 1;

	if (!inside(addr, len, r->user, size))
		return false;
	/* the used index is read once, through a mapping to write */
	if ((r->perm & need) != need && !w->starting)
		return false;
	return iova_in_area(w, r->start + (addr - r->user), len) ||
	       (op == ARENA_READ && cut_here(addr, len, r->user, size));
}

/* Does a mapping lead to this memory, with the permission needed? */
static bool space_permits(const struct world *w, uintptr_t addr, size_t len,
			  int op)
{
	for (u32 i = 0; w->space.tlb && i < w->shadow.count; i++)
		if (entry_permits(w, &w->shadow.entry[i], addr, len, op))
			return true;
	for (u32 i = 0; !w->space.tlb && i < w->regions && op == ARENA_READ; i++)
		if (inside(addr, len, w->region[i].user, w->region[i].size) &&
		    cut_here(addr, len, w->region[i].user, w->region[i].size))
			return true;
	return false;
}

static void put16(struct world *w, u32 at, u16 value)
{
	memcpy(w->guest + at % (WORLD_GUEST - 1), &value, sizeof(value));
}

/* The driver writes while the engine reads. */
static void attack(struct world *w, uintptr_t addr, int op)
{
	for (u32 i = 0; i < WORLD_FLIPS; i++) {
		struct flip *f = &w->flip[i];

		if (f->wait != w->arena.accesses)
			continue;
		put16(w, f->at, f->value);
		f->wait = 0;
	}
	if (w->chaos && op == ARENA_READ) {
		u32 dice = drv_random(&w->chaos);

		if (dice % 8 == 0)
			put16(w, addr - (uintptr_t)w->guest, dice >> 16);
	}
}

static void check_access(void *arg, uintptr_t addr, size_t len, int op)
{
	struct world *w = arg;

	if (op == ARENA_LOG) {
		REQUIRE(inside(addr, len, (uintptr_t)w->log, WORLD_LOG));
		return;
	}
	REQUIRE(inside(addr, len, (uintptr_t)w->guest, WORLD_GUEST));
	REQUIRE(area_permits(w, addr, len, op) ||
		space_permits(w, addr, len, op));
	attack(w, addr, op);
}

/* ---- beginning and end ------------------------------------------------ */

static void take_memory(struct world *w)
{
	struct arena *a = &w->arena;

	arena_init(a, WORLD_GUEST + 2 * PAGE);
	w->guest = a->base;
	w->log = a->base + WORLD_GUEST + PAGE;
	arena_allow(a, w->guest, WORLD_GUEST, ARENA_MAY_READ | ARENA_MAY_WRITE);
	arena_allow(a, w->log, WORLD_LOG, ARENA_MAY_LOG);
	a->hook = check_access;
	a->hook_arg = w;
}

void world_begin(struct world *w, const u8 *byte, size_t len)
{
	struct arena arena;

	if (!w->guest)
		take_memory(w);
	arena = w->arena;
	*w = (struct world){
		.in = { byte, len },
		.arena = arena,
		.guest = w->guest,
		.log = w->log,
		.known = true,
	};
	arena_use(&w->arena);
	arena_fail(&w->arena, 0, false);
	memset(w->guest, 0, WORLD_GUEST);
	w->space.mem = &w->mem;
	w->dirty = (struct ring_log){ (uintptr_t)w->log, WORLD_LOG * 8 };
	/* generations of tables and of the IOTLB never meet */
	REQUIRE(ring_memtab_bytes(WORLD_REGIONS) <= TABLE_MEMORY &&
		ring_iotlb_bytes(WORLD_IOTLB) <= TABLE_MEMORY);
	ring_iotlb_init(&w->tlb, iotlb_memory, WORLD_IOTLB, RING_IOTLB_EVICT,
			1ull << 40);
	model_iotlb_init(&w->shadow, WORLD_IOTLB, RING_IOTLB_EVICT);
}

void world_end(struct world *w)
{
	REQUIRE(!arena_violations(&w->arena));
	drv_exit(&w->drv);
}
