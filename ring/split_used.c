// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split rings: the used ring (2.7.8), whose entries give chains back. Part of
 * engine.c.
 */

/* Where the used element of @slot is; it may be split between its words. */
static enum ring_result split_find_used(struct ring *r,
					const struct ring_space *sp, u32 slot,
					struct area_slice *id, struct area_slice *len)
{
	enum ring_result rc;

	*id = (struct area_slice){
		.area = RING_DEVICE,
		.off = USED_RING + USED_ENTRY * slot,
		.len = 4,
		.unit = 4,
	};
	*len = *id;
	len->off += 4;
	rc = area_find(r, sp, id);
	return rc == RING_GOT ? area_find(r, sp, len) : rc;
}

static enum ring_result split_put_used(struct ring *r,
				       const struct ring_space *sp, u32 slot,
				       const struct ring_done *done)
{
	u32 id = ring32(r, done->id), len = ring32(r, done->len);
	struct area_slice at_id, at_len;
	enum ring_result rc = split_find_used(r, sp, slot, &at_id, &at_len);

	if (rc != RING_GOT)
		return rc;
	if (!mem_begin_write(at_id.addr, 4))
		return ring_fail_memory(r, at_id.addr);
	mem_put(at_id.addr, id, bad_id);
	mem_end_write();
	if (!mem_begin_write(at_len.addr, 4))
		return ring_fail_memory(r, at_len.addr);
	mem_put(at_len.addr, len, bad_len);
	mem_end_write();
	return RING_GOT;
bad_id: __attribute__((unused))
	mem_end_write();
	return ring_fail_memory(r, at_id.addr);
bad_len: __attribute__((unused))
	mem_end_write();
	return ring_fail_memory(r, at_len.addr);
}

/* The used ring is scattered: see that all is there, then write it. */
static noinline enum ring_result split_push_scattered(struct ring *r,
						      const struct ring_space *sp,
						      const struct ring_done *done,
						      u32 n)
{
	enum ring_result rc = RING_GOT;
	struct area_slice id, len;
	struct in_order_group run;

	for (u32 i = 0; i < n && rc == RING_GOT; i++)
		rc = split_find_used(r, sp, (r->next_used + i) & r->mask, &id,
				     &len);
	for (u32 i = 0; i < n && rc == RING_GOT; i = run.last + 1) {
		run = group_from(r->flags & RING_F_IN_ORDER, done, i, n);
		rc = split_put_used(r, sp, (r->next_used + i) & r->mask,
				    &done[run.last]);
	}
	return rc;
}

/* The used ring is contiguous: one window for the batch. */
static enum ring_result split_push_contiguous(struct ring *r,
					 const struct ring_done *done, u32 n)
{
	uintptr_t ring = r->base[RING_DEVICE] + USED_RING;
	bool in_order = r->flags & RING_F_IN_ORDER;
	u16 next = r->next_used, mask = r->mask;
	bool swap = r->swap;
	struct in_order_group run;

	if (!mem_begin_write(ring, USED_ENTRY * ring_num(r)))
		return ring_fail_memory(r, ring);
	for (u32 i = 0; i < n; i = run.last + 1) {
		uintptr_t at = ring + USED_ENTRY * ((next + i) & mask);

		run = group_from(in_order, done, i, n);
		mem_put(at, swap32(swap, done[run.last].id), bad);
		mem_put(at + 4, swap32(swap, done[run.last].len), bad);
	}
	mem_end_write();
	return RING_GOT;
bad: __attribute__((unused))
	mem_end_write();
	return ring_fail_memory(r, ring);
}

static noinline void split_log_used(struct ring *r, const struct ring_space *sp,
				    const struct ring_done *done, u32 n)
{
	struct in_order_group run;

	for (u32 i = 0; i < n; i = run.last + 1) {
		struct area_slice id, len;

		run = group_from(r->flags & RING_F_IN_ORDER, done, i, n);
		if (split_find_used(r, sp, (r->next_used + i) & r->mask, &id,
				    &len) != RING_GOT)
			return;
		log_area_write(r, sp, &id);
		log_area_write(r, sp, &len);
	}
}

static enum ring_result split_push(struct ring *r, const struct ring_space *sp,
				   const struct ring_done *done, u32 n)
{
	enum ring_result rc;

	if (unlikely(n > split_in_flight(r)))
		return ring_fail(r, RING_BAD_DONE, r->next_used, n);
	if (likely(r->base[RING_DEVICE]))
		rc = split_push_contiguous(r, done, n);
	else
		rc = split_push_scattered(r, sp, done, n);
	if (unlikely(rc != RING_GOT))
		return rc;
	if (log_areas(r, sp))
		split_log_used(r, sp, done, n);
	r->next_used += n;
	return RING_GOT;
}

static enum ring_result split_publish(struct ring *r,
				      const struct ring_space *sp, u32 *new)
{
	enum ring_result rc;

	*new = (u16)(r->next_used - r->published);
	if (!*new)
		return RING_EMPTY;
	rc = area_put16_logged(r, sp, RING_DEVICE, USED_IDX, r->next_used); /* B2 */
	if (rc == RING_GOT)
		r->published = r->next_used;
	return rc;
}
