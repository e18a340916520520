// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of ring.h that touch ring memory: what split and packed rings
 * have in common. Contracts are in ring.h. Part of engine.c.
 */

static inline bool is_packed(const struct ring *r)
{
	return r->flags & RING_F_PACKED;
}

/* ---- setting up ------------------------------------------------------- */

static enum ring_cause reject(struct ring *r, enum ring_cause cause, u32 index,
			      u64 value)
{
	r->fault = (struct ring_fault){ cause, index, value };
	return cause;
}

static u32 area_alignment(enum ring_area area, u32 flags)
{
	static const u8 split[RING_AREAS] = { 16, 2, 4 };
	static const u8 packed[RING_AREAS] = { 16, 4, 4 };

	return flags & RING_F_PACKED ? packed[area] : split[area];
}

static u64 area_last(const struct ring_config *c, enum ring_area area)
{
	return c->area[area] + area_bytes(area, c->num, c->flags) - 1;
}

static enum ring_cause check_area(struct ring *r, const struct ring_config *c,
				  enum ring_area area)
{
	u64 start = c->area[area];
	u64 last = area_last(c, area);

	if (start % area_alignment(area, c->flags))
		return reject(r, RING_BAD_ALIGN, area, start);
	if (last < start)
		return reject(r, RING_BAD_WRAP, area, start);
	if (c->flags & RING_F_IOVA)
		return RING_OK;
	if (!start || (uintptr_t)last != last)
		return reject(r, RING_BAD_ADDRESS, area, start);
	return RING_OK;
}

static bool areas_overlap(const struct ring_config *c, enum ring_area a,
			  enum ring_area b)
{
	return c->area[a] <= area_last(c, b) && c->area[b] <= area_last(c, a);
}

static enum ring_cause check_config(struct ring *r, const struct ring_config *c)
{
	bool packed = c->flags & RING_F_PACKED;
	enum ring_cause cause;

	if (!c->num || c->num > RING_MAX_NUM ||
	    (!packed && (c->num & (c->num - 1))))
		return reject(r, RING_BAD_NUM, 0, c->num);
	if (packed && (c->flags & RING_F_BIG_ENDIAN))
		return reject(r, RING_BAD_FEATURES, 0, c->flags);
	for (int a = 0; a < RING_AREAS; a++) {
		cause = check_area(r, c, a);
		if (cause)
			return cause;
	}
	for (int a = 0; a < RING_AREAS; a++) {
		int b = (a + 1) % RING_AREAS;

		if (areas_overlap(c, a, b))
			return reject(r, RING_BAD_OVERLAP, a, c->area[a]);
	}
	return RING_OK;
}

static bool ring_swaps(u32 flags)
{
	bool host_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return host_big != !!(flags & RING_F_BIG_ENDIAN);
}

static void take_config(struct ring *r, const struct ring_config *config)
{
	bool iova = config->flags & RING_F_IOVA;

	r->flags = config->flags;
	r->last = config->num - 1;
	r->swap = ring_swaps(config->flags);
	for (int a = 0; a < RING_AREAS; a++) {
		r->iova[a] = iova ? config->area[a] : 0;
		r->base[a] = iova ? 0 : config->area[a];
	}
	r->log_gpa[RING_DESC] = config->log_desc;
	r->log_gpa[RING_DEVICE] = config->log_device;
}

enum ring_cause ring_setup(struct ring *r, const struct ring_config *config)
{
	enum ring_cause cause;

	ring_reset(r);
	cause = check_config(r, config);
	if (!cause)
		take_config(r, config);
	return cause;
}

static enum ring_cause check_move(struct ring *r, const struct ring_config *c)
{
	if (c->num != ring_num(r))
		return reject(r, RING_BAD_NUM, 0, c->num);
	if ((c->flags ^ r->flags) & RING_F_PACKED)
		return reject(r, RING_BAD_FEATURES, 0, c->flags);
	return check_config(r, c);
}

enum ring_cause ring_move(struct ring *r, const struct ring_config *config)
{
	enum ring_cause cause;

	if (r->state != RING_RUNNING)
		return r->fault.cause;
	cause = check_move(r, config);
	if (cause) {
		r->state = RING_FAILED;
		return cause;
	}
	take_config(r, config);
	/* What was remembered of the old areas, and what the driver read there. */
	r->hit = (struct ring_range){ .start = 1 };
	r->gen = U64_MAX;
	r->mapped = false;
	r->kicks = KICKS_UNKNOWN;
	r->uncalled = UNCALLED_MAX;
	return RING_OK;
}

enum ring_result ring_start(struct ring *r, const struct ring_space *space,
			    u32 base)
{
	enum ring_result rc;

	if (r->state != RING_STOPPED || r->fault.cause)
		return RING_BROKEN;
	space_enter(r, space);
	rc = is_packed(r) ? packed_start(r, space, base) :
			    split_start(r, space, base);
	if (rc == RING_GOT)
		r->state = RING_RUNNING;
	r->uncalled = UNCALLED_MAX;	/* what was announced is not known */
	return rc;
}

/* Set up and neither started nor rejected. */
static bool can_start(const struct ring *r)
{
	return r->state == RING_STOPPED &&
	       (r->flags & RING_F_IOVA || r->base[RING_DESC]);
}

enum ring_result ring_map_areas(struct ring *r, const struct ring_space *space)
{
	if (unlikely(r->state != RING_RUNNING) && !can_start(r))
		return ring_not_running(r);
	if (likely(!(r->flags & RING_F_IOVA)))
		return RING_GOT;
	space_enter(r, space);
	return r->mapped ? RING_GOT : map_areas(r, space);
}

enum ring_result ring_untouched(struct ring *r, const struct ring_space *space)
{
	if (r->state != RING_RUNNING)
		return ring_not_running(r);
	space_enter(r, space);
	return is_packed(r) ? packed_untouched(r, space) :
			      split_untouched(r, space);
}

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
