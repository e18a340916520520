// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guest has which CID: a hash table, and the CIDs that are reserved.
 *
 * Sockets and siblings look guests up under RCU, for each packet. Changes are
 * made under vsock_guests_lock, in the threads of whoever holds a device, inside
 * its dev->lock. All devices share that lock: nothing waits under it for a grace
 * period or for a socket, which a program may keep locked as long as it likes.
 */
#include <linux/hashtable.h>
#include <net/net_namespace.h>

#include "socket.h"
#include "vsock.h"

static DEFINE_HASHTABLE(guests, 8);	/* writers: vsock_guests_lock */
static LIST_HEAD(claims);		/* of devices; vsock_guests_lock */
DEFINE_MUTEX(vsock_guests_lock);

/* ---- finding ---------------------------------------------------------- */

struct vhost_vsock *vsock_guest_find(u64 cid, struct net *net)
{
	struct vhost_vsock *v;

	/* the key has the type that vsock_guest_add() hashes */
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

/* A walk over all guests, which only people ask for. */
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

/* ---- reserving -------------------------------------------------------- */

/* By this host in a host of its own, by a device, or for one. */
static bool is_taken(const struct vhost_vsock *v, u32 cid)
{
	struct vhost_vsock *other;

	lockdep_assert_held(&vsock_guests_lock);
	if (vsock_find_cid(cid))
		return true;
	list_for_each_entry(other, &claims, claim)
		if (other->claimed_cid == cid &&
		    vsock_net_check_mode(other->net, v->net))
			return true;
	hash_for_each_possible(guests, other, by_cid, cid)
		if (other->cid == cid &&
		    vsock_net_check_mode(other->net, v->net))
			return true;
	return false;
}

int vsock_guest_claim(struct vhost_vsock *v, u64 cid)
{
	lockdep_assert_held(&v->dev.lock);
	if (!vsock_is_guest_cid(cid))
		return -EINVAL;
	if (v->cid == cid)
		return 0;
	guard(mutex)(&vsock_guests_lock);
	if (v->policy.pinned_cid && v->policy.pinned_cid != cid)
		return -EPERM;
	if (is_taken(v, cid))
		return -EADDRINUSE;
	v->claimed_cid = cid;
	list_add(&v->claim, &claims);
	return 0;
}

static void unclaim_locked(struct vhost_vsock *v)
{
	lockdep_assert_held(&vsock_guests_lock);
	if (v->claimed_cid)
		list_del(&v->claim);
	v->claimed_cid = 0;
}

void vsock_guest_unclaim(struct vhost_vsock *v)
{
	guard(mutex)(&vsock_guests_lock);
	unclaim_locked(v);
}

/* ---- changing the table ----------------------------------------------- */

void vsock_guest_add(struct vhost_vsock *v)
{
	guard(mutex)(&vsock_guests_lock);
	v->cid = v->claimed_cid;
	unclaim_locked(v);
	hash_add_rcu(guests, &v->by_cid, v->cid);
}

void vsock_guest_hide(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->dev.lock);
	scoped_guard(mutex, &vsock_guests_lock)
		WRITE_ONCE(v->leaving, true);
	synchronize_rcu();
}

void vsock_guest_unhide(struct vhost_vsock *v)
{
	WRITE_ONCE(v->leaving, false);
}

void vsock_guest_remove(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->dev.lock);
	scoped_guard(mutex, &vsock_guests_lock)
		hash_del_rcu(&v->by_cid);
	synchronize_rcu();
}
