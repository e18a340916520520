// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of ring.h that touch ring memory: what split and packed rings
 * have in common. Contracts are in ring.h. Part of engine.c.
 */

/* ---- chains ----------------------------------------------------------- */

enum ring_result ring_pop(struct ring *r, const struct ring_space *space,
			  struct ring_batch *b)
{
	struct walk w = walk_begin(r, space, b);

	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	return pop_end(&w, is_packed(r) ? packed_pop(&w) : split_pop(&w));
}

void ring_unpop(struct ring *r, const struct ring_chain *chain, u32 n)
{
	if (r->state != RING_RUNNING)
		return;
	if (is_packed(r))
		packed_unpop(r, chain, n);
	else
		split_unpop(r, n);
}

enum ring_result ring_push(struct ring *r, const struct ring_space *space,
			   const struct ring_done *done, u32 n)
{
	enum ring_result rc;

	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	rc = is_packed(r) ? packed_push(r, space, done, n) :
			    split_push(r, space, done, n);
	return unlikely(r->state == RING_FAILED) ? RING_BROKEN : rc;
}

enum ring_result ring_publish(struct ring *r, const struct ring_space *space)
{
	enum ring_result rc;
	u32 new;

	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	rc = is_packed(r) ? packed_publish(r, space, &new) :
			    split_publish(r, space, &new);
	if (rc == RING_GOT)
		r->uncalled = r->uncalled + new < UNCALLED_MAX ?
				      r->uncalled + new : UNCALLED_MAX;
	if (unlikely(space->log) && log_flush(r, space) != RING_GOT)
		return RING_BROKEN;
	return rc;
}

/* ---- notifications ---------------------------------------------------- */

bool ring_call_needed(struct ring *r, const struct ring_space *space)
{
	u32 new = r->uncalled;

	if (unlikely(r->state != RING_RUNNING))
		return r->state == RING_FAILED;
	if (!new)
		return false;
	space_enter(r, space);
	r->uncalled = 0;
	mem_mb();	/* B3: published, then ask; pairs with DRV-6 */
	return is_packed(r) ? packed_call_wanted(r, space, new) :
			      split_call_wanted(r, space, new);
}

enum ring_result ring_enable_kicks(struct ring *r, const struct ring_space *space)
{
	enum ring_result rc;

	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	rc = is_packed(r) ? packed_enable_kicks(r, space) : split_enable_kicks(r, space);
	if (unlikely(space->log) && log_flush(r, space) != RING_GOT)
		return RING_BROKEN;
	return rc;
}

enum ring_result ring_disable_kicks(struct ring *r, const struct ring_space *space)
{
	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	return is_packed(r) ? packed_disable_kicks(r, space) : split_disable_kicks(r, space);
}

enum ring_result ring_peek(struct ring *r, const struct ring_space *space)
{
	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	space_enter(r, space);
	return is_packed(r) ? packed_peek(r, space) : split_peek(r, space);
}

/* ---- chains kept long ------------------------------------------------- */

u32 ring_in_flight(const struct ring *r)
{
	return is_packed(r) ? packed_in_flight(r) : split_in_flight(r);
}

enum ring_result ring_translate(struct ring *r, const struct ring_space *space,
				u64 addr, u32 len, enum ring_access access,
				struct ring_seg *seg, u32 *n)
{
	u32 room = *n, filled = 0;

	*n = 0;
	if (unlikely(r->state != RING_RUNNING))
		return ring_not_running(r);
	if (len && addr + (len - 1) < addr)
		return RING_EMPTY;
	space_enter(r, space);
	while (len) {
		enum ring_result rc = space_hit_try(r, space, addr, access);
		u32 part;

		if (rc != RING_GOT)
			return rc;
		if (filled == room)
			return RING_EMPTY;
		part = hit_part(r, addr, len);
		seg[filled++] = (struct ring_seg){ hit_user(r, addr), part };
		addr += part;
		len -= part;
	}
	*n = filled;
	return RING_GOT;
}

/* ---- dirty log -------------------------------------------------------- */

enum ring_result ring_log_written(struct ring *r, const struct ring_space *space,
				  const struct ring_seg *seg, const u64 *guest,
				  u32 n, u32 bytes)
{
	if (likely(!space->log))
		return RING_GOT;
	if (r->state != RING_RUNNING)
		return ring_not_running(r);
	for (u32 i = 0; i < n && bytes; i++) {
		u32 len = bytes < seg[i].len ? bytes : seg[i].len;

		log_payload(r, space, &seg[i], guest ? &guest[i] : NULL, len);
		bytes -= len;
	}
	return r->state == RING_FAILED ? RING_BROKEN : RING_GOT;
}

enum ring_result ring_log_guest(struct ring *r, const struct ring_space *space,
				u64 gpa, u64 len)
{
	if (r->state != RING_RUNNING)
		return ring_not_running(r);
	if (space->log && len)
		log_add_clipped(r, space, gpa, len);
	return r->state == RING_FAILED ? RING_BROKEN : RING_GOT;
}

enum ring_result ring_log_user(struct ring *r, const struct ring_space *space,
			       u64 user, u64 len)
{
	struct log_visit v = { r, space, DIRTY_PAYLOAD };

	if (r->state != RING_RUNNING)
		return ring_not_running(r);
	if (space->log && space->mem && len)
		ring_memtab_each_guest(space->mem, user, len, log_visit_clipped,
				       &v);
	return r->state == RING_FAILED ? RING_BROKEN : RING_GOT;
}

enum ring_result ring_log_flush(struct ring *r, const struct ring_space *space)
{
	if (r->state != RING_RUNNING)
		return ring_not_running(r);
	return log_flush(r, space);
}
