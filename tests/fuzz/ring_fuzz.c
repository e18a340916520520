// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: one ring, any sequence of calls, any driver.
 *
 * An input is a configuration (3 bytes, see configure()) and then commands:
 * a byte that names one (its low 5 bits; see the table at the end), with 3
 * bits of its own, and its arguments. What is missing at the end reads as
 * zero. An honest driver works on the same ring (tests/driver); commands of
 * the other kinds write to its memory behind its back, move the address space,
 * fail accesses, or change memory between two accesses of the engine.
 *
 * What must hold:
 *  - each access is inside the areas, the mappings and the log (ring_world.c);
 *  - what a verb says fits the ring's state, and a broken or stopped ring is
 *    not touched any more;
 *  - chains are whole, translated right, and no more than the ring has;
 *  - a verb's accesses stay below a bound linear in what it was asked for;
 *  - as long as driver and owner were honest: nothing breaks, every buffer
 *    comes back, and a side that enabled notifications gets one.
 */
#include <stdlib.h>
#include <string.h>

#include "ring_world.h"

enum {
	MAX_COMMANDS = 200,
	BATCH_CHAINS = 64,
	BATCH_SEGS = 1100,	/* more than a chain may have */
	TABLE_LEN = 16,
	FIXED_COST = 16,	/* accesses of a verb that handles no chain */
	LOG_COST = 1 + WORLD_LOG / 4,	/* of writing out one run */
};

static struct ring_chain chain_of[BATCH_CHAINS];
static struct ring_seg seg_of[BATCH_SEGS];
static u64 guest_of[BATCH_SEGS];

static struct ring_batch batch = {
	.chain = chain_of, .seg = seg_of, .guest = guest_of,
};

/* ---- what every verb must keep to ------------------------------------- */

struct verb_before {
	struct ring ring;
	u64 accesses;
};

static struct verb_before verb_begin(const struct world *w)
{
	return (struct verb_before){ w->ring, w->arena.accesses };
}

static u32 ring_slots(const struct ring *r)
{
	u32 lap = r->avail_wrap == r->used_wrap ? 0 : r->mask + 1u;

	if (!(r->flags & RING_F_PACKED))
		return (u16)(r->next_avail - r->next_used);
	return lap + r->next_avail - r->next_used;
}

static u32 device_slots(const struct world *w)
{
	u32 slots = 0;

	if (!(w->ring.flags & RING_F_PACKED))
		return w->chains;
	for (u32 i = 0; i < w->chains; i++)
		slots += w->chain[i].slots;
	return slots;
}

static void verb_check_ring(const struct world *w)
{
	const struct ring *r = &w->ring;

	if (r->state != RING_RUNNING)
		return;
	REQUIRE(ring_slots(r) <= r->mask + 1u);
	if (w->known)
		REQUIRE(ring_slots(r) == device_slots(w));
}

static void check_idle(const struct world *w, const struct verb_before *b,
		       enum ring_result rc)
{
	bool failed = b->ring.state == RING_FAILED;

	REQUIRE(rc == (failed ? RING_BROKEN : RING_EMPTY));
	REQUIRE(w->arena.accesses == b->accesses);
	REQUIRE(!memcmp(&w->ring, &b->ring, sizeof(b->ring)));
}

/* What is said to be missing is missing, all of it. */
static void check_missed(const struct world *w)
{
	const struct ring_miss *m = ring_missed(&w->ring);
	const struct ring_range *e = model_iotlb_find(&w->shadow, m->iova);

	REQUIRE(w->space.tlb);
	REQUIRE(m->access >= RING_READ && m->access <= RING_RW);
	REQUIRE(!e || !(e->perm & m->access));
}

static void verb_check(const struct world *w, const struct verb_before *b,
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

/* Accesses for the log of so many writes, each in so many places. */
static u64 verb_log_cost(const struct world *w, u64 writes)
{
	return w->space.log ? (writes + 2) * (w->regions + 1) * LOG_COST : 0;
}

/* ---- the device ------------------------------------------------------- */

/* Beyond what a ring can have in flight: the chains of a lost past. */
static void dev_forget_chains(struct world *w)
{
	w->chains = 0;
	w->newest = 0;
	w->known = false;
	w->device_sleeps = false;
}

static void check_chain(const struct world *w, const struct ring_chain *c)
{
	u64 read = 0, write = 0;

	REQUIRE(c->n_read + c->n_write >= 1);
	REQUIRE(c->n_read + c->n_write <= RING_MAX_SEGS);
	REQUIRE(c->slots >= 1 && c->slots <= w->ring.mask + 1u);
	REQUIRE(c->id <= w->ring.mask);
	for (u32 i = 0; i < c->n_read; i++) {
		read += seg_of[c->seg + i].len;
		world_check_seg(w, &seg_of[c->seg + i], guest_of[c->seg + i],
				RING_READ);
	}
	for (u32 i = c->n_read; i < (u32)c->n_read + c->n_write; i++) {
		write += seg_of[c->seg + i].len;
		world_check_seg(w, &seg_of[c->seg + i], guest_of[c->seg + i],
				RING_WRITE);
	}
	REQUIRE(read == c->read_len && write == c->write_len);
	REQUIRE(read + write <= U32_MAX);
}

static void check_batch(const struct world *w, u32 had, u32 segs)
{
	for (u32 i = had; i < batch.n_chains; i++) {
		REQUIRE(chain_of[i].seg == segs);
		check_chain(w, &chain_of[i]);
		segs += chain_of[i].n_read + chain_of[i].n_write;
	}
	REQUIRE(segs == batch.n_segs && segs <= batch.max_segs);
}

/*
 * Per chain its head and the end of a prefetch, per segment a descriptor or a prefetch
 * of a table; and what the last prefetch read in vain.
 */
static u64 pop_bound(const struct world *w, u32 chains, u32 segs)
{
	return FIXED_COST + 4 * 32 + 5 * (u64)(chains + 1) +
	       (u64)(segs + 2) * (5 + world_pieces(w));
}

static enum ring_result dev_pop(struct world *w, u32 max_chains, u32 max_segs,
			    bool fresh)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc;
	u32 had, segs;

	if (fresh) {
		batch.n_chains = 0;
		batch.n_segs = 0;
	}
	batch.max_chains = batch.n_chains + max_chains;
	if (batch.max_chains > BATCH_CHAINS)
		batch.max_chains = BATCH_CHAINS;
	batch.max_segs = batch.n_segs + max_segs;
	if (batch.max_segs > BATCH_SEGS)
		batch.max_segs = BATCH_SEGS;
	had = batch.n_chains;
	segs = batch.n_segs;

	rc = ring_pop(&w->ring, &w->space, &batch);
	check_batch(w, had, segs);
	REQUIRE(rc == RING_GOT || batch.n_chains == had);
	if (rc == RING_GOT && batch.n_chains == had)
		REQUIRE(had == batch.max_chains || segs);
	REQUIRE(w->chains + batch.n_chains - had <= WORLD_INFLIGHT);
	memcpy(w->chain + w->chains, chain_of + had,
	       (batch.n_chains - had) * sizeof(*chain_of));
	w->chains += batch.n_chains - had;
	w->newest += batch.n_chains - had;
	verb_check(w, &b, rc, pop_bound(w, max_chains, batch.max_segs - segs));
	return rc;
}

static void unpop(struct world *w, u32 n)
{
	struct verb_before b = verb_begin(w);

	w->chains -= n;
	w->newest -= n;
	ring_unpop(&w->ring, w->chain + w->chains, n);
	REQUIRE(w->arena.accesses == b.accesses);
	REQUIRE(w->ring.state == b.ring.state);
	batch.n_chains = 0;
	batch.n_segs = 0;
	verb_check_ring(w);
}

static struct ring_done take_done(struct world *w, u32 i, u32 written)
{
	struct ring_done d = ring_done(&w->chain[i], written);

	w->chains--;
	memmove(w->chain + i, w->chain + i + 1,
		(w->chains - i) * sizeof(*w->chain));
	if (w->newest > w->chains - i)
		w->newest = w->chains - i;
	return d;
}

/* Push @n of what is in flight; in order where the ring asks for it. */
static enum ring_result dev_push(struct world *w, u32 n, u8 order, u32 written)
{
	bool in_order = w->ring.flags & RING_F_IN_ORDER;
	struct ring_chain kept[WORLD_INFLIGHT];
	struct ring_done done[WORLD_INFLIGHT];
	u32 chains = w->chains, newest = w->newest;
	struct verb_before b;
	enum ring_result rc;

	if (n > chains)
		n = chains;
	memcpy(kept, w->chain, chains * sizeof(*kept));
	for (u32 i = 0; i < n; i++)
		done[i] = take_done(w, in_order ? 0 : order * (i + 1) % w->chains,
				    written >> i % 7 * 4);
	b = verb_begin(w);
	rc = ring_push(&w->ring, &w->space, done, n);
	if (rc != RING_GOT) {
		memcpy(w->chain, kept, chains * sizeof(*kept));
		w->chains = chains;
		w->newest = newest;
	}
	if (rc == RING_AGAIN)
		REQUIRE(ring_base(&w->ring) == ring_base(&b.ring));
	verb_check(w, &b, rc, FIXED_COST + 3 * n + verb_log_cost(w, 2 * n));
	return rc;
}

static bool call_needed(struct world *w)
{
	struct verb_before b = verb_begin(w);
	bool call = ring_call_needed(&w->ring, &w->space);

	REQUIRE(w->arena.accesses - b.accesses <= 2);
	if (b.ring.state != RING_RUNNING)
		REQUIRE(w->arena.accesses == b.accesses &&
			call == (b.ring.state == RING_FAILED));
	return call;
}

static void dev_publish(struct world *w)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_publish(&w->ring, &w->space);

	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 1));
}

static void dev_call(struct world *w)
{
	bool needed = call_needed(w);

	/* whoever sleeps is called when something came */
	if (w->driver_sleeps && !w->hostile)
		REQUIRE(needed || !drv_used_pending(&w->drv));
	if (needed)
		w->driver_sleeps = false;
}

static void cmd_pop(struct world *w, u8 arg)
{
	u32 chains = 1 + take8(w) % BATCH_CHAINS, segs = BATCH_SEGS;

	if (arg & 2) {
		segs = 1 + take8(w);
		/* too few for the chains of our honest driver */
		w->hostile |= segs < 16 || w->space.tlb;
	}
	dev_pop(w, chains, segs, arg & 1 || batch.n_segs > BATCH_SEGS / 2);
}

static void cmd_unpop(struct world *w, u8 arg)
{
	u32 n = arg == 7 ? w->newest : arg;

	unpop(w, n < w->newest ? n : w->newest);
}

static void cmd_push(struct world *w, u8 arg)
{
	u32 n = arg == 7 ? WORLD_INFLIGHT : arg;
	u8 order = take8(w);
	u32 written = take16(w);

	dev_push(w, n, order, written * 0x10001);
}

static void cmd_publish(struct world *w, u8 arg)
{
	dev_publish(w);
	if (arg & 1)
		dev_call(w);
}

static void cmd_call(struct world *w, u8 arg)
{
	(void)arg;
	dev_call(w);
}

static void cmd_enable_kicks(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_enable_kicks(&w->ring, &w->space);

	(void)arg;
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 2));
	w->device_sleeps = rc == RING_EMPTY && b.ring.state == RING_RUNNING;
}

static void cmd_disable_kicks(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);

	(void)arg;
	/* a stopped ring has no one to tell */
	verb_check(w, &b, ring_disable_kicks(&w->ring, &w->space),
		   FIXED_COST + verb_log_cost(w, 1));
	w->device_sleeps = false;
}

static void cmd_peek(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_peek(&w->ring, &w->space);

	verb_check(w, &b, rc, FIXED_COST);
	/* without anyone meddling, a pop finds what a peek saw */
	if (arg & 1 && !w->hostile && rc != RING_AGAIN &&
	    w->ring.state == RING_RUNNING) {
		enum ring_result got = dev_pop(w, BATCH_CHAINS, BATCH_SEGS, true);

		REQUIRE(got == rc || got == RING_AGAIN);
	}
}

/* What the device wrote into the last batch. */
static void cmd_log_written(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);
	const struct ring_chain *c;
	enum ring_result rc;

	if (!batch.n_chains)
		return;
	c = &chain_of[arg % batch.n_chains];
	rc = ring_log_written(&w->ring, &w->space, seg_of + c->seg + c->n_read,
			      arg & 4 ? guest_of + c->seg + c->n_read : NULL,
			      c->n_write, take16(w) * 37u);
	if (!w->space.log) {
		REQUIRE(rc == RING_GOT && w->arena.accesses == b.accesses);
		return;
	}
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, c->n_write));
}

/* A buffer of a chain kept long: anywhere, gone or not. */
static void translate_again(struct world *w, u8 arg)
{
	enum ring_access access = (enum ring_access)(1 + arg % 3);
	struct verb_before b = verb_begin(w);
	u64 addr = take_addr(w);
	u32 len = take16(w) * (arg & 4 ? 7u : 1u), n = arg % 4 + 1, room = n;
	struct ring_seg seg[4];
	enum ring_result rc;
	u64 bytes = 0;

	rc = ring_translate(&w->ring, &w->space, addr, len, access, seg, &n);
	REQUIRE(n <= room && (rc == RING_GOT || !n));
	REQUIRE(rc != RING_BROKEN || b.ring.state == RING_FAILED);
	for (u32 i = 0; i < n; i++) {
		world_check_seg(w, &seg[i], addr + bytes, access);
		bytes += seg[i].len;
	}
	REQUIRE(rc != RING_GOT || bytes == len);
	verb_check(w, &b, rc, 0);
}

/* It is all there, or something is missing: then no verb misses it. */
static void map_areas(struct world *w)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_map_areas(&w->ring, &w->space);

	REQUIRE(w->arena.accesses == b.accesses);
	if (b.ring.state == RING_STOPPED)	/* set up, perhaps */
		return;
	verb_check(w, &b, rc, 0);
	if (rc != RING_GOT)
		return;
	REQUIRE(dev_push(w, 1, 0, 0) != RING_AGAIN);
	b = verb_begin(w);
	rc = ring_publish(&w->ring, &w->space);
	REQUIRE(rc != RING_AGAIN);
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 1));
	b = verb_begin(w);
	rc = ring_enable_kicks(&w->ring, &w->space);
	REQUIRE(rc != RING_AGAIN);
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 2));
	w->device_sleeps = rc == RING_EMPTY;
}

static void log_by_address(struct world *w, u8 arg)
{
	u64 addr = take_addr(w), len = take16(w) * (arg & 1 ? 1ull << 40 : 1);
	struct verb_before b = verb_begin(w);
	enum ring_result rc;

	if (arg & 2)
		rc = ring_log_user(&w->ring, &w->space,
				   (uintptr_t)w->guest + (u16)addr, len);
	else
		rc = ring_log_guest(&w->ring, &w->space, addr, len);
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 1));
}

static void log_flush(struct world *w)
{
	struct verb_before b = verb_begin(w);

	verb_check(w, &b, ring_log_flush(&w->ring, &w->space),
		   FIXED_COST + verb_log_cost(w, 0));
}

/* And what found no number of its own. */
static void cmd_log_flush(struct world *w, u8 arg)
{
	switch (arg / 2) {
	case 0:
		log_flush(w);
		return;
	case 1:
		translate_again(w, take8(w));
		return;
	case 2:
		map_areas(w);
		return;
	default:
		log_by_address(w, take8(w));
	}
}

/* ---- beginning anew --------------------------------------------------- */

static void dev_start(struct world *w, u32 base)
{
	enum ring_result rc;

	w->starting = true;
	rc = ring_start(&w->ring, &w->space, base);
	w->starting = false;
	REQUIRE(rc != RING_EMPTY);
	REQUIRE((rc == RING_GOT) == (w->ring.state == RING_RUNNING));
	REQUIRE((rc == RING_BROKEN) == (w->ring.fault.cause != RING_OK));
	REQUIRE(rc != RING_AGAIN || w->space.tlb);
	/* a ring in which the device holds other chains than we know */
	if (rc != RING_GOT || ring_slots(&w->ring) != device_slots(w))
		dev_forget_chains(w);
}

/* Stop and go on from the same place, as a migration does. */
static void cmd_save_restore(struct world *w, u8 arg)
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
	/* a lap in flight is only known by the driver's descriptors */
	if (w->ring.state == RING_RUNNING)
		REQUIRE(ring_base(&w->ring) == base ||
			(w->hostile && base == 0x8000));
	w->device_sleeps = false;
}

static void cmd_start_anywhere(struct world *w, u8 arg)
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
static void cmd_reset(struct world *w, u8 arg)
{
	ring_reset(&w->ring);
	REQUIRE(w->ring.state == RING_STOPPED);
	dev_forget_chains(w);
	batch.n_chains = 0;
	batch.n_segs = 0;
	w->driver_sleeps = false;
	if (arg & 1)
		return;
	drv_restart(&w->drv, 0, true);
	REQUIRE(ring_setup(&w->ring, &w->config) == RING_OK);
	dev_start(w, ring_initial_base(w->config.flags));
	w->known = true;
}

/* Any configuration: under an IOTLB it may even run. */
static void cmd_setup_anything(struct world *w, u8 arg)
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

/* ---- the honest driver ------------------------------------------------ */

static void publish_avail(struct world *w)
{
	bool fresh = w->drv.unpublished;
	bool kick = drv_kick_prepare(&w->drv);

	if (w->device_sleeps && fresh && !w->hostile)
		REQUIRE(kick);
	if (kick)
		w->device_sleeps = false;
}

static void cmd_add(struct world *w, u8 arg)
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
	/* 0: one descriptor; 1: more in a table than the ring has */
	if (c.n_table > c.n_read + c.n_write)
		c.n_table = c.n_read + c.n_write;
	for (u32 i = 0; i < 1u + arg / 2; i++)
		drv_add(&w->drv, &c);
	if (arg & 1)
		publish_avail(w);
}

static void cmd_publish_avail(struct world *w, u8 arg)
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

static void cmd_get_used(struct world *w, u8 arg)
{
	get_used(w, 1 + arg * 8);
}

static void cmd_enable_calls(struct world *w, u8 arg)
{
	w->driver_sleeps = false;
	if (arg & 1)
		drv_disarm_used(&w->drv);
	else
		w->driver_sleeps = !drv_arm_used_after(&w->drv, arg & 2) &&
				   !(arg & 2);
}

/* Serve and take back until nothing moves: then nothing may be left. */
static void cmd_drain(struct world *w, u8 arg)
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

/* ---- the hostile one -------------------------------------------------- */

static void poke(struct world *w, u32 at, u64 value, u32 len)
{
	w->hostile = true;
	if (at <= WORLD_GUEST - 8)
		memcpy(w->guest + at, &value, len);
}

static void cmd_poke(struct world *w, u8 arg)
{
	u16 at = take16(w);
	u64 value = arg & 4 ? take64(w) : take16(w);

	poke(w, at, value, 1 << arg % 4);
}

/* A word of an area: its first words, or behind them. */
static void cmd_poke_area(struct world *w, u8 arg)
{
	const u8 *area = w->drv.cfg.area[arg % DRV_AREAS];
	u16 at = take16(w);

	poke(w, area - w->guest + at, take16(w), 2);
}

static u32 take_len(struct world *w)
{
	u8 v = take8(w);

	switch (v % 8) {
	case 0:
		return 0;
	case 1:
		return ~0u - (v >> 3);
	case 2:
		return take64(w);
	case 3:
		return (v >> 3) * WORLD_CHUNK / 8;
	default:
		return 1 + (v >> 3) * 16 - v % 2;
	}
}

/* Write a descriptor that no honest driver has written. */
static void put_desc(struct world *w, u8 *to, u16 flags, u16 link)
{
	bool swap = w->drv.swap;
	u64 addr = wire64(swap, take_addr(w));
	u32 len = wire32(swap, take_len(w));
	u16 first = w->drv.packed ? link : flags;
	u16 second = w->drv.packed ? flags : link;

	w->hostile = true;
	first = wire16(swap, first);
	second = wire16(swap, second);
	memcpy(to, &addr, 8);
	memcpy(to + 8, &len, 4);
	memcpy(to + 12, &first, 2);
	memcpy(to + 14, &second, 2);
}

static void cmd_desc(struct world *w, u8 arg)
{
	struct ring *r = &w->ring;
	u8 where = take8(w), link = take8(w);
	u32 slot = (r->next_avail + where) % w->drv.num;
	u16 flags = arg;	/* NEXT, WRITE, INDIRECT */
	bool wrap = r->avail_wrap ^
		    (r->next_avail % w->drv.num + where >= w->drv.num);

	if (w->drv.packed)
		flags |= wrap ? WIRE_AVAIL : WIRE_USED;
	put_desc(w, (u8 *)w->drv.cfg.area[DRV_DESC] + slot * 16, flags, link);
}

static void cmd_table_desc(struct world *w, u8 arg)
{
	u8 where = take8(w), link = take8(w);
	u16 flags = arg & 4 && link & 0x80 ? arg : arg & 3;

	put_desc(w, w->guest + WORLD_TABLES + where * 16, flags, link);
}

/* Split: heads, and an avail index that goes with them, or not. */
static void cmd_make_avail(struct world *w, u8 arg)
{
	u8 *avail = w->drv.cfg.area[DRV_DRIVER];
	bool swap = w->drv.swap;
	u16 idx;

	w->hostile = true;
	memcpy(&idx, avail + 2, 2);
	idx = wire16(swap, idx);
	for (u32 i = 0; i < arg; i++) {
		u16 head = wire16(swap, take8(w));

		memcpy(avail + 4 + idx++ % w->drv.num * 2, &head, 2);
	}
	if (!arg)
		idx += take16(w);
	idx = wire16(swap, idx);
	memcpy(avail + 2, &idx, 2);
}

static void cmd_flip(struct world *w, u8 arg)
{
	struct flip *f = &w->flip[arg % WORLD_FLIPS];

	w->hostile = true;
	f->wait = w->arena.accesses + 1 + take8(w);
	f->at = take16(w) % (arg & 4 ? WORLD_CHUNK / 4 : WORLD_GUEST);
	f->value = take16(w);
}

static void cmd_chaos(struct world *w, u8 arg)
{
	w->hostile = true;
	w->chaos = arg ? arg : 0;
}

static void cmd_fail(struct world *w, u8 arg)
{
	w->hostile = true;
	arena_fail(&w->arena, take8(w), arg & 1);
}

/* ---- the owner -------------------------------------------------------- */

static void cmd_map_missed(struct world *w, u8 arg)
{
	static const u16 size[] = { 4096, 16384, 16, 64, 256, 4096, 1, 2 };

	/* half a descriptor is rejected, and so are very many segments */
	w->hostile |= size[arg] < 256;
	if (w->config.flags & RING_F_IOVA)
		world_map(w, ring_missed(&w->ring)->iova, size[arg], RING_RW);
}

static void cmd_map_honest(struct world *w, u8 arg)
{
	world_map(w, take_addr(w), WORLD_CHUNK >> (arg & 4),
		  arg % 4 ? (enum ring_access)(arg % 4) : RING_RW);
}

static void cmd_map_any(struct world *w, u8 arg)
{
	(void)arg;
	w->hostile = true;
	world_map_any(w);
}

static void cmd_unmap(struct world *w, u8 arg)
{
	u64 start = take_addr(w);

	world_unmap(w, start, arg == 7 ? U64_MAX : start + take16(w));
}

static void cmd_new_memory(struct world *w, u8 arg)
{
	if (arg & 1) {
		world_default_memory(w);
		return;
	}
	w->hostile = true;
	world_new_memory(w);
}

static void cmd_log(struct world *w, u8 arg)
{
	/* what an honest owner logs, it logs with all of memory known */
	w->space.log = arg & 1 ? &w->dirty : NULL;
	w->dirty.pages = arg & 2 ? take8(w) : WORLD_LOG * 8;
	w->hostile |= arg & 2;
}

static void cmd_translation(struct world *w, u8 arg)
{
	w->hostile = true;
	w->space.tlb = arg & 1 && w->config.flags & RING_F_IOVA ? &w->tlb : NULL;
}

/* ---- commands --------------------------------------------------------- */

static void (*const command[32])(struct world *w, u8 arg) = {
	cmd_drain,			/* 0 */
	cmd_add,			/* shape, length, 8 places */
	cmd_publish_avail,
	cmd_get_used,
	cmd_enable_calls,		/* 4 */
	cmd_pop,			/* chains, segments */
	cmd_unpop,
	cmd_push,			/* order, bytes written */
	cmd_publish,			/* 8 */
	cmd_call,
	cmd_enable_kicks,
	cmd_disable_kicks,
	cmd_peek,			/* 12 */
	cmd_log_written,		/* bytes */
	cmd_log_flush,			/* or address, length, how */
	cmd_save_restore,
	cmd_start_anywhere,		/* 16: base */
	cmd_reset,
	cmd_setup_anything,		/* addresses, size, flags */
	cmd_poke,			/* place, value */
	cmd_poke_area,			/* 20: place, value */
	cmd_desc,			/* slot, next or id, address, length */
	cmd_table_desc,			/* the same */
	cmd_make_avail,			/* heads, or a step of the index */
	cmd_flip,			/* 24: when, place, value */
	cmd_chaos,
	cmd_fail,			/* when */
	cmd_map_missed,
	cmd_map_honest,			/* 28: address */
	cmd_map_any,			/* address, place, size, permission */
	cmd_unmap,			/* address, size */
	cmd_new_memory,			/* regions */
};

/* The two that found no number in five bits. */
static void cmd_escape(struct world *w, u8 arg)
{
	if (arg & 4)
		cmd_log(w, arg);
	else
		cmd_translation(w, arg);
}

static const u16 split_num[] = { 1, 2, 4, 8, 16, 32, 64, 256 };
static const u16 packed_num[] = { 1, 2, 3, 5, 8, 33, 100, 255 };

static void set_up_driver(struct world *w, u8 features, u8 how, u8 size)
{
	struct drv_config *c = &(struct drv_config){
		.format = features & 1 ? DRV_PACKED : DRV_SPLIT,
		.num = (features & 1 ? packed_num : split_num)[size % 8],
		.features = features >> 1 & 7,
		.table_len = TABLE_LEN,
	};

	if (how & 16 && !(features & 1))
		c->features |= DRV_F_BIG_ENDIAN;
	drv_layout(c, w->guest, 64);
	c->tables = (struct drv_mem){
		.host = w->guest + WORLD_TABLES,
		.size = WORLD_CHUNK,
		.addr = world_iova(w, WORLD_TABLES),
	};
	REQUIRE(drv_init(&w->drv, c));
	drv_set_whims(&w->drv, size >> 3 & 7, 1 + size);
}

/*
 * First byte: packed, features, and how much is mapped. Second: the address
 * space and the log. Third: size and the driver's whims.
 */
static void configure(struct world *w)
{
	u8 features = take8(w), how = take8(w), size = take8(w);
	struct ring_config *c = &w->config;

	c->flags = (features & 1 ? RING_F_PACKED : 0) |
		   (features & 2 ? RING_F_INDIRECT : 0) |
		   (features & 4 ? RING_F_EVENT_IDX : 0) |
		   (features & 8 ? RING_F_IN_ORDER : 0) |
		   (features & 16 ? RING_F_NOTIFY_ON_EMPTY : 0) |
		   (how & 1 ? RING_F_IOVA : 0) | (how & 2 ? RING_F_LOG : 0) |
		   (how & 16 && !(features & 1) ? RING_F_BIG_ENDIAN : 0);
	w->shuffled = how & 8;
	world_default_memory(w);
	w->space.tlb = how & 1 ? &w->tlb : NULL;
	w->space.log = how & 4 ? &w->dirty : NULL;
	set_up_driver(w, features, how, size);
	c->num = w->drv.num;
	for (u32 a = 0; a < RING_AREAS; a++) {
		u32 offset = (u8 *)w->drv.cfg.area[a] - w->guest;

		c->area[a] = how & 1 ? world_iova(w, offset) :
				       (uintptr_t)w->drv.cfg.area[a];
	}
	c->log_desc = world_addr(w, (u8 *)w->drv.cfg.area[0] - w->guest);
	c->log_device = world_addr(w, (u8 *)w->drv.cfg.area[2] - w->guest);
	for (u32 i = 0; how & 1 && !(features & 32) && i < WORLD_CHUNKS; i++)
		world_map(w, world_iova(w, i * WORLD_CHUNK), WORLD_CHUNK,
			  RING_RW);
	REQUIRE(ring_setup(&w->ring, c) == RING_OK);
	dev_start(w, ring_initial_base(c->flags));
	w->known = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	world_begin(&w, data, size);
	batch.n_chains = 0;
	batch.n_segs = 0;
	configure(&w);
	for (u32 i = 0; i < MAX_COMMANDS && w.in.left; i++) {
		u8 op = take8(&w);

		if (op == 0xe0)
			cmd_escape(&w, take8(&w) % 8);
		else
			command[op % 32](&w, op >> 5);
	}
	cmd_drain(&w, 0);
	world_end(&w);
	return 0;
}
