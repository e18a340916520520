// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet capture (vsockmon) of packets that the library does not capture as the
 * guest sees them: those that share a buffer of the guest or come in parts, and
 * those from the guest that are handed to a socket as one.
 */
#include <linux/vsockmon.h>
#include <net/af_vsock.h>

#include "packet.h"

static __le16 capture_op(const struct virtio_vsock_hdr *hdr)
{
	static const u16 ops[] = {
		[VIRTIO_VSOCK_OP_REQUEST] = AF_VSOCK_OP_CONNECT,
		[VIRTIO_VSOCK_OP_RESPONSE] = AF_VSOCK_OP_CONNECT,
		[VIRTIO_VSOCK_OP_RST] = AF_VSOCK_OP_DISCONNECT,
		[VIRTIO_VSOCK_OP_SHUTDOWN] = AF_VSOCK_OP_DISCONNECT,
		[VIRTIO_VSOCK_OP_RW] = AF_VSOCK_OP_PAYLOAD,
		[VIRTIO_VSOCK_OP_CREDIT_UPDATE] = AF_VSOCK_OP_CONTROL,
		[VIRTIO_VSOCK_OP_CREDIT_REQUEST] = AF_VSOCK_OP_CONTROL,
	};
	u16 op = le16_to_cpu(hdr->op);

	return cpu_to_le16(op < ARRAY_SIZE(ops) ? ops[op] :
						  AF_VSOCK_OP_UNKNOWN);
}

/* Called when somebody captures, in an RCU section. */
static struct sk_buff *build(void *arg)
{
	const struct vsock_captured *c = arg;
	struct af_vsockmon_hdr mon = {
		.src_cid = c->hdr->src_cid,
		.dst_cid = c->hdr->dst_cid,
		.src_port = c->hdr->src_port,
		.dst_port = c->hdr->dst_port,
		.op = capture_op(c->hdr),
		.transport = cpu_to_le16(AF_VSOCK_TRANSPORT_VIRTIO),
		.len = cpu_to_le16(VSOCK_HDR),
	};
	struct sk_buff *skb;

	skb = alloc_skb(sizeof(mon) + VSOCK_HDR + c->bytes, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_put_data(skb, &mon, sizeof(mon));
	skb_put_data(skb, c->hdr, VSOCK_HDR);
	if (c->copy(skb, c)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

void vsock_capture(const struct vsock_captured *c)
{
	vsock_deliver_tap(build, (void *)c);
}
