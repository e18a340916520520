// SPDX-License-Identifier: GPL-2.0-only
/* What ring_fuzz.c demands of each verb: its result, its state, its cost. */
#include <string.h>

#include "ring_fuzz.h"

enum {
	LOG_COST = 1 + WORLD_LOG / 4,	/* accesses to write out one run */
};

struct verb_before verb_begin(const struct world *w)
{
	return (struct verb_before){ w->ring, w->arena.accesses };
}

u32 slots_in_flight(const struct ring *r)
{
	u32 lap = r->avail_wrap == r->used_wrap ? 0 : r->mask + 1u;

	if (!(r->flags & RING_F_PACKED))
		return (u16)(r->next_avail - r->next_used);
	return lap + r->next_avail - r->next_used;
}

u32 slots_at_device(const struct world *w)
{
	u32 slots = 0;

	if (!(w->ring.flags & RING_F_PACKED))
		return w->chains;
	for (u32 i = 0; i < w->chains; i++)
		slots += w->chain[i].slots;
	return slots;
}

void verb_check_ring(const struct world *w)
{
	const struct ring *r = &w->ring;

	if (r->state != RING_RUNNING)
		return;
	REQUIRE(slots_in_flight(r) <= r->mask + 1u);
	if (w->known)
		REQUIRE(slots_in_flight(r) == slots_at_device(w));
}

static void check_idle(const struct world *w, const struct verb_before *b,
		       enum ring_result rc)
{
	bool failed = b->ring.state == RING_FAILED;

	REQUIRE(rc == (failed ? RING_BROKEN : RING_EMPTY));
	REQUIRE(w->arena.accesses == b->accesses);
	REQUIRE(!memcmp(&w->ring, &b->ring, sizeof(b->ring)));
}

/* A miss names an address and access that no entry permits. */
static void check_missed(const struct world *w)
{
	const struct ring_miss *m = ring_missed(&w->ring);
	const struct ring_range *e = model_iotlb_find(&w->shadow, m->iova);

	REQUIRE(w->space.tlb);
	REQUIRE(m->access >= RING_READ && m->access <= RING_RW);
	REQUIRE(!e || !(e->perm & m->access));
}

void verb_check(const struct world *w, const struct verb_before *b,
		  enum ring_result rc, u64 bound)
{
	const struct ring *r = &w->ring;

	if (b->ring.state != RING_RUNNING) {
		check_idle(w, b, rc);
		return;
	}
	REQUIRE((rc == RING_BROKEN) == (r->state == RING_FAILED));
	REQUIRE((rc == RING_BROKEN) == (ring_fault(r)->cause != RING_OK));
	if (rc == RING_BROKEN && !w->hostile)
		world_require(false, ring_cause_name(ring_fault(r)->cause),
			      "honest, but broken", ring_fault(r)->index);
	if (rc == RING_AGAIN)
		check_missed(w);
	REQUIRE(w->arena.accesses - b->accesses <= bound);
	verb_check_ring(w);
}

u64 verb_log_cost(const struct world *w, u64 writes)
{
	return w->space.log ? (writes + 2) * (w->regions + 1) * LOG_COST : 0;
}
