// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device of ring_fuzz.c: one batch, the verbs on it with what must hold
 * afterwards, and the commands that call them.
 */
#include <string.h>

#include "ring_fuzz.h"

static struct ring_chain chain_of[BATCH_CHAINS];
static struct ring_seg seg_of[BATCH_SEGS];
static u64 guest_of[BATCH_SEGS];

static struct ring_batch batch = {
	.chain = chain_of, .seg = seg_of, .guest = guest_of,
};

void dev_empty_batch(void)
{
	batch.n_chains = 0;
	batch.n_segs = 0;
}

/* Chains of before a restart can be more than a ring can have in flight. */
void dev_forget_chains(struct world *w)
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
 * Accesses of a pop: for each chain its head and the end of a prefetch, for each
 * segment a descriptor or a prefetch of a table, and once a prefetch that found
 * nothing.
 */
static u64 pop_bound(const struct world *w, u32 chains, u32 segs)
{
	return FIXED_COST + 4 * 32 + 5 * (u64)(chains + 1) +
	       (u64)(segs + 2) * (5 + world_max_ranges(w));
}

enum ring_result dev_pop(struct world *w, u32 max_chains, u32 max_segs,
			    bool fresh)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc;
	u32 had, segs;

	if (fresh)
		dev_empty_batch();
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
	dev_empty_batch();
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

enum ring_result dev_push(struct world *w, u32 n, u8 order, u32 written)
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

void dev_publish(struct world *w)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_publish(&w->ring, &w->space);

	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 1));
}

void dev_call(struct world *w)
{
	bool needed = call_needed(w);

	/* a sleeping driver is called when buffers were used */
	if (w->driver_sleeps && !w->hostile)
		REQUIRE(needed || !drv_used_pending(&w->drv));
	if (needed)
		w->driver_sleeps = false;
}

/* ---- commands --------------------------------------------------------- */

void cmd_pop(struct world *w, u8 arg)
{
	u32 chains = 1 + take8(w) % BATCH_CHAINS, segs = BATCH_SEGS;

	if (arg & 2) {
		segs = 1 + take8(w);
		/* fewer segments than chains of the honest driver have */
		w->hostile |= segs < 16 || w->space.tlb;
	}
	dev_pop(w, chains, segs, arg & 1 || batch.n_segs > BATCH_SEGS / 2);
}

void cmd_unpop(struct world *w, u8 arg)
{
	u32 n = arg == 7 ? w->newest : arg;

	unpop(w, n < w->newest ? n : w->newest);
}

void cmd_push(struct world *w, u8 arg)
{
	u32 n = arg == 7 ? WORLD_INFLIGHT : arg;
	u8 order = take8(w);
	u32 written = take16(w);

	dev_push(w, n, order, written * 0x10001);
}

void cmd_publish(struct world *w, u8 arg)
{
	dev_publish(w);
	if (arg & 1)
		dev_call(w);
}

void cmd_call(struct world *w, u8 arg)
{
	(void)arg;
	dev_call(w);
}

void cmd_enable_kicks(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_enable_kicks(&w->ring, &w->space);

	(void)arg;
	verb_check(w, &b, rc, FIXED_COST + verb_log_cost(w, 2));
	w->device_sleeps = rc == RING_EMPTY && b.ring.state == RING_RUNNING;
}

void cmd_disable_kicks(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);

	(void)arg;
	verb_check(w, &b, ring_disable_kicks(&w->ring, &w->space),
		   FIXED_COST + verb_log_cost(w, 1));
	w->device_sleeps = false;
}

void cmd_peek(struct world *w, u8 arg)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_peek(&w->ring, &w->space);

	verb_check(w, &b, rc, FIXED_COST);
	/* while driver and owner are honest, a pop finds what a peek saw */
	if (arg & 1 && !w->hostile && rc != RING_AGAIN &&
	    w->ring.state == RING_RUNNING) {
		enum ring_result got = dev_pop(w, BATCH_CHAINS, BATCH_SEGS, true);

		REQUIRE(got == rc || got == RING_AGAIN);
	}
}

/* Log what the device wrote into a chain of the last batch. */
void cmd_log_written(struct world *w, u8 arg)
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

/* Translate a buffer of a kept chain, at an address that may be unmapped. */
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

/* After ring_map_areas() said that all areas are mapped, no verb misses one. */
static void map_areas(struct world *w)
{
	struct verb_before b = verb_begin(w);
	enum ring_result rc = ring_map_areas(&w->ring, &w->space);

	REQUIRE(w->arena.accesses == b.accesses);
	if (b.ring.state == RING_STOPPED)	/* may be set up or not */
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

/* Writing out the log, and three commands that have no number of their own. */
void cmd_log_flush(struct world *w, u8 arg)
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
