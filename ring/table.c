// SPDX-License-Identifier: GPL-2.0-only
/*
 * Indirect tables (2.7.5.3, 2.8.7): their descriptors are added to the chain
 * that refers to them. Part of engine.c.
 */

enum {
	TABLE_PREFETCH = 16,	/* descriptors read at a time; a power of two */
};

struct table {
	u64 addr;
	u32 count;	/* descriptors in the table */
	u32 at, have;	/* those at hand: [at, at + have) */
	union {
		u64 word[TABLE_PREFETCH * DESC_BYTES / sizeof(u64)];
		struct split_desc split[TABLE_PREFETCH];
		struct packed_desc packed[TABLE_PREFETCH];
	};
};

/* Read from guest memory; a table may lie across regions. */
static enum ring_result space_read(struct walk *w, u64 addr, void *to, u32 len)
{
	u8 *dst = to;

	while (len) {
		enum ring_result rc = space_hit(w->r, w->sp, addr, RING_READ);
		u32 part = hit_part(w->r, addr, len);

		if (rc != RING_GOT)
			return chain_unmapped(w, rc);
		if (!mem_copy_in(dst, hit_user(w->r, addr), part))
			return chain_fail(w, RING_BAD_MEMORY, addr);
		dst += part;
		addr += part;
		len -= part;
	}
	return RING_GOT;
}

/* Read @n words, which are aligned and in the range hit last. */
static __always_inline bool table_read_words(uintptr_t at, u64 *to, u32 n)
{
	u64 *end = to + n;

	if (!mem_begin_read(at, n * sizeof(u64)))
		return false;
	for (; to < end; to++, at += sizeof(u64))
		mem_get(*to, at, bad);
	mem_end_read();
	return true;
bad: __attribute__((unused))
	mem_end_read();
	return false;
}

/* Read the descriptors at hand. */
static enum ring_result table_read(struct walk *w, struct table *t)
{
	u64 addr = t->addr + (u64)t->at * DESC_BYTES;
	u32 len = t->have * DESC_BYTES;
	uintptr_t user = hit_user(w->r, addr);

	if (unlikely(!range_covers(&w->r->hit, addr, len, RING_READ) ||
		     user % sizeof(u64)))
		return space_read(w, addr, t->split, len);
	if (unlikely(!table_read_words(user, t->word, len / sizeof(u64))))
		return chain_fail(w, RING_BAD_MEMORY, addr);
	return RING_GOT;
}

/* Have the table's descriptor @i at hand, and those behind it. */
static __always_inline enum ring_result table_reach(struct walk *w,
						    struct table *t, u32 i)
{
	if (likely(i - t->at < t->have))
		return RING_GOT;
	t->at = i;
	t->have = t->count - i < TABLE_PREFETCH ? t->count - i : TABLE_PREFETCH;
	return table_read(w, t);
}

/* Where @i is among those at hand; inside them for speculation, too. */
static inline u32 table_place(const struct table *t, u32 i)
{
	return (i - t->at) & (TABLE_PREFETCH - 1);
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

static __always_inline struct desc split_decode(bool swap,
						const struct split_desc *d)
{
	return (struct desc){
		.addr = swap64(swap, d->addr),
		.len = swap32(swap, d->len),
		.flags = swap16(swap, d->flags),
		.link = swap16(swap, d->next),
	};
}

static __always_inline struct desc packed_decode(const struct packed_desc *d)
{
	return (struct desc){
		.addr = swap64(PACKED_SWAP, d->addr),
		.len = swap32(PACKED_SWAP, d->len),
		.flags = swap16(PACKED_SWAP, d->flags),
		.link = swap16(PACKED_SWAP, d->id),
	};
}

/* A split table is chained by next, like the ring itself. */
static noinline enum ring_result chain_add_split_table(struct walk *w,
						       struct chain_cursor *sum,
						       u64 addr, u32 len)
{
	bool swap = w->r->swap;
	struct chain_cursor c = *sum;
	struct table t __uninitialized;
	enum ring_result rc = table_open(w, &t, addr, len);

	for (u32 i = 0, steps = 1; rc == RING_GOT; steps++) {
		struct buffer p;
		struct desc d;

		rc = table_reach(w, &t, i);
		if (rc != RING_GOT)
			break;
		d = split_decode(swap, &t.split[table_place(&t, i)]);
		if (d.flags & DESC_INDIRECT)
			return chain_fail(w, RING_BAD_INDIRECT, d.flags);
		p = desc_buffer(&d);
		rc = chain_add(w, &c, &p);
		if (rc != RING_GOT || !(d.flags & DESC_NEXT))
			break;
		if (steps == t.count)
			return chain_fail(w, RING_BAD_LOOP, steps + 1);
		if (d.link >= t.count)
			return chain_fail(w, RING_BAD_NEXT, d.link);
		i = d.link;
	}
	*sum = c;
	return rc;
}

/* A packed table is used whole, in order; WRITE is its only flag. */
static noinline enum ring_result chain_add_packed_table(struct walk *w,
							struct chain_cursor *sum,
							u64 addr, u32 len)
{
	struct chain_cursor c = *sum;
	struct table t __uninitialized;
	enum ring_result rc = table_open(w, &t, addr, len);

	for (u32 i = 0; rc == RING_GOT && i < t.count; i++) {
		struct buffer p;
		struct desc d;

		rc = table_reach(w, &t, i);
		if (rc != RING_GOT)
			break;
		d = packed_decode(&t.packed[table_place(&t, i)]);
		p = desc_buffer(&d);
		rc = chain_add(w, &c, &p);
	}
	*sum = c;
	return rc;
}

/* Adds the table of the @slots-th descriptor of a chain, if the format allows it there. */
typedef enum ring_result (*table_adder)(struct walk *w, struct chain_cursor *c, u32 slots,
					const struct desc *d);

/*
 * Add the @slots-th descriptor of a chain: its buffer, or the buffers of its
 * table. Only copies are passed to @add_table by reference, so that a chain
 * without a table keeps cursor and descriptor in registers.
 */
static __always_inline enum ring_result chain_add_desc(struct walk *w,
						       struct chain_cursor *c, u32 slots,
						       const struct desc *d,
						       table_adder add_table)
{
	struct buffer p = desc_buffer(d);
	enum ring_result rc;
	struct desc table __uninitialized;
	struct chain_cursor copy __uninitialized;

	if (likely(!(d->flags & DESC_INDIRECT)))
		return chain_add(w, c, &p);
	copy = *c;
	table = *d;
	rc = add_table(w, &copy, slots, &table);
	*c = copy;
	return rc;
}
