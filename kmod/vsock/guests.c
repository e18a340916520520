// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guest has which CID.
 *
 * Sockets and siblings look guests up under RCU, for each packet. Changes are
 * made under vsock_guests_lock, in the threads of whoever holds the device,
 * inside dev->lock. That lock is everybody's: nobody waits under it for a grace
 * period or for a socket, which a program may keep locked as long as it likes.
 *
 * The end of a guest. Who could still hold it, and what ends that:
 *  1. its handlers: the queues were stopped before, or are locked.
 *  2. who just found it: it is marked as leaving, then a grace period goes by.
 *     Whatever they queue from then on is refused: nobody is there.
 *  3. its connections, with sockets and with siblings: reset. Its CID is still
 *     reserved, so they cannot be confused with those of its next guest.
 *  4. walkers of the table: it leaves the table, then a grace period goes by.
 *  5. packets that wait for it: dropped, and their sockets let go.
 *  Nobody new arrives: step 2. Nobody else ends it meanwhile: dev->lock.
 */
#include <linux/hashtable.h>
#include <net/net_namespace.h>

#include "pair.h"

static DEFINE_HASHTABLE(guests, 8);	/* writers: vsock_guests_lock */
DEFINE_MUTEX(vsock_guests_lock);

struct vhost_vsock *vsock_guest_find(u64 cid, struct net *net)
{
	struct vhost_vsock *v;

	/* what is hashed must have the type that was hashed at entering */
	hash_for_each_possible_rcu(guests, v, by_cid, (u32)cid)
		if (v->cid == cid && !READ_ONCE(v->leaving) &&
		    vsock_net_check_mode(v->net, net))
			return v;
	return NULL;
}

struct vhost_vsock *vsock_guest_of(const struct vsock_sock *vsk)
{
	const struct sock *sk = sk_vsock(vsk);

	if (vsock_socket_is_cut_off(sk))
		return NULL;
	return vsock_guest_find(vsk->remote_addr.svm_cid, sock_net(sk));
}

/* A search through all, for people. */
u32 vsock_guest_next(u64 cid, struct net *net)
{
	struct vhost_vsock *v;
	u32 next = 0, bucket;

	lockdep_assert_held(&vsock_guests_lock);
	hash_for_each(guests, bucket, v, by_cid)
		if (v->cid > cid && (!next || v->cid < next) &&
		    vsock_net_check_mode(v->net, net))
			next = v->cid;
	return next;
}

/* ---- leaving ---------------------------------------------------------- */

static void drop_packets(struct vhost_vsock *v)
{
	struct vsock_resume resume;
	struct vsock_sent gone = {};
	struct sk_buff *skb;

	vsock_sendq_take(&v->sendq, &v->taken);
	while ((skb = __skb_dequeue(&v->taken))) {
		vsock_sent_add(&gone, &v->sendq, skb);
		virtio_transport_consume_skb_sent(skb, true);
	}
	resume = vsock_sendq_sent(&v->sendq, &gone);
	if (resume.senders)
		vsock_transport_wake_senders();
	if (resume.tx)
		vhost_vq_wake(&v->tx);
}

/* Steps 2 and, for sockets, 3. */
static void cut_off(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->dev.lock);
	scoped_guard(mutex, &vsock_guests_lock)
		WRITE_ONCE(v->leaving, true);
	synchronize_rcu();
	vsock_reset_connections(v->cid, v->net);
}

void vsock_guest_reset(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->rx.lock);
	lockdep_assert_held(&v->tx.lock);
	if (!v->cid)
		return;
	cut_off(v);
	scoped_guard(mutex, &vsock_guests_lock)
		vsock_siblings_reset(v);
	drop_packets(v);
	WRITE_ONCE(v->leaving, false);
}

void vsock_guest_leave(struct vhost_vsock *v)
{
	if (!v->cid)
		return;
	cut_off(v);
	scoped_guard(mutex, &vsock_guests_lock) {
		vsock_siblings_end(v);
		hash_del_rcu(&v->by_cid);
	}
	synchronize_rcu();
	drop_packets(v);
	scoped_guard(mutex, &vsock_guests_lock) {
		v->cid = 0;
		WRITE_ONCE(v->leaving, false);
	}
}

/* ---- entering --------------------------------------------------------- */

/* A CID that a guest will have as soon as it has left its old one. */
struct claim {
	struct list_head node;	/* in claims */
	u32 cid;
	struct net *net;
};

static LIST_HEAD(claims);		/* vsock_guests_lock */

static bool is_claimed(u32 cid, struct net *net)
{
	const struct claim *c;

	lockdep_assert_held(&vsock_guests_lock);
	list_for_each_entry(c, &claims, node)
		if (c->cid == cid && vsock_net_check_mode(c->net, net))
			return true;
	return false;
}

/* Taken: by a guest that @v would meet, or by this host in a host of its own. */
static bool is_taken(const struct vhost_vsock *v, u32 cid)
{
	struct vhost_vsock *other;

	lockdep_assert_held(&vsock_guests_lock);
	if (vsock_find_cid(cid) || is_claimed(cid, v->net))
		return true;
	hash_for_each_possible(guests, other, by_cid, cid)
		if (other != v && other->cid == cid &&
		    vsock_net_check_mode(other->net, v->net))
			return true;
	return false;
}

int vsock_guest_enter(struct vhost_vsock *v, u64 cid)
{
	struct claim claim = { .cid = cid, .net = v->net };

	lockdep_assert_held(&v->rx.lock);
	lockdep_assert_held(&v->tx.lock);
	if (!vsock_is_guest_cid(cid))
		return -EINVAL;
	if (v->cid == cid)
		return 0;
	scoped_guard(mutex, &vsock_guests_lock) {
		if (is_taken(v, cid))
			return -EADDRINUSE;
		list_add(&claim.node, &claims);
	}
	vsock_guest_leave(v);
	scoped_guard(mutex, &vsock_guests_lock) {
		list_del(&claim.node);
		v->cid = cid;
		hash_add_rcu(guests, &v->by_cid, v->cid);
	}
	return 0;
}
