// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings: used descriptors (2.8.13), which give chains back. Part of
 * engine.c.
 */

/* A used descriptor about to be written (2.8.4, 2.8.13). */
struct packed_used {
	struct packed_at at;
	u32 len;
	u16 id;
	u16 flags;
	u32 slots;	/* of the chains it stands for */
	u32 next;	/* first completion behind them */
};

/* The used descriptor for the completions from @i on, written at @at. */
static __always_inline struct packed_used
packed_used(bool in_order, const struct ring_done *done, u32 i, u32 n,
	    struct packed_at at)
{
	struct in_order_group run = group_from(in_order, done, i, n);
	const struct ring_done *last = &done[run.last];

	return (struct packed_used){
		.at = at,
		.len = last->len,
		.id = last->id,
		.flags = (at.wrap ? DESC_AVAIL | DESC_USED : 0) |
			 (last->len ? DESC_WRITE : 0),
		.slots = run.slots,
		.next = run.last + 1,
	};
}

/*
 * Write one, but for its flags when it is the first since publish: the driver
 * looks at no other before it has seen that one (2.8.2).
 */
static __always_inline bool packed_put(uintptr_t addr,
				       const struct packed_used *u, bool defer)
{
	mem_put(addr + 8, swap32(PACKED_SWAP, u->len), bad);
	mem_put(addr + 12, swap16(PACKED_SWAP, u->id), bad);
	if (!defer)
		mem_put(addr + 14, swap16(PACKED_SWAP, u->flags), bad);
	return true;
bad: __attribute__((unused))
	return false;
}

static __always_inline void packed_defer(struct ring *r, const struct packed_used *u)
{
	r->deferred = true;
	r->deferred_slot = u->at.slot;
	r->deferred_flags = u->flags;
}

/* The descriptor ring is contiguous: one window for the batch. */
static enum ring_result packed_push_contiguous(struct ring *r,
					  const struct ring_done *done, u32 n)
{
	struct packed_at at = { r->next_used, r->used_wrap };
	bool in_order = r->flags & RING_F_IN_ORDER, defer = !r->deferred;
	uintptr_t ring = r->base[RING_DESC];
	u32 num = ring_num(r);
	struct packed_used u;

	if (!mem_begin_write(ring, DESC_BYTES * num))
		return ring_fail_memory(r, ring);
	for (u32 i = 0; i < n; i = u.next) {
		u = packed_used(in_order, done, i, n, at);
		if (!packed_put(ring + DESC_BYTES * at.slot, &u, defer))
			goto bad;
		if (defer)
			packed_defer(r, &u);
		defer = false;
		at = packed_move(num, at, u.slots);
	}
	mem_end_write();
	return RING_GOT;
bad:
	mem_end_write();
	return ring_fail_memory(r, ring);
}

static enum ring_result packed_find_slot(struct ring *r,
					 const struct ring_space *sp, u32 slot,
					 struct area_slice *s)
{
	*s = (struct area_slice){
		.area = RING_DESC,
		.off = DESC_BYTES * slot,
		.len = DESC_BYTES,
		.unit = DESC_BYTES,
	};
	return area_find(r, sp, s);
}

/* Is every slot that this push will write within reach? */
static enum ring_result packed_reachable(struct ring *r,
					 const struct ring_space *sp,
					 const struct ring_done *done, u32 n)
{
	struct packed_at at = { r->next_used, r->used_wrap };
	bool in_order = r->flags & RING_F_IN_ORDER;
	enum ring_result rc = RING_GOT;
	struct packed_used u;
	struct area_slice s;

	for (u32 i = 0; i < n && rc == RING_GOT; i = u.next) {
		u = packed_used(in_order, done, i, n, at);
		rc = packed_find_slot(r, sp, at.slot, &s);
		at = packed_step(r, at, u.slots);
	}
	return rc;
}

/* The descriptor ring is scattered: see that all is there, then write it. */
static noinline enum ring_result packed_push_scattered(struct ring *r,
						       const struct ring_space *sp,
						       const struct ring_done *done,
						       u32 n)
{
	struct packed_at at = { r->next_used, r->used_wrap };
	bool in_order = r->flags & RING_F_IN_ORDER;
	enum ring_result rc = packed_reachable(r, sp, done, n);
	struct packed_used u;
	struct area_slice s;
	bool ok;

	for (u32 i = 0; i < n && rc == RING_GOT; i = u.next) {
		u = packed_used(in_order, done, i, n, at);
		rc = packed_find_slot(r, sp, at.slot, &s);
		if (rc != RING_GOT)
			break;
		if (!mem_begin_write(s.addr, DESC_BYTES))
			return ring_fail_memory(r, s.addr);
		ok = packed_put(s.addr, &u, !r->deferred);
		mem_end_write();
		if (!ok)
			return ring_fail_memory(r, s.addr);
		if (!r->deferred)
			packed_defer(r, &u);
		at = packed_step(r, at, u.slots);
	}
	return rc;
}

static noinline void packed_log_used(struct ring *r, const struct ring_space *sp,
				     const struct ring_done *done, u32 n)
{
	struct packed_at at = { r->next_used, r->used_wrap };
	bool in_order = r->flags & RING_F_IN_ORDER;
	struct packed_used u;
	struct area_slice s;

	for (u32 i = 0; i < n; i = u.next) {
		u = packed_used(in_order, done, i, n, at);
		if (packed_find_slot(r, sp, at.slot, &s) != RING_GOT)
			return;
		log_area_write(r, sp, &s);
		at = packed_step(r, at, u.slots);
	}
}

static enum ring_result packed_push(struct ring *r, const struct ring_space *sp,
				    const struct ring_done *done, u32 n)
{
	struct packed_at at = { r->next_used, r->used_wrap };
	enum ring_result rc;
	u32 slots = 0;

	for (u32 i = 0; i < n; i++)
		slots += done[i].slots + 1u;
	if (unlikely(slots > packed_in_flight(r)))
		return ring_fail(r, RING_BAD_DONE, r->next_used, slots);
	if (likely(r->base[RING_DESC]))
		rc = packed_push_contiguous(r, done, n);
	else
		rc = packed_push_scattered(r, sp, done, n);
	if (unlikely(rc != RING_GOT))
		return rc;
	if (log_areas(r, sp))
		packed_log_used(r, sp, done, n);
	at = packed_step(r, at, slots);
	r->next_used = at.slot;
	r->used_wrap = at.wrap;
	r->pushed += slots;
	return RING_GOT;
}

static enum ring_result packed_publish(struct ring *r,
				       const struct ring_space *sp, u32 *new)
{
	enum ring_result rc;

	*new = r->pushed;
	if (!r->deferred)
		return RING_EMPTY;
	rc = area_put16_logged(r, sp, RING_DESC, DESC_BYTES * r->deferred_slot + 14,
			       r->deferred_flags);	/* B2 */
	if (rc != RING_GOT)
		return rc;
	r->deferred = false;
	r->pushed = 0;
	return RING_GOT;
}
