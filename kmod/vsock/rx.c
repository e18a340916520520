// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: packets from the sockets of the host to the guest's buffers. What a
 * buffer gets, fill.c says: a packet, a part of a longer one, or several.
 *
 * In the queue's worker, vq->lock held. A run ends after VSOCK_MAX_PACKETS
 * buffers or VSOCK_MAX_BYTES bytes. It takes all that is queued at once, and
 * what it did not send goes back to the front, the part of a packet that is
 * still to send included.
 *
 * Two things can be lacking. Without packets, the sockets wake the queue.
 * Without buffers, the driver does: only then it is asked for kicks.
 */
#include "vsock.h"

struct rx_run {
	struct vhost_vsock *v;
	u32 next;		/* first unused chain of the batch */
	struct vsock_sent sent;
	u32 packets;
	u64 bytes;
};

static struct vhost_vsock *device_of(struct vhost_vq *vq)
{
	return container_of(vq, struct vhost_vsock, rx);
}

/* ---- ends of batches and runs ----------------------------------------- */

/* Packets are gone: let those go on that waited for it. */
static void account(struct rx_run *run)
{
	struct vhost_vsock *v = run->v;
	struct vsock_resume resume;

	if (!run->sent.bytes)
		return;
	resume = vsock_sendq_sent(&v->sendq, &run->sent);
	run->sent = (struct vsock_sent){ };
	if (resume.tx)
		vhost_vq_wake(&v->tx);
	if (resume.senders)
		vsock_transport_wake_senders();
}

/* Give back the chains that were not used and show the driver the others. */
static enum ring_result settle(struct rx_run *run)
{
	struct vhost_vq *vq = &run->v->rx;

	vhost_vq_unpop(vq, run->next);
	account(run);
	return vhost_vq_complete(vq);
}

static enum vhost_run end(struct rx_run *run, enum vhost_run how)
{
	settle(run);
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

/* What was in a buffer has gone; of the last packet perhaps only a part. */
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

/* Does the chain have room for a header and, if there is payload, for some. */
static bool well_formed(const struct ring_chain *c, u32 left)
{
	return !c->n_read && c->write_len >= VSOCK_HDR + (left ? 1 : 0);
}

static bool write_buffer(struct rx_run *run, const struct ring_chain *c)
{
	struct vhost_vsock *v = run->v;
	/* no driver expects more in one packet than a packet ever had */
	u32 room = min_t(u32, c->write_len - VSOCK_HDR, VSOCK_MAX_PAYLOAD);
	struct vsock_fill f = vsock_fill_plan(&v->taken, room);

	if (unlikely(!vsock_fill_write(&v->taken, &f, &v->rx, c)))
		return false;
	vsock_fill_show(&v->taken, &f);
	vhost_vq_done(&v->rx, c, VSOCK_HDR + f.bytes);
	v->usual = room;
	run->bytes += VSOCK_HDR + f.bytes;
	advance(run, &f);
	return true;
}

/* The next chain with what waits, @skb first. One that is no use is refused. */
static void fill(struct rx_run *run, struct sk_buff *skb)
{
	struct vhost_vq *vq = &run->v->rx;
	const struct ring_chain *c = &vq->batch.chain[run->next++];

	if (likely(well_formed(c, vsock_bytes_left(skb)) && write_buffer(run, c)))
		return;
	vhost_vq_bad_request(vq);
	vhost_vq_done(vq, c, 0);
}

/* Chains to ask for: a guess that saves effort. */
static u32 guess(const struct vhost_vsock *v)
{
	u32 n = vsock_fill_count(&v->taken, v->usual ?: VSOCK_MAX_PAYLOAD,
				 VHOST_BATCH);

	return max(n, 1u);
}

/*
 * Get new chains, the batch being used up. Return: RING_GOT: look for one, there
 * may be; RING_EMPTY: the driver has been asked to kick; or as the ring says.
 */
static enum ring_result get_chains(struct rx_run *run)
{
	struct vhost_vq *vq = &run->v->rx;
	enum ring_result rc = settle(run);

	if (rc != RING_GOT)
		return rc;
	run->next = 0;
	rc = vhost_vq_pop(vq, guess(run->v));
	if (rc != RING_EMPTY)
		return rc;
	rc = vhost_vq_enable_kicks(vq);
	return rc == RING_GOT ? vhost_vq_disable_kicks(vq) : rc;
}

/* ---- a run ------------------------------------------------------------ */

/* Nothing to send. Return: does something come while we busy poll. */
static bool wait_for_packets(struct rx_run *run)
{
	struct vhost_spin spin;

	if (settle(run) != RING_GOT || !vhost_spin_start(&run->v->rx, &spin))
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
