/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack of the tap drivers' interface, for kmod/net. Apart
 * from compat.h, so that other modules do not see the network's headers.
 */
#ifndef RINGSIDE_COMPAT_NET_H
#define RINGSIDE_COMPAT_NET_H

#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/xdp.h>

/*
 * GSO over UDP tunnels: without it in the kernel no tap can take or make such
 * packets, and it must not be offered.
 */
#ifdef HAVE_VNET_TUNNEL
#define COMPAT_VNET_TUNNEL 1
#else
#define COMPAT_VNET_TUNNEL 0
#define VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO 65
#define VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO 67
struct virtio_net_hdr_v1_hash_tunnel {
	struct virtio_net_hdr_v1_hash hash_hdr;
	__le16 outer_th_offset;
	__le16 inner_nh_offset;
};
#endif

/*
 * Where a packet of a TUN_MSG_PTR batch has its virtio-net header, and how
 * many bytes of it tap looks at. Newer kernels: at the start of the buffer.
 * Older ones: behind the length of the buffer, and without tunnels.
 */
#ifdef HAVE_TUN_XDP_HDR
enum {
	COMPAT_XDP_ROOM = sizeof(struct tun_xdp_hdr),
	COMPAT_XDP_VNET_LEN = sizeof(struct virtio_net_hdr),
};
static inline struct virtio_net_hdr *compat_xdp_vnet(struct xdp_buff *xdp)
{
	struct tun_xdp_hdr *hdr = xdp->data_hard_start;

	hdr->buflen = xdp->frame_sz;
	return &hdr->gso;
}
#else
enum {
	COMPAT_XDP_ROOM = sizeof(struct virtio_net_hdr_v1_hash_tunnel),
	COMPAT_XDP_VNET_LEN = sizeof(struct virtio_net_hdr_v1_hash_tunnel),
};
static inline struct virtio_net_hdr *compat_xdp_vnet(struct xdp_buff *xdp)
{
	return xdp->data_hard_start;
}
#endif

/* Taps that stop their transmit queue want to know when there is room again. */
#ifndef HAVE_TUN_WAKE_QUEUE
static inline void tun_wake_queue(struct file *file, int consumed)
{
}
#endif

#endif /* RINGSIDE_COMPAT_NET_H */
