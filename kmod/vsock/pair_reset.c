// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of siblings that are reset by the host: because one of the two
 * guests was reset or gives up its CID, because they share no group any more, or
 * because there was no room for a packet or a reset before.
 *
 * In the threads of whoever changes guests, under vsock_guests_lock; resets that
 * are pending, in the receive queue's worker of the guest that gets them. A guest
 * may be reset by itself, as often as it likes, so these resets wait within its
 * bounds. Where its CID may be another guest's soon, they ignore the bounds.
 */
#include "pair.h"

enum { RETRY_MS = 20 };		/* until there is memory for a reset */

enum need {
	IF_ROOM,	/* else it is pending */
	ALWAYS,
};

/* The packets of connection @c to the guest at end @i. */
static struct vsock_flow flow_to(const struct vsock_pair *pair, u32 i,
				 const struct vsock_connection *c)
{
	return (struct vsock_flow){
		.src_cid = pair->end[!i].v->cid,
		.dst_cid = pair->end[i].v->cid,
		.src_port = c->port[!i],
		.dst_port = c->port[i],
		.type = c->type,
	};
}

/* Send the guest at end @i a reset in the name of the other. */
static bool send_reset(struct vsock_pair *pair, u32 i,
		       const struct vsock_connection *c, enum need need)
{
	struct vsock_pair_end *from = &pair->end[!i];
	struct vsock_flow flow = flow_to(pair, i, c);
	struct sk_buff *skb = vsock_make_reset(
		&flow, need == ALWAYS ? GFP_KERNEL | __GFP_NOFAIL : GFP_KERNEL);
	bool queued;

	if (!skb)
		return false;
	spin_lock_bh(&pair->lock);
	queued = need == ALWAYS || vsock_pair_has_room(from, skb);
	if (queued)
		vsock_pair_queue_locked(pair, from, skb);
	spin_unlock_bh(&pair->lock);
	if (!queued)
		kfree_skb(skb);
	return queued;
}

/*
 * End the connections in the name of @v. Where the sibling gets no reset now, with
 * IF_ROOM, it is pending. Nothing is added to the table meanwhile.
 */
static void reset_pair(struct vsock_pair *pair, const struct vhost_vsock *v,
		       enum need need)
{
	struct vsock_pair_end *other =
		vsock_pair_other(pair, vsock_pair_end(pair, v));
	HLIST_HEAD(connections);
	struct vsock_connection *c;
	struct hlist_node *next;

	vsock_connections_take(pair, &connections);
	hlist_for_each_entry_safe(c, next, &connections, node) {
		if (!send_reset(pair, other - pair->end, c, need) &&
		    need == IF_ROOM)
			break;
		hlist_del(&c->node);
		kfree(c);
	}
	vsock_connections_return(pair, &connections, other - pair->end);
	vhost_vq_wake(&other->v->rx);
}

static void reset_all_pairs(struct vhost_vsock *v, enum need need)
{
	struct vsock_pair *pair;
	unsigned long id;

	lockdep_assert_held(&vsock_guests_lock);
	xa_for_each(&v->siblings, id, pair)
		reset_pair(pair, v, need);
}

void vsock_siblings_reset(struct vhost_vsock *v)
{
	reset_all_pairs(v, IF_ROOM);
}

void vsock_siblings_end(struct vhost_vsock *v)
{
	reset_all_pairs(v, ALWAYS);
}

void vsock_pair_end_all(struct vsock_pair *pair)
{
	HLIST_HEAD(connections);
	struct vsock_connection *c;
	struct hlist_node *next;

	lockdep_assert_held(&vsock_guests_lock);
	scoped_guard(spinlock_bh, &pair->lock)
		pair->ended = true;
	vsock_connections_take(pair, &connections);
	hlist_for_each_entry_safe(c, next, &connections, node) {
		send_reset(pair, 0, c, ALWAYS);
		send_reset(pair, 1, c, ALWAYS);
		kfree(c);
	}
	vhost_vq_wake(&pair->end[0].v->rx);
	vhost_vq_wake(&pair->end[1].v->rx);
}

/* ---- resets that are pending ------------------------------------------ */

/* Use @skb for one of the resets that are pending for the guest at end @i. */
static bool flush_one_locked(struct vsock_pair *pair, u32 i,
			     struct sk_buff *skb)
{
	struct vsock_pair_end *from = &pair->end[!i];
	struct vsock_connection *c;
	struct vsock_flow flow;

	lockdep_assert_held(&pair->lock);
	if (!pair->n_pending[i] || !vsock_pair_has_room(from, skb))
		return false;
	c = vsock_connection_first_pending(pair, i);
	flow = flow_to(pair, i, c);
	vsock_set_reset(skb, &flow);
	vsock_connection_remove(pair, c);
	vsock_pair_queue_locked(pair, from, skb);
	return true;
}

/*
 * Of any sibling. What has no room stays pending: the guest is to consume first.
 * The mark goes before the look, so that it stays when one is added meanwhile.
 */
static bool flush_one(struct vhost_vsock *v, struct sk_buff *skb)
{
	struct vsock_pair *pair;
	bool pending = false;
	unsigned long id;

	guard(rcu)();
	WRITE_ONCE(v->resets_pending, false);
	xa_for_each(&v->siblings, id, pair) {
		u32 i = vsock_pair_end(pair, v) - pair->end;
		bool flushed;

		spin_lock_bh(&pair->lock);
		flushed = flush_one_locked(pair, i, skb);
		pending |= flushed || pair->n_pending[i];
		spin_unlock_bh(&pair->lock);
		if (flushed) {
			WRITE_ONCE(v->resets_pending, true);
			return true;
		}
	}
	if (pending)
		WRITE_ONCE(v->resets_pending, true);
	return false;
}

void vsock_siblings_flush(struct vhost_vsock *v)
{
	static const struct vsock_flow none;
	struct sk_buff *skb;

	lockdep_assert_held(&v->rx.lock);
	do {
		skb = vsock_make_reset(&none, GFP_KERNEL);
		if (!skb)
			return vhost_vq_wake_later(&v->rx, RETRY_MS);
	} while (flush_one(v, skb));
	kfree_skb(skb);
	if (!skb_queue_empty_lockless(&v->sendq.list))
		vhost_vq_wake(&v->rx);
}
