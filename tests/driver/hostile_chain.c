// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks through what a chain contains: lengths, addresses, order. They look
 * the same in both formats.
 */
#include "hostile_priv.h"

ATTACK(zero_length)
{
	const struct hostile_link l = hostile_good(h, 0, R);

	hostile_strike_links(h, &l, 1);
}

ATTACK(zero_length_tail)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_good(h, 0, W),
	};

	hostile_strike_links(h, l, 2);
}

ATTACK(zero_length_table)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_good(h, 0, W),
	};

	hostile_strike_table(h, l, 2);
}

ATTACK(address_outside)
{
	const struct hostile_link l = { h->bad, 16, R, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(address_outside_tail)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), { h->bad, 16, W, 0 },
	};

	hostile_strike_links(h, l, 2);
}

/* Begins in a region, ends one byte behind it. */
ATTACK(address_over_edge)
{
	const struct hostile_link l = { h->edge, 2, W, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(address_read_only)
{
	const struct hostile_link l = { h->read_only, 16, W, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(address_write_only)
{
	const struct hostile_link l = { h->write_only, 16, R, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(address_wraps)
{
	const struct hostile_link l = { UINT64_MAX - 7, 9, W, 0 };

	hostile_strike_links(h, &l, 1);
}

/* Ends with the very last byte: no region there, but no wrap either. */
ATTACK(address_top)
{
	const struct hostile_link l = { UINT64_MAX - 7, 8, W, 0 };

	hostile_strike_links(h, &l, 1);
}

ATTACK(order)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, W | N), hostile_good(h, 8, R),
	};

	hostile_strike_links(h, l, 2);
}

ATTACK(order_table)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, W | N), hostile_good(h, 8, R),
	};

	hostile_strike_table(h, l, 2);
}

/* Each part is in order, the whole is not. */
ATTACK(order_mixed)
{
	const struct hostile_link inner = hostile_good(h, 8, R);
	const struct hostile_link l[] = {
		hostile_good(h, 8, W | N), hostile_table(h, &inner, 1),
	};

	hostile_strike_links(h, l, 2);
}

/* n links of the same memory; the last one of another length. */
static void many(struct hostile *h, struct hostile_link *l, uint32_t n,
		 uint32_t len)
{
	for (uint32_t k = 0; k < n; k++)
		l[k] = hostile_good(h, len, R | (k + 1 < n ? N : 0));
}

/* 2^32 bytes: one more than fits, in as few links as the memory allows. */
static uint32_t too_much(struct hostile *h, struct hostile_link *l)
{
	uint64_t most = h->good.size < (1u << 30) ? h->good.size : 1u << 30;
	uint32_t n = ((1ull << 32) + most - 1) / most;

	many(h, l, n, most);
	l[n - 1].len = (1ull << 32) - (n - 1) * most;
	return n;
}

ATTACK(total_direct)
{
	struct hostile_link l[RING_MAX_SEGS];

	hostile_strike_links(h, l, too_much(h, l));
}

ATTACK(total_table)
{
	struct hostile_link l[RING_MAX_SEGS];

	hostile_strike_table(h, l, too_much(h, l));
}

ATTACK(segs_direct)
{
	struct hostile_link l[RING_MAX_SEGS + 1];

	many(h, l, RING_MAX_SEGS + 1, 8);
	hostile_strike_links(h, l, RING_MAX_SEGS + 1);
}

ATTACK(segs_table)
{
	struct hostile_link l[RING_MAX_SEGS + 1];

	many(h, l, RING_MAX_SEGS + 1, 8);
	hostile_strike_table(h, l, RING_MAX_SEGS + 1);
}
