// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio-net header in front of each frame (virtio 1.3, 5.1.6): its
 * layout, and the few fields that this module reads or writes. The others are
 * between the guest and the tap.
 *
 * In the queue's worker, vq->lock held.
 */
#include "net.h"

static u8 guest_len(const struct vhost_vq *vq)
{
	if (vhost_vq_has(vq, VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO) ||
	    vhost_vq_has(vq, VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO))
		return sizeof(struct virtio_net_hdr_v1_hash_tunnel);
	if (vhost_vq_has(vq, VIRTIO_NET_F_MRG_RXBUF) ||
	    vhost_vq_has(vq, VIRTIO_F_VERSION_1))
		return sizeof(struct virtio_net_hdr_v1);
	return sizeof(struct virtio_net_hdr);
}

static bool little_endian(const struct vhost_vq *vq)
{
	if (vhost_vq_has(vq, VIRTIO_F_VERSION_1))
		return true;
	if (vq->config.order == VHOST_ORDER_HOST)
		return virtio_legacy_is_little_endian();
	return vq->config.order == VHOST_ORDER_LITTLE;
}

struct net_hdr net_hdr_now(const struct vhost_vq *vq)
{
	struct net_hdr layout = {
		.guest = guest_len(vq),
		.little = little_endian(vq),
	};

	/* Otherwise the owner gave the tap the same header (TUNSETVNETHDRSZ). */
	if (!vhost_vq_has(vq, VHOST_NET_F_VIRTIO_NET_HDR))
		layout.sock = layout.guest;
	return layout;
}

/*
 * Tap leaves this to the sender of a batch: the hdr_len bytes that will be linear
 * must reach behind the checksum, which must be in the frame. By itself hdr_len is
 * a hint (5.1.6.2), and one that is too long is cut.
 */
bool net_hdr_validate(const struct net_hdr *layout, struct virtio_net_hdr *hdr,
		   size_t len)
{
	u32 linear = __virtio16_to_cpu(layout->little, hdr->hdr_len);

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		u32 start = __virtio16_to_cpu(layout->little, hdr->csum_start);
		u32 offset = __virtio16_to_cpu(layout->little, hdr->csum_offset);

		if (start + offset + sizeof(__sum16) > len)
			return false;
		linear = max(linear, start + offset + (u32)sizeof(__sum16));
	}
	linear = min_t(size_t, linear, len);
	hdr->hdr_len = __cpu_to_virtio16(layout->little, linear);
	return true;
}

bool net_hdr_put_buffers(const struct net_hdr *layout, const struct iov_iter *at,
			 u16 buffers)
{
	const size_t offset = offsetof(struct virtio_net_hdr_v1, num_buffers);
	__virtio16 value = __cpu_to_virtio16(layout->little, buffers);
	struct iov_iter it;

	if (layout->guest < sizeof(struct virtio_net_hdr_v1))
		return true;
	if (likely(iter_iov_len(at) >= offset + sizeof(value)))
		return !put_user(value, (__virtio16 __user *)
				 (iter_iov_addr(at) + offset));
	it = *at;
	iov_iter_advance(&it, offset);
	return copy_to_iter(&value, sizeof(value), &it) == sizeof(value);
}
