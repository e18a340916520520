// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets from one sibling to another: admission, and the resets that a rejected
 * packet causes.
 *
 * In the transmit queue's worker of the sender, its tx.lock held. The receiver
 * is used within an RCU section, and under pair->lock.
 */
#include "pair.h"

enum verdict {
	QUEUED,
	REJECTED,	/* the sender gets a reset */
	BROKEN,		/* both get one: the connection has lost something */
};

/* ---- admission -------------------------------------------------------- */

static bool may_connect(const struct vhost_vsock *from,
			const struct vhost_vsock *to, u16 type)
{
	if (!READ_ONCE(to->running))
		return false;
	return type == VIRTIO_VSOCK_TYPE_STREAM ||
	       (READ_ONCE(from->seqpacket) && READ_ONCE(to->seqpacket));
}

/* Enter connections into the table, and remove them. False: not possible. */
static bool track_connection_locked(struct vsock_pair *pair,
				    struct vsock_pair_end *from,
				    struct sk_buff *skb,
				    struct vsock_connection **spare)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	struct vsock_connection key = vsock_connection_of(pair, from, hdr);

	switch (le16_to_cpu(hdr->op)) {
	case VIRTIO_VSOCK_OP_REQUEST:
		return may_connect(from->v, vsock_pair_other(pair, from)->v,
				   key.type);
	case VIRTIO_VSOCK_OP_RESPONSE:
		return vsock_connection_add(pair, &key, spare);
	case VIRTIO_VSOCK_OP_RST:
		vsock_connection_remove(pair, &key);
		return true;
	default:
		return true;
	}
}

/* Room comes first: a reset that cannot pass must not end its connection. */
static enum verdict admit_locked(struct vsock_pair *pair,
				 struct vsock_pair_end *from,
				 struct sk_buff *skb,
				 struct vsock_connection **spare)
{
	bool request = vsock_is_op(skb, VIRTIO_VSOCK_OP_REQUEST);

	if (pair->ended)
		return REJECTED;
	if (!vsock_pair_has_room(from, skb) ||
	    !track_connection_locked(pair, from, skb, spare))
		return request ? REJECTED : BROKEN;
	vsock_pair_queue_locked(pair, from, skb);
	return QUEUED;
}

/* To the guest at @cid, if it is a sibling. Only when queued is @skb gone. */
static enum verdict pass_on(struct vhost_vsock *v, u64 cid, struct sk_buff *skb,
			    struct vsock_connection **spare)
{
	enum verdict verdict;
	struct vhost_vsock *to;
	struct vsock_pair *pair;

	guard(rcu)();
	to = vsock_guest_find(cid, v->net);
	pair = to ? vsock_pair_find(v, to) : NULL;
	if (!pair)
		return REJECTED;
	scoped_guard(spinlock_bh, &pair->lock)
		verdict = admit_locked(pair, vsock_pair_end(pair, v), skb,
				       spare);
	if (verdict == QUEUED)
		vhost_vq_wake(&to->rx);
	return verdict;
}

/* ---- resets ----------------------------------------------------------- */

static void reset_sender(struct vhost_vsock *v, const struct vsock_flow *flow)
{
	struct vsock_flow back = vsock_flow_back(flow);
	struct sk_buff *skb = vsock_make_reset(&back);

	if (!skb)
		return;
	vsock_sendq_add(&v->sendq, skb, VSOCK_REPLY);
	vhost_vq_wake(&v->rx);
}

static void reset_peer(struct vhost_vsock *v, const struct vsock_flow *flow)
{
	struct sk_buff *skb = vsock_make_reset(flow);
	struct vsock_connection *none = NULL;

	if (skb && pass_on(v, flow->dst_cid, skb, &none) != QUEUED)
		kfree_skb(skb);
}

/* There is no reset in reply to a reset (5.10.6.6 has none). */
void vsock_sibling_send(struct vhost_vsock *v, struct sk_buff *skb)
{
	struct vsock_flow flow = vsock_flow_of(virtio_vsock_hdr(skb));
	u16 op = le16_to_cpu(virtio_vsock_hdr(skb)->op);
	struct vsock_connection *spare = NULL;
	enum verdict verdict;

	lockdep_assert_held(&v->tx.lock);
	if (op == VIRTIO_VSOCK_OP_RESPONSE)
		spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	verdict = pass_on(v, flow.dst_cid, skb, &spare);
	kfree(spare);
	if (likely(verdict == QUEUED))
		return;
	kfree_skb(skb);
	if (verdict == BROKEN)
		vhost_vq_dropped(&v->tx, 1);
	else
		vhost_vq_bad_request(&v->tx);
	if (op == VIRTIO_VSOCK_OP_RST)
		return;
	reset_sender(v, &flow);
	if (verdict == BROKEN)
		reset_peer(v, &flow);
}

void vsock_sibling_lost(struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr)
{
	struct vsock_flow flow = vsock_flow_of(hdr);

	lockdep_assert_held(&v->tx.lock);
	if (!vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_RST))
		reset_sender(v, &flow);
	reset_peer(v, &flow);
}
