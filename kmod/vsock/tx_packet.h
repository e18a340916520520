/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets from the guest, for the files of the transmit queue, tx*.c. Each is a
 * chain of the queue's batch, and a validated copy of its header.
 */
#ifndef RINGSIDE_VSOCK_TX_PACKET_H
#define RINGSIDE_VSOCK_TX_PACKET_H

#include "vsock.h"

/* An invalid packet is known by the operation in the copy of its header. */
static inline bool vsock_tx_is_invalid(const struct virtio_vsock_hdr *hdr)
{
	return vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_INVALID);
}

static inline bool vsock_tx_is_for_sibling(const struct virtio_vsock_hdr *hdr)
{
	return le64_to_cpu(hdr->dst_cid) != VMADDR_CID_HOST;
}

/* Of two types that virtio knows; the library rejects others (5.10.6.6). */
static inline bool vsock_tx_knows_type(const struct virtio_vsock_hdr *hdr)
{
	u16 type = le16_to_cpu(hdr->type);

	return type == VIRTIO_VSOCK_TYPE_STREAM ||
	       type == VIRTIO_VSOCK_TYPE_SEQPACKET;
}

/* The bytes behind the header of chain @c, which has one. */
static inline void vsock_tx_payload(const struct vhost_vq *vq,
				    const struct ring_chain *c,
				    struct iov_iter *it)
{
	vhost_vq_readable(vq, c, it);
	iov_iter_advance(it, VSOCK_HDR);
}

/**
 * vsock_tx_validate() - copy the header of a chain and validate the copy
 * @c: of the transmit queue's batch
 * @hdr: set; VIRTIO_VSOCK_OP_INVALID when the packet is malformed
 *
 * Return: false when there is a header that cannot be read.
 * Context: the transmit queue's worker, tx.lock held; sleeps.
 */
bool vsock_tx_validate(struct vhost_vsock *v, const struct ring_chain *c,
		       struct virtio_vsock_hdr *hdr);

/* Packets of one stream that are handed over together. */
struct vsock_join {
	u32 n;		/* chains, invalid ones in between included */
	u32 bytes;	/* of payload */
};

/**
 * vsock_join_plan() - which packets can go together with the first
 * @hdr: validated headers, the first one valid
 * @n: how many there are
 */
struct vsock_join vsock_join_plan(const struct virtio_vsock_hdr *hdr, u32 n);

/**
 * vsock_join_read() - read the packets of a plan into one
 * @join: the plan; n becomes the chains that were used, up to one whose payload
 *	cannot be read
 *
 * Return: a packet with the newest credit, or NULL without memory or when the
 * first one cannot be read. Context: as vsock_tx_validate().
 */
struct sk_buff *vsock_join_read(struct vhost_vq *vq, const struct ring_chain *c,
				const struct virtio_vsock_hdr *hdr,
				struct vsock_join *join);

#endif /* RINGSIDE_VSOCK_TX_PACKET_H */
