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
	PENDING,	/* a reset without room: the peer gets it later */
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
				    const struct vsock_connection *key,
				    u16 op, struct vsock_connection **spare)
{
	struct vsock_connection *c;

	switch (op) {
	case VIRTIO_VSOCK_OP_REQUEST:
		return may_connect(from->v, vsock_pair_other(pair, from)->v,
				   key->type);
	case VIRTIO_VSOCK_OP_RESPONSE:
		return vsock_connection_add(pair, key, spare);
	case VIRTIO_VSOCK_OP_RST:
		c = vsock_connection_find(pair, key);
		if (c)
			vsock_connection_remove(pair, c);
		return true;
	default:
		return true;
	}
}

/*
 * A packet without room. Its connection ends, if there is one, and its receiver
 * will get a reset. One that is still being made times out.
 */
static enum verdict end_connection_locked(struct vsock_pair *pair,
					  struct vsock_pair_end *from,
					  const struct vsock_connection *key,
					  u16 op)
{
	struct vsock_pair_end *to = vsock_pair_other(pair, from);
	struct vsock_connection *c = vsock_connection_find(pair, key);

	if (c)
		vsock_connection_set_pending(pair, c, to - pair->end);
	switch (op) {
	case VIRTIO_VSOCK_OP_REQUEST:
		return REJECTED;
	case VIRTIO_VSOCK_OP_RST:
		return PENDING;
	default:
		return BROKEN;
	}
}

/* Has it ended, and the peer of @from knows nothing of that yet. */
static bool has_ended_locked(struct vsock_pair *pair,
			     const struct vsock_pair_end *from,
			     const struct vsock_connection *key)
{
	u32 to = vsock_pair_other(pair, from) - pair->end;
	const struct vsock_connection *c;

	if (likely(!pair->n_pending[to]))
		return false;
	c = vsock_connection_find(pair, key);
	return c && c->pending[to];
}

static enum verdict admit_locked(struct vsock_pair *pair,
				 struct vsock_pair_end *from,
				 struct sk_buff *skb,
				 struct vsock_connection **spare)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	struct vsock_connection key = vsock_connection_of(pair, from, hdr);
	u16 op = le16_to_cpu(hdr->op);

	if (pair->ended)
		return REJECTED;
	if (unlikely(has_ended_locked(pair, from, &key)))
		return op == VIRTIO_VSOCK_OP_RST ? PENDING : REJECTED;
	if (!vsock_pair_has_room(from, skb) ||
	    !track_connection_locked(pair, from, &key, op, spare))
		return end_connection_locked(pair, from, &key, op);
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
	if (verdict != REJECTED)
		vhost_vq_wake(&to->rx);
	return verdict;
}

/* ---- resets ----------------------------------------------------------- */

/*
 * The receiver of a connection in the table gets its reset from there, when there
 * is room for it (pair_reset.c). The sender of a reset gets none (5.10.6.6).
 * Return: false without memory.
 */
static bool reset_sender(struct vhost_vsock *v, const struct vsock_flow *flow,
			 u16 op)
{
	struct vsock_flow back = vsock_flow_back(flow);
	struct sk_buff *skb;

	if (op == VIRTIO_VSOCK_OP_RST)
		return true;
	skb = vsock_make_reset(&back, GFP_KERNEL);
	if (!skb)
		return false;
	vsock_sendq_add(&v->sendq, skb, VSOCK_REPLY);
	vhost_vq_wake(&v->rx);
	return true;
}

/* One that is not in the table: it gets a reset now, or none. */
static void reset_untracked(struct vhost_vsock *v,
			    const struct vsock_flow *flow)
{
	struct sk_buff *skb = vsock_make_reset(flow, GFP_KERNEL);
	struct vsock_connection *none = NULL;

	if (skb && pass_on(v, flow->dst_cid, skb, &none) != QUEUED)
		kfree_skb(skb);
}

bool vsock_sibling_send(struct vhost_vsock *v, struct sk_buff *skb)
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
		return true;
	kfree_skb(skb);
	if (verdict == PENDING)
		return true;
	if (!reset_sender(v, &flow, op))
		return false;
	if (verdict == REJECTED) {
		vhost_vq_bad_request(&v->tx);
		return true;
	}
	reset_untracked(v, &flow);
	vhost_vq_dropped(&v->tx, 1);
	return true;
}

static void end_connection(struct vhost_vsock *v,
			   const struct virtio_vsock_hdr *hdr)
{
	struct vsock_pair_end *from;
	struct vsock_connection key;
	struct vsock_pair *pair;
	struct vhost_vsock *to;

	guard(rcu)();
	to = vsock_guest_find(le64_to_cpu(hdr->dst_cid), v->net);
	pair = to ? vsock_pair_find(v, to) : NULL;
	if (!pair)
		return;
	from = vsock_pair_end(pair, v);
	key = vsock_connection_of(pair, from, hdr);
	scoped_guard(spinlock_bh, &pair->lock)
		end_connection_locked(pair, from, &key, le16_to_cpu(hdr->op));
	vhost_vq_wake(&to->rx);
}

bool vsock_sibling_lost(struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr)
{
	struct vsock_flow flow = vsock_flow_of(hdr);

	lockdep_assert_held(&v->tx.lock);
	if (!reset_sender(v, &flow, le16_to_cpu(hdr->op)))
		return false;
	end_connection(v, hdr);
	reset_untracked(v, &flow);
	return true;
}
