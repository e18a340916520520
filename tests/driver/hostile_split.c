// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on the split ring itself: indices, heads, next fields.
 */
#include "driver_priv.h"
#include "hostile_priv.h"

static void place_one(struct hostile *h)
{
	const struct hostile_link l = hostile_good(h, 8, R);

	hostile_place(h, &l, 1);
}

/* One more than the ring holds. */
ATTACK(avail_jump)
{
	place_one(h);
	hostile_avail(h, hostile_slot(h, 0), h->ring->num + 1);
}

/* Half the way round from the worst honest index. */
ATTACK(avail_far)
{
	place_one(h);
	hostile_avail(h, hostile_slot(h, 0), 0xc000);
}

ATTACK(avail_back)
{
	place_one(h);
	hostile_avail(h, hostile_slot(h, 0), (uint16_t)-1);
}

/* With what is in flight, one more than the ring holds. */
ATTACK(avail_beyond_free)
{
	hostile_avail(h, 0, 2);
}

ATTACK(avail_when_full)
{
	hostile_avail(h, 0, 1);
}

ATTACK(head_range)
{
	hostile_avail(h, h->ring->num, 1);
}

ATTACK(head_far)
{
	hostile_avail(h, 0xffff, 1);
}

static void strike_next(struct hostile *h, uint16_t next)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_good(h, 8, R),
	};

	hostile_place(h, l, 2);
	hostile_next(h, 0, next);
	hostile_show(h);
}

ATTACK(next_range)
{
	strike_next(h, h->ring->num);
}

ATTACK(next_far)
{
	strike_next(h, 0xffff);
}

/* The second leads back to the first. */
ATTACK(loop)
{
	const struct hostile_link l[] = {
		hostile_good(h, 8, R | N), hostile_good(h, 8, R | N),
	};

	hostile_place(h, l, 2);
	hostile_next(h, 1, hostile_slot(h, 0));
	hostile_show(h);
}

ATTACK(self_loop)
{
	const struct hostile_link l = hostile_good(h, 8, R | N);

	hostile_place(h, &l, 1);
	hostile_next(h, 0, hostile_slot(h, 0));
	hostile_show(h);
}

/* Any flags and any event index: the device calls too often or too seldom. */
ATTACK(split_events)
{
	struct drv_ring *r = h->ring;

	h->seed |= 1;
	wire_store(&r->avail->flags, (uint16_t)drv_random(&h->seed));
	if (r->event_idx)
		wire_store(&r->avail->ring[r->num],
			   (uint16_t)drv_random(&h->seed));
}

/* The device writes this area and has no reason to believe it. */
ATTACK(split_used_area)
{
	struct drv_ring *r = h->ring;
	uint8_t *area = (uint8_t *)r->used;
	size_t bytes = drv_area_bytes(DRV_SPLIT, r->num, DRV_DEVICE,
				      r->event_idx);

	h->seed |= 1;
	for (size_t i = 0; i < bytes; i++)
		wire_store(&area[i], (uint8_t)drv_random(&h->seed));
}
