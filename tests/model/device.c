// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's steps, on the engine: pop, complete, publish, call, sleep and
 * wake up. What each verb says is compared with the model.
 */
#include "world.h"

typedef unsigned long long ull;

void device_begin(struct world *w)
{
	static const u32 batch[] = { 1, 8, 64, 64, 256, 256, 256, 256 };

	w->batch = batch[below(w, 8)];
	if (w->batch > 2 * w->cfg->num)
		w->batch = 2 * w->cfg->num;
	w->max_segs = MIN_SEGS + below(w, MAX_SEGS - MIN_SEGS + 1);
	w->shuffles = !has(w, DRV_F_IN_ORDER) && one_in(w, 2);
	w->fx.batch.guest = one_in(w, 4) ? w->guest : NULL;
}

void device_wake(struct world *w)
{
	w->device_sleeps = false;
}

/* ---- popping ---------------------------------------------------------- */

/* What was popped once is seen, also when it is given back. */
static void note_seen(struct world *w)
{
	if (w->popped.chains > w->seen.chains)
		w->seen = w->popped;
}

/* A pop took @got of @want chains: is there a reason when they are fewer? */
static void check_count(struct world *w, enum ring_result rc, u32 got, u32 want)
{
	const struct ring_batch *b = &w->fx.batch;
	const struct slot *next;

	check(w, (rc == RING_EMPTY) == !want, "pop says %d with %u to take", rc,
	      want);
	check(w, got <= want, "popped %u of %u", got, want);
	if (got == want || w->fx.cfg.iotlb)
		return;
	next = added_slot(w, w->popped.chains);
	check(w, next->n_read + next->n_write + (next->cut < SLOT_BYTES) +
		 b->n_segs > b->max_segs,
	      "popped %u of %u with %u of %u segments used", got, want,
	      b->n_segs, b->max_segs);
}

static enum ring_result pop_into_batch(struct world *w)
{
	struct ring_batch *b = &w->fx.batch;
	u64 ready = w->visible.chains - w->popped.chains;
	u32 had = b->n_chains, segs = b->n_segs, want = b->max_chains - had;
	enum ring_result rc;

	if (ready < want)
		want = ready;
	do
		rc = ring_pop(&w->fx.ring, &w->fx.space, b);
	while (again(w, rc));
	for (u32 i = had; i < b->n_chains; i++) {
		const struct ring_chain *c = &b->chain[i];
		u16 at = w->order[w->popped.chains & w->mask];

		check(w, w->popped.chains < w->visible.chains,
		      "popped a chain that is not there");
		check(w, c->seg == segs, "segments at %u, not %u", c->seg, segs);
		payload_check_popped(w, &w->slot[at], c);
		w->owned[w->popped.chains & w->mask] = (struct owned){ *c, at };
		advance(w, &w->popped, &w->slot[at]);
		segs += c->n_read + c->n_write;
	}
	check(w, b->n_segs == segs, "%u segments, not %u", b->n_segs, segs);
	check_count(w, rc, b->n_chains - had, want);
	note_seen(w);
	return rc;
}

static void unpop(struct world *w)
{
	struct ring_batch *b = &w->fx.batch;
	u32 n = below(w, b->n_chains + 1);

	ring_unpop(&w->fx.ring, &b->chain[b->n_chains - n], n);
	for (u32 i = 0; i < n; i++)
		go_back(w, &w->popped, added_slot(w, w->popped.chains - 1));
}

static void peek(struct world *w)
{
	bool ready = w->visible.chains != w->popped.chains;
	enum ring_result rc;

	do
		rc = ring_peek(&w->fx.ring, &w->fx.space);
	while (again(w, rc));
	check(w, (rc == RING_GOT) == ready, "peek says %d with %llu to take",
	      rc, (ull)(w->visible.chains - w->popped.chains));
}

/* ---- kicks ------------------------------------------------------------ */

static void disable_kicks(struct world *w)
{
	enum ring_result rc;

	do
		rc = ring_disable_kicks(&w->fx.ring, &w->fx.space);
	while (again(w, rc));
	check(w, rc == RING_GOT, "disable_kicks says %d", rc);
	oracle_kicks_disabled(w);
}

/* Chains the device has seen do not keep it awake; any other one does. */
static void check_enabled(struct world *w, enum ring_result rc)
{
	bool more = w->seen.chains != w->visible.chains;

	check(w, (rc == RING_GOT) == more, "enable_kicks says %d with %llu not seen", rc,
	      (ull)(w->visible.chains - w->seen.chains));
	oracle_kicks_enabled(w, w->seen);
}

static void go_to_sleep(struct world *w, bool timer)
{
	enum ring_result rc;

	do
		rc = ring_enable_kicks(&w->fx.ring, &w->fx.space);
	while (again(w, rc));
	check_enabled(w, rc);
	dirty_check(w);
	w->device_sleeps = rc == RING_EMPTY;
	w->device_timer = timer;
}

void device_pop(struct world *w)
{
	struct ring_batch *b = &w->fx.batch;
	enum ring_result rc;

	if (w->device_sleeps && w->device_timer && one_in(w, 8))
		device_wake(w);
	if (w->device_sleeps)
		return;

	u32 luck = chance(w);

	if (!(luck & 7))
		disable_kicks(w);
	if (!(luck & 0x70))
		peek(w);
	b->n_chains = 0;
	b->n_segs = 0;
	b->max_segs = w->max_segs;
	b->max_chains = 1 + below(w, w->batch);
	rc = pop_into_batch(w);
	if (!(luck & 0x700) && b->max_chains < MAX_BATCH) {
		b->max_chains += 1 + below(w, MAX_BATCH - b->max_chains);
		pop_into_batch(w);
	}
	if (!(luck & 0x7000)) {
		unpop(w);
		if (!(luck & 0x10000))
			go_to_sleep(w, true);
	} else if (rc == RING_EMPTY && (luck & 0x10000)) {
		go_to_sleep(w, false);
	}
}

/* ---- completing ------------------------------------------------------- */

/* Bring some chain to the front of those owned. */
static struct owned *choose(struct world *w, u64 place)
{
	struct owned *first = &w->owned[place & w->mask], *other, swap;

	if (!w->shuffles)
		return first;
	other = &w->owned[(place + below(w, w->popped.chains - place)) & w->mask];
	swap = *first;
	*first = *other;
	*other = swap;
	return first;
}

/* Mostly all of it; what more is claimed has to be clipped. */
static u32 draw_written(struct world *w, const struct slot *s, u32 *claimed)
{
	u32 r = chance(w);
	u32 written = r & 3 ? s->write_len : (r >> 2) % (s->write_len + 1u);

	*claimed = written;
	if (written == s->write_len && !(r & 0x700000))
		*claimed += r >> 24;
	return written;
}

static void finish(struct world *w, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u64 place = w->pushed.chains + i;
		struct owned *o = choose(w, place);
		struct slot *s = &w->slot[o->slot];
		u32 claimed, written = draw_written(w, s, &claimed);

		payload_write(w, s, written);
		w->done[place & w->mask] = o->slot;
		w->finish[i] = ring_done(&o->chain, claimed);
	}
}

static void push(struct world *w, const struct ring_done *done, u32 n)
{
	enum ring_result rc;

	do
		rc = ring_push(&w->fx.ring, &w->fx.space, done, n);
	while (again(w, rc));
	check(w, rc == RING_GOT, "push says %d", rc);
	for (u32 i = 0; i < n; i++)
		advance(w, &w->pushed,
			&w->slot[w->done[w->pushed.chains & w->mask]]);
}

void device_publish(struct world *w)
{
	bool any = w->published.chains != w->pushed.chains;
	enum ring_result rc;

	do
		rc = ring_publish(&w->fx.ring, &w->fx.space);
	while (again(w, rc));
	check(w, (rc == RING_GOT) == any, "publish says %d with %llu pushed",
	      rc, (ull)(w->pushed.chains - w->published.chains));
	w->published = w->pushed;
	dirty_check(w);
}

void device_call(struct world *w)
{
	struct verdict v = oracle_call(w);
	bool call = ring_call_needed(&w->fx.ring, &w->fx.space);

	check(w, call || !v.must, "no call, but one must be sent");
	check(w, !call || v.may, "a call that nobody asked for");
	check(w, call || !w->driver_sleeps ||
		 w->published.units <= w->sleep_until,
	      "lost wake-up: the driver sleeps with work to do");
	w->fresh = false;
	w->call_asked = w->published.units;
	if (call)
		guest_wake(w);
}

void device_complete(struct world *w)
{
	u64 owned = w->popped.chains - w->pushed.chains;
	u32 n = 1 + below(w, w->batch), part, luck = chance(w);

	if (owned < n)
		n = owned;
	finish(w, n);
	part = luck & 7 ? n : below(w, n + 1);
	push(w, w->finish, part);
	if (part < n) {
		if (luck & 8)
			device_publish(w);
		push(w, w->finish + part, n - part);
	}
	if (!n || luck & 0x70)
		device_publish(w);
	if (!n || luck & 0x700)
		device_call(w);
}
