/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack of the socket layer's interface, for kmod/vsock.
 */
#ifndef RINGSIDE_COMPAT_VSOCK_H
#define RINGSIDE_COMPAT_VSOCK_H

#include <linux/virtio_vsock.h>

/*
 * Network namespaces. COMPAT_VSOCK_*() define a callback of the transport,
 * @name, by a function that is written for a namespace: NULL without them.
 */
#ifdef HAVE_VSOCK_NET
#define COMPAT_VSOCK_NET 1

#define COMPAT_VSOCK_SEND_PKT(name, fn)					\
	static int name(struct sk_buff *skb, struct net *net)		\
	{								\
		return fn(skb, net);					\
	}
#define COMPAT_VSOCK_STREAM_ALLOW(name)					\
	static bool name(struct vsock_sock *vsk, u32 cid, u32 port)	\
	{								\
		return true;						\
	}
#define COMPAT_VSOCK_SEQPACKET_ALLOW(name, fn)				\
	static bool name(struct vsock_sock *vsk, u32 cid)		\
	{								\
		return fn(cid, sock_net(sk_vsock(vsk)));		\
	}
#else
#define COMPAT_VSOCK_NET 0

static inline bool vsock_net_check_mode(struct net *a, struct net *b)
{
	return true;
}

static inline void compat_vsock_recv_pkt(struct virtio_transport *t,
					 struct sk_buff *skb, struct net *net)
{
	virtio_transport_recv_pkt(t, skb);
}
#define virtio_transport_recv_pkt compat_vsock_recv_pkt

static inline struct sock *
vsock_find_connected_socket_net(struct sockaddr_vm *src,
				struct sockaddr_vm *dst, struct net *net)
{
	return vsock_find_connected_socket(src, dst);
}

static inline struct sock *
vsock_find_bound_socket_net(struct sockaddr_vm *addr, struct net *net)
{
	return vsock_find_bound_socket(addr);
}

#define COMPAT_VSOCK_SEND_PKT(name, fn)					\
	static int name(struct sk_buff *skb)				\
	{								\
		return fn(skb, NULL);					\
	}
#define COMPAT_VSOCK_STREAM_ALLOW(name)					\
	static bool name(u32 cid, u32 port)				\
	{								\
		return true;						\
	}
#define COMPAT_VSOCK_SEQPACKET_ALLOW(name, fn)				\
	static bool name(u32 cid)					\
	{								\
		return fn(cid, NULL);					\
	}
#endif

/* Packets of fragments came late to the stable series of 6.12. */
#ifndef HAVE_VSOCK_SKB_PUT
static inline void virtio_vsock_skb_put(struct sk_buff *skb, u32 len)
{
	skb_put(skb, len);
}
#endif

#endif /* RINGSIDE_COMPAT_VSOCK_H */
