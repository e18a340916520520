// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transmit queue: packets from the guest to the sockets of the host, or to
 * another guest.
 *
 * In the queue's worker, vq->lock held; sockets are locked inside it, unless their
 * program keeps them locked (busy.c). A run ends after VSOCK_MAX_PACKETS packets or
 * VSOCK_MAX_BYTES bytes. Completions of one pop are pushed together.
 *
 * Nothing is left out of a stream. A packet without memory for it stays in the
 * ring, with all behind it, and the queue tries again later; when that goes on
 * for too long, or its payload cannot be read, its connection is reset at both
 * ends (lost.c).
 *
 * A malformed packet (tx_check.c) is counted and its buffer completed; there is
 * no reply. The library rejects an unknown type with a reset (5.10.6.6). A packet
 * to another guest is malformed unless this one is in a group; then pair_send.c
 * has it. What may go together does (tx_join.c), everything else goes alone, and
 * all in the order in which it came.
 */
#include "pair.h"
#include "socket.h"
#include "tx_packet.h"

enum {
	RETRY_MS = 20,		/* until allocation is tried again */
	PATIENCE_MS = 3000,	/* then connections are reset */
};

struct tx_run {
	struct vhost_vsock *v;
	u32 packets;
	u64 bytes;
};

static struct vhost_vsock *device_of(struct vhost_vq *vq)
{
	return container_of(vq, struct vhost_vsock, tx);
}

/* ---- one packet ------------------------------------------------------- */

/*
 * Memory that may stay allocated for long is charged to the owner, in whose
 * cgroup the worker is. At its limit the allocation fails rather than have the
 * owner killed. Everything else passes also then, so that connections without
 * data are served.
 */
static bool is_charged(const struct virtio_vsock_hdr *hdr)
{
	return vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_RW) ||
	       vsock_tx_is_for_sibling(hdr);
}

static gfp_t gfp_of(const struct virtio_vsock_hdr *hdr)
{
	if (!is_charged(hdr))
		return GFP_KERNEL;
	return GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
}

static struct sk_buff *read_packet(struct vhost_vq *vq,
				   const struct ring_chain *c,
				   const struct virtio_vsock_hdr *hdr)
{
	u32 len = le32_to_cpu(hdr->len);
	struct iov_iter it;
	struct sk_buff *skb;

	skb = virtio_vsock_alloc_skb(VSOCK_HDR + len, gfp_of(hdr));
	if (!skb)
		return ERR_PTR(-ENOMEM);
	*virtio_vsock_hdr(skb) = *hdr;
	if (!len)
		return skb;
	virtio_vsock_skb_put(skb, len);
	vsock_tx_payload(vq, c, &it);
	if (skb_copy_datagram_from_iter(skb, 0, &it, len)) {
		kfree_skb(skb);
		return ERR_PTR(-EFAULT);
	}
	return skb;
}

/* What this thread queues for the guest meanwhile is in reply to the packet. */
static void deliver(struct vhost_vsock *v, struct sk_buff *skb)
{
	virtio_transport_deliver_tap_pkt(skb);
	WRITE_ONCE(v->replying, current);
	virtio_transport_recv_pkt(&vsock_transport, skb, v->net);
	WRITE_ONCE(v->replying, NULL);
}

/* Once it is over it stays so until there is memory for data again. */
static bool patience_is_over(struct vhost_vsock *v)
{
	if (!v->starving)
		v->give_up_at = jiffies + msecs_to_jiffies(PATIENCE_MS);
	v->starving = true;
	return time_after_eq(jiffies, v->give_up_at);
}

static bool lose(struct vhost_vsock *v, const struct virtio_vsock_hdr *hdr)
{
	return vsock_tx_is_for_sibling(hdr) ? vsock_sibling_lost(v, hdr) :
					      vsock_lose_packet(v, hdr);
}

/* A packet that could not be read. Return: false when it is to be tried again. */
static bool handle_unread(struct vhost_vsock *v,
			  const struct virtio_vsock_hdr *hdr, int err)
{
	if (err == -ENOMEM && !patience_is_over(v))
		return false;
	if (!lose(v, hdr))
		return false;
	if (err == -ENOMEM)
		vhost_vq_dropped(&v->tx, 1);
	else
		vhost_vq_bad_request(&v->tx);
	return true;
}

/* Return: false when it is to be tried again. */
static bool reject(struct vhost_vsock *v, const struct virtio_vsock_hdr *hdr)
{
	struct vsock_flow flow = vsock_flow_of(hdr);
	struct vsock_flow back = vsock_flow_back(&flow);
	struct sk_buff *skb = vsock_make_reset(&back, GFP_KERNEL);

	if (skb)
		vsock_send_reply(v, skb);
	return skb;
}

static bool is_permitted(struct vhost_vsock *v,
			 const struct virtio_vsock_hdr *hdr)
{
	return !vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_REQUEST) ||
	       vsock_tx_is_for_sibling(hdr) || vsock_policy_permits(v, hdr);
}

/* Return: chains handled; 0: there is no memory for this one now. */
static u32 handle_one(struct vhost_vsock *v, const struct ring_chain *c,
		      const struct virtio_vsock_hdr *hdr)
{
	struct vhost_vq *vq = &v->tx;
	struct sk_buff *skb;

	if (unlikely(vsock_tx_is_invalid(hdr))) {
		vhost_vq_bad_request(vq);
		return 1;
	}
	if (unlikely(!is_permitted(v, hdr)))
		return reject(v, hdr);
	skb = read_packet(vq, c, hdr);
	if (IS_ERR(skb))
		return handle_unread(v, hdr, PTR_ERR(skb));
	if (unlikely(v->starving && is_charged(hdr)))
		v->starving = false;
	if (unlikely(!vsock_tx_knows_type(hdr)))
		vhost_vq_bad_request(vq);
	if (unlikely(vsock_tx_is_for_sibling(hdr)))
		return vsock_sibling_send(v, skb);
	deliver(v, skb);
	return 1;
}

/* Return: chains handled; 0: without memory, and then the first can go alone. */
static u32 handle_joined(struct vhost_vsock *v, const struct ring_chain *c,
			 const struct virtio_vsock_hdr *hdr,
			 struct vsock_join *join)
{
	struct sk_buff *skb = vsock_join_read(&v->tx, c, hdr, join);

	if (!skb)
		return 0;
	v->starving = false;
	deliver(v, skb);
	return join->n;
}

static bool is_busy(struct vhost_vsock *v, const struct virtio_vsock_hdr *hdr)
{
	return !vsock_tx_is_invalid(hdr) && !vsock_tx_is_for_sibling(hdr) &&
	       vsock_receiver_is_busy(v, hdr);
}

/* Return: chains handled; 0: no memory for the first one, or blocked. */
static u32 handle_next(struct vhost_vsock *v, const struct ring_chain *c,
		       const struct virtio_vsock_hdr *hdr, u32 left)
{
	struct vsock_join join = vsock_join_plan(hdr, left);
	u32 n = 0;

	if (unlikely(is_busy(v, hdr)))
		return 0;
	if (join.n > 1)
		n = handle_joined(v, c, hdr, &join);
	return n ?: handle_one(v, c, hdr);
}

/* ---- a run ------------------------------------------------------------ */

/*
 * Validate packets until the run has its bytes; the others go back. The next pop
 * takes no more than there were, so that long packets are not walked for
 * nothing. A header that cannot be read goes back, too: of whatever stream it is,
 * that must not go on without it. (A page that is swapped out cannot be read while
 * the owner's cgroup is at its limit.)
 * Return: how many there are to handle.
 */
static u32 validate_batch(struct tx_run *run)
{
	struct vhost_vsock *v = run->v;
	const struct ring_batch *b = &v->tx.batch;
	u32 n = 0;

	do {
		if (unlikely(!vsock_tx_validate(v, &b->chain[n],
						&v->tx_hdr[n])) &&
		    (n || !patience_is_over(v)))
			break;
		run->bytes += b->chain[n].read_len;
		n++;
	} while (n < b->n_chains && run->bytes < VSOCK_MAX_BYTES);
	v->tx_batch = run->bytes < VSOCK_MAX_BYTES ? 0 : n;
	return n;
}

/* Return: false when packets went back to wait for memory, or for a socket. */
static bool handle_batch(struct tx_run *run)
{
	struct vhost_vsock *v = run->v;
	const struct ring_batch *b = &v->tx.batch;
	u32 n = validate_batch(run), done, step;

	for (done = 0; done < n; done += step) {
		step = handle_next(v, &b->chain[done], &v->tx_hdr[done],
				   n - done);
		if (unlikely(!step))
			break;
	}
	for (u32 i = 0; i < done; i++)
		vhost_vq_done(&v->tx, &b->chain[i], 0);
	run->packets += done;
	vhost_vq_unpop(&v->tx, done);
	return n && done == n;
}

static enum vhost_run vsock_tx_run(struct vhost_vq *vq)
{
	struct tx_run run = { .v = device_of(vq) };

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	do {
		enum ring_result rc;
		bool all = true;

		/* Resumes when the socket is unlocked. */
		if (vsock_is_blocked(run.v))
			return VHOST_RUN_DONE;
		/* Throttled: resumes when the guest has taken its replies. */
		if (!vsock_sendq_accepts_replies(&run.v->sendq))
			return VHOST_RUN_DONE;
		rc = vhost_vq_pop(vq, run.v->tx_batch ?: VHOST_BATCH);
		if (rc == RING_EMPTY) {
			rc = vhost_vq_wait(vq);
		} else if (rc == RING_GOT) {
			all = handle_batch(&run);
			rc = vhost_vq_complete(vq);
			if (rc == RING_GOT && vhost_vq_ran_dry(vq))
				rc = vhost_vq_wait(vq);
		}
		if (unlikely(!all)) {
			if (!vsock_is_blocked(run.v))
				vhost_vq_wake_later(vq, RETRY_MS);
			return VHOST_RUN_DONE;
		}
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
	} while (!vhost_vq_budget_used(vq, &run.packets, run.bytes));
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops vsock_tx_ops = {
	.name = "tx",
	.run = vsock_tx_run,
};
