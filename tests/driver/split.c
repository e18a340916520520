// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver side of a split ring: virtio 1.3, section 2.7.
 *
 * Runs in the one thread that owns the ring. Barriers DRV-1, DRV-3, DRV-4;
 * see driver.h.
 */
#include "driver_priv.h"

static uint16_t slot_of(const struct drv_ring *r, uint16_t idx)
{
	return idx & (r->num - 1);
}

/* The event indices lie behind the rings (2.7.6, 2.7.8). */
static uint16_t *used_event(struct drv_ring *r)
{
	return &r->avail->ring[r->num];
}

static uint16_t *avail_event(struct drv_ring *r)
{
	return (uint16_t *)(void *)&r->used->ring[r->num];
}

void drv_split_restart(struct drv_ring *r, uint16_t pos)
{
	wire_store(&r->avail->idx, wire16(r->swap, pos));
	wire_store(&r->used->idx, wire16(r->swap, pos));
	if (!r->event_idx)
		return;
	wire_store(used_event(r), wire16(r->swap, pos));
	wire_store(avail_event(r), wire16(r->swap, pos));
}

/* ---- adding ----------------------------------------------------------- */

/* Under IN_ORDER descriptors are used in ring order (2.7.5). */
static uint16_t take_desc(struct drv_ring *r)
{
	if (!r->in_order)
		return drv_take_free(r);

	uint16_t i = r->next_desc;

	r->next_desc = slot_of(r, i + 1);
	return i;
}

static struct wire_desc make_desc(const struct drv_ring *r,
				  const struct drv_buf *buf, uint16_t flags,
				  uint16_t next)
{
	return (struct wire_desc){
		.addr = wire64(r->swap, buf->addr),
		.len = wire32(r->swap, buf->len),
		.flags = wire16(r->swap, flags),
		.next = wire16(r->swap, next),
	};
}

/*
 * Where in a table of n its k-th descriptor goes. The first one is always at
 * 0; the others may come in any order, unless IN_ORDER asks for this one.
 */
static uint32_t table_place(uint32_t k, uint32_t n, uint32_t turn)
{
	if (!k || !turn)
		return k;
	return 1 + (n - 1 - k + turn) % (n - 1);
}

/* Fill a table with the chain's last buffers. Returns its writable bytes. */
static uint32_t fill_table(struct drv_ring *r, const struct drv_chain *c,
			   char *table)
{
	bool mix = (r->whims & DRV_MIXED_TABLES) && !r->in_order;
	uint32_t turn = mix ? drv_random(&r->random) % c->n_table : 0;
	uint32_t first = c->n_read + c->n_write - c->n_table;
	uint32_t write_len = 0;

	for (uint32_t k = 0; k < c->n_table; k++) {
		const struct drv_buf *buf = &c->buf[first + k];
		uint32_t at = table_place(k, c->n_table, turn);
		uint16_t flags = 0, next = 0;

		if (first + k >= c->n_read) {
			flags = WIRE_WRITE;
			write_len += buf->len;
		}
		if (k + 1 < c->n_table) {
			flags |= WIRE_NEXT;
			next = table_place(k + 1, c->n_table, turn);
		}

		struct wire_desc d = make_desc(r, buf, flags, next);

		/* The table need not be aligned. */
		memcpy(table + (size_t)at * sizeof(d), &d, sizeof(d));
	}
	return write_len;
}

/* Fill a table and say what the descriptor that refers to it holds. */
static struct drv_buf put_table(struct drv_ring *r, const struct drv_chain *c,
				struct drv_state *state)
{
	struct drv_table table = drv_table_take(r);

	state->table = table.index + 1;
	state->write_len += fill_table(r, c, table.host);
	return (struct drv_buf){
		.addr = table.addr,
		.len = c->n_table * WIRE_DESC_BYTES,
	};
}

void drv_split_put(struct drv_ring *r, const struct drv_chain *c,
		   uint32_t slots)
{
	uint32_t n_direct = c->n_table ? slots - 1 : slots;
	struct drv_state state = { .token = c->token, .slots = slots };
	uint16_t head = take_desc(r);
	uint16_t i = head;

	for (uint32_t k = 0; k < slots; k++) {
		struct drv_buf buf;
		uint16_t flags = 0, next = 0;

		if (k < n_direct)
			buf = c->buf[k];
		else
			buf = put_table(r, c, &state);
		if (k == n_direct) {
			flags = WIRE_INDIRECT;
		} else if (k >= c->n_read) {
			flags = WIRE_WRITE;
			state.write_len += buf.len;
		}
		if (k + 1 < slots) {
			flags |= WIRE_NEXT;
			next = take_desc(r);
		}

		struct wire_desc d = make_desc(r, &buf, flags, next);

		wire_store_desc(&r->desc[i], &d);
		r->chained[i] = next;
		i = next;
	}
	wire_store(&r->avail->ring[slot_of(r, r->next_avail)],
		   wire16(r->swap, head));
	r->next_avail++;
	drv_remember(r, head, &state);
}

void drv_split_publish(struct drv_ring *r)
{
	/*
	 * DRV-1: descriptors, tables, avail entries and buffers before the
	 * index. Pairs with the device's acquire of the avail index.
	 */
	wire_store_release(&r->avail->idx, wire16(r->swap, r->next_avail));
	r->unasked += r->unpublished;
}

bool drv_split_kick(struct drv_ring *r)
{
	/*
	 * DRV-3: the avail index before reading the device's suppression.
	 * Pairs with the device's fence between enabling kicks and looking at
	 * the avail index again: one of us sees the other.
	 */
	wire_fence();
	if (!r->event_idx) {
		uint16_t flags = wire16(r->swap, wire_load(&r->used->flags));

		return !(flags & WIRE_NO_NOTIFY);
	}

	/* 2.7.10: was the entry at avail_event among the new ones? */
	uint16_t event = wire16(r->swap, wire_load(avail_event(r)));
	uint16_t published = r->next_avail - r->unpublished;
	uint16_t back = published - 1 - event;

	return back < r->unasked;
}

/* ---- taking back ------------------------------------------------------ */

static void free_descs(struct drv_ring *r, uint16_t head)
{
	uint16_t i = head;

	if (r->in_order)
		return;
	for (uint32_t k = r->state[head].slots; k; k--) {
		r->free[r->n_free++] = i;
		i = r->chained[i];
	}
}

/* Look whether there is an entry; the index is read only when we must. */
static enum drv_result look_used(struct drv_ring *r)
{
	if (r->used_seen != r->next_used)
		return DRV_GOT;

	/*
	 * DRV-4: the used index before used entries and buffers. Pairs with
	 * the device's release of the used index.
	 */
	uint16_t idx = wire16(r->swap, wire_load_acquire(&r->used->idx));

	if (idx == r->next_used)
		return DRV_EMPTY;
	if ((uint16_t)(idx - r->next_used) > r->in_flight - r->unpublished)
		return drv_break(r, DRV_BAD_USED_IDX);
	r->used_seen = idx;
	return DRV_GOT;
}

bool drv_split_pending(struct drv_ring *r)
{
	return r->used_seen != r->next_used ||
	       wire16(r->swap, wire_load(&r->used->idx)) != r->next_used;
}

static enum drv_result step_batch(struct drv_ring *r, struct drv_used *u)
{
	if (r->next_used == r->used_seen)
		return drv_break(r, DRV_BAD_USED_BATCH);
	drv_batch_step(r, u);
	r->next_used++;
	return DRV_GOT;
}

enum drv_result drv_split_get(struct drv_ring *r, struct drv_used *u)
{
	if (r->batch)
		return step_batch(r, u);

	enum drv_result res = look_used(r);

	if (res != DRV_GOT)
		return res;

	struct wire_used_elem *e = &r->used->ring[slot_of(r, r->next_used)];
	uint32_t id = wire32(r->swap, wire_load(&e->id));
	uint32_t len = wire32(r->swap, wire_load(&e->len));

	if (!drv_id_known(r, id))
		return drv_break(r, DRV_BAD_USED_ID);
	if (len > r->state[id].write_len)
		return drv_break(r, DRV_BAD_USED_LEN);
	if (r->in_order) {
		r->batch_last = id;
		r->batch_len = len;
		return step_batch(r, u);
	}
	free_descs(r, id);
	drv_forget(r, id, len, u);
	r->next_used++;
	return DRV_GOT;
}

/* ---- our suppression -------------------------------------------------- */

void drv_split_enable_calls(struct drv_ring *r, uint16_t ahead)
{
	if (r->event_idx)
		wire_store(used_event(r),
			   wire16(r->swap, r->next_used + ahead));
	else
		wire_store(&r->avail->flags, 0);
}

void drv_split_disable_calls(struct drv_ring *r)
{
	/*
	 * With EVENT_IDX the flags stay 0 (2.7.7.1); the index of an entry
	 * written long ago is as far away as can be.
	 */
	if (r->event_idx)
		wire_store(used_event(r), wire16(r->swap, r->next_used - 1));
	else
		wire_store(&r->avail->flags,
			   wire16(r->swap, WIRE_NO_INTERRUPT));
}
