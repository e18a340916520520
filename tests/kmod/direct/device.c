// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: pops chains, responds to each, and completes them in whatever order
 * and number it likes, unless IN_ORDER was negotiated. Before it sleeps it
 * completes everything, enables kicks and lets the engine look once more.
 */
#include "test.h"

#include <linux/delay.h>
#include <linux/kthread.h>

static bool is_broken(struct rig *rig, enum ring_result rc, const char *verb)
{
	const struct ring_fault *fault = ring_fault(&rig->ring);

	if (rc == RING_GOT || rc == RING_EMPTY)
		return false;
	rig_fail(rig, "%s: %s, index %u, value %#llx", verb,
		 rc == RING_AGAIN ? "endless misses" : ring_cause_name(fault->cause),
		 fault->index, fault->value);
	return true;
}

/* ---- requests --------------------------------------------------------- */

static void read_chain(struct rig *rig, const struct ring_chain *c)
{
	u8 *to = rig->device_scratch;

	for (u32 i = 0; i < c->n_read; i++) {
		const struct ring_seg *s = &rig->seg[c->seg + i];

		memcpy(to, (void *)s->base, s->len);
		to += s->len;
	}
}

static u32 write_chain(struct rig *rig, const struct ring_chain *c)
{
	u32 len = echo_length(rig->device_scratch, c->read_len, c->write_len);
	u32 at = 0;

	for (u32 i = c->n_read; i < c->n_read + c->n_write; i++) {
		u8 *to = (u8 *)rig->seg[c->seg + i].base;

		for (u32 k = 0; k < rig->seg[c->seg + i].len && at < len; k++, at++)
			to[k] = echo_byte(rig->device_scratch, c->read_len, at);
	}
	return len;
}

static bool chain_is_sane(struct rig *rig, const struct ring_chain *c)
{
	u64 total = 0;

	for (u32 i = c->seg; i < c->seg + c->n_read + c->n_write; i++) {
		if (!arena_holds(rig->arena, rig->seg[i].base, rig->seg[i].len))
			return false;
		total += rig->seg[i].len;
	}
	return total == (u64)c->read_len + c->write_len && total <= SLOT_BYTES;
}

static void log_chain(struct rig *rig, const struct ring_chain *c, u32 len)
{
	u32 first = c->seg + c->n_read;
	/* both ways to find what to log: by guest address, by the other one */
	const u64 *guest = one_in(&rig->device_rnd, 2) ? &rig->guest[first] : NULL;

	if (ring_log_written(&rig->ring, &rig->space, &rig->seg[first], guest,
			     c->n_write, len) != RING_GOT)
		rig_fail(rig, "writes cannot be logged");
}

static void respond_chain(struct rig *rig, const struct ring_chain *c)
{
	u32 len;

	if (!chain_is_sane(rig, c)) {
		rig_fail(rig, "a chain is not what any request was");
		return;
	}
	read_chain(rig, c);
	len = write_chain(rig, c);
	log_chain(rig, c, len);
	rig->held[rig->n_held++] = ring_done(c, len);
}

/* Take chains, give some of them back, respond to the others. */
static enum ring_result take_chains(struct rig *rig)
{
	struct ring_batch *b = &rig->batch;
	enum ring_result rc;
	u32 back;

	b->n_chains = 0;
	b->n_segs = 0;
	b->max_chains = 1 + below(&rig->device_rnd, BATCH_CHAINS);
	rc = with_misses(rig, ring_pop(&rig->ring, &rig->space, b));
	if (rc != RING_GOT)
		return rc;
	back = one_in(&rig->device_rnd, 4) ? below(&rig->device_rnd, b->n_chains) : 0;
	b->n_chains -= back;
	ring_unpop(&rig->ring, &rig->chain[b->n_chains], back);
	for (u32 i = 0; i < b->n_chains; i++)
		respond_chain(rig, &rig->chain[i]);
	return rc;
}

/* ---- completions ------------------------------------------------------ */

static void shuffle_held(struct rig *rig)
{
	for (u32 i = rig->n_held; i > 1; i--) {
		u32 k = below(&rig->device_rnd, i);

		swap(rig->held[i - 1], rig->held[k]);
	}
}

static void complete_some(struct rig *rig, u32 n)
{
	if (!(rig->features & BIT_ULL(VIRTIO_F_IN_ORDER)))
		shuffle_held(rig);
	if (is_broken(rig, with_misses(rig, ring_push(&rig->ring, &rig->space,
						      rig->held, n)), "push"))
		return;
	rig->n_held -= n;
	memmove(rig->held, rig->held + n, rig->n_held * sizeof(rig->held[0]));
}

static void publish(struct rig *rig)
{
	is_broken(rig, with_misses(rig, ring_publish(&rig->ring, &rig->space)),
		  "publish");
}

static void call_driver(struct rig *rig)
{
	if (ring_call_needed(&rig->ring, &rig->space))
		vring_interrupt(0, rig->vq);
}

/* ---- notifications, stops --------------------------------------------- */

static void disable_kicks(struct rig *rig)
{
	if (!rig->kicks_on)
		return;
	is_broken(rig, with_misses(rig, ring_disable_kicks(&rig->ring, &rig->space)),
		  "disable kicks");
	rig->kicks_on = false;
}

static enum device_step enable_kicks(struct rig *rig)
{
	enum ring_result rc;

	rc = with_misses(rig, ring_enable_kicks(&rig->ring, &rig->space));
	rig->kicks_on = true;
	if (is_broken(rig, rc, "enable kicks"))
		return DEVICE_IDLE;
	return rc == RING_EMPTY ? DEVICE_IDLE : DEVICE_BUSY;
}

/* Save where the ring is and begin there; chains held stay in flight. */
static void restart(struct rig *rig)
{
	u32 base;

	publish(rig);
	base = ring_base(&rig->ring);
	ring_reset(&rig->ring);
	rig_start_ring(rig, base);
	rig->restarts++;
}

/* The owner of an IOTLB may take any translation back at any time. */
static void invalidate_some(struct rig *rig)
{
	u64 start = rig->arena->phys + below(&rig->device_rnd, ARENA_PAGES) * PAGE_SIZE;

	if (one_in(&rig->device_rnd, 32))
		ring_iotlb_invalidate(&rig->tlb, 0, U64_MAX);
	else
		ring_iotlb_invalidate(&rig->tlb, start, start + PAGE_SIZE - 1);
}

static void upset(struct rig *rig)
{
	if (rig->ways & RIG_IOTLB && one_in(&rig->device_rnd, 4))
		invalidate_some(rig);
	if (rig->ways & RIG_RESTART && one_in(&rig->device_rnd, 8))
		restart(rig);
}

/* ---- the loop --------------------------------------------------------- */

/* Complete all there is, then say how to go on. */
static enum device_step go_idle(struct rig *rig)
{
	complete_some(rig, rig->n_held);
	publish(rig);
	call_driver(rig);
	if (READ_ONCE(rig->failed))
		return DEVICE_IDLE;
	if (rig->ways & RIG_POLL)
		return with_misses(rig, ring_peek(&rig->ring, &rig->space)) == RING_GOT ?
			DEVICE_BUSY : DEVICE_IDLE;
	return enable_kicks(rig);
}

enum device_step device_step(struct rig *rig)
{
	enum ring_result rc;

	if (!rig->live || READ_ONCE(rig->failed))
		return DEVICE_IDLE;
	disable_kicks(rig);
	rc = take_chains(rig);
	if (is_broken(rig, rc, "pop"))
		return DEVICE_IDLE;
	if (rc == RING_EMPTY)
		return go_idle(rig);
	complete_some(rig, below(&rig->device_rnd, rig->n_held + 1));
	upset(rig);
	publish(rig);
	call_driver(rig);
	return DEVICE_BUSY;
}

static void wait_for_kick(struct rig *rig)
{
	wait_event_idle(rig->kick.wait,
			READ_ONCE(rig->kick.rung) || kthread_should_stop());
	xchg(&rig->kick.rung, false);
}

int device_thread(void *arg)
{
	struct rig *rig = arg;
	enum device_step step;

	while (!kthread_should_stop()) {
		mutex_lock(&rig->lock);
		step = device_step(rig);
		mutex_unlock(&rig->lock);
		if (step == DEVICE_BUSY)
			cond_resched();
		else if (rig->ways & RIG_POLL)
			usleep_range(20, 50);
		else
			wait_for_kick(rig);
	}
	return 0;
}
