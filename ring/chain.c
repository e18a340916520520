// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a descriptor to segments, for split and packed alike: judge it,
 * translate it, add it to the chain under way; and the indirect tables, the
 * one thing the engine reads outside of a ring's areas. Part of engine.c.
 *
 * A descriptor is judged from a copy. Every loop here ends after as many
 * descriptors as the table holds, or as many segments as the batch takes.
 */

/* A descriptor in host byte order, free of its format. */
struct desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 link;	/* split: next; packed: buffer id */
};

/* A pop under way: where the chain being walked puts its segments. */
struct walk {
	struct ring *r;
	const struct ring_space *sp;
	struct ring_batch *b;
	u32 before;	/* chains in the batch when the pop began */
	bool full;	/* the next chain needs more segments than are left */
	u32 seg;	/* next segment to fill */
	u32 index;	/* what a fault is reported against */
	u16 n_read, n_write;
	u64 read_len, write_len;
};

static inline struct walk walk_begin(struct ring *r, const struct ring_space *sp,
				     struct ring_batch *b)
{
	return (struct walk){ .r = r, .sp = sp, .b = b, .before = b->n_chains };
}

static inline void chain_begin(struct walk *w)
{
	w->seg = w->b->n_segs;
	w->n_read = 0;
	w->n_write = 0;
	w->read_len = 0;
	w->write_len = 0;
}

static inline void chain_end(struct walk *w, u16 id, u16 slots)
{
	struct ring_batch *b = w->b;

	b->chain[b->n_chains++] = (struct ring_chain){
		.id = id,
		.slots = slots,
		.n_read = w->n_read,
		.n_write = w->n_write,
		.seg = b->n_segs,
		.read_len = w->read_len,
		.write_len = w->write_len,
	};
	b->n_segs = w->seg;
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
static noinline enum ring_result chain_no_room(struct walk *w)
{
	u32 own = w->seg - w->b->n_segs;

	if (w->b->n_segs && own < RING_MAX_SEGS) {
		w->full = true;
		return RING_EMPTY;
	}
	return chain_fail(w, RING_BAD_SEGS, own + 1);
}

/* Translate [addr, addr + len), len not 0, into segments. */
static __always_inline enum ring_result chain_map(struct walk *w, u64 addr,
						  u32 len,
						  enum ring_access access,
						  u16 *count)
{
	struct ring *r = w->r;
	struct ring_batch *b = w->b;

	for (;;) {
		enum ring_result rc = space_hit(r, w->sp, addr, access);
		u64 left = r->hit.last - addr;
		u32 part = left < len - 1 ? (u32)left + 1 : len;

		if (unlikely(rc != RING_GOT))
			return chain_unmapped(w, rc);
		if (unlikely(w->seg == b->max_segs ||
			     w->seg - b->n_segs == RING_MAX_SEGS))
			return chain_no_room(w);
		b->seg[w->seg].base = hit_user(r, addr);
		b->seg[w->seg].len = part;
		if (b->guest)
			b->guest[w->seg] = addr;
		w->seg++;
		(*count)++;
		if (likely(part == len))
			return RING_GOT;
		addr += part;
		len -= part;
	}
}

/* Add one buffer element; readable ones come first (2.7.4, 2.8.17). */
static __always_inline enum ring_result chain_add(struct walk *w, u64 addr,
						  u32 len, bool write)
{
	if (unlikely(!len))
		return chain_fail(w, RING_BAD_LENGTH, addr);
	if (unlikely(addr + (len - 1) < addr))
		return chain_fail(w, RING_BAD_WRAP, addr);
	if (unlikely(w->read_len + w->write_len + len > U32_MAX))
		return chain_fail(w, RING_BAD_TOTAL,
				  w->read_len + w->write_len + len);
	if (write) {
		w->write_len += len;
		return chain_map(w, addr, len, RING_WRITE, &w->n_write);
	}
	if (unlikely(w->n_write))
		return chain_fail(w, RING_BAD_ORDER, addr);
	w->read_len += len;
	return chain_map(w, addr, len, RING_READ, &w->n_read);
}

/* ---- indirect tables (2.7.5.3, 2.8.7) --------------------------------- */

enum {
	TABLE_GULP = 16,	/* descriptors read at a time */
};

struct table {
	u64 addr;
	u32 count;	/* descriptors in the table */
	u32 at, have;	/* those at hand: [at, at + have) */
	union {
		struct split_desc split[TABLE_GULP];
		struct packed_desc packed[TABLE_GULP];
	};
};

/* Read from guest memory; a table may lie across regions. */
static enum ring_result space_read(struct walk *w, u64 addr, void *to, u32 len)
{
	u8 *dst = to;

	while (len) {
		enum ring_result rc = space_hit(w->r, w->sp, addr, RING_READ);
		u64 left = w->r->hit.last - addr;
		u32 part = left < len - 1 ? (u32)left + 1 : len;

		if (rc != RING_GOT)
			return chain_unmapped(w, rc);
		if (!seam_copy_in(dst, hit_user(w->r, addr), part))
			return chain_fail(w, RING_BAD_MEMORY, addr);
		dst += part;
		addr += part;
		len -= part;
	}
	return RING_GOT;
}

/* Have the table's descriptor @i at hand, and those behind it. */
static enum ring_result table_reach(struct walk *w, struct table *t, u32 i)
{
	if (i - t->at < t->have)
		return RING_GOT;
	t->at = i;
	t->have = t->count - i < TABLE_GULP ? t->count - i : TABLE_GULP;
	return space_read(w, t->addr + (u64)i * DESC_BYTES, t->split,
			  t->have * DESC_BYTES);
}

static enum ring_result table_open(struct walk *w, struct table *t, u64 addr,
				   u32 len)
{
	if (!len || len % DESC_BYTES || len / DESC_BYTES > RING_MAX_TABLE)
		return chain_fail(w, RING_BAD_TABLE_SIZE, len);
	if (addr + (len - 1) < addr)
		return chain_fail(w, RING_BAD_WRAP, addr);
	t->addr = addr;
	t->count = len / DESC_BYTES;
	t->at = 0;
	t->have = 0;
	return RING_GOT;
}

static struct desc split_decode(const struct ring *r, const struct split_desc *d)
{
	return (struct desc){
		.addr = ring64(r, d->addr),
		.len = ring32(r, d->len),
		.flags = ring16(r, d->flags),
		.link = ring16(r, d->next),
	};
}

/* A split table is chained by next, like the ring itself. */
static noinline enum ring_result chain_add_split_table(struct walk *w, u64 addr,
						       u32 len)
{
	struct table t;
	enum ring_result rc = table_open(w, &t, addr, len);

	for (u32 i = 0, steps = 1; rc == RING_GOT; steps++) {
		struct desc d;

		rc = table_reach(w, &t, i);
		if (rc != RING_GOT)
			break;
		d = split_decode(w->r, &t.split[i - t.at]);
		if (d.flags & DESC_INDIRECT)
			return chain_fail(w, RING_BAD_INDIRECT, d.flags);
		rc = chain_add(w, d.addr, d.len, d.flags & DESC_WRITE);
		if (rc != RING_GOT || !(d.flags & DESC_NEXT))
			break;
		if (steps == t.count)
			return chain_fail(w, RING_BAD_LOOP, steps + 1);
		if (d.link >= t.count)
			return chain_fail(w, RING_BAD_NEXT, d.link);
		i = d.link;
	}
	return rc;
}

/* A packed table is used whole, in order; WRITE is its only flag. */
static noinline enum ring_result chain_add_packed_table(struct walk *w,
							u64 addr, u32 len)
{
	struct table t;
	enum ring_result rc = table_open(w, &t, addr, len);

	for (u32 i = 0; rc == RING_GOT && i < t.count; i++) {
		const struct packed_desc *d;

		rc = table_reach(w, &t, i);
		if (rc != RING_GOT)
			break;
		d = &t.packed[i - t.at];
		rc = chain_add(w, ring64(w->r, d->addr), ring32(w->r, d->len),
			       ring16(w->r, d->flags) & DESC_WRITE);
	}
	return rc;
}

/* ---- what a pop says -------------------------------------------------- */

/*
 * Turn the result that ended a pop into what the caller is told. When chains
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

/* Completions [i, the one returned] share one used entry (2.7.9, 2.8.8). */
static __always_inline u32 run_end(const struct ring *r, const struct ring_done *done,
			  u32 i, u32 n)
{
	if (!(r->flags & RING_F_IN_ORDER))
		return i;
	while (i + 1 < n && done[i].whole)
		i++;
	return i;
}
