// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest gets a CID, is reset, and gives its CID up.
 *
 * In the threads of whoever holds the device, its dev->lock held.
 *
 * The end of a guest: what can still use it, and which step ends that.
 *  1. its handlers: the queues were stopped before, or are locked.
 *  2. threads that just found it: it is hidden, then a grace period goes by.
 *     What they queue from then on is rejected: the guest is not found.
 *  3. its connections, with sockets and with siblings: reset. Its CID is still
 *     reserved, so they cannot be confused with those of its next guest.
 *  4. walkers of the table: it leaves the table, then a grace period goes by.
 *  5. packets that wait for it: dropped, and sockets that they blocked resume.
 *  No new user arrives after step 2, and dev->lock keeps other ends away.
 */
#include "pair.h"
#include "socket.h"

static void drop_packets(struct vhost_vsock *v)
{
	struct vsock_sent gone = {};
	struct sk_buff *skb;

	vsock_sendq_take(&v->sendq, &v->taken);
	while ((skb = __skb_dequeue(&v->taken))) {
		vsock_sent_add(&gone, &v->sendq, skb);
		virtio_transport_consume_skb_sent(skb, true);
	}
	vsock_resume(v, vsock_sendq_sent(&v->sendq, &gone));
}

void vsock_guest_reset(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->rx.lock);
	lockdep_assert_held(&v->tx.lock);
	if (!v->cid)
		return;
	vsock_guest_hide(v);
	vsock_reset_connections(v->cid, v->net);
	scoped_guard(mutex, &vsock_guests_lock)
		vsock_siblings_reset(v);
	drop_packets(v);
	vsock_guest_unhide(v);
}

void vsock_guest_leave(struct vhost_vsock *v)
{
	if (!v->cid)
		return;
	vsock_guest_hide(v);
	vsock_reset_connections(v->cid, v->net);
	scoped_guard(mutex, &vsock_guests_lock)
		vsock_siblings_end(v);
	vsock_guest_remove(v);
	drop_packets(v);
	scoped_guard(mutex, &vsock_guests_lock)
		v->cid = 0;
	vsock_guest_unhide(v);
}

void vsock_guest_enter(struct vhost_vsock *v)
{
	lockdep_assert_held(&v->rx.lock);
	lockdep_assert_held(&v->tx.lock);
	if (!v->claimed_cid)
		return;
	vsock_guest_leave(v);
	vsock_guest_add(v);
}
