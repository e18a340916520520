/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet: an sk_buff with a virtio-vsock header in front of its payload. What
 * the kernel's library keeps in skb->cb, what this module keeps behind that, and
 * the questions that several files ask of a header. Nothing here needs a device.
 */
#ifndef RINGSIDE_VSOCK_PACKET_H
#define RINGSIDE_VSOCK_PACKET_H

#include <linux/skbuff.h>
#include <linux/virtio_vsock.h>

#include "../../compat/vsock.h"

enum {
	VSOCK_HDR = sizeof(struct virtio_vsock_hdr),
};

struct vsock_pair;
struct vsock_pair_end;

/* Where a packet for a guest comes from; set when it is queued. */
enum vsock_origin {
	VSOCK_FROM_SOCKET,	/* a program, or its socket's timer */
	VSOCK_REPLY,		/* the worker, in reply to a packet of the guest */
	VSOCK_FROM_SIBLING,	/* another guest */
};

/* skb->cb of a packet that waits for a guest. */
struct vsock_cb {
	struct virtio_vsock_skb_cb library;
	enum vsock_origin origin;	/* immutable once queued */
	union {
		/* VSOCK_FROM_SOCKET, a credit update; send queue's lock */
		struct {
			u64 number;
			struct hlist_node node;	/* in updates; or unhashed */
		} update;
		/* VSOCK_FROM_SIBLING; immutable once queued */
		struct {
			struct vsock_pair *pair;
			struct vsock_pair_end *from;
		} sibling;
	};
};

static inline struct vsock_cb *vsock_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct vsock_cb) > sizeof(skb->cb));
	return (struct vsock_cb *)skb->cb;
}

/* The packet that @cb is part of. */
static inline struct sk_buff *vsock_cb_packet(struct vsock_cb *cb)
{
	return container_of((void *)cb, struct sk_buff, cb);
}

/* Bytes of payload that the guest has not been given. */
static inline u32 vsock_bytes_left(struct sk_buff *skb)
{
	return skb->len - vsock_cb(skb)->library.offset;
}

static inline bool vsock_hdr_is_op(const struct virtio_vsock_hdr *hdr,
				   enum virtio_vsock_op op)
{
	return hdr->op == cpu_to_le16(op);
}

static inline bool vsock_is_op(struct sk_buff *skb, enum virtio_vsock_op op)
{
	return vsock_hdr_is_op(virtio_vsock_hdr(skb), op);
}

/* Both of one type and for one destination CID: do they belong together. */
static inline bool vsock_same_stream(const struct virtio_vsock_hdr *a,
				     const struct virtio_vsock_hdr *b)
{
	return a->src_port == b->src_port && a->dst_port == b->dst_port &&
	       a->src_cid == b->src_cid;
}

/*
 * Can the packet go with others of its stream under one header: data, and credit
 * updates, since every header has the sender's credit and the newest counts.
 */
static inline bool vsock_hdr_can_join(const struct virtio_vsock_hdr *hdr)
{
	return (vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_RW) ||
		vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_CREDIT_UPDATE)) &&
	       hdr->type == cpu_to_le16(VIRTIO_VSOCK_TYPE_STREAM) &&
	       !hdr->flags;
}

/* ---- addresses -------------------------------------------------------- */

/* What the packets of one connection have in common, in one direction. */
struct vsock_flow {
	u64 src_cid, dst_cid;
	u32 src_port, dst_port;
	u16 type;
};

static inline struct vsock_flow
vsock_flow_of(const struct virtio_vsock_hdr *hdr)
{
	return (struct vsock_flow){
		.src_cid = le64_to_cpu(hdr->src_cid),
		.dst_cid = le64_to_cpu(hdr->dst_cid),
		.src_port = le32_to_cpu(hdr->src_port),
		.dst_port = le32_to_cpu(hdr->dst_port),
		.type = le16_to_cpu(hdr->type),
	};
}

/* The opposite direction. */
static inline struct vsock_flow vsock_flow_back(const struct vsock_flow *flow)
{
	return (struct vsock_flow){
		.src_cid = flow->dst_cid,
		.dst_cid = flow->src_cid,
		.src_port = flow->dst_port,
		.dst_port = flow->src_port,
		.type = flow->type,
	};
}

/**
 * vsock_make_reset() - a packet that resets the connection of @flow
 * @gfp: GFP_KERNEL, with __GFP_NOFAIL where there is no second chance
 *
 * Charged to no cgroup: an owner without memory is one reason for a reset.
 * Return: it, or NULL without memory. Context: sleeps.
 */
struct sk_buff *vsock_make_reset(const struct vsock_flow *flow, gfp_t gfp);
/* Make @skb, which is a reset, that of @flow. */
void vsock_set_reset(struct sk_buff *skb, const struct vsock_flow *flow);

/* ---- capture.c -------------------------------------------------------- */

struct vsock_captured {
	const struct virtio_vsock_hdr *hdr;
	u32 bytes;		/* of payload */
	/* put it behind what is in @to; atomic; 0 or -errno */
	int (*copy)(struct sk_buff *to, const struct vsock_captured *c);
	const void *payload;	/* for @copy */
};

/* Show a packet to those who capture, if there are any. Any context. */
void vsock_capture(const struct vsock_captured *c);

#endif /* RINGSIDE_VSOCK_PACKET_H */
