// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive queue: packets from the send queue to the guest's buffers. fill.c
 * decides what a buffer gets: a packet, a part of a longer one, or several.
 *
 * In the queue's worker, vq->lock held. A run ends after VSOCK_MAX_PACKETS
 * buffers or VSOCK_MAX_BYTES bytes. It takes all that is queued at once, and
 * what it did not send goes back to the front, the part of a packet that is
 * still to send included.
 *
 * Without packets it sleeps until a socket or a sibling queues one. Without
 * buffers it sleeps until the driver kicks, and only then kicks are enabled.
 */
#include "fill.h"
#include "pair.h"
#include "socket.h"

struct rx_run {
	struct vhost_vsock *v;
	u32 next;		/* first unused chain of the batch */
	struct vsock_fill fill;	/* what a buffer gets */
	struct vsock_sent sent;
	u32 packets;
	u64 bytes;
};

static struct vhost_vsock *device_of(struct vhost_vq *vq)
{
	return container_of(vq, struct vhost_vsock, rx);
}

/* ---- ends of batches and runs ----------------------------------------- */

/* Packets were sent: let those resume that were throttled or blocked. */
static void count_sent(struct rx_run *run)
{
	struct vhost_vsock *v = run->v;

	if (!run->sent.bytes)
		return;
	vsock_resume(v, vsock_sendq_sent(&v->sendq, &run->sent));
	run->sent = (struct vsock_sent){ };
}

/* Resets of siblings that had no room before. */
static void flush_resets(struct vhost_vsock *v)
{
	if (unlikely(READ_ONCE(v->resets_pending)))
		vsock_siblings_flush(v);
}

/* Give back the chains that were not used and push the others. */
static enum ring_result flush_batch(struct rx_run *run)
{
	struct vhost_vq *vq = &run->v->rx;

	vhost_vq_unpop(vq, run->next);
	count_sent(run);
	flush_resets(run->v);
	return vhost_vq_complete(vq);
}

static enum vhost_run end(struct rx_run *run, enum vhost_run how)
{
	flush_batch(run);
	vsock_sendq_return(&run->v->sendq, &run->v->taken);
	return how;
}

/* ---- a packet --------------------------------------------------------- */

/* The next packet, or NULL. */
static struct sk_buff *next_packet(struct vhost_vsock *v)
{
	if (skb_queue_empty(&v->taken))
		vsock_sendq_take(&v->sendq, &v->taken);
	return skb_peek(&v->taken);
}

static void packet_sent(struct rx_run *run)
{
	struct sk_buff *skb = __skb_dequeue(&run->v->taken);

	vsock_sent_add(&run->sent, &run->v->sendq, skb);
	virtio_transport_consume_skb_sent(skb, true);
}

/* A buffer was filled; from the last packet perhaps with a part of it. */
static void advance(struct rx_run *run, const struct vsock_fill *f)
{
	u32 left = f->bytes;

	for (u32 i = 0; i < f->packets; i++) {
		struct sk_buff *skb = skb_peek(&run->v->taken);
		u32 part = min(vsock_bytes_left(skb), left);

		vsock_cb(skb)->library.offset += part;
		left -= part;
		if (!vsock_bytes_left(skb))
			packet_sent(run);
	}
}

/* ---- a buffer --------------------------------------------------------- */

/* Has the chain room for a header and, if there is payload, for some of it. */
static bool well_formed(const struct ring_chain *c, u32 left)
{
	return !c->n_read && c->write_len >= VSOCK_HDR + (left ? 1 : 0);
}

static bool write_buffer(struct rx_run *run, const struct ring_chain *c)
{
	struct vhost_vsock *v = run->v;
	/* no driver expects more in one packet than a packet ever had */
	u32 room = min_t(u32, c->write_len - VSOCK_HDR, VSOCK_MAX_PAYLOAD);
	struct vsock_fill *f = &run->fill;

	if (unlikely(!vsock_fill(f, &v->taken, &v->rx, c, room)))
		return false;
	vhost_vq_done(&v->rx, c, VSOCK_HDR + f->bytes);
	v->last_room = room;
	run->bytes += VSOCK_HDR + f->bytes;
	advance(run, f);
	return true;
}

/*
 * Fill the next chain with what waits, @skb first. One that has no room or cannot
 * be written is counted and completed; the packets stay.
 */
static void fill(struct rx_run *run, struct sk_buff *skb)
{
	struct vhost_vq *vq = &run->v->rx;
	const struct ring_chain *c = &vq->batch.chain[run->next++];

	if (likely(well_formed(c, vsock_bytes_left(skb)) && write_buffer(run, c)))
		return;
	vhost_vq_bad_request(vq);
	vhost_vq_done(vq, c, 0);
}

/* Chains to pop, if buffers are as long as the last one was. */
static u32 wanted_chains(const struct vhost_vsock *v)
{
	u32 n = vsock_fill_count(&v->taken, v->last_room ?: VSOCK_MAX_PAYLOAD,
				 VHOST_BATCH);

	return max(n, 1u);
}

/*
 * Pop chains, the batch being used up. Return: RING_GOT: try again, there may be
 * some; RING_EMPTY: kicks are enabled; RING_AGAIN or RING_BROKEN.
 */
static enum ring_result get_chains(struct rx_run *run)
{
	struct vhost_vq *vq = &run->v->rx;
	enum ring_result rc = flush_batch(run);

	if (rc != RING_GOT)
		return rc;
	run->next = 0;
	rc = vhost_vq_pop(vq, wanted_chains(run->v));
	if (rc != RING_EMPTY)
		return rc;
	rc = vhost_vq_enable_kicks(vq);
	return rc == RING_GOT ? vhost_vq_disable_kicks(vq) : rc;
}

/* ---- a run ------------------------------------------------------------ */

/* Nothing to send. Return: was a packet queued while the worker busy polled. */
static bool wait_for_packets(struct rx_run *run)
{
	struct vhost_spin spin;

	if (flush_batch(run) != RING_GOT || !vhost_spin_start(&run->v->rx, &spin))
		return false;
	while (vhost_spin_on(&spin)) {
		if (next_packet(run->v))
			return true;
		cpu_relax();
	}
	return false;
}

static enum vhost_run vsock_rx_run(struct vhost_vq *vq)
{
	struct rx_run run = {
		.v = device_of(vq),
		.next = vq->batch.n_chains,	/* all used: pop anew */
	};

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	flush_resets(run.v);
	do {
		struct sk_buff *skb = next_packet(run.v);

		if (!skb) {
			if (wait_for_packets(&run))
				continue;
			return VHOST_RUN_DONE;
		}
		if (run.next < vq->batch.n_chains)
			fill(&run, skb);
		else if (get_chains(&run) != RING_GOT)
			return end(&run, VHOST_RUN_DONE);
	} while (!vhost_vq_budget_used(vq, &run.packets, run.bytes));
	return end(&run, VHOST_RUN_MORE);
}

const struct vhost_vq_ops vsock_rx_ops = {
	.name = "rx",
	.run = vsock_rx_run,
};
