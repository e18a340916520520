// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings: notifications both ways (2.8.10). Part of engine.c.
 */

/*
 * How many slots before the end of what is published the driver's event slot
 * lies, on a circle of two laps, which is all that slot and wrap counter determine:
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
