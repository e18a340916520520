// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split rings (2.7): positions, and how chains are taken. Part of engine.c.
 *
 * Positions are free-running 16-bit counts of chains:
 *
 *	next_used <= next_avail <= avail_idx,  avail_idx - next_used <= num
 *
 * next_used counts chains pushed, next_avail chains popped, avail_idx is the
 * avail index read last. The chains between the first two are in flight. "seen"
 * counts chains from next_avail on that were popped and given back.
 */

enum {
	SPLIT_PREFETCH = 32,	/* heads read at a time, and descriptors */
};

enum kick_state {
	KICKS_UNKNOWN,	/* what an earlier device wrote is not known */
	KICKS_ON,
	KICKS_OFF,
};

static inline u16 split_in_flight(const struct ring *r)
{
	return r->next_avail - r->next_used;
}

/* One more chain is popped, perhaps one that was given back before. */
static __always_inline void split_took(struct ring *r)
{
	r->next_avail++;
	if (unlikely(r->seen))
		r->seen--;
}

/* ---- taking ----------------------------------------------------------- */

/* Read how far the driver got. Nothing it adds exceeds the ring (2.7.13). */
static enum ring_result split_look(struct ring *r, const struct ring_space *sp)
{
	u16 idx;
	enum ring_result rc;

	rc = area_get16(r, sp, RING_DRIVER, AVAIL_IDX, &idx);	/* B1 */
	if (unlikely(rc != RING_GOT))
		return rc;
	if (unlikely((u16)(idx - r->next_used) > ring_num(r) ||
		     (u16)(idx - r->avail_idx) > ring_num(r)))
		return ring_fail(r, RING_BAD_AVAIL_IDX, r->avail_idx, idx);
	r->avail_idx = idx;
	return RING_GOT;
}

/* Read @n avail entries from @slot on, all before the ring's end. */
static enum ring_result split_heads(struct ring *r, const struct ring_space *sp,
				    u32 slot, u32 n, u16 *head)
{
	struct area_slice s = { .area = RING_DRIVER, .unit = AVAIL_ENTRY };

	while (n) {
		enum ring_result rc;
		uintptr_t at, end;

		s.off = AVAIL_RING + AVAIL_ENTRY * slot;
		s.len = AVAIL_ENTRY * n;
		rc = area_find(r, sp, &s);
		if (rc != RING_GOT)
			return rc;
		if (!mem_begin_read(s.addr, s.len))
			return ring_fail_memory(r, s.addr);
		end = s.addr + s.len;
		for (at = s.addr; at < end; at += AVAIL_ENTRY, head++)
			mem_get(*head, at, bad);
		mem_end_read();
		n -= s.len / AVAIL_ENTRY;
		slot += s.len / AVAIL_ENTRY;
	}
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, s.addr);
}

/* A descriptor is moved as two words; its fields are decoded later. */
union split_raw {
	u64 word[2];
	struct split_desc desc;
};

/*
 * Chains at hand: their heads, and descriptors in the order in which walking
 * the chains one after the other needs them.
 */
struct split_prefetch {
	u32 heads;
	u32 followed;		/* heads that the descriptors were read for */
	u32 have;
	u16 head[SPLIT_PREFETCH];
	union split_raw raw[SPLIT_PREFETCH];
};

/* Where does a chain go on? In @next, which is inside the table, or not. */
static __always_inline bool split_goes_on(const struct ring *r,
					  const struct split_desc *d, u16 *next)
{
	u16 flags = ring16(r, d->flags);

	*next = ring16(r, d->next);
	return (flags & (DESC_NEXT | DESC_INDIRECT)) == DESC_NEXT &&
	       *next <= r->mask;
}

/*
 * Read descriptors: the one at @index, those behind it, then those of further
 * heads, until no room is left. The table is contiguous. By pointers, not by
 * index: kernels that check array bounds would call out of the window.
 */
static enum ring_result split_follow(struct ring *r, struct split_prefetch *g,
				     u16 index)
{
	union split_raw *to = g->raw, *end = to + SPLIT_PREFETCH;
	u16 *head = g->head + g->followed, *heads_end = g->head + g->heads;
	uintptr_t table = r->base[RING_DESC];

	if (!mem_begin_read(table, DESC_BYTES * ring_num(r)))
		return ring_fail_memory(r, table);
	while (to < end) {
		uintptr_t at = table + DESC_BYTES * index;

		mem_get(to->word[0], at, bad);
		mem_get(to->word[1], at + 8, bad);
		if (split_goes_on(r, &to++->desc, &index))
			continue;
		if (head == heads_end)
			break;
		index = *head++;
	}
	mem_end_read();
	g->followed = head - g->head;
	g->have = to - g->raw;
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, table);
}

/* Read one descriptor, wherever the table is. */
static enum ring_result split_follow_scattered(struct ring *r,
					       const struct ring_space *sp,
					       struct split_prefetch *g, u16 index)
{
	struct area_slice s = {
		.area = RING_DESC,
		.off = DESC_BYTES * index,
		.len = DESC_BYTES,
		.unit = DESC_BYTES,
	};
	enum ring_result rc = area_find(r, sp, &s);

	if (rc != RING_GOT)
		return rc;
	if (!mem_begin_read(s.addr, DESC_BYTES))
		return ring_fail_memory(r, s.addr);
	mem_get(g->raw[0].word[0], s.addr, bad);
	mem_get(g->raw[0].word[1], s.addr + 8, bad);
	mem_end_read();
	g->have = 1;
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_read();
	return ring_fail_memory(r, s.addr);
}

/* Have the descriptor at @index at hand, and more that will be needed. */
static enum ring_result split_reach(struct walk *w, struct split_prefetch *g,
				    u16 index)
{
	if (likely(w->r->base[RING_DESC]))
		return split_follow(w->r, g, index);
	return split_follow_scattered(w->r, w->sp, g, index);
}

/* A table may be anywhere in a chain, last in it (2.7.5.3). */
static noinline enum ring_result split_table(struct walk *w, struct chain_cursor *c,
					     u32 slots __attribute__((unused)),
					     const struct desc *d)
{
	if (!(w->r->flags & RING_F_INDIRECT))
		return chain_fail(w, RING_BAD_INDIRECT, d->flags);
	if (d->flags & DESC_NEXT)
		return chain_fail(w, RING_BAD_INDIRECT_NEXT, d->flags);
	return chain_add_split_table(w, c, d->addr, d->len);
}

/*
 * Walk the chain at @head and take it. Its descriptors begin @at places into
 * those at hand, or come next when these are used up.
 */
static __always_inline enum ring_result split_walk(struct walk *w,
						   struct split_prefetch *g,
						   u32 *at, u16 head)
{
	struct ring *r = w->r;
	struct chain_cursor c = chain_begin(w);
	u32 slots = 1;

	w->index = head;
	for (;; slots++) {
		enum ring_result rc;
		struct desc d;

		if (unlikely(*at == g->have)) {
			rc = split_reach(w, g, w->index);
			if (rc != RING_GOT)
				return rc;
			*at = 0;
		}
		d = split_decode(r->swap, &g->raw[(*at)++].desc);
		rc = chain_add_desc(w, &c, slots, &d, split_table);
		if (unlikely(rc != RING_GOT))
			return rc;
		if (!(d.flags & DESC_NEXT))
			break;
		if (unlikely(slots == ring_num(r)))
			return chain_fail(w, RING_BAD_LOOP, slots + 1);
		if (unlikely(d.link > r->mask))
			return chain_fail(w, RING_BAD_NEXT, d.link);
		w->index = d.link;
	}
	chain_end(w, &c, head, slots);
	split_took(r);
	return RING_GOT;
}

/* Take the chain at @head, if it is plain and at hand. */
static __always_inline bool split_single_try(struct walk *w,
					     const struct split_prefetch *g,
					     u32 *at, u16 head)
{
	struct buffer p;
	struct desc d;

	if (unlikely(*at == g->have))
		return false;
	d = split_decode(w->r->swap, &g->raw[*at].desc);
	p = desc_buffer(&d);
	if ((d.flags & (DESC_NEXT | DESC_INDIRECT)) ||
	    !chain_single_try(w, &p, head))
		return false;
	(*at)++;
	split_took(w->r);
	return true;
}

/* Put the heads in host order; how many of them are inside the table? */
static u32 split_good_heads(const struct ring *r, u16 *head, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		head[i] = ring16(r, head[i]);
		if (unlikely(head[i] > r->mask))
			break;
	}
	return i;
}

/* Take the next @n chains, which the driver made available. */
static enum ring_result split_take(struct walk *w, u32 n)
{
	struct ring *r = w->r;
	u32 slot = r->next_avail & r->mask;
	enum ring_result rc;
	struct split_prefetch g __uninitialized;
	u32 at = 0;

	rc = split_heads(r, w->sp, slot, n, g.head);
	if (unlikely(rc != RING_GOT))
		return rc;
	g.heads = split_good_heads(r, g.head, n);
	g.followed = 1;
	g.have = 0;
	if (likely(g.heads))
		rc = split_reach(w, &g, g.head[0]);
	for (u32 i = 0; i < g.heads && rc == RING_GOT; i++)
		if (!split_single_try(w, &g, &at, g.head[i]))
			rc = split_walk(w, &g, &at, g.head[i]);
	if (unlikely(rc == RING_GOT && g.heads < n))
		return ring_fail(r, RING_BAD_HEAD, r->next_avail,
				 g.head[g.heads]);
	return rc;
}

static u32 least(u32 a, u32 b, u32 c)
{
	u32 ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static enum ring_result split_pop(struct walk *w)
{
	struct ring *r = w->r;
	struct ring_batch *b = w->b;
	enum ring_result rc = RING_GOT;
	u32 want = b->max_chains - b->n_chains;

	if ((u16)(r->avail_idx - r->next_avail) < want)
		rc = split_look(r, w->sp);
	while (rc == RING_GOT && b->n_chains < b->max_chains) {
		u32 ready = (u16)(r->avail_idx - r->next_avail);
		u32 to_end = ring_num(r) - (r->next_avail & r->mask);
		u32 n = least(ready, to_end, SPLIT_PREFETCH);

		want = b->max_chains - b->n_chains;
		if (!n)
			return RING_EMPTY;
		rc = split_take(w, n < want ? n : want);
	}
	return rc;
}

static void split_unpop(struct ring *r, u32 n)
{
	r->next_avail -= n;
	r->seen += n;
}

static enum ring_result split_peek(struct ring *r, const struct ring_space *sp)
{
	enum ring_result rc = RING_GOT;

	if (r->avail_idx == r->next_avail)
		rc = split_look(r, sp);
	if (rc != RING_GOT)
		return rc;
	return r->avail_idx == r->next_avail ? RING_EMPTY : RING_GOT;
}
