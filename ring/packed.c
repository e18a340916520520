// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings (2.8): positions, entries and events. Part of engine.c.
 *
 * Positions are slots with a wrap counter. next_used follows next_avail, at
 * most num slots behind; the slots between them are in flight, and nothing
 * can be available in them. "seen" counts slots ahead of next_avail that the
 * device has looked at and given back.
 */

enum {
	PACKED_PREFETCH = 32,	/* descriptors read at a time */
};

struct packed_at {
	u32 slot;
	u8 wrap;
};

static __always_inline struct packed_at packed_move(u32 num, struct packed_at at,
						    u32 slots)
{
	at.slot += slots;
	if (at.slot >= num) {
		at.slot -= num;
		at.wrap ^= 1;
	}
	return at;
}

static __always_inline struct packed_at packed_step(const struct ring *r,
						    struct packed_at at,
						    u32 slots)
{
	return packed_move(ring_num(r), at, slots);
}

static inline struct packed_at packed_avail_at(const struct ring *r)
{
	return (struct packed_at){ r->next_avail, r->avail_wrap };
}

static inline u32 packed_in_flight(const struct ring *r)
{
	u32 lap = r->avail_wrap == r->used_wrap ? 0 : ring_num(r);

	return lap + r->next_avail - r->next_used;
}

/* Slots that may hold something available. */
static inline u32 packed_room(const struct ring *r)
{
	return ring_num(r) - packed_in_flight(r);
}

/* The AVAIL and USED bits that make a descriptor available (2.8.1). */
static __always_inline u16 packed_avail_bits(u8 wrap)
{
	return wrap ? DESC_AVAIL : DESC_USED;
}

static __always_inline bool packed_is_avail(u16 flags, u8 wrap)
{
	return (flags & (DESC_AVAIL | DESC_USED)) == packed_avail_bits(wrap);
}

/* ---- taking ----------------------------------------------------------- */

/* Descriptors at hand: those from "at" on that were available when read. */
struct packed_prefetch {
	struct packed_at at;
	u32 have;
	bool stopped;		/* the one behind them was not available */
	u16 stop_flags;		/* its flags */
	struct packed_desc desc[PACKED_PREFETCH];
};

/*
 * Read descriptors while they are available, up to the end of @s or of
 * @chains chains: nothing is read that is not going to be used.
 */
static enum ring_result packed_read(struct ring *r, struct packed_prefetch *g,
				    const struct area_slice *s, u32 chains)
{
	uintptr_t at = s->addr, end = s->addr + s->len;
	u8 wrap = g->at.wrap;
	struct packed_desc *d = g->desc;

	if (!mem_begin_read(s->addr, s->len))
		return ring_fail_memory(r, s->addr);
	for (; at < end && chains; at += DESC_BYTES, d++) {
		u16 flags;

		mem_get_acquire(d->flags, at + 14, bad);	/* B1 */
		flags = swap16(PACKED_SWAP, d->flags);
		if (!packed_is_avail(flags, wrap)) {
			g->stopped = true;
			g->stop_flags = flags;
			break;
		}
		mem_get(d->addr, at, bad);
		mem_get(d->len, at + 8, bad);
		mem_get(d->id, at + 12, bad);
		chains -= !(flags & DESC_NEXT);
	}
	mem_end_read();
	g->have = d - g->desc;
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, at);
}

/*
 * Have descriptors at hand from @at on, which is behind those at hand so far;
 * up to @max of them. RING_EMPTY when the first is not available: it is not
 * looked at again when that is known.
 */
static enum ring_result packed_reach(struct walk *w, struct packed_prefetch *g,
				     struct packed_at at, u32 max)
{
	struct ring *r = w->r;
	u32 to_end = ring_num(r) - at.slot;
	u32 n = least(max, to_end, PACKED_PREFETCH);
	struct area_slice s = {
		.area = RING_DESC,
		.off = DESC_BYTES * at.slot,
		.len = DESC_BYTES * n,
		.unit = DESC_BYTES,
	};
	enum ring_result rc;

	if (g->stopped)
		return RING_EMPTY;
	rc = area_find(r, w->sp, &s);
	if (unlikely(rc != RING_GOT))
		return rc;
	g->at = at;
	rc = packed_read(r, g, &s, w->b->max_chains - w->b->n_chains);
	if (unlikely(rc != RING_GOT))
		return rc;
	return g->have ? RING_GOT : RING_EMPTY;
}

static noinline enum ring_result packed_table(struct walk *w, struct chain_cursor *c,
					      u32 slots, const struct desc *d)
{
	if (!(w->r->flags & RING_F_INDIRECT) || slots > 1)
		return chain_fail(w, RING_BAD_INDIRECT, d->flags);
	if (d->flags & DESC_NEXT)
		return chain_fail(w, RING_BAD_INDIRECT_NEXT, d->flags);
	return chain_add_packed_table(w, c, d->addr, d->len);
}

/* Add the @slots-th descriptor of a chain. */
static __always_inline enum ring_result packed_add(struct walk *w,
						   struct chain_cursor *c, u32 slots,
						   const struct desc *d)
{
	struct buffer p = desc_buffer(d);
	enum ring_result rc;
	struct desc table __uninitialized;
	struct chain_cursor copy __uninitialized;

	if (likely(!(d->flags & DESC_INDIRECT)))
		return chain_add(w, c, &p);
	copy = *c;
	table = *d;
	rc = packed_table(w, &copy, slots, &table);
	*c = copy;
	return rc;
}

/* Where the @i-th descriptor at hand is; they never cross the ring's end. */
static __always_inline u32 packed_slot(const struct packed_prefetch *g, u32 i)
{
	return g->at.slot + i;
}

/*
 * A chain of @slots descriptors so far goes on behind what is at hand. The
 * driver made its first one available last (2.8.6), so all of it must be.
 */
static noinline enum ring_result packed_go_on(struct walk *w,
					      struct packed_prefetch *g, u32 slots)
{
	struct packed_at at = packed_step(w->r, g->at, g->have);
	u32 room = packed_room(w->r);
	enum ring_result rc;

	w->index = at.slot;
	if (slots == room)
		return chain_fail(w, RING_BAD_LOOP, room + 1);
	rc = packed_reach(w, g, at, room - slots);
	if (rc == RING_EMPTY)
		return chain_fail(w, RING_BAD_FLAGS, g->stop_flags);
	return rc;
}

/* What was taken ends before the @i-th descriptor at hand. */
static __always_inline void packed_take(struct ring *r,
					const struct packed_prefetch *g, u32 i,
					u32 slots)
{
	struct packed_at next = packed_step(r, g->at, i);

	r->next_avail = next.slot;
	r->avail_wrap = next.wrap;
	if (unlikely(r->seen))
		r->seen = slots < r->seen ? r->seen - slots : 0;
}

/* Walk the chain that begins @i descriptors into those at hand; take it. */
static __always_inline enum ring_result packed_walk(struct walk *w,
						    struct packed_prefetch *g,
						    u32 *i)
{
	struct chain_cursor c = chain_begin(w);
	enum ring_result rc;
	u32 slots = 0;
	struct desc d;

	do {
		if (unlikely(*i == g->have)) {
			rc = packed_go_on(w, g, slots);
			if (rc != RING_GOT)
				return rc;
			*i = 0;
		}
		w->index = packed_slot(g, *i);
		d = packed_decode(&g->desc[(*i)++]);
		slots++;
		rc = packed_add(w, &c, slots, &d);
		if (unlikely(rc != RING_GOT))
			return rc;
	} while (d.flags & DESC_NEXT);

	/* the last one's id counts (2.8.6) */
	if (unlikely(d.link > w->r->last))
		return chain_fail(w, RING_BAD_ID, d.link);
	chain_end(w, &c, d.link, slots);
	packed_take(w->r, g, *i, slots);
	return RING_GOT;
}

/* Take the chain that begins @i descriptors into those at hand, if plain. */
static __always_inline bool packed_single_try(struct walk *w,
					      const struct packed_prefetch *g,
					      u32 *i)
{
	struct desc d = packed_decode(&g->desc[*i]);
	struct buffer p = desc_buffer(&d);

	if ((d.flags & (DESC_NEXT | DESC_INDIRECT)) || d.link > w->r->last ||
	    !chain_single_try(w, &p, d.link))
		return false;
	packed_take(w->r, g, ++*i, 1);
	return true;
}

static enum ring_result packed_pop(struct walk *w)
{
	struct ring *r = w->r;
	struct ring_batch *b = w->b;
	struct packed_prefetch g __uninitialized;

	g.stopped = false;
	while (b->n_chains < b->max_chains) {
		u32 room = packed_room(r), i = 0;
		enum ring_result rc;

		if (!room)
			return RING_EMPTY;
		rc = packed_reach(w, &g, packed_avail_at(r), room);
		while (rc == RING_GOT && i < g.have &&
		       b->n_chains < b->max_chains) {
			if (!packed_single_try(w, &g, &i))
				rc = packed_walk(w, &g, &i);
		}
		if (rc != RING_GOT)
			return rc;
	}
	return RING_GOT;
}

static void packed_unpop(struct ring *r, const struct ring_chain *chain, u32 n)
{
	u32 slots = 0;

	for (u32 i = 0; i < n; i++)
		slots += chain[i].slots;
	r->seen += slots;
	if (slots > r->next_avail) {
		slots -= ring_num(r);
		r->avail_wrap ^= 1;
	}
	r->next_avail -= slots;
}

/* Is the first slot not seen yet available? */
static enum ring_result packed_look(struct ring *r, const struct ring_space *sp)
{
	struct packed_at at = packed_step(r, packed_avail_at(r), r->seen);
	enum ring_result rc;
	u16 flags;

	if (packed_room(r) <= r->seen)
		return RING_EMPTY;
	rc = area_get16(r, sp, RING_DESC, DESC_BYTES * at.slot + 14, &flags);
	if (rc != RING_GOT)
		return rc;
	return packed_is_avail(flags, at.wrap) ? RING_GOT : RING_EMPTY;
}

static enum ring_result packed_peek(struct ring *r, const struct ring_space *sp)
{
	return r->seen ? RING_GOT : packed_look(r, sp);
}

/* ---- giving back ------------------------------------------------------ */

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

/* ---- events ----------------------------------------------------------- */

/*
 * How many slots before the end of what is published the driver's event slot
 * lies, on a circle of two laps, which is all that slot and wrap counter tell:
 * 1 is the last slot published, two laps the one after it.
 */
static u32 packed_event_distance(const struct ring *r, u16 off_wrap)
{
	u32 num = ring_num(r), circle = 2 * num;
	u32 slot = off_wrap & ~EVENT_WRAP_BIT;
	u32 event = slot + (off_wrap & EVENT_WRAP_BIT ? 0 : num);
	u32 end = r->next_used + (r->used_wrap ? 0 : num);
	u32 distance = end + 2 * circle - r->pushed - event;

	while (distance > circle)
		distance -= circle;
	return distance;
}

/* Does the driver want a call for the last @new of the slots (2.8.10)? */
static bool packed_call_wanted(struct ring *r, const struct ring_space *sp,
			       u32 new)
{
	u16 flags, off_wrap;

	/* B6: the flags, then the offset that they point at */
	if (area_get16(r, sp, RING_DRIVER, EVENT_FLAGS, &flags) != RING_GOT)
		return true;
	flags &= EVENT_MODE_MASK;
	if (flags != EVENT_DESC || !(r->flags & RING_F_EVENT_IDX))
		return flags != EVENT_DISABLE;
	if (area_get16(r, sp, RING_DRIVER, EVENT_OFF_WRAP, &off_wrap) != RING_GOT)
		return true;
	if ((off_wrap & ~EVENT_WRAP_BIT) > r->last)
		return true;	/* names no slot: better once too often */
	return packed_event_distance(r, off_wrap) <= new;
}

static enum ring_result packed_say_kicks(struct ring *r,
					 const struct ring_space *sp,
					 enum event_mode mode)
{
	enum kick_state kicks = mode == EVENT_DISABLE ? KICKS_OFF : KICKS_ON;
	enum ring_result rc;

	if (r->kicks == kicks)
		return RING_GOT;
	rc = area_put16_logged(r, sp, RING_DEVICE, EVENT_FLAGS, mode);
	if (rc == RING_GOT)
		r->kicks = kicks;
	return rc;
}

/* Ask for a kick at the first slot not seen; then look again. */
static enum ring_result packed_enable_kicks(struct ring *r, const struct ring_space *sp)
{
	struct packed_at at = packed_step(r, packed_avail_at(r), r->seen);
	enum event_mode mode = EVENT_ENABLE;
	enum ring_result rc = RING_GOT;

	if (r->flags & RING_F_EVENT_IDX) {
		mode = EVENT_DESC;
		rc = area_put16_logged(r, sp, RING_DEVICE, EVENT_OFF_WRAP,
				       at.slot | (at.wrap ? EVENT_WRAP_BIT : 0));
	}
	if (rc == RING_GOT)
		rc = packed_say_kicks(r, sp, mode);	/* B5: offset first */
	if (rc != RING_GOT)
		return rc;
	mem_mb();	/* B4: enabled, then look; pairs with DRV-3 */
	return packed_look(r, sp);
}

static enum ring_result packed_disable_kicks(struct ring *r, const struct ring_space *sp)
{
	return packed_say_kicks(r, sp, EVENT_DISABLE);
}

/* ---- base ------------------------------------------------------------- */

/*
 * Is every descriptor zero, but for those that are available in the first lap?
 * One that was used, or is left of a chain in the lap before, has an address.
 */
static enum ring_result packed_untouched(struct ring *r,
					 const struct ring_space *sp)
{
	u32 end = DESC_BYTES * ring_num(r);
	struct area_slice s = { .area = RING_DESC, .unit = DESC_BYTES };
	u64 word, any = 0;

	for (; s.off < end; s.off += s.len) {
		enum ring_result rc;
		uintptr_t at;
		u16 flags;

		s.len = end - s.off;
		rc = area_find(r, sp, &s);
		if (rc != RING_GOT)
			return rc;
		if (!mem_begin_read(s.addr, s.len))
			return ring_fail_memory(r, s.addr);
		for (at = s.addr; at < s.addr + s.len; at += DESC_BYTES) {
			mem_get(flags, at + 14, bad);
			if (packed_is_avail(swap16(PACKED_SWAP, flags), 1))
				continue;
			mem_get(word, at, bad);
			any |= word;
			mem_get(word, at + 8, bad);
			any |= word;
		}
		mem_end_read();
	}
	return any ? RING_EMPTY : RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, s.addr);
}

static struct packed_at packed_at_of(u32 half)
{
	return (struct packed_at){ half & 0x7fff, half >> 15 & 1 };
}

/* AVAIL and USED of a slot. */
struct packed_bits {
	u32 slot;
	u16 bits;
};

static enum ring_result packed_look_at(struct ring *r,
				       const struct ring_space *sp, u32 slot,
				       struct packed_bits *found)
{
	enum ring_result rc;
	u16 flags = 0;

	rc = area_get16(r, sp, RING_DESC, DESC_BYTES * slot + 14, &flags);
	found->slot = slot;
	found->bits = flags & (DESC_AVAIL | DESC_USED);
	return rc;
}

/* Down from the slot before @slot, once around: the first without @bits. */
static enum ring_result packed_last_unlike(struct ring *r,
					   const struct ring_space *sp,
					   u32 slot, u16 bits,
					   struct packed_bits *found)
{
	enum ring_result rc = RING_GOT;

	found->bits = bits;
	for (u32 i = 0; i < ring_num(r) && rc == RING_GOT &&
			found->bits == bits; i++) {
		slot = slot ? slot - 1 : r->last;
		rc = packed_look_at(r, sp, slot, found);
	}
	return rc;
}

/*
 * Which states of the descriptor ring go with a position, nothing in flight?
 *
 * The driver writes AVAIL and USED of every descriptor of a chain, for the
 * wrap counter at that slot. The device then writes both of them into the
 * first slot only, of the chain or, under IN_ORDER, of the chains that it uses
 * together; the slots behind that one stay as they were made available. In
 * the laps with wrap counter 1 and 0, slots thus hold (AVAIL USED):
 *
 *			1	0
 *	available	10	01	and what used descriptors skip
 *	used		11	00
 *
 * At the end of a lap at least one slot holds a used descriptor of that lap:
 * chains used together have no more slots than the ring, so the ones used last
 * began in it. The driver may overwrite slots with descriptors available in
 * the next lap, with other bits than any slot of this one.
 */

/*
 * At slot 0 with wrap counter 1: the position of a ring that is idle, or the
 * one of a ring that is in flight as a whole, from slot 0 with wrap counter 0
 * on? In the latter every slot is 01. In the former at least one is not: it is
 * 00, used in that lap or fresh, or 10, available in the next one.
 */
static enum ring_result packed_whole_in_flight(struct ring *r,
					       const struct ring_space *sp,
					       bool *whole)
{
	struct packed_bits last;
	enum ring_result rc = packed_last_unlike(r, sp, 0, DESC_USED, &last);

	*whole = last.bits == DESC_USED;
	return rc;
}

/*
 * Was this ring ever used, now that its owner says that the wrap counters are
 * 0 and nothing is in flight?
 *
 * In one that was, slots from the position on are of the lap with counter 1,
 * or available in the one with 0: never 00. Slots before the position are of
 * the lap with counter 0, not 10; when the driver has filled the ring since
 * and they are, then the one at the position is 01. At slot 0 a lap has just
 * ended: one slot at least is 11, or 01 since.
 *
 * In one that was not, slots are 10 up to some slot, and 00 from there on.
 * Either the position itself is 00, or all before it are 10, and so are all
 * others, up to one that is 00.
 *
 * So below the position, and then from the ring's end down, the first slot
 * that is not 10 decides; usually it is the first one looked at. The position
 * comes before them, as the driver may be filling an unused ring meanwhile.
 *
 * When all are 10 the ring was not used, but for one case that looks the same:
 * the position is the last slot, skipped a lap ago, and the driver has written
 * descriptors up to it once around, the first of them not yet published. It is
 * taken for that case, as it loses nothing, and no owner says this of a new
 * ring.
 */
static enum ring_result packed_was_used(struct ring *r,
					const struct ring_space *sp, u32 slot,
					bool *was)
{
	struct packed_bits at, last;
	enum ring_result rc = packed_look_at(r, sp, slot, &at);

	*was = false;
	if (rc != RING_GOT || !at.bits)
		return rc;
	rc = packed_last_unlike(r, sp, slot, DESC_AVAIL, &last);
	if (rc != RING_GOT)
		return rc;
	if (last.bits == DESC_AVAIL)
		*was = slot && slot == r->last;
	else
		*was = last.bits & DESC_USED || last.slot < slot;
	return RING_GOT;
}

/*
 * A used half of 0 with the available wrap counter 1 comes from an owner that
 * sends the available half alone, when nothing is in flight. Only at slot 0
 * can it be meant as it stands.
 */
static enum ring_result packed_used_of(struct ring *r,
				       const struct ring_space *sp, u32 base,
				       struct packed_at *used)
{
	enum ring_result rc = RING_GOT;
	bool whole = false;

	*used = packed_at_of(base >> 16);
	if (base >> 15 != 1)
		return RING_GOT;
	if (base == EVENT_WRAP_BIT)
		rc = packed_whole_in_flight(r, sp, &whole);
	if (!whole)
		*used = packed_at_of(base);
	return rc;
}

static bool packed_base_fits(const struct ring *r, struct packed_at avail,
			     struct packed_at used)
{
	if (avail.slot > r->last || used.slot > r->last)
		return false;
	return avail.wrap == used.wrap ? avail.slot >= used.slot :
					 avail.slot <= used.slot;
}

static enum ring_result packed_start(struct ring *r, const struct ring_space *sp,
				     u32 base)
{
	struct packed_at avail = packed_at_of(base), used;
	enum ring_result rc = packed_used_of(r, sp, base, &used);
	bool good;

	if (rc != RING_GOT)
		return rc;
	good = packed_base_fits(r, avail, used);
	if (good && avail.slot == used.slot && !avail.wrap && !used.wrap)
		rc = packed_was_used(r, sp, avail.slot, &good);
	if (rc != RING_GOT)
		return rc;
	if (!good)
		return ring_fail(r, RING_BAD_BASE, 0, base);
	r->next_avail = avail.slot;
	r->avail_wrap = avail.wrap;
	r->next_used = used.slot;
	r->used_wrap = used.wrap;
	r->seen = 0;
	return RING_GOT;
}
