// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a guest's connections when the guest itself cannot say goodbye.
 *
 * We speak for it: each connection gets a reset packet as if from the guest, so
 * that the library ends it the way it always does, sockets that linger after
 * close() included. Programs read ECONNRESET rather than an end of file.
 *
 * Runs in the thread that ends the guest, under its dev->lock. Sockets are
 * collected under the table's spinlock, a handful at a time, and held; they are
 * ended with no lock that other guests need, for a program may keep its socket
 * locked as long as it likes. Each leaves the table, so this ends: nobody enters
 * it, for the guest is not found any more and its queues have stopped or are
 * locked. A socket that is still connecting is not in the table; it gets no
 * answer and gives up by itself.
 */
#include "vsock.h"

enum { HANDFUL = 64 };

/* What the walker of the table looks for: it takes no argument. */
static struct {
	u32 cid;
	struct net *net;
	struct sock **sk;
	u32 n;
} found;
static DEFINE_MUTEX(found_lock);

static void collect(struct sock *sk)
{
	const struct vsock_sock *vsk = vsock_sk(sk);

	if (found.n == HANDFUL || vsk->remote_addr.svm_cid != found.cid ||
	    !vsock_net_check_mode(sock_net(sk), found.net))
		return;
	sock_hold(sk);
	found.sk[found.n++] = sk;
}

/* Return: how many there were, up to a handful. */
static u32 find_some(u32 cid, struct net *net, struct sock **sk)
{
	guard(mutex)(&found_lock);
	found.cid = cid;
	found.net = net;
	found.sk = sk;
	found.n = 0;
	vsock_for_each_connected_socket(&vsock_transport.transport, collect);
	return found.n;
}

static struct sk_buff *make_reset(struct sock *sk)
{
	const struct vsock_sock *vsk = vsock_sk(sk);

	return vsock_make_reset(&(struct vsock_flow){
		.src_cid = vsk->remote_addr.svm_cid,
		.src_port = vsk->remote_addr.svm_port,
		.dst_cid = VMADDR_CID_HOST,
		.dst_port = vsk->local_addr.svm_port,
		.type = sk->sk_type == SOCK_SEQPACKET ?
				VIRTIO_VSOCK_TYPE_SEQPACKET :
				VIRTIO_VSOCK_TYPE_STREAM,
	});
}

static void reset_one(struct sock *sk, struct net *net)
{
	struct sk_buff *skb = make_reset(sk);

	lock_sock(sk);
	sk->sk_err = ECONNRESET;
	release_sock(sk);
	/* Without memory it only has the error; all it sends is refused. */
	if (skb)
		virtio_transport_recv_pkt(&vsock_transport, skb, net);
	lock_sock(sk);
	vsock_remove_connected(vsock_sk(sk));
	release_sock(sk);
	sk_error_report(sk);
	sock_put(sk);
}

void vsock_reset_connections(u32 cid, struct net *net)
{
	struct sock *sk[HANDFUL];
	u32 n;

	do {
		n = find_some(cid, net, sk);
		for (u32 i = 0; i < n; i++)
			reset_one(sk[i], net);
	} while (n);
}
