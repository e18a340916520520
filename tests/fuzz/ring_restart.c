// SPDX-License-Identifier: GPL-2.0-only
/* Commands of ring_fuzz.c that stop, set up and start its ring again. */
#include "ring_fuzz.h"

void dev_start(struct world *w, u32 base)
{
	enum ring_result rc;

	w->starting = true;
	rc = ring_start(&w->ring, &w->space, base);
	w->starting = false;
	REQUIRE(rc != RING_EMPTY);
	REQUIRE((rc == RING_GOT) == (w->ring.state == RING_RUNNING));
	REQUIRE((rc == RING_BROKEN) == (w->ring.fault.cause != RING_OK));
	REQUIRE(rc != RING_AGAIN || w->space.tlb);
	/* the ring counts other chains than the device knows */
	if (rc != RING_GOT || slots_in_flight(&w->ring) != slots_at_device(w))
		dev_forget_chains(w);
}

/* Stop and go on from the same place, as a migration does. */
void cmd_save_restore(struct world *w, u8 arg)
{
	u32 base;

	(void)arg;
	if (w->ring.state != RING_RUNNING)
		return;
	dev_publish(w);
	base = ring_base(&w->ring);
	if (w->ring.state == RING_FAILED || w->ring.deferred ||
	    w->ring.published != (w->drv.packed ? 0 : w->ring.next_used))
		return;
	REQUIRE(ring_setup(&w->ring, &w->config) == RING_OK);
	dev_start(w, base);
	if (!w->hostile)
		REQUIRE(w->ring.state == RING_RUNNING || w->space.tlb);
	/* base 0x8000: whether a lap is in flight shows only in the descriptors */
	if (w->ring.state == RING_RUNNING)
		REQUIRE(ring_base(&w->ring) == base ||
			(w->hostile && base == 0x8000));
	w->device_sleeps = false;
}

void cmd_start_anywhere(struct world *w, u8 arg)
{
	u32 base = take16(w);

	if (arg & 1)
		base |= (u32)take16(w) << 16;
	w->hostile = true;
	REQUIRE(ring_setup(&w->ring, &w->config) == RING_OK);
	dev_start(w, base);
	dev_forget_chains(w);
}

/* Everything from the beginning, with the same address space. */
void cmd_reset(struct world *w, u8 arg)
{
	ring_reset(&w->ring);
	REQUIRE(w->ring.state == RING_STOPPED);
	dev_forget_chains(w);
	dev_empty_batch();
	w->driver_sleeps = false;
	if (arg & 1)
		return;
	drv_restart(&w->drv, 0, true);
	REQUIRE(ring_setup(&w->ring, &w->config) == RING_OK);
	dev_start(w, ring_initial_base(w->config.flags));
	w->known = true;
}

/* Any configuration: under an IOTLB it may even run. */
void cmd_setup_anything(struct world *w, u8 arg)
{
	struct ring_config c = w->config;
	enum ring_cause cause;

	ring_reset(&w->ring);
	dev_forget_chains(w);
	w->hostile = true;
	for (u32 i = 0; i < RING_AREAS; i++)
		if (arg >> i & 1)
			c.area[i] = take_addr(w);
	if (take8(w) & 1)
		c.num = take16(w);
	c.flags ^= take8(w) & ~(RING_F_IOVA | RING_F_PACKED);
	cause = ring_setup(&w->ring, &c);
	REQUIRE(w->ring.state == RING_STOPPED);
	REQUIRE(cause == w->ring.fault.cause);
	if (cause != RING_OK) {
		dev_start(w, 0);
		REQUIRE(w->ring.state == RING_STOPPED);
	} else if (c.flags & RING_F_IOVA && c.num <= WORLD_INFLIGHT) {
		dev_start(w, ring_initial_base(c.flags));
	}
	if (w->ring.state == RING_RUNNING)
		return;
	ring_reset(&w->ring);
}
