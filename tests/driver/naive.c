// SPDX-License-Identifier: GPL-2.0-only
/*
 * A naive device, one chain at a time, and trusting; see naive.h.
 *
 * Runs in the one thread that owns the device. Its barriers pair with the
 * driver's and are named after them.
 */
#include "naive.h"

void naive_init(struct naive_dev *d, const struct drv_config *cfg,
		const struct drv_mem *mem, uint32_t n_mem)
{
	*d = (struct naive_dev){
		.cfg = *cfg,
		.mem = mem,
		.n_mem = n_mem,
		.packed = cfg->format == DRV_PACKED,
		.swap = wire_swapped(cfg->features & DRV_F_BIG_ENDIAN),
		.event_idx = cfg->features & DRV_F_EVENT_IDX,
	};
	naive_restart(d, 0, true);
}

void naive_restart(struct naive_dev *d, uint16_t pos, bool wrap)
{
	d->next_avail = pos;
	d->next_used = pos;
	d->avail_wrap = wrap;
	d->used_wrap = wrap;
	d->unasked = 0;
}

/* ---- memory ----------------------------------------------------------- */

/* Bytes at an address, at most *len of them, in one region. */
static void *translate(const struct naive_dev *d, uint64_t addr, uint32_t *len)
{
	for (uint32_t i = 0; i < d->n_mem; i++) {
		const struct drv_mem *m = &d->mem[i];
		uint64_t at = addr - m->addr;

		if (at >= m->size)
			continue;
		if (*len > m->size - at)
			*len = m->size - at;
		return (char *)m->host + at;
	}
	__builtin_trap();	/* a bug of the test: the driver is honest */
}

static void add_seg(const struct naive_dev *d, struct naive_chain *c,
		    uint64_t addr, uint32_t len, bool write)
{
	if (write)
		c->write_len += len;
	else
		c->read_len += len;
	while (len) {
		struct naive_seg *s = &c->seg[c->n_read + c->n_write];

		s->len = len;
		s->base = translate(d, addr, &s->len);
		addr += s->len;
		len -= s->len;
		if (write)
			c->n_write++;
		else
			c->n_read++;
	}
}

/* ---- split ------------------------------------------------------------ */

static struct wire_avail *avail_of(const struct naive_dev *d)
{
	return d->cfg.area[DRV_DRIVER];
}

static struct wire_used *used_of(const struct naive_dev *d)
{
	return d->cfg.area[DRV_DEVICE];
}

static struct wire_desc load_desc(const struct naive_dev *d,
				  const void *table, uint32_t i)
{
	struct wire_desc e;

	memcpy(&e, (const char *)table + (size_t)i * sizeof(e), sizeof(e));
	return (struct wire_desc){
		.addr = wire64(d->swap, e.addr),
		.len = wire32(d->swap, e.len),
		.flags = wire16(d->swap, e.flags),
		.next = wire16(d->swap, e.next),
	};
}

static void walk_split(const struct naive_dev *d, struct naive_chain *c)
{
	const void *table = d->cfg.area[DRV_DESC];
	uint16_t i = c->id;

	for (;;) {
		struct wire_desc e = load_desc(d, table, i);

		c->slots += table == d->cfg.area[DRV_DESC];
		if (e.flags & WIRE_INDIRECT) {
			table = translate(d, e.addr, &e.len);
			i = 0;
			continue;
		}
		add_seg(d, c, e.addr, e.len, e.flags & WIRE_WRITE);
		if (!(e.flags & WIRE_NEXT))
			return;
		i = e.next;
	}
}

/* DRV-1: the avail index before what it tells of. */
static bool split_available(const struct naive_dev *d)
{
	uint16_t idx = wire_load_acquire(&avail_of(d)->idx);

	return wire16(d->swap, idx) != d->next_avail;
}

static void pop_split(struct naive_dev *d, struct naive_chain *c)
{
	uint16_t slot = d->next_avail++ & (d->cfg.num - 1);

	c->id = wire16(d->swap, wire_load(&avail_of(d)->ring[slot]));
	walk_split(d, c);
}

static void push_split(struct naive_dev *d, uint16_t id, uint32_t len,
		       uint32_t chains)
{
	struct wire_used *used = used_of(d);
	uint16_t slot = d->next_used & (d->cfg.num - 1);

	wire_store(&used->ring[slot].id, wire32(d->swap, id));
	wire_store(&used->ring[slot].len, wire32(d->swap, len));
	d->next_used += chains;
	d->unasked += chains;
	/* DRV-4: entries and buffers before the used index. */
	wire_store_release(&used->idx, wire16(d->swap, d->next_used));
}

static bool split_call(const struct naive_dev *d)
{
	struct wire_avail *avail = avail_of(d);

	if (!d->event_idx)
		return !(wire16(d->swap, wire_load(&avail->flags)) &
			 WIRE_NO_INTERRUPT);

	uint16_t event = wire16(d->swap, wire_load(&avail->ring[d->cfg.num]));
	uint16_t back = d->next_used - 1 - event;

	return back < d->unasked;
}

static void split_notify(struct naive_dev *d, bool want)
{
	struct wire_used *used = used_of(d);

	if (d->event_idx)
		wire_store((uint16_t *)(void *)&used->ring[d->cfg.num],
			   wire16(d->swap, d->next_avail - !want));
	else
		wire_store(&used->flags,
			   wire16(d->swap, want ? 0 : WIRE_NO_NOTIFY));
}

/* ---- packed ----------------------------------------------------------- */

static void step(const struct naive_dev *d, uint16_t *slot, bool *wrap,
		 uint32_t by)
{
	uint32_t next = *slot + by;

	if (next >= d->cfg.num) {
		next -= d->cfg.num;
		*wrap = !*wrap;
	}
	*slot = next;
}

static struct wire_pdesc load_pdesc(const struct naive_dev *d,
				    const void *table, uint32_t i)
{
	struct wire_pdesc e;

	memcpy(&e, (const char *)table + (size_t)i * sizeof(e), sizeof(e));
	return (struct wire_pdesc){
		.addr = wire64(d->swap, e.addr),
		.len = wire32(d->swap, e.len),
		.id = wire16(d->swap, e.id),
		.flags = wire16(d->swap, e.flags),
	};
}

static void walk_table(const struct naive_dev *d, struct naive_chain *c,
		       uint64_t addr, uint32_t len)
{
	const void *table = translate(d, addr, &len);

	for (uint32_t i = 0; i < len / WIRE_DESC_BYTES; i++) {
		struct wire_pdesc e = load_pdesc(d, table, i);

		add_seg(d, c, e.addr, e.len, e.flags & WIRE_WRITE);
	}
}

/* DRV-2: the flags before the rest of the chain. */
static bool packed_available(const struct naive_dev *d)
{
	struct wire_pdesc *ring = d->cfg.area[DRV_DESC];
	uint16_t flags = wire_load_acquire(&ring[d->next_avail].flags);

	flags = wire16(d->swap, flags);
	return !!(flags & WIRE_AVAIL) == d->avail_wrap &&
	       !!(flags & WIRE_USED) != d->avail_wrap;
}

static void pop_packed(struct naive_dev *d, struct naive_chain *c)
{
	struct wire_pdesc e;

	do {
		e = load_pdesc(d, d->cfg.area[DRV_DESC], d->next_avail);
		if (e.flags & WIRE_INDIRECT)
			walk_table(d, c, e.addr, e.len);
		else
			add_seg(d, c, e.addr, e.len, e.flags & WIRE_WRITE);
		c->slots++;
		step(d, &d->next_avail, &d->avail_wrap, 1);
	} while (e.flags & WIRE_NEXT);
	c->id = e.id;
}

static void push_packed(struct naive_dev *d, uint16_t id, uint32_t len,
			uint32_t slots)
{
	struct wire_pdesc *ring = d->cfg.area[DRV_DESC];
	struct wire_pdesc *to = &ring[d->next_used];
	uint16_t flags = d->used_wrap ? WIRE_AVAIL | WIRE_USED : 0;

	if (len)
		flags |= WIRE_WRITE;
	wire_store(&to->id, wire16(d->swap, id));
	wire_store(&to->len, wire32(d->swap, len));
	/* DRV-5: the rest and the buffers before the flags. */
	wire_store_release(&to->flags, wire16(d->swap, flags));
	step(d, &d->next_used, &d->used_wrap, slots);
	d->unasked += slots;
}

static bool packed_call(const struct naive_dev *d)
{
	struct wire_event e = wire_load_event(d->cfg.area[DRV_DRIVER]);
	uint32_t num = d->cfg.num, end, event;

	switch (wire16(d->swap, e.flags)) {
	case WIRE_EVENT_ENABLE:
		return true;
	case WIRE_EVENT_DISABLE:
		return false;
	}
	/* Both places on a circle of two laps; 1 back is the last one used. */
	event = wire16(d->swap, e.off_wrap);
	event = (event & ~WIRE_EVENT_WRAP) +
		(event & WIRE_EVENT_WRAP ? 0 : num);
	end = d->next_used + (d->used_wrap ? 0 : num);
	return (end + 2 * num - event - 1) % (2 * num) < d->unasked;
}

static void packed_notify(struct naive_dev *d, bool want)
{
	uint16_t off_wrap = d->next_avail |
			    (d->avail_wrap ? WIRE_EVENT_WRAP : 0);
	uint16_t on = d->event_idx ? WIRE_EVENT_DESC : WIRE_EVENT_ENABLE;

	wire_store_event(d->cfg.area[DRV_DEVICE], (struct wire_event){
		.off_wrap = wire16(d->swap, d->event_idx ? off_wrap : 0),
		.flags = wire16(d->swap, want ? on : WIRE_EVENT_DISABLE),
	});
}

/* ---- both ------------------------------------------------------------- */

static bool available(const struct naive_dev *d)
{
	return d->packed ? packed_available(d) : split_available(d);
}

bool naive_pop(struct naive_dev *d, struct naive_chain *c)
{
	if (!available(d))
		return false;
	c->slots = 0;
	c->n_read = 0;
	c->n_write = 0;
	c->read_len = 0;
	c->write_len = 0;
	if (d->packed)
		pop_packed(d, c);
	else
		pop_split(d, c);
	return true;
}

void naive_push_batch(struct naive_dev *d, const struct naive_chain *last,
		      uint32_t len, uint32_t chains, uint32_t slots)
{
	if (d->packed)
		push_packed(d, last->id, len, slots);
	else
		push_split(d, last->id, len, chains);
}

void naive_push(struct naive_dev *d, const struct naive_chain *c, uint32_t len)
{
	naive_push_batch(d, c, len, 1, c->slots);
}

bool naive_call_needed(struct naive_dev *d)
{
	if (!d->unasked)
		return false;
	/* DRV-6: used entries before reading the driver's suppression. */
	wire_fence();

	bool call = d->packed ? packed_call(d) : split_call(d);

	d->unasked = 0;
	return call;
}

static void notify(struct naive_dev *d, bool want)
{
	if (d->packed)
		packed_notify(d, want);
	else
		split_notify(d, want);
}

bool naive_enable_kicks(struct naive_dev *d)
{
	notify(d, true);
	/* DRV-3: our suppression before looking again. */
	wire_fence();
	return available(d);
}

void naive_disable_kicks(struct naive_dev *d)
{
	notify(d, false);
}

uint32_t naive_run(struct naive_dev *d,
		   uint32_t (*handle)(void *arg, const struct naive_chain *c),
		   void *arg, bool *call)
{
	static _Thread_local struct naive_chain c;
	uint32_t n = 0;

	for (; naive_pop(d, &c); n++) {
		naive_push(d, &c, handle(arg, &c));
		*call |= naive_call_needed(d);
	}
	return n;
}
