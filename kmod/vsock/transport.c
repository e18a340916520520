// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport from host to guest, as af_vsock sees it. The library does most
 * of it; ours are the packet's way to its guest, the guest's own terms, and
 * the limit of what is queued for it.
 *
 * In the threads of programs with sockets, the socket locked; in workqueues; in
 * workers, for answers. A guest is used within one RCU section, see guests.c.
 */
#include <linux/module.h>

#include "vsock.h"

/* ---- sending ---------------------------------------------------------- */

/* Is it a reply: the worker sends it while it handles a packet of the guest. */
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
 * A guest that does not run yet, or is down, will not answer requests: say so
 * at once. What goes on already waits; a guest may be paused. When one leaves,
 * the resets of its connections are on their way. A request stays queued when
 * its program goes, so there is no end of them unless we make one.
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
	/* A reply is for the guest that asks, whatever socket it came across. */
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

/* Whatever happens, the packet is ours. Return: bytes of payload, or -errno. */
static int send_packet(struct sk_buff *skb, struct net *net)
{
	int len = skb->len, ret = queue_packet(skb, net);

	if (!ret)
		return len;
	kfree_skb(skb);
	return ret;
}
COMPAT_VSOCK_SEND_PKT(send_pkt, send_packet)

static int cancel_packets(struct vsock_sock *vsk)
{
	struct vsock_resume resume = {};
	struct vhost_vsock *v;

	scoped_guard(rcu) {
		v = vsock_guest_of(vsk);
		if (v)
			resume = vsock_sendq_cancel(&v->sendq, sk_vsock(vsk));
		if (resume.tx)
			vhost_vq_wake(&v->tx);
	}
	if (resume.senders)
		vsock_transport_wake_senders();
	return v ? 0 : -ENODEV;
}

/* ---- space ------------------------------------------------------------ */

/* Credit, unless too much is queued for the guest already. */
static s64 space_now(struct vsock_sock *vsk)
{
	struct vhost_vsock *v;

	scoped_guard(rcu) {
		v = vsock_guest_of(vsk);
		if (v && !vsock_sendq_has_space(&v->sendq))
			return 0;
	}
	return virtio_transport_stream_has_space(vsk);
}

/*
 * Nobody is woken while much of the socket is on its way (sock_writeable()): not
 * by credit, not by the backlog. So whoever waits for space shall also hear of
 * packets that are freed, those included that are while we look.
 */
static s64 has_space(struct vsock_sock *vsk)
{
	s64 space;

	/* It has ended: poll() must not wait, and send() says EPIPE. */
	if (vsock_socket_is_cut_off(sk_vsock(vsk)) &&
	    vsk->peer_shutdown & RCV_SHUTDOWN)
		return 1;
	sock_reset_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	space = space_now(vsk);
	if (space > 0)
		sock_set_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	return space;
}

static void wake_sender(struct sock *sk)
{
	sk->sk_write_space(sk);
}

/* Those of all guests: it is rare, and those that need not wait on. */
void vsock_transport_wake_senders(void)
{
	vsock_for_each_connected_socket(&vsock_transport.transport,
					wake_sender);
}

/* ---- what a guest can do ---------------------------------------------- */

static bool guest_has_seqpacket(u32 cid, struct net *net)
{
	struct vhost_vsock *v;

	guard(rcu)();
	v = vsock_guest_find(cid, net);
	return v && READ_ONCE(v->seqpacket);
}
COMPAT_VSOCK_SEQPACKET_ALLOW(seqpacket_allow, guest_has_seqpacket)

COMPAT_VSOCK_STREAM_ALLOW(stream_allow)

#ifdef HAVE_VSOCK_REMOTE_CID
static bool has_guest(struct vsock_sock *vsk, u32 cid)
{
	guard(rcu)();
	return vsock_guest_find(cid, sock_net(sk_vsock(vsk)));
}
#endif

static u32 local_cid(void)
{
	return VMADDR_CID_HOST;
}

static bool msgzerocopy_allow(void)
{
	return true;
}

/* Programs that wait for data need not hear of packets that are freed. */
static int init_socket(struct vsock_sock *vsk, struct vsock_sock *parent)
{
	sock_set_flag(sk_vsock(vsk), SOCK_USE_WRITE_QUEUE);
	return virtio_transport_do_socket_init(vsk, parent);
}

/* ---- the transport ---------------------------------------------------- */

struct virtio_transport vsock_transport = {
	.send_pkt = send_pkt,
	.transport = {
		.module = THIS_MODULE,

		/* ours */
		.get_local_cid = local_cid,
		.cancel_pkt = cancel_packets,
		.stream_has_space = has_space,
		.stream_allow = stream_allow,
		.seqpacket_allow = seqpacket_allow,
		.msgzerocopy_allow = msgzerocopy_allow,
#ifdef HAVE_VSOCK_REMOTE_CID
		.has_remote_cid = has_guest,
#endif

		.init = init_socket,

		/* a socket's life */
		.connect = vsock_socket_connect,
		.shutdown = vsock_socket_shutdown,
		.release = virtio_transport_release,
		.destruct = vsock_socket_destruct,

		/* its data */
		.stream_enqueue = vsock_stream_enqueue,
		.stream_dequeue = virtio_transport_stream_dequeue,
		.stream_has_data = virtio_transport_stream_has_data,
		.stream_rcvhiwat = virtio_transport_stream_rcvhiwat,
		.stream_is_active = virtio_transport_stream_is_active,
		.seqpacket_enqueue = virtio_transport_seqpacket_enqueue,
		.seqpacket_dequeue = vsock_socket_seqpacket_dequeue,
		.seqpacket_has_data = vsock_socket_seqpacket_has_data,
		.read_skb = virtio_transport_read_skb,
		.unsent_bytes = virtio_transport_unsent_bytes,

		/* datagrams: there are none in virtio */
		.dgram_allow = virtio_transport_dgram_allow,
		.dgram_bind = virtio_transport_dgram_bind,
		.dgram_enqueue = virtio_transport_dgram_enqueue,
		.dgram_dequeue = virtio_transport_dgram_dequeue,

		/* waiting */
		.notify_buffer_size = virtio_transport_notify_buffer_size,
		.notify_set_rcvlowat = virtio_transport_notify_set_rcvlowat,
		.notify_poll_in = virtio_transport_notify_poll_in,
		.notify_poll_out = virtio_transport_notify_poll_out,
		.notify_send_init = virtio_transport_notify_send_init,
		.notify_send_pre_block = virtio_transport_notify_send_pre_block,
		.notify_send_pre_enqueue =
			virtio_transport_notify_send_pre_enqueue,
		.notify_send_post_enqueue =
			virtio_transport_notify_send_post_enqueue,
		.notify_recv_init = virtio_transport_notify_recv_init,
		.notify_recv_pre_block = virtio_transport_notify_recv_pre_block,
		.notify_recv_pre_dequeue =
			virtio_transport_notify_recv_pre_dequeue,
		.notify_recv_post_dequeue =
			virtio_transport_notify_recv_post_dequeue,
	},
};

int vsock_transport_register(void)
{
	return vsock_core_register(&vsock_transport.transport,
				   VSOCK_TRANSPORT_F_H2G);
}

void vsock_transport_unregister(void)
{
	vsock_core_unregister(&vsock_transport.transport);
}
