// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport from host to guest, as af_vsock sees it: the table of its calls.
 * The library does most of them; the others are in the files of socket.h.
 */
#include <linux/module.h>

#include "socket.h"

COMPAT_VSOCK_SEND_PKT(send_pkt, vsock_send_packet)

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

/* ---- the transport ---------------------------------------------------- */

struct virtio_transport vsock_transport = {
	.send_pkt = send_pkt,
	.transport = {
		.module = THIS_MODULE,

		/* ours */
		.get_local_cid = local_cid,
		.cancel_pkt = vsock_cancel_packets,
		.stream_has_space = vsock_socket_has_space,
		.stream_allow = stream_allow,
		.seqpacket_allow = seqpacket_allow,
		.msgzerocopy_allow = msgzerocopy_allow,
#ifdef HAVE_VSOCK_REMOTE_CID
		.has_remote_cid = has_guest,
#endif

		.init = vsock_socket_init,

		/* a socket's life */
		.connect = vsock_socket_connect,
		.shutdown = vsock_socket_shutdown,
		.release = vsock_socket_release,
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
