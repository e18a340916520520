// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data and credit updates of one stream that come in several packets, one behind
 * the other in a batch, become one packet: the socket is then looked up, locked
 * and woken once, and keeps one buffer of the right size. An invalid packet in
 * between belongs to no stream and is left out; any other packet ends the join,
 * so all stays in the order in which it came. Packet capture sees each of them.
 */
#include "tx_packet.h"

/* Contiguous memory, of an order that is easily had. */
static const u32 joined_max =
	SKB_WITH_OVERHEAD(PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER) - VSOCK_HDR;

static bool can_join(const struct virtio_vsock_hdr *hdr)
{
	return vsock_hdr_can_join(hdr) && !vsock_tx_is_for_sibling(hdr);
}

struct vsock_join vsock_join_plan(const struct virtio_vsock_hdr *hdr, u32 n)
{
	struct vsock_join join = { .n = 1, .bytes = le32_to_cpu(hdr->len) };

	if (!can_join(hdr))
		return join;
	for (u32 i = 1; i < n; i++) {
		const struct virtio_vsock_hdr *next = hdr + i;
		u32 len = le32_to_cpu(next->len);

		if (vsock_tx_is_invalid(next))
			continue;
		if (!can_join(next) || !vsock_same_stream(hdr, next) ||
		    join.bytes + len > joined_max)
			break;
		join.bytes += len;
		join.n = i + 1;
	}
	return join;
}

/* A credit update, until there is data. */
static struct sk_buff *new_packet(const struct virtio_vsock_hdr *hdr, u32 bytes)
{
	struct sk_buff *skb = virtio_vsock_alloc_skb(
		VSOCK_HDR + bytes,
		GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);

	if (!skb)
		return NULL;
	virtio_vsock_skb_set_tap_delivered(skb);	/* each for itself */
	*virtio_vsock_hdr(skb) = *hdr;
	virtio_vsock_hdr(skb)->op = cpu_to_le16(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	virtio_vsock_hdr(skb)->len = 0;
	return skb;
}

static int copy_payload(struct sk_buff *to, const struct vsock_captured *c)
{
	skb_put_data(to, c->payload, c->bytes);
	return 0;
}

/* Return: false when it cannot be read. */
static bool append(struct vhost_vq *vq, const struct ring_chain *c,
		   const struct virtio_vsock_hdr *hdr, struct sk_buff *skb)
{
	struct virtio_vsock_hdr *to = virtio_vsock_hdr(skb);
	u32 len = le32_to_cpu(hdr->len);
	struct iov_iter it;

	if (len) {
		vsock_tx_payload(vq, c, &it);
		if (unlikely(!copy_from_iter_full(skb_tail_pointer(skb), len,
						  &it)))
			return false;
		skb_put(skb, len);
		to->op = hdr->op;
		to->len = cpu_to_le32(skb->len);
	}
	to->buf_alloc = hdr->buf_alloc;
	to->fwd_cnt = hdr->fwd_cnt;
	vsock_capture(&(struct vsock_captured){
		.hdr = hdr,
		.bytes = len,
		.copy = copy_payload,
		.payload = skb_tail_pointer(skb) - len,
	});
	return true;
}

struct sk_buff *vsock_join_read(struct vhost_vq *vq, const struct ring_chain *c,
				const struct virtio_vsock_hdr *hdr,
				struct vsock_join *join)
{
	struct sk_buff *skb = new_packet(hdr, join->bytes);
	u32 i;

	if (!skb)
		return NULL;
	for (i = 0; i < join->n; i++)
		if (unlikely(vsock_tx_is_invalid(hdr + i)))
			vhost_vq_bad_request(vq);
		else if (unlikely(!append(vq, c + i, hdr + i, skb)))
			break;
	join->n = i;
	if (likely(i))	/* the first one is valid */
		return skb;
	kfree_skb(skb);
	return NULL;
}
