// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a connection that has lost a packet from its guest: what came
 * before is read, what comes behind is not.
 *
 * In the worker of the transmit queue, tx.lock held; the socket's spinlock is
 * taken inside it, but not the lock that programs hold. The socket leaves the table
 * of connected sockets, so that the library rejects what the guest still sends with
 * a reset.
 */
#include "socket.h"

static struct sock *find_socket(const struct vsock_flow *flow, struct net *net)
{
	struct sockaddr_vm src, dst;

	vsock_addr_init(&src, flow->src_cid, flow->src_port);
	vsock_addr_init(&dst, flow->dst_cid, flow->dst_port);
	return vsock_find_connected_socket_net(&src, &dst, net);
}

/*
 * The socket stays TCP_ESTABLISHED, for recv() returns an error only then. One
 * that its program has closed has no reader, and is left to its timer.
 */
static void end_locked(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DONE) || sock_flag(sk, SOCK_DEAD))
		return;
	vsock_socket_cut_off(sk);
	vsock_remove_connected(vsock_sk(sk));
}

/* Return: false when its program keeps the socket locked. */
static bool reset_program(const struct vsock_flow *flow, struct net *net)
{
	struct sock *sk = find_socket(flow, net);
	bool owned;

	if (!sk)
		return true;
	spin_lock_bh(&sk->sk_lock.slock);
	owned = sock_owned_by_user(sk);
	if (!owned)
		end_locked(sk);
	spin_unlock_bh(&sk->sk_lock.slock);
	sock_put(sk);
	return !owned;
}

bool vsock_lose_packet(struct vhost_vsock *v,
		       const struct virtio_vsock_hdr *hdr)
{
	struct vsock_flow flow = vsock_flow_of(hdr);
	struct vsock_flow back = vsock_flow_back(&flow);
	struct sk_buff *skb = vsock_make_reset(&back, GFP_KERNEL);

	lockdep_assert_held(&v->tx.lock);
	if (!skb)
		return false;
	if (!reset_program(&flow, v->net)) {
		kfree_skb(skb);
		return false;
	}
	vsock_send_reply(v, skb);
	return true;
}
