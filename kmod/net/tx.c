// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit: packets from the guest to the backend. Small ones to a tap go in
 * batches (xdp.c), all others one by one.
 *
 * In the queue's worker, vq->lock held. A run ends after NET_MAX_PACKETS
 * packets or NET_MAX_BYTES bytes. Completions of one pop are pushed together.
 *
 * A packet that cannot be sent is lost, as on any wire, and its buffer given
 * back; only a full socket is waited for: the packet stays in the ring, and
 * the socket's file wakes the queue when there is room.
 */
#include <net/sock.h>

#include "net.h"

struct tx_run {
	struct net_tx *tx;
	struct net_backend *backend;
	struct net_hdr layout;
	struct net_xdp xdp;
	u32 packets;
	u64 bytes;
};

static struct tx_run begin(struct net_tx *tx)
{
	struct net_backend *backend = tx->vq.backend;

	return (struct tx_run){
		.tx = tx,
		.backend = backend,
		.layout = net_hdr_now(&tx->vq),
		.xdp = net_xdp_begin(tx),
	};
}

/* ---- one packet ------------------------------------------------------- */

/* Do the lengths fit a header and a frame (5.1.6.2); nothing is read yet. */
static bool well_formed(const struct tx_run *run, const struct ring_chain *c)
{
	u32 hdr = run->layout.guest;

	return !c->n_write && c->read_len >= hdr + ETH_HLEN &&
	       c->read_len - hdr <= NET_MAX_FRAME;
}

/* What the backend's error means for the packet. */
static enum net_sent classify_error(int err)
{
	switch (err) {
	case -EAGAIN:
		return NET_FULL;
	case -EFAULT:		/* the guest's memory */
	case -EINVAL:		/* the header */
	case -EMSGSIZE:
		return NET_BAD;
	default:		/* no memory, no device, link down, ... */
		return NET_LOST;
	}
}

/*
 * Without MSG_MORE: a tap that collects packets (ethtool -C rx-frames) keeps one
 * back until one without it comes. That may not be sent in the same way, be
 * rejected, or find no room in the send buffer as long as the others are kept.
 */
static enum net_sent send_alone(struct tx_run *run, const struct iov_iter *it)
{
	struct socket *sock = run->backend->sock;
	struct msghdr msg = {
		.msg_iter = *it,
		.msg_flags = MSG_DONTWAIT,
	};
	int ret = sock->ops->sendmsg(sock, &msg, iov_iter_count(it));

	return ret < 0 ? classify_error(ret) : NET_SENT;
}

static enum net_sent send_one(struct tx_run *run, const struct ring_chain *c)
{
	struct iov_iter it;
	u32 len;

	if (unlikely(!well_formed(run, c)))
		return NET_BAD;
	len = c->read_len - run->layout.guest;
	if (len <= run->xdp.max)
		return net_xdp_add(run->tx, &run->xdp, &run->layout, c, len);
	net_xdp_flush(run->tx, &run->xdp);	/* keep the order */
	vhost_vq_readable(&run->tx->vq, c, &it);
	iov_iter_advance(&it, run->layout.guest - run->layout.sock);
	return send_alone(run, &it);
}

/* ---- a batch ---------------------------------------------------------- */

/*
 * How many of the batch this run may still send, by their bytes. The next pop
 * takes no more than that, so that long packets are not walked for nothing.
 */
static u32 within_budget(struct tx_run *run)
{
	const struct ring_batch *b = &run->tx->vq.batch;
	u64 bytes = run->bytes;
	u32 n = 0;

	do
		bytes += b->chain[n++].read_len;
	while (n < b->n_chains && bytes < NET_MAX_BYTES);
	run->tx->batch = bytes < NET_MAX_BYTES ? 0 : n;
	return n;
}

/* Send what was popped. Return: false when the socket had no room for all. */
static bool send_batch(struct tx_run *run)
{
	struct vhost_vq *vq = &run->tx->vq;
	const struct ring_batch *b = &vq->batch;
	u32 i, n = within_budget(run);

	for (i = 0; i < n; i++) {
		const struct ring_chain *c = &b->chain[i];
		enum net_sent sent = send_one(run, c);

		if (unlikely(sent == NET_FULL))
			break;
		if (unlikely(sent == NET_BAD))
			vhost_vq_bad_request(vq);
		else if (unlikely(sent == NET_LOST))
			vhost_vq_dropped(vq, 1);
		run->packets++;
		run->bytes += c->read_len;
		vhost_vq_done(vq, c, 0);
	}
	net_xdp_flush(run->tx, &run->xdp);
	vhost_vq_unpop(vq, i);
	return i == n;
}

static bool budget_used(struct tx_run *run)
{
	return vhost_vq_budget_used(&run->tx->vq, &run->packets, run->bytes);
}

/* ---- a run ------------------------------------------------------------ */

/*
 * The file wakes the queue when there is room, at once if there is by now. It
 * is polled only while we wait, so that it does not wake us for each packet.
 */
static enum vhost_run wait_for_room(struct tx_run *run)
{
	if (net_backend_watch(run->backend, &run->tx->poll))
		return VHOST_RUN_MORE;	/* cannot wait: try again */
	return VHOST_RUN_DONE;
}

static enum vhost_run net_tx_run(struct vhost_vq *vq)
{
	struct tx_run run = begin(net_tx_of(vq));

	vhost_poll_stop(&run.tx->poll);
	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	do {
		enum ring_result rc = vhost_vq_pop(vq, run.tx->batch ?:
							       VHOST_BATCH);
		bool all;

		if (rc == RING_EMPTY)
			rc = vhost_vq_wait(vq);
		else if (rc == RING_GOT) {
			all = send_batch(&run);
			rc = vhost_vq_complete(vq);
			if (!all)
				return wait_for_room(&run);
			if (rc == RING_GOT && vhost_vq_ran_dry(vq))
				rc = vhost_vq_wait(vq);
		}
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
	} while (!budget_used(&run));
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops net_tx_ops = {
	.name = "tx",
	.run = net_tx_run,
};
