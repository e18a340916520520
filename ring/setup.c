// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring's configuration: validated, adopted, started (contracts are in ring.h).
 * Part of engine.c.
 */

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

/* ring_setup() succeeded, and the ring was not started since. */
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
