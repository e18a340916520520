// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lazy driver: honest, but as odd as the rules allow; see lazy.h.
 *
 * Runs in the one thread that owns the ring. No barriers of its own: it only
 * calls the ring, and moves the suppression, which needs none until
 * lazy_sleep() enables calls properly.
 */
#include "driver_priv.h"
#include "lazy.h"

static uint32_t below(struct lazy *l, uint32_t n)
{
	return drv_random(&l->random) % n;
}

struct lazy_policy lazy_policy(uint64_t seed)
{
	static const uint32_t publish[] = { 1, 2, 16, 32768 };
	static const uint32_t nap[] = { 0, 3, 100, 5000 };
	static const uint32_t take[] = { 0, 1, 5, 64 };
	static const uint32_t fidget[] = { 0, 1, 8, 64 };
	uint64_t random = drv_seed(seed);
	uint32_t r = drv_random(&random);

	return (struct lazy_policy){
		.whims = r & 7,
		.publish_max = publish[(r >> 3) & 3],
		.nap_max = nap[(r >> 5) & 3],
		.take_max = take[(r >> 7) & 3],
		.fidget = fidget[(r >> 9) & 3],
		.tables = (r >> 11) % 9,
	};
}

void lazy_init(struct lazy *l, struct drv_ring *ring,
	       const struct lazy_policy *policy, uint64_t seed)
{
	*l = (struct lazy){
		.ring = ring,
		.policy = *policy,
		.random = drv_seed(seed),
	};
	drv_set_whims(ring, policy->whims, seed + 99);
}

/* ---- adding ----------------------------------------------------------- */

/* One byte, nearly all of it, or something between. */
static uint32_t odd_piece(struct lazy *l, uint32_t most)
{
	switch (below(l, 4)) {
	case 0:
		return 1;
	case 1:
		return most;
	default:
		return 1 + below(l, most);
	}
}

void lazy_cut(struct lazy *l, uint64_t addr, uint32_t len, struct drv_buf *buf,
	      uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t left = n - i - 1;	/* each needs a byte */

		buf[i].addr = addr;
		buf[i].len = left ? odd_piece(l, len - left) : len;
		addr += buf[i].len;
		len -= buf[i].len;
	}
}

/* How many of the chain's buffers to put into a table. */
static uint32_t choose_table(struct lazy *l, uint32_t n)
{
	const struct drv_ring *r = l->ring;
	uint32_t most = n < r->cfg.table_len ? n : r->cfg.table_len;

	if (!r->n_free_tables || !most)
		return 0;
	if (n <= r->num && below(l, 8) >= l->policy.tables)
		return 0;
	if (r->packed)
		return most == n ? n : 0;
	/* The rest must fit the ring, with one descriptor for the table. */
	if (n > r->num || below(l, 2))
		return most;
	return 1 + below(l, most);
}

static bool publish_maybe(struct lazy *l)
{
	if (l->to_publish && --l->to_publish)
		return false;
	return lazy_flush(l);
}

enum drv_result lazy_add(struct lazy *l, const struct drv_chain *chain,
			 bool *kick)
{
	struct drv_chain c = *chain;
	enum drv_result res;

	c.n_table = choose_table(l, c.n_read + c.n_write);
	res = drv_add(l->ring, &c);
	if (res == DRV_FULL) {
		*kick |= lazy_flush(l);
		return res;
	}
	if (res == DRV_GOT)
		*kick |= publish_maybe(l);
	return res;
}

bool lazy_flush(struct lazy *l)
{
	l->to_publish = 1 + below(l, l->policy.publish_max);
	return drv_kick_prepare(l->ring);
}

/* ---- taking back ------------------------------------------------------ */

static void nap_maybe(struct lazy *l)
{
	if (l->policy.nap_max)
		l->nap = below(l, l->policy.nap_max + 1);
	if (l->policy.take_max)
		l->to_take = 1 + below(l, l->policy.take_max);
}

enum drv_result lazy_get_used(struct lazy *l, struct drv_used *used)
{
	enum drv_result res;

	if (l->policy.fidget && !below(l, l->policy.fidget))
		lazy_fidget(l);
	if (l->nap) {
		l->nap--;
		return DRV_EMPTY;
	}
	res = drv_get_used(l->ring, used);
	if (res == DRV_EMPTY || (l->to_take && !--l->to_take))
		nap_maybe(l);
	return res;
}

bool lazy_sleep(struct lazy *l, bool *kick)
{
	*kick |= lazy_flush(l);
	l->nap = 0;
	return !drv_enable_calls(l->ring);
}

/* ---- suppression ------------------------------------------------------ */

static void fidget_split(struct lazy *l)
{
	struct drv_ring *r = l->ring;

	/* Flags are 0 or 1, with EVENT_IDX 0; the index is anything (2.7.7). */
	if (r->event_idx)
		wire_store(&r->avail->ring[r->num],
			   (uint16_t)drv_random(&l->random));
	else
		wire_store(&r->avail->flags,
			   wire16(r->swap, below(l, 2) ? WIRE_NO_INTERRUPT : 0));
}

static void fidget_packed(struct lazy *l)
{
	struct drv_ring *r = l->ring;
	struct wire_event e = { 0 };

	/* DESC is for EVENT_IDX only (2.8.10); the slot is one of the ring's. */
	e.flags = wire16(r->swap, below(l, r->event_idx ? 3 : 2));
	e.off_wrap = wire16(r->swap, below(l, r->num) |
				     (below(l, 2) ? WIRE_EVENT_WRAP : 0));
	wire_store_event(r->driver_event, e);
}

void lazy_fidget(struct lazy *l)
{
	if (l->ring->packed)
		fidget_packed(l);
	else
		fidget_split(l);
}
