// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets that this module sends in the name of a guest or of the host.
 */
#include "packet.h"

void vsock_set_reset(struct sk_buff *skb, const struct vsock_flow *flow)
{
	*virtio_vsock_hdr(skb) = (struct virtio_vsock_hdr){
		.src_cid = cpu_to_le64(flow->src_cid),
		.dst_cid = cpu_to_le64(flow->dst_cid),
		.src_port = cpu_to_le32(flow->src_port),
		.dst_port = cpu_to_le32(flow->dst_port),
		.type = cpu_to_le16(flow->type),
		.op = cpu_to_le16(VIRTIO_VSOCK_OP_RST),
	};
}

struct sk_buff *vsock_make_reset(const struct vsock_flow *flow, gfp_t gfp)
{
	struct sk_buff *skb = virtio_vsock_alloc_skb(VSOCK_HDR, gfp);

	if (skb)
		vsock_set_reset(skb, flow);
	return skb;
}
