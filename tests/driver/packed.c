// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver side of a packed ring: virtio 1.3, section 2.8.
 *
 * Chains added and not published are written out completely, but for the
 * flags of the very first descriptor: a device looks at no other before it.
 *
 * Runs in the one thread that owns the ring. Barriers DRV-2, DRV-3, DRV-5;
 * see driver.h.
 */
#include "driver_priv.h"

/* The bits that make a descriptor available on a lap, or used (2.8.1). */
static uint16_t avail_bits(bool wrap)
{
	return wrap ? WIRE_AVAIL : WIRE_USED;
}

static uint16_t used_bits(bool wrap)
{
	return wrap ? WIRE_AVAIL | WIRE_USED : 0;
}

void drv_packed_restart(struct drv_ring *r, uint16_t pos, bool wrap)
{
	r->avail_wrap = wrap;
	r->used_wrap = wrap;
	/* As if everything so far was used: this lap up to pos, the one
	 * before behind it. A new ring is all zero.
	 */
	for (uint32_t i = 0; i < r->num; i++)
		wire_store(&r->pdesc[i].flags,
			   wire16(r->swap, used_bits(i < pos ? wrap : !wrap)));
}

/* ---- adding ----------------------------------------------------------- */

static struct wire_pdesc make_desc(const struct drv_ring *r,
				   const struct drv_buf *buf, uint16_t id,
				   uint16_t flags)
{
	return (struct wire_pdesc){
		.addr = wire64(r->swap, buf->addr),
		.len = wire32(r->swap, buf->len),
		.id = wire16(r->swap, id),
		.flags = wire16(r->swap, flags),
	};
}

/* Fill a table with all of the chain. Returns its writable bytes. */
static uint32_t fill_table(struct drv_ring *r, const struct drv_chain *c,
			   char *table)
{
	uint32_t write_len = 0;

	for (uint32_t k = 0; k < c->n_table; k++) {
		bool write = k >= c->n_read;
		/* WRITE is the only flag here, and there is no id (2.8.7). */
		struct wire_pdesc d = make_desc(r, &c->buf[k], 0,
						write ? WIRE_WRITE : 0);

		if (write)
			write_len += c->buf[k].len;
		/* The table need not be aligned. */
		memcpy(table + (size_t)k * sizeof(d), &d, sizeof(d));
	}
	return write_len;
}

/* Everything but the flags. */
static void store_head(struct drv_ring *r, uint16_t slot,
		       const struct wire_pdesc *d)
{
	struct wire_pdesc *to = &r->pdesc[slot];

	wire_store(&to->addr, d->addr);
	wire_store(&to->len, d->len);
	wire_store(&to->id, d->id);
}

static void step_avail(struct drv_ring *r)
{
	if (++r->next_avail < r->num)
		return;
	r->next_avail = 0;
	r->avail_wrap = !r->avail_wrap;
}

/* Write descriptors from next_avail on. Returns the first one's flags. */
static uint16_t put_direct(struct drv_ring *r, const struct drv_chain *c,
			   uint16_t id, struct drv_state *state)
{
	uint16_t head_flags = 0;

	for (uint32_t k = 0; k < state->slots; k++) {
		uint16_t flags = avail_bits(r->avail_wrap);

		if (k >= c->n_read) {
			flags |= WIRE_WRITE;
			state->write_len += c->buf[k].len;
		}
		if (k + 1u < state->slots)
			flags |= WIRE_NEXT;

		struct wire_pdesc d = make_desc(r, &c->buf[k], id, flags);

		if (k) {
			wire_store_desc(&r->pdesc[r->next_avail], &d);
		} else {
			store_head(r, r->next_avail, &d);
			head_flags = d.flags;
		}
		step_avail(r);
	}
	return head_flags;
}

/* The same, for one descriptor that refers to a table. */
static uint16_t put_indirect(struct drv_ring *r, const struct drv_chain *c,
			     uint16_t id, struct drv_state *state)
{
	struct drv_table table = drv_table_take(r);
	struct drv_buf buf = {
		.addr = table.addr,
		.len = c->n_table * WIRE_DESC_BYTES,
	};
	struct wire_pdesc d = make_desc(r, &buf, id, WIRE_INDIRECT |
						     avail_bits(r->avail_wrap));

	state->table = table.index + 1;
	state->write_len = fill_table(r, c, table.host);
	store_head(r, r->next_avail, &d);
	step_avail(r);
	return d.flags;
}

void drv_packed_put(struct drv_ring *r, const struct drv_chain *c,
		    uint32_t slots)
{
	struct drv_state state = { .token = c->token, .slots = slots };
	uint16_t id = drv_take_free(r);
	uint16_t head = r->next_avail;
	uint16_t flags;

	if (c->n_table)
		flags = put_indirect(r, c, id, &state);
	else
		flags = put_direct(r, c, id, &state);
	if (r->unpublished) {
		/* DRV-2, though the device cannot see it before the first flags. */
		wire_store_release(&r->pdesc[head].flags, flags);
	} else {
		r->deferred_slot = head;
		r->deferred_flags = flags;
	}
	r->held_slots += slots;
	drv_remember(r, id, &state);
}

void drv_packed_publish(struct drv_ring *r)
{
	/*
	 * DRV-2: the chain and all that follow it, tables and buffers before
	 * the first one's flags. Pairs with the device's acquire of the flags.
	 */
	wire_store_release(&r->pdesc[r->deferred_slot].flags, r->deferred_flags);
	r->unasked += r->held_slots;
	r->held_slots = 0;
}

/*
 * Slots from the one an event names to the end of what is published, counting
 * it, on a circle of two laps: 1 for the last one published.
 */
static uint32_t slots_since(const struct drv_ring *r, uint16_t off_wrap)
{
	uint32_t lap2 = 2u * r->num;
	uint32_t off = off_wrap & ~WIRE_EVENT_WRAP;
	uint32_t event = off + (off_wrap & WIRE_EVENT_WRAP ? 0 : r->num);
	uint32_t end = r->next_avail + (r->avail_wrap ? 0 : r->num);
	uint32_t since = (end + 2 * lap2 - r->held_slots - event) % lap2;

	return since ? since : lap2;
}

bool drv_packed_kick(struct drv_ring *r)
{
	/*
	 * DRV-3: the flags published before reading the device's suppression.
	 * Pairs with the device's fence between enabling kicks and looking at
	 * the flags again: one of us sees the other.
	 */
	wire_fence();

	struct wire_event e = wire_load_event(r->device_event);
	uint16_t off_wrap = wire16(r->swap, e.off_wrap);

	switch (wire16(r->swap, e.flags) & WIRE_EVENT_FLAGS) {
	case WIRE_EVENT_DISABLE:
		return false;
	case WIRE_EVENT_DESC:
		if (!r->event_idx || (off_wrap & ~WIRE_EVENT_WRAP) >= r->num)
			return true;
		return slots_since(r, off_wrap) <= r->unasked;
	default:	/* enabled, or reserved: one kick too many does no harm */
		return true;
	}
}

/* ---- taking back ------------------------------------------------------ */

static bool flags_used(const struct drv_ring *r, uint16_t flags)
{
	return (flags & (WIRE_AVAIL | WIRE_USED)) == used_bits(r->used_wrap);
}

/* Without a chain the device can see, nothing can be used. */
bool drv_packed_pending(struct drv_ring *r)
{
	uint16_t flags = wire_load(&r->pdesc[r->next_used].flags);

	return r->in_flight > r->unpublished &&
	       flags_used(r, wire16(r->swap, flags));
}

static void step_used(struct drv_ring *r, uint16_t slots)
{
	uint32_t next = (uint32_t)r->next_used + slots;

	if (next >= r->num) {
		next -= r->num;
		r->used_wrap = !r->used_wrap;
	}
	r->next_used = next;
}

static enum drv_result step_batch(struct drv_ring *r, struct drv_used *u)
{
	uint16_t id = r->order[r->order_first];

	if (r->in_flight == r->unpublished)
		return drv_break(r, DRV_BAD_USED_BATCH);
	step_used(r, r->state[id].slots);
	r->free[r->n_free++] = id;
	drv_batch_step(r, u);
	return DRV_GOT;
}

enum drv_result drv_packed_get(struct drv_ring *r, struct drv_used *u)
{
	if (r->batch)
		return step_batch(r, u);
	if (r->in_flight == r->unpublished)
		return DRV_EMPTY;

	/*
	 * DRV-5: the flags before the rest of the descriptor and the buffers.
	 * Pairs with the device's release of the flags.
	 */
	struct wire_pdesc *d = &r->pdesc[r->next_used];
	uint16_t flags = wire16(r->swap, wire_load_acquire(&d->flags));

	if (!flags_used(r, flags))
		return DRV_EMPTY;

	uint16_t id = wire16(r->swap, wire_load(&d->id));
	uint32_t len = wire32(r->swap, wire_load(&d->len));

	/* Without WRITE the length means nothing (2.8.4). */
	if (!(flags & WIRE_WRITE))
		len = 0;
	if (!drv_id_known(r, id))
		return drv_break(r, DRV_BAD_USED_ID);
	if (len > r->state[id].write_len)
		return drv_break(r, DRV_BAD_USED_LEN);
	if (r->in_order) {
		r->batch_last = id;
		r->batch_len = len;
		return step_batch(r, u);
	}
	step_used(r, r->state[id].slots);
	r->free[r->n_free++] = id;
	drv_forget(r, id, len, u);
	return DRV_GOT;
}

/* ---- our suppression -------------------------------------------------- */

static void store_event(struct drv_ring *r, uint16_t off_wrap, uint16_t flags)
{
	wire_store_event(r->driver_event, (struct wire_event){
		.off_wrap = wire16(r->swap, off_wrap),
		.flags = wire16(r->swap, flags),
	});
}

void drv_packed_enable_calls(struct drv_ring *r, uint16_t ahead)
{
	uint32_t off = r->next_used + ahead % r->num;
	bool wrap = r->used_wrap;

	if (!r->event_idx) {
		store_event(r, 0, WIRE_EVENT_ENABLE);
		return;
	}
	if (off >= r->num) {
		off -= r->num;
		wrap = !wrap;
	}
	store_event(r, off | (wrap ? WIRE_EVENT_WRAP : 0), WIRE_EVENT_DESC);
}

void drv_packed_disable_calls(struct drv_ring *r)
{
	store_event(r, 0, WIRE_EVENT_DISABLE);
}
