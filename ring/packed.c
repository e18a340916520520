// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings (2.8): positions, and how chains are taken. Part of engine.c.
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

/* A table is a chain's only descriptor (2.8.7). */
static noinline enum ring_result packed_table(struct walk *w, struct chain_cursor *c,
					      u32 slots, const struct desc *d)
{
	if (!(w->r->flags & RING_F_INDIRECT) || slots > 1)
		return chain_fail(w, RING_BAD_INDIRECT, d->flags);
	if (d->flags & DESC_NEXT)
		return chain_fail(w, RING_BAD_INDIRECT_NEXT, d->flags);
	return chain_add_packed_table(w, c, d->addr, d->len);
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
		rc = chain_add_desc(w, &c, slots, &d, packed_table);
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
