// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on the packed ring itself: flags, laps, ids, events.
 */
#include "driver_priv.h"
#include "hostile_priv.h"

static void place_list(struct hostile *h, uint32_t n)
{
	struct hostile_link l[4];

	for (uint32_t k = 0; k < n; k++)
		l[k] = hostile_good(h, 8, R | (k + 1 < n ? N : 0));
	hostile_place(h, l, n);
}

/* Every slot says NEXT; the list would go round and round. */
ATTACK(list_of_whole_ring)
{
	struct hostile_link l[RING_MAX_SEGS];

	for (uint32_t k = 0; k < h->ring->num; k++)
		l[k] = hostile_good(h, 8, R | N);
	hostile_strike_links(h, l, h->ring->num);
}

/* The second one takes a descriptor that the device has not given back. */
ATTACK(list_into_in_flight)
{
	place_list(h, 2);
	hostile_show(h);
}

/* So does the first: in flight is in flight, whatever it says there. */
ATTACK(head_when_full)
{
	place_list(h, 1);
	hostile_show(h);
}

/* The bits of the k-th descriptor's lap, as it would be available. */
static uint16_t lap_of(const struct hostile *h, uint32_t k)
{
	const struct drv_ring *r = h->ring;
	bool wrap = r->avail_wrap ^ (r->next_avail + k >= r->num);

	return wrap ? WIRE_AVAIL : WIRE_USED;
}

enum { LAP = WIRE_AVAIL | WIRE_USED };

/* A list whose second descriptor is not available: 2.8.6 wants all set. */
static void strike_second(struct hostile *h, uint16_t bits)
{
	place_list(h, 2);
	hostile_flags(h, 1, bits);
	hostile_show(h);
}

ATTACK(list_other_lap)
{
	strike_second(h, lap_of(h, 1) ^ LAP);
}

ATTACK(list_used)
{
	strike_second(h, LAP);
}

ATTACK(list_never)
{
	strike_second(h, 0);
}

/* The last of several was not written at all. */
ATTACK(list_stale_tail)
{
	place_list(h, 4);
	hostile_flags(h, 3, lap_of(h, 3) ^ LAP);
	hostile_show(h);
}

/* A head of the wrong lap, or a used one, is no head: nothing is there. */
ATTACK(head_other_lap)
{
	place_list(h, 1);
	h->ring->deferred_flags ^= wire16(h->ring->swap, LAP);
	hostile_show(h);
}

ATTACK(head_used)
{
	place_list(h, 1);
	h->ring->deferred_flags = wire16(h->ring->swap, LAP);
	hostile_show(h);
}

static void strike_id(struct hostile *h, uint32_t n, uint16_t id)
{
	place_list(h, n);
	hostile_id(h, n - 1, id);
	hostile_show(h);
}

ATTACK(id_range)
{
	strike_id(h, 1, h->ring->num);
}

ATTACK(id_far)
{
	strike_id(h, 1, 0xffff);
}

ATTACK(id_range_list)
{
	strike_id(h, 3, h->ring->num);
}

/* Only the last descriptor's id counts (2.8.6); the others may be anything. */
ATTACK(id_early)
{
	const struct drv_buf buf[] = {
		{ h->good.addr, 8 }, { h->good.addr, 8 }, { h->good.addr, 8 },
	};
	const struct drv_chain c = { .buf = buf, .n_read = 3 };
	struct drv_ring *r = h->ring;
	uint16_t slot[] = { hostile_slot(h, 0), hostile_slot(h, 1) };

	if (drv_add(r, &c) != DRV_GOT)
		__builtin_trap();	/* not idle: a bug of the test */
	for (int k = 0; k < 2; k++)
		wire_store(&r->pdesc[slot[k]].id, 0xffff);
	drv_publish(r);
}

ATTACK(packed_events)
{
	h->seed |= 1;
	wire_store_event(h->ring->driver_event, (struct wire_event){
		.off_wrap = drv_random(&h->seed),
		.flags = drv_random(&h->seed),
	});
}

ATTACK(packed_reserved_event)
{
	h->seed |= 1;
	wire_store_event(h->ring->driver_event, (struct wire_event){
		.off_wrap = drv_random(&h->seed),
		.flags = wire16(h->ring->swap, WIRE_EVENT_RESERVED),
	});
}

/* The device writes this area and has no reason to believe it. */
ATTACK(packed_device_area)
{
	h->seed |= 1;
	wire_store_event(h->ring->device_event, (struct wire_event){
		.off_wrap = drv_random(&h->seed),
		.flags = drv_random(&h->seed),
	});
}
