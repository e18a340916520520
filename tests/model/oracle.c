// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the specification says about notifications: 2.7.7 and 2.7.10 for split
 * rings, 2.8.10 for packed ones. Written from the text, in counts that do not
 * wrap; shares nothing with the engine or the driver.
 *
 * What a side says about the notifications it wants is read from memory at
 * the moment the other side decides. A decision covers all that happened since
 * the one before.
 */
#include "world.h"

/* What one side wants, free of format. */
struct request {
	enum { NEVER, ALWAYS, AT_EVENT } kind;
	u64 event;	/* AT_EVENT: a place, modulo the circle */
};

/* Places are known modulo this. */
static u64 circle(const struct world *w)
{
	return is_packed(w) ? 2 * w->cfg->num : 65536;
}

static u16 get16(const struct world *w, const u16 *at)
{
	return wire16(w->fx.drv.swap, wire_load(at));
}

static struct request request_of_split(const struct world *w, const u16 *flags,
				 const u16 *event)
{
	if (has(w, DRV_F_EVENT_IDX))	/* then flags are to be ignored */
		return (struct request){ AT_EVENT, get16(w, event) };
	return (struct request){ get16(w, flags) & 1 ? NEVER : ALWAYS, 0 };
}

static u64 place_of(const struct world *w, u16 off_wrap)
{
	return (off_wrap & 0x7fff) + (off_wrap & 0x8000 ? 0 : w->cfg->num);
}

static struct request request_of_packed(const struct world *w,
				  const struct wire_event *e)
{
	switch (get16(w, &e->flags)) {
	case 0:
		return (struct request){ ALWAYS, 0 };
	case 1:
		return (struct request){ NEVER, 0 };
	default:
		return (struct request){ AT_EVENT, place_of(w, get16(w, &e->off_wrap)) };
	}
}

static struct request request_of_driver(const struct world *w)
{
	const struct drv_ring *d = &w->fx.drv;

	if (is_packed(w))
		return request_of_packed(w, d->driver_event);
	return request_of_split(w, &d->avail->flags, &d->avail->ring[d->num]);
}

static struct request request_of_device(const struct world *w)
{
	const struct drv_ring *d = &w->fx.drv;

	if (is_packed(w))
		return request_of_packed(w, d->device_event);
	return request_of_split(w, &d->used->flags,
			     (const u16 *)(const void *)&d->used->ring[d->num]);
}

/* Is there a place in [from, to) that the event names? */
static bool reached(const struct world *w, u64 event, u64 from, u64 to)
{
	u64 all = circle(w);

	return from + (event + all - from % all) % all < to;
}

/* The verdict on places [from, to). */
static struct verdict decide(const struct world *w, struct request request, u64 from,
			    u64 to)
{
	bool hit;

	if (from == to || request.kind == NEVER)
		return (struct verdict){ false, false };
	if (request.kind == ALWAYS)
		return (struct verdict){ true, true };
	hit = reached(w, request.event, from, to);
	return (struct verdict){ hit, hit };
}

static u32 device_area(const struct world *w)
{
	const struct drv_ring *d = &w->fx.drv;
	u32 event = 0;

	if (is_packed(w))
		return get16(w, &d->device_event->flags) |
		       (u32)get16(w, &d->device_event->off_wrap) << 16;
	if (has(w, DRV_F_EVENT_IDX))
		event = get16(w, (const u16 *)(const void *)&d->used->ring[d->num]);
	return get16(w, &d->used->flags) | event << 16;
}

void oracle_remember(struct world *w)
{
	w->suppression = device_area(w);
}

struct verdict oracle_kick(struct world *w)
{
	check(w, device_area(w) == w->suppression,
	      "device area changed by itself: %#x, was %#x", device_area(w),
	      w->suppression);
	return decide(w, request_of_device(w), w->kick_asked, w->visible.units);
}

/* Nobody knows what was announced before ring_start(): one too many is fine. */
static bool call_excused(const struct world *w, struct request request)
{
	const struct ring_config *c = &w->fx.ring_cfg;

	if (w->fresh && request.kind != NEVER)
		return true;
	if (!w->fx.cfg.iotlb)
		return false;
	/* when suppression cannot be read a call is needed */
	return !ring_iotlb_find(&w->fx.tlb, c->area[RING_DRIVER]) ||
	       !ring_iotlb_find(&w->fx.tlb, c->area[RING_DRIVER] + 4 +
						    2 * w->cfg->num);
}

struct verdict oracle_call(struct world *w)
{
	struct request request = request_of_driver(w);
	struct verdict v = decide(w, request, w->call_asked, w->published.units);
	bool new = w->call_asked != w->published.units;

	if (call_excused(w, request))
		v.may = true;
	if (!(w->fx.ring_cfg.flags & RING_F_NOTIFY_ON_EMPTY))
		return v;
	/* the legacy feature: suppression or not, when nothing is left */
	if (new && w->popped.chains == w->visible.chains)
		v.must = true;
	if (new || w->fresh)
		v.may = true;
	return v;
}

/* The event left in memory must name the first place not seen. */
static void check_event(struct world *w, u64 event, struct place seen)
{
	check(w, reached(w, event, seen.units, seen.units + 1),
	      "kick asked for at %#llx, but seen up to %#llx",
	      (unsigned long long)event, (unsigned long long)seen.units);
}

void oracle_kicks_enabled(struct world *w, struct place seen)
{
	struct request request = request_of_device(w);
	const struct drv_ring *d = &w->fx.drv;

	if (!is_packed(w))	/* 2.7.10: with EVENT_IDX they stay 0 */
		check(w, !get16(w, &d->used->flags), "flags set while kicks are enabled");
	if (has(w, DRV_F_EVENT_IDX)) {
		check(w, request.kind == AT_EVENT, "enabled, but not by an event");
		check_event(w, request.event, seen);
	} else {
		check(w, request.kind == ALWAYS, "not enabled: request %d", request.kind);
	}
	oracle_remember(w);
}

void oracle_kicks_disabled(struct world *w)
{
	struct request request = request_of_device(w);

	if (is_packed(w) || !has(w, DRV_F_EVENT_IDX))
		check(w, request.kind == NEVER, "not disabled: request %d", request.kind);
	else
		check(w, device_area(w) == w->suppression,
		      "disabling changed the device area");
	oracle_remember(w);
}
