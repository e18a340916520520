// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a descriptor to segments, for split and packed alike: validate it,
 * translate it, add it to the chain under way; and the indirect tables, the
 * one thing the engine reads outside of a ring's areas. Part of engine.c.
 *
 * A descriptor is validated from a copy. Every loop here ends after as many
 * descriptors as the table holds, or as many segments as the batch takes.
 */

/* A descriptor in host byte order, free of its format. */
struct desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 link;	/* split: next; packed: buffer id */
};

/* A pop under way. */
struct walk {
	struct ring *r;
	const struct ring_space *sp;
	struct ring_batch *b;
	u32 before;	/* chains in the batch when the pop began */
	bool full;	/* the next chain needs more segments than are left */
	u32 index;	/* what a fault is reported against */
};

/*
 * The chain being walked: where it puts its segments, and what it amounts to.
 * Always a local of the function that walks; only functions inlined into that
 * one get its address (others a copy's), so it lives in registers.
 */
struct chain_cursor {
	u32 seg;	/* next segment to fill */
	u32 end;	/* no segment from here on */
	u32 read_end;	/* behind its last readable segment */
	u32 read_len;
	u64 total;	/* bytes, readable and writable */
};

static inline struct walk walk_begin(struct ring *r, const struct ring_space *sp,
				     struct ring_batch *b)
{
	return (struct walk){ .r = r, .sp = sp, .b = b, .before = b->n_chains };
}

static __always_inline struct chain_cursor chain_begin(const struct walk *w)
{
	const struct ring_batch *b = w->b;
	u32 first = b->n_segs, room = b->max_segs - first;

	return (struct chain_cursor){
		.seg = first,
		.end = first + (room < RING_MAX_SEGS ? room : RING_MAX_SEGS),
		.read_end = first,
	};
}

static __always_inline void chain_end(struct walk *w, const struct chain_cursor *c,
				      u16 id, u16 slots)
{
	struct ring_batch *b = w->b;
	u32 first = b->n_segs;

	b->chain[b->n_chains++] = (struct ring_chain){
		.id = id,
		.slots = slots,
		.n_read = c->read_end - first,
		.n_write = c->seg - c->read_end,
		.seg = first,
		.read_len = c->read_len,
		.write_len = c->total - c->read_len,
	};
	b->n_segs = c->seg;
}

static noinline enum ring_result chain_fail(const struct walk *w,
					    enum ring_cause cause, u64 value)
{
	return ring_fail(w->r, cause, w->index, value);
}

/* A translation did not succeed: a failure is reported against this chain. */
static enum ring_result chain_unmapped(const struct walk *w, enum ring_result rc)
{
	if (rc == RING_BROKEN)
		w->r->fault.index = w->index;
	return rc;
}

/*
 * No segment is left. Behind earlier chains the chain waits for a batch of its
 * own (RING_EMPTY); one that had the whole array, or holds as many segments as
 * a chain may, is too long.
 */
static noinline enum ring_result chain_no_room(struct walk *w, u32 seg)
{
	u32 own = seg - w->b->n_segs;

	if (w->b->n_segs && own < RING_MAX_SEGS) {
		w->full = true;
		return RING_EMPTY;
	}
	return chain_fail(w, RING_BAD_SEGS, own + 1);
}

/* One element of a buffer, as the driver describes it. */
struct buffer {
	u64 addr;
	u32 len;
	bool write;
};

static __always_inline struct buffer desc_buffer(const struct desc *d)
{
	return (struct buffer){ d->addr, d->len, d->flags & DESC_WRITE };
}

static __always_inline enum ring_access buffer_access(const struct buffer *p)
{
	return p->write ? RING_WRITE : RING_READ;
}

/* A segment is [addr, addr + len), which r->hit holds. */
static __always_inline void chain_put_seg(struct walk *w, u32 seg, u64 addr,
					  size_t len)
{
	struct ring_batch *b = w->b;

	b->seg[seg].base = hit_user(w->r, addr);
	b->seg[seg].len = len;
	if (b->guest)
		b->guest[seg] = addr;
}

/* Translate [p->addr, last], which may lie across ranges, into segments. */
static enum ring_result chain_map(struct walk *w, struct chain_cursor *c,
				  const struct buffer *p, u64 last)
{
	struct ring *r = w->r;
	u64 addr = p->addr, end;

	for (;; addr = end + 1) {
		enum ring_result rc = space_hit(r, w->sp, addr, buffer_access(p));

		if (rc != RING_GOT)
			return chain_unmapped(w, rc);
		if (c->seg == c->end)
			return chain_no_room(w, c->seg);
		end = r->hit.last < last ? r->hit.last : last;
		chain_put_seg(w, c->seg++, addr, end - addr + 1);
		if (end == last)
			return RING_GOT;
	}
}

/* Validate and add an element; readable ones come first (2.7.4, 2.8.17). */
static noinline enum ring_result chain_add_validated(struct walk *w, struct chain_cursor *c,
						  const struct buffer *p)
{
	u64 last = p->addr + p->len - 1;
	enum ring_result rc;

	if (!p->len)
		return chain_fail(w, RING_BAD_LENGTH, p->addr);
	if (last < p->addr)
		return chain_fail(w, RING_BAD_WRAP, p->addr);
	c->total += p->len;
	if (c->total > U32_MAX)
		return chain_fail(w, RING_BAD_TOTAL, c->total);
	if (p->write)
		return chain_map(w, c, p, last);
	if (c->seg != c->read_end)
		return chain_fail(w, RING_BAD_ORDER, p->addr);
	rc = chain_map(w, c, p, last);
	c->read_end = c->seg;
	c->read_len = c->total;
	return rc;
}

/*
 * Add an element. Nearly always it is one segment inside of the range hit
 * last, and nothing is wrong with it; all else is chain_add_validated()'s.
 */
static __always_inline enum ring_result chain_add(struct walk *w, struct chain_cursor *c,
						  const struct buffer *p)
{
	u64 total = c->total + p->len;
	enum ring_result rc;
	struct buffer buf __uninitialized;
	struct chain_cursor copy __uninitialized;

	if (likely(range_covers(&w->r->hit, p->addr, p->len, buffer_access(p)) &&
		   total <= U32_MAX && c->seg != c->end &&
		   (p->write || c->seg == c->read_end))) {
		chain_put_seg(w, c->seg++, p->addr, p->len);
		c->total = total;
		if (!p->write) {
			c->read_end = c->seg;
			c->read_len = total;
		}
		return RING_GOT;
	}
	buf = *p;
	copy = *c;
	rc = chain_add_validated(w, &copy, &buf);
	*c = copy;
	return rc;
}

/*
 * Take a chain that is one segment inside of the range hit last: the same as
 * chain_begin(), chain_add() and chain_end(), but most of it is known before.
 * Declines (false) whatever is not as plain as that, and whatever is wrong.
 */
static __always_inline bool chain_single_try(struct walk *w,
					     const struct buffer *p, u16 id)
{
	struct ring_batch *b = w->b;
	u32 seg = b->n_segs;

	if (unlikely(!range_covers(&w->r->hit, p->addr, p->len,
				   buffer_access(p)) ||
		     seg >= b->max_segs))
		return false;
	chain_put_seg(w, seg, p->addr, p->len);
	b->chain[b->n_chains++] = (struct ring_chain){
		.id = id,
		.slots = 1,
		.n_read = !p->write,
		.n_write = p->write,
		.seg = seg,
		.read_len = p->write ? 0 : p->len,
		.write_len = p->write ? p->len : 0,
	};
	b->n_segs = seg + 1;
	return true;
}

/* ---- what a pop says -------------------------------------------------- */

/*
 * Turn the result that ended a pop into the result for the caller. When chains
 * were taken a failure is left for the next pop, which finds it again.
 */
static enum ring_result pop_end(struct walk *w, enum ring_result rc)
{
	if (w->b->n_chains == w->before)
		return rc == RING_EMPTY && w->full ? RING_GOT : rc;
	if (rc == RING_BROKEN)
		ring_unfail(w->r);
	return RING_GOT;
}

/* Completions that share one used entry (2.7.9, 2.8.8). */
struct in_order_group {
	u32 last;	/* the one that the entry is about */
	u32 slots;	/* of them all */
};

/* Those from @i on that can share one. */
static __always_inline struct in_order_group group_from(bool in_order,
					   const struct ring_done *done, u32 i,
					   u32 n)
{
	struct in_order_group run = { i, done[i].slots + 1u };

	while (in_order && i + 1 < n && done[i].whole) {
		run.last = ++i;
		run.slots += done[i].slots + 1u;
	}
	return run;
}
