// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of siblings that are reset by the host: because one of the two
 * guests was reset or gives up its CID, or because they share no group any more.
 *
 * In the threads of whoever changes guests, under vsock_guests_lock. A guest
 * may be reset by itself, as often as it likes, so these resets wait within its
 * bounds. Where its CID may be another guest's soon, they ignore the bounds.
 */
#include "pair.h"

enum need {
	IF_ROOM,	/* there will be another chance */
	ALWAYS,
};

/* Send the guest at end @i a reset in the name of the other. */
static bool send_reset(struct vsock_pair *pair, u32 i,
		       const struct vsock_connection *c, enum need need)
{
	struct vsock_pair_end *from = &pair->end[!i];
	struct sk_buff *skb = vsock_make_reset(&(struct vsock_flow){
		.src_cid = from->v->cid,
		.dst_cid = pair->end[i].v->cid,
		.src_port = c->port[!i],
		.dst_port = c->port[i],
		.type = c->type,
	});
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
 * End the connections in the name of @v. Those that the sibling gets no reset
 * for, with IF_ROOM, stay in the table. Nothing is added to it meanwhile.
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
	vsock_connections_return(pair, &connections);
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
