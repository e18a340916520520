// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks through indirect tables (2.7.5.3, 2.8.7, 2.8.19), and the odd ones
 * that a device must bear.
 */
#include "driver_priv.h"
#include "hostile_priv.h"

/* A good table, with a wrong size in the descriptor that refers to it. */
static void strike_sized(struct hostile *h, uint32_t bytes)
{
	const struct hostile_link inner = hostile_good(h, 8, R);
	struct hostile_link outer = hostile_table(h, &inner, 1);

	outer.len = bytes;
	hostile_strike_links(h, &outer, 1);
}

/* What the table holds does not matter: nobody may look. */
ATTACK(table_rejected)
{
	const struct hostile_link l = hostile_good(h, WIRE_DESC_BYTES, I);

	hostile_strike_links(h, &l, 1);
}

ATTACK(table_empty)
{
	strike_sized(h, 0);
}

ATTACK(table_short)
{
	strike_sized(h, 8);
}

ATTACK(table_odd)
{
	strike_sized(h, WIRE_DESC_BYTES + 8);
}

ATTACK(table_huge)
{
	strike_sized(h, (RING_MAX_TABLE + 1) * WIRE_DESC_BYTES);
}

ATTACK(table_with_next)
{
	const struct hostile_link inner = hostile_good(h, 8, R);
	struct hostile_link l[] = {
		hostile_table(h, &inner, 1), hostile_good(h, 8, R),
	};

	l[0].flags |= N;
	hostile_strike_links(h, l, 2);
}

ATTACK(table_outside)
{
	const struct hostile_link l = { h->bad, WIRE_DESC_BYTES, I, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(table_wraps)
{
	const struct hostile_link l = {
		UINT64_MAX - 15, 2 * WIRE_DESC_BYTES, I, 0
	};

	hostile_strike_links(h, &l, 1);
}

/* A table in a table; a packed device ignores the flag instead. */
ATTACK(table_nested)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N),
		hostile_good(h, WIRE_DESC_BYTES, I),
	};

	hostile_strike_table(h, l, 2);
}

ATTACK(table_loop)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_good(h, 8, R | N),
		{ h->good.addr, 8, R | N, 1 },
	};

	hostile_strike_table(h, l, 3);
}

ATTACK(table_self_loop)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), { h->good.addr, 8, R | N, 1 },
	};

	hostile_strike_table(h, l, 2);
}

static void strike_inner_next(struct hostile *h, uint16_t next)
{
	const struct hostile_link l[] = {
		{ h->good.addr, 8, R | N, next }, hostile_good(h, 8, R),
	};

	hostile_strike_table(h, l, 2);
}

ATTACK(table_next_range)
{
	strike_inner_next(h, 2);
}

ATTACK(table_next_far)
{
	strike_inner_next(h, 0xffff);
}

/* Packed: a list is of direct descriptors only. */
ATTACK(table_in_list)
{
	const struct hostile_link inner = hostile_good(h, 8, R);
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_table(h, &inner, 1),
	};

	hostile_strike_links(h, l, 2);
}

/* Add an honest chain of two through a table, not yet visible. */
static uint32_t add_table(struct hostile *h)
{
	const struct drv_buf buf[] = {
		{ h->good.addr, 8 }, { h->good.addr + 64, 8 },
	};
	const struct drv_chain c = {
		.buf = buf, .n_read = 1, .n_write = 1, .n_table = 2,
	};
	struct drv_ring *r = h->ring;

	if (drv_add(r, &c) != DRV_GOT)
		__builtin_trap();	/* the test gave us no tables */
	if (r->packed)
		return r->deferred_slot;
	return wire16(r->swap, wire_load(&r->avail->ring[
		(uint16_t)(r->next_avail - 1) & (r->num - 1)]));
}

/* WRITE means nothing where INDIRECT is set; the device ignores it. */
ATTACK(table_write_flag)
{
	struct drv_ring *r = h->ring;
	uint32_t at = add_table(h);

	if (r->packed)
		r->deferred_flags |= wire16(r->swap, W);
	else
		wire_store(&r->desc[at].flags, wire16(r->swap, I | W));
	drv_publish(r);
}

/* Packed: only WRITE means anything in a table; the rest is ignored. */
ATTACK(table_odd_flags)
{
	struct drv_ring *r = h->ring;
	uint32_t at = add_table(h);
	char *table = (char *)r->cfg.tables.host +
		      (wire64(r->swap, r->pdesc[at].addr) - r->cfg.tables.addr);
	uint16_t odd[] = { wire16(r->swap, 0xffff & ~W),
			   wire16(r->swap, 0xffff) };

	for (int k = 0; k < 2; k++) {
		char *d = table + k * WIRE_DESC_BYTES;

		memset(d + offsetof(struct wire_pdesc, id), 0xff, 2);
		memcpy(d + offsetof(struct wire_pdesc, flags), &odd[k], 2);
	}
	drv_publish(r);
}
