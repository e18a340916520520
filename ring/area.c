// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a ring's areas are, and single fields in them. Part of engine.c.
 *
 * An area is usually contiguous: r->base[] then holds its address and finding
 * a field is an addition. Under an IOTLB an area may be scattered over several
 * ranges, or not be there yet: base is 0 and each access is looked up.
 * Nothing here validates what it reads.
 */

enum {
	UNCALLED_MAX = 1 << 20,	/* entries; further back than any event index */
};

static __always_inline u32 ring_num(const struct ring *r)
{
	return (u32)r->last + 1;
}

static inline bool is_packed(const struct ring *r)
{
	return r->flags & RING_F_PACKED;
}

/* Between ring order and host order; ring.swap says whether they differ. */
static __always_inline u16 swap16(bool swap, u16 v)
{
	return unlikely(swap) ? __builtin_bswap16(v) : v;
}

static __always_inline u32 swap32(bool swap, u32 v)
{
	return unlikely(swap) ? __builtin_bswap32(v) : v;
}

static __always_inline u64 swap64(bool swap, u64 v)
{
	return unlikely(swap) ? __builtin_bswap64(v) : v;
}

/* A packed ring is little-endian on every machine (there is no legacy one). */
enum {
	PACKED_SWAP = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
};

static __always_inline u16 ring16(const struct ring *r, u16 v)
{
	return swap16(r->swap, v);
}

static __always_inline u32 ring32(const struct ring *r, u32 v)
{
	return swap32(r->swap, v);
}

static u32 area_bytes(enum ring_area area, u32 num, u32 flags)
{
	u32 event = flags & RING_F_EVENT_IDX ? 2 : 0;

	if (area == RING_DESC)
		return DESC_BYTES * num;
	if (flags & RING_F_PACKED)
		return EVENT_BYTES;
	if (area == RING_DRIVER)
		return used_event_offset(num) + event;
	return avail_event_offset(num) + event;
}

/* What the device does with an area, and so what its mapping must permit. */
static enum ring_access area_access(const struct ring *r, enum ring_area area)
{
	if (area == RING_DRIVER)
		return RING_READ;
	if (area == RING_DEVICE)
		return RING_WRITE;
	return r->flags & RING_F_PACKED ? RING_RW : RING_READ;
}

/* ---- translation ------------------------------------------------------ */

static inline u64 space_gen(const struct ring_space *sp)
{
	if (sp->tlb)
		return sp->tlb->gen;
	return sp->mem ? sp->mem->gen : 0;
}

static inline bool range_holds(const struct ring_range *m, u64 addr)
{
	return addr >= m->start && addr <= m->last;
}

/* Does it hold [addr, addr + len), and permit @access? No for a len of 0. */
static __always_inline bool range_covers(const struct ring_range *m, u64 addr,
					 u32 len, enum ring_access access)
{
	return range_holds(m, addr) && (u64)len - 1 <= m->last - addr &&
	       (m->perm & access);
}

static const struct ring_range *space_find(const struct ring_space *sp, u64 addr)
{
	if (sp->tlb)
		return ring_iotlb_find(sp->tlb, addr);
	return sp->mem ? ring_memtab_find(sp->mem, addr) : NULL;
}

/* Make r->hit the mapping of @addr, which the hit at hand does not hold. */
static noinline enum ring_result space_look_up(struct ring *r,
					       const struct ring_space *sp,
					       u64 addr, enum ring_access access)
{
	const struct ring_range *m = space_find(sp, addr);
	enum ring_access lacks = m ? access & ~m->perm : access;

	if (!lacks) {
		r->hit = *m;
		return RING_GOT;
	}
	if (sp->tlb)
		return ring_miss(r, addr, lacks);
	return ring_fail(r, m ? RING_BAD_ACCESS : RING_BAD_ADDRESS, 0, addr);
}

static inline bool space_hits(const struct ring *r, u64 addr,
			      enum ring_access access)
{
	return range_holds(&r->hit, addr) && (r->hit.perm & access) == access;
}

/* Afterwards r->hit holds @addr and permits @access. */
static __always_inline enum ring_result space_hit(struct ring *r,
						  const struct ring_space *sp,
						  u64 addr,
						  enum ring_access access)
{
	if (likely(space_hits(r, addr, access)))
		return RING_GOT;
	return space_look_up(r, sp, addr, access);
}

/* As space_hit(), but RING_EMPTY where that breaks the ring: in no region. */
static enum ring_result space_hit_try(struct ring *r,
				      const struct ring_space *sp, u64 addr,
				      enum ring_access access)
{
	if (!sp->tlb && !space_hits(r, addr, access) && !space_find(sp, addr))
		return RING_EMPTY;
	return space_hit(r, sp, addr, access);
}

/* Where the memory backend finds @addr, which r->hit holds. */
static inline uintptr_t hit_user(const struct ring *r, u64 addr)
{
	return r->hit.user + (addr - r->hit.start);
}

/* How many of @len bytes from @addr on, at least one, r->hit holds. */
static inline u32 hit_part(const struct ring *r, u64 addr, u32 len)
{
	u64 left = r->hit.last - addr;

	return left < len - 1 ? (u32)left + 1 : len;
}

/* Is all of an area contiguous under the IOTLB? Says nothing when it is not. */
static uintptr_t area_contiguous(struct ring *r, const struct ring_space *sp,
				enum ring_area area)
{
	const struct ring_range *m = ring_iotlb_find(sp->tlb, r->iova[area]);
	enum ring_access access = area_access(r, area);
	u64 last = r->iova[area] + area_bytes(area, ring_num(r), r->flags) - 1;

	if (!m || (m->perm & access) != access || !range_holds(m, last))
		return 0;
	return m->user + (r->iova[area] - m->start);
}

static noinline void space_changed(struct ring *r, const struct ring_space *sp)
{
	r->gen = space_gen(sp);
	r->mapped = false;
	r->hit = (struct ring_range){ .start = 1 };
	if (!(r->flags & RING_F_IOVA))
		return;
	for (int a = 0; a < RING_AREAS; a++)
		r->base[a] = sp->tlb ? area_contiguous(r, sp, a) : 0;
}

/*
 * Every verb that touches memory begins here: whatever was remembered of an
 * address space that is no longer the one at hand is forgotten.
 */
static __always_inline void space_enter(struct ring *r,
					const struct ring_space *sp)
{
	if (unlikely(r->gen != space_gen(sp)))
		space_changed(r, sp);
}

/* ---- fields ----------------------------------------------------------- */

/* A slice of an area: what is wanted, then how much of it is contiguous. */
struct area_slice {
	enum ring_area area;
	u32 off;
	u32 len;	/* in: bytes wanted; out: bytes at addr, at least unit */
	u32 unit;	/* never split within this many bytes */
	uintptr_t addr;
};

static noinline enum ring_result area_find_scattered(struct ring *r,
						     const struct ring_space *sp,
						     struct area_slice *s)
{
	u64 iova = r->iova[s->area] + s->off;
	enum ring_result rc;
	u64 left;

	if (!sp->tlb)	/* the owner switched translation off under a ring */
		return ring_fail(r, RING_BAD_ADDRESS, s->area, iova);
	rc = space_hit(r, sp, iova, area_access(r, s->area));
	if (rc != RING_GOT)
		return rc;
	left = r->hit.last - iova;
	if (left < s->len - 1)
		s->len = (left + 1) / s->unit * s->unit;
	if (!s->len)
		return ring_fail(r, RING_BAD_ADDRESS, s->area, iova);
	s->addr = hit_user(r, iova);
	return RING_GOT;
}

static __always_inline enum ring_result area_find(struct ring *r,
						  const struct ring_space *sp,
						  struct area_slice *s)
{
	if (likely(r->base[s->area])) {
		s->addr = r->base[s->area] + s->off;
		return RING_GOT;
	}
	return area_find_scattered(r, sp, s);
}

/* Look at every range that a scattered area lies in. */
static enum ring_result area_map_scattered(struct ring *r,
					   const struct ring_space *sp,
					   enum ring_area area)
{
	u64 at = r->iova[area];
	u64 last = at + area_bytes(area, ring_num(r), r->flags) - 1;

	for (;; at = r->hit.last + 1) {
		enum ring_result rc = space_hit(r, sp, at, area_access(r, area));

		if (rc != RING_GOT || r->hit.last >= last)
			return rc;
	}
}

static noinline enum ring_result map_areas(struct ring *r,
					   const struct ring_space *sp)
{
	enum ring_result rc = RING_GOT;

	if (!sp->tlb)	/* the owner switched translation off under a ring */
		return ring_fail(r, RING_BAD_ADDRESS, 0, r->iova[RING_DESC]);
	for (int a = 0; a < RING_AREAS && rc == RING_GOT; a++) {
		if (!r->base[a])
			rc = area_map_scattered(r, sp, a);
	}
	r->mapped = rc == RING_GOT;
	return rc;
}

/* Where a u16 of a scattered area is. */
static enum ring_result area_find16(struct ring *r, const struct ring_space *sp,
				    enum ring_area area, u32 off, uintptr_t *at)
{
	struct area_slice s = { .area = area, .off = off, .len = 2, .unit = 2 };
	enum ring_result rc = area_find(r, sp, &s);

	*at = s.addr;
	return rc;
}

static __always_inline enum ring_result get16(struct ring *r, uintptr_t at,
					      u16 *value)
{
	u16 raw;

	if (!mem_begin_read(at, 2))
		return ring_fail_memory(r, at);
	mem_get_acquire(raw, at, bad);
	mem_end_read();
	*value = ring16(r, raw);
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, at);
}

static __always_inline enum ring_result put16(struct ring *r, uintptr_t at,
					      u16 value)
{
	u16 raw = ring16(r, value);

	if (!mem_begin_write(at, 2))
		return ring_fail_memory(r, at);
	mem_put_release(at, raw, bad);
	mem_end_write();
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_write();
	return ring_fail_memory(r, at);
}

static noinline enum ring_result area_get16_scattered(struct ring *r,
						      const struct ring_space *sp,
						      enum ring_area area, u32 off,
						      u16 *value)
{
	uintptr_t at;
	enum ring_result rc = area_find16(r, sp, area, off, &at);

	return rc == RING_GOT ? get16(r, at, value) : rc;
}

static noinline enum ring_result area_put16_scattered(struct ring *r,
						      const struct ring_space *sp,
						      enum ring_area area, u32 off,
						      u16 value)
{
	uintptr_t at;
	enum ring_result rc = area_find16(r, sp, area, off, &at);

	return rc == RING_GOT ? put16(r, at, value) : rc;
}

/* Read a u16; what is read afterwards is no older. */
static __always_inline enum ring_result area_get16(struct ring *r,
						   const struct ring_space *sp,
						   enum ring_area area, u32 off,
						   u16 *value)
{
	if (likely(r->base[area]))
		return get16(r, r->base[area] + off, value);
	return area_get16_scattered(r, sp, area, off, value);
}

/* Write a u16; what was written before is visible no later. */
static __always_inline enum ring_result area_put16(struct ring *r,
						   const struct ring_space *sp,
						   enum ring_area area, u32 off,
						   u16 value)
{
	if (likely(r->base[area]))
		return put16(r, r->base[area] + off, value);
	return area_put16_scattered(r, sp, area, off, value);
}
