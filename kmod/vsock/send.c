// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet's way from a socket of the host into the send queue of its guest.
 *
 * In the threads of programs, the socket locked; in workqueues; in workers, for
 * replies. A guest is used within one RCU section, see lifecycle.c.
 */
#include "socket.h"

/* Does the worker send it while it handles a packet of the guest. */
static bool is_reply(const struct vhost_vsock *v)
{
	return READ_ONCE(v->replying) == current;
}

static void add_packet(struct vhost_vsock *v, struct sk_buff *skb)
{
	if (is_reply(v))
		vsock_sendq_add(&v->sendq, skb, VSOCK_REPLY);
	else if (vsock_is_op(skb, VIRTIO_VSOCK_OP_CREDIT_UPDATE))
		vsock_sendq_add_credit_update(&v->sendq, skb);
	else
		vsock_sendq_add(&v->sendq, skb, VSOCK_FROM_SOCKET);
}

/*
 * A guest that does not run yet, or is down, does not respond to requests: they
 * fail at once. Packets of connections wait, for a guest may be paused. When a
 * guest leaves, its connections are about to be reset. A request stays queued
 * when its program goes, so their number is bounded here.
 */
static int queue_packet(struct sk_buff *skb, struct net *net)
{
	u64 cid = le64_to_cpu(virtio_vsock_hdr(skb)->dst_cid);
	bool request = vsock_is_op(skb, VIRTIO_VSOCK_OP_REQUEST);
	struct vhost_vsock *v;

	guard(rcu)();
	v = vsock_guest_find(cid, net);
	if (!v)
		return request ? -ENODEV : -ECONNRESET;
	/* A reply is for the guest that sent, whatever socket it came across. */
	if (skb->sk && !is_reply(v) && vsock_socket_is_cut_off(skb->sk))
		return -ECONNRESET;
	if (!READ_ONCE(v->running) && request)
		return -EHOSTUNREACH;
	if (request && !vsock_sendq_has_space(&v->sendq))
		return -ENOBUFS;
	add_packet(v, skb);
	vhost_vq_wake(&v->rx);
	return 0;
}

int vsock_send_packet(struct sk_buff *skb, struct net *net)
{
	int len = skb->len, ret = queue_packet(skb, net);

	if (!ret)
		return len;
	kfree_skb(skb);
	return ret;
}

void vsock_send_reply(struct vhost_vsock *v, struct sk_buff *skb)
{
	lockdep_assert_held(&v->tx.lock);
	vsock_sendq_add(&v->sendq, skb, VSOCK_REPLY);
	vhost_vq_wake(&v->rx);
}

int vsock_cancel_packets(struct vsock_sock *vsk)
{
	struct vhost_vsock *v;

	guard(rcu)();
	v = vsock_guest_of(vsk);
	if (!v)
		return -ENODEV;
	vsock_resume(v, vsock_sendq_cancel(&v->sendq, sk_vsock(vsk)));
	return 0;
}
