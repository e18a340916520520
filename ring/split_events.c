// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split rings: notifications both ways (2.7.7, 2.7.10). Part of engine.c.
 */

/* Does the driver want a call for the last @new of the published (2.7.7)? */
static bool split_call_wanted(struct ring *r, const struct ring_space *sp,
			      u32 new)
{
	bool by_index = r->flags & RING_F_EVENT_IDX;
	u32 off = by_index ? used_event_offset(ring_num(r)) : AVAIL_FLAGS;
	u16 value;

	if (unlikely((r->flags & RING_F_NOTIFY_ON_EMPTY) &&
		     r->avail_idx == r->next_avail))
		return true;
	if (area_get16(r, sp, RING_DRIVER, off, &value) != RING_GOT)
		return true;
	if (!by_index)
		return !(value & AVAIL_NO_INTERRUPT);
	return (u16)(r->published - value - 1) < new;
}

/* Without EVENT_IDX the device says by a flag whether it wants kicks. */
static enum ring_result split_say_kicks(struct ring *r,
					const struct ring_space *sp,
					enum kick_state kicks)
{
	enum ring_result rc;

	if (r->kicks == kicks)
		return RING_GOT;
	rc = area_put16_logged(r, sp, RING_DEVICE, USED_FLAGS,
			       kicks == KICKS_OFF ? USED_NO_NOTIFY : 0);
	if (rc == RING_GOT)
		r->kicks = kicks;
	return rc;
}

/* Ask for a kick at the first chain not seen (2.7.10); then look again. */
static enum ring_result split_enable_kicks(struct ring *r, const struct ring_space *sp)
{
	u16 seen = r->next_avail + r->seen;
	enum ring_result rc;

	if (r->flags & RING_F_EVENT_IDX)
		rc = area_put16_logged(r, sp, RING_DEVICE,
				       avail_event_offset(ring_num(r)), seen);
	else
		rc = split_say_kicks(r, sp, KICKS_ON);
	if (rc != RING_GOT)
		return rc;
	mem_mb();	/* B4: enabled, then look; pairs with DRV-3 */
	rc = split_look(r, sp);
	if (rc != RING_GOT)
		return rc;
	return r->avail_idx == seen ? RING_EMPTY : RING_GOT;
}

/* With EVENT_IDX an event index that the driver has passed asks for no kick. */
static enum ring_result split_disable_kicks(struct ring *r, const struct ring_space *sp)
{
	if (r->flags & RING_F_EVENT_IDX)
		return RING_GOT;
	return split_say_kicks(r, sp, KICKS_OFF);
}
