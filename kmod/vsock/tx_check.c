// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of packets from the guest. The header is read once, and everything
 * is decided from that copy before anything is allocated (virtio 1.3, 5.10.6).
 */
#include "tx_packet.h"

/* Payload comes with RW and with nothing else, and there is some of it. */
static bool payload_fits(const struct virtio_vsock_hdr *hdr, u32 len)
{
	if (!vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_RW))
		return !len;
	/* the end of a message may come alone */
	if (le16_to_cpu(hdr->type) == VIRTIO_VSOCK_TYPE_SEQPACKET &&
	    le32_to_cpu(hdr->flags) & VIRTIO_VSOCK_SEQ_EOM)
		return true;
	return len;
}

/* The host; and with a group, any other guest: pair_send.c knows siblings. */
static bool may_address(const struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr)
{
	u64 cid = le64_to_cpu(hdr->dst_cid);

	if (!vsock_tx_is_for_sibling(hdr))
		return true;
	return READ_ONCE(v->n_groups) && vsock_is_guest_cid(cid) &&
	       cid != v->cid && vsock_tx_knows_type(hdr);
}

/* @room: bytes behind the header; the driver may provide more (5.10.6). */
static bool well_formed(const struct vhost_vsock *v,
			const struct virtio_vsock_hdr *hdr, u32 room)
{
	u16 op = le16_to_cpu(hdr->op);
	u32 len = le32_to_cpu(hdr->len);

	return le64_to_cpu(hdr->src_cid) == v->cid && may_address(v, hdr) &&
	       op > VIRTIO_VSOCK_OP_INVALID &&
	       op <= VIRTIO_VSOCK_OP_CREDIT_REQUEST &&
	       len <= VSOCK_MAX_PAYLOAD && len <= room &&
	       payload_fits(hdr, len);
}

bool vsock_tx_validate(struct vhost_vsock *v, const struct ring_chain *c,
		       struct virtio_vsock_hdr *hdr)
{
	struct virtio_vsock_hdr copy = { };
	bool has_header = !c->n_write && c->read_len >= VSOCK_HDR;
	bool read = has_header && vhost_vq_read(&v->tx, c, 0, &copy, VSOCK_HDR);

	if (unlikely(!read || !well_formed(v, &copy, c->read_len - VSOCK_HDR)))
		copy.op = cpu_to_le16(VIRTIO_VSOCK_OP_INVALID);
	*hdr = copy;
	return likely(read) || !has_header;
}
