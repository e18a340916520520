// SPDX-License-Identifier: GPL-2.0-only
/* Commands of ring_fuzz.c for its honest driver, and a drain of both sides. */
#include "ring_fuzz.h"

static void publish_avail(struct world *w)
{
	bool fresh = w->drv.unpublished;
	bool kick = drv_kick_prepare(&w->drv);

	if (w->device_sleeps && fresh && !w->hostile)
		REQUIRE(kick);
	if (kick)
		w->device_sleeps = false;
}

void cmd_add(struct world *w, u8 arg)
{
	u8 shape = take8(w), len = take8(w);
	struct drv_buf buf[8];
	struct drv_chain c = {
		.buf = buf,
		.n_read = shape & 3,
		.n_write = shape >> 2 & 3,
		.n_table = shape >> 4 & 7,
	};

	for (u32 i = 0; i < 8; i++)
		buf[i] = (struct drv_buf){
			world_iova(w, WORLD_PAYLOAD + i * 512) + take8(w) * 16,
			1 + len * (len & 1 ? 1 : 16),
		};
	/* not more in the indirect table than the chain has */
	if (c.n_table > c.n_read + c.n_write)
		c.n_table = c.n_read + c.n_write;
	for (u32 i = 0; i < 1u + arg / 2; i++)
		drv_add(&w->drv, &c);
	if (arg & 1)
		publish_avail(w);
}

void cmd_publish_avail(struct world *w, u8 arg)
{
	(void)arg;
	publish_avail(w);
}

static void get_used(struct world *w, u32 max)
{
	struct drv_used used;
	enum drv_result rc = DRV_GOT;

	for (u32 i = 0; i < max && rc == DRV_GOT; i++)
		rc = drv_get_used(&w->drv, &used);
	REQUIRE(rc != DRV_BROKEN || w->hostile);
}

void cmd_get_used(struct world *w, u8 arg)
{
	get_used(w, 1 + arg * 8);
}

void cmd_enable_calls(struct world *w, u8 arg)
{
	w->driver_sleeps = false;
	if (arg & 1)
		drv_disable_calls(&w->drv);
	else
		w->driver_sleeps = !drv_enable_calls_after(&w->drv, arg & 2) &&
				   !(arg & 2);
}

/* Pop, push and get used until nothing moves: no buffer may be in flight then. */
void cmd_drain(struct world *w, u8 arg)
{
	bool started = w->ring.state == RING_RUNNING;

	(void)arg;
	publish_avail(w);
	for (u32 i = 0; i < 8 && dev_pop(w, BATCH_CHAINS, BATCH_SEGS, true) ==
				     RING_GOT; i++) {
		dev_push(w, WORLD_INFLIGHT, 3, 0xffffffff);
		dev_publish(w);
		dev_call(w);
		get_used(w, WORLD_INFLIGHT);
	}
	dev_push(w, WORLD_INFLIGHT, 0, 0x12345678);
	dev_publish(w);
	dev_call(w);
	get_used(w, WORLD_INFLIGHT);
	if (started && !w->hostile && w->known && !w->space.tlb)
		REQUIRE(!drv_in_flight(&w->drv));
}
