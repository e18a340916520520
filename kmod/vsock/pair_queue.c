// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one sibling has waiting in the send queue of another, and its bounds:
 * bytes of memory for each direction of a pair, and for each guest the sum over
 * its siblings, which is counted in its quota.
 *
 * Both counts are changed without a common lock: a packet is added under
 * pair->lock by the sender's worker, and subtracted where it is freed. A guest's
 * sum is therefore exceeded by at most one packet a pair.
 */
#include "limits.h"
#include "pair.h"

enum {
	/*
	 * Some siblings that do not consume must not keep the sender from the
	 * others, so each has a little of its own.
	 */
	OWN_PAIR = 512 << 10,
	/* packets without payload may take a quarter more: resets must pass */
	SLACK = 4,
};

/* ---- lifetimes -------------------------------------------------------- */

struct vsock_quota {
	atomic_long_t bytes;
	refcount_t refs;	/* the guest, and its pairs */
};

struct vsock_quota *vsock_quota_new(void)
{
	struct vsock_quota *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);

	if (q)
		refcount_set(&q->refs, 1);
	return q;
}

struct vsock_quota *vsock_quota_get(struct vsock_quota *quota)
{
	refcount_inc(&quota->refs);
	return quota;
}

void vsock_quota_put(struct vsock_quota *quota)
{
	if (refcount_dec_and_test(&quota->refs))
		kfree(quota);
}

void vsock_pair_put(struct vsock_pair *pair)
{
	if (!refcount_dec_and_test(&pair->refs))
		return;
	vsock_quota_put(pair->end[0].quota);
	vsock_quota_put(pair->end[1].quota);
	kvfree_rcu(pair, rcu);
}

/* ---- bounds ----------------------------------------------------------- */

static bool within(const atomic_long_t *bytes, u32 more, bool payload, long max)
{
	if (!payload)
		max += max / SLACK;
	return atomic_long_read(bytes) + more <= max;
}

bool vsock_pair_has_room(const struct vsock_pair_end *from,
			 const struct sk_buff *skb)
{
	u32 more = skb->truesize;

	return within(&from->bytes, more, skb->len,
		      READ_ONCE(vsock_max_pair_bytes)) &&
	       (within(&from->quota->bytes, more, skb->len,
		       READ_ONCE(vsock_max_guest_bytes)) ||
		within(&from->bytes, more, skb->len, OWN_PAIR));
}

/* ---- queueing --------------------------------------------------------- */

/* The destructor of a packet: sent, or dropped with the receiver's queue. */
static void packet_freed(struct sk_buff *skb)
{
	struct vsock_cb *cb = vsock_cb(skb);

	atomic_long_sub(skb->truesize, &cb->sibling.from->bytes);
	atomic_long_sub(skb->truesize, &cb->sibling.from->quota->bytes);
	vsock_pair_put(cb->sibling.pair);
}

void vsock_pair_queue_locked(struct vsock_pair *pair,
			     struct vsock_pair_end *from, struct sk_buff *skb)
{
	struct vsock_cb *cb = vsock_cb(skb);

	lockdep_assert_held(&pair->lock);
	cb->sibling.from = from;
	cb->sibling.pair = pair;
	refcount_inc(&pair->refs);
	atomic_long_add(skb->truesize, &from->bytes);
	atomic_long_add(skb->truesize, &from->quota->bytes);
	skb->destructor = packet_freed;
	vsock_sendq_add(&vsock_pair_other(pair, from)->v->sendq, skb,
			VSOCK_FROM_SIBLING);
}
