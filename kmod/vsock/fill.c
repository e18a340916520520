// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one buffer of the guest gets: a packet, a part of one, or several
 * packets of data and credit updates of one stream that wait one behind the
 * other, under one header. Other packets go alone, and all of them in order.
 *
 * Used by the receive queue's worker under rx.lock, on the packets that it has
 * taken; nothing of them changes here.
 */
#include "fill.h"

/* ---- what belongs together -------------------------------------------- */

/*
 * A credit update that the guest has requested goes alone, for the guest may
 * wait for just that; whether a sibling was asked for its update is not known.
 */
static bool can_join(struct sk_buff *skb)
{
	return vsock_hdr_can_join(virtio_vsock_hdr(skb)) &&
	       (vsock_is_op(skb, VIRTIO_VSOCK_OP_RW) ||
		vsock_cb(skb)->origin == VSOCK_FROM_SOCKET);
}

/* The packet behind @skb that can go with it, or NULL. */
static struct sk_buff *next_of_stream(const struct sk_buff_head *list,
				      struct sk_buff *skb)
{
	struct sk_buff *next = skb_peek_next(skb, list);

	if (!next || !can_join(next) ||
	    !vsock_same_stream(virtio_vsock_hdr(skb), virtio_vsock_hdr(next)))
		return NULL;
	return next;
}

/* ---- planning --------------------------------------------------------- */

/* Add as much of @skb as there is room for. Return: does all of it fit. */
static bool add(struct vsock_fill *f, struct sk_buff *skb, u32 room)
{
	u32 left = vsock_bytes_left(skb), part = min(left, room - f->bytes);

	f->packets++;
	f->bytes += part;
	f->hdr.len = cpu_to_le32(f->bytes);
	return part == left;
}

/* Add another packet of the same stream. Return: does all of it fit. */
static bool add_next(struct vsock_fill *f, struct sk_buff *skb, u32 room)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);

	if (vsock_bytes_left(skb) && f->bytes == room)
		return false;
	if (vsock_hdr_is_op(hdr, VIRTIO_VSOCK_OP_RW))
		f->hdr.op = hdr->op;
	f->hdr.buf_alloc = hdr->buf_alloc;
	f->hdr.fwd_cnt = hdr->fwd_cnt;
	return add(f, skb, room);
}

/* A message ends with its last part only (5.10.6.7.1). */
static void cut(struct vsock_fill *f)
{
	f->hdr.flags &= cpu_to_le32(~(VIRTIO_VSOCK_SEQ_EOM |
				      VIRTIO_VSOCK_SEQ_EOR));
}

static void plan(struct vsock_fill *f, const struct sk_buff_head *list, u32 room)
{
	struct sk_buff *skb = skb_peek(list);

	f->hdr = *virtio_vsock_hdr(skb);
	f->packets = 0;
	f->bytes = 0;
	if (!add(f, skb, room)) {
		cut(f);
		return;
	}
	if (!can_join(skb))
		return;
	while (f->packets < VSOCK_MAX_PACKETS &&
	       (skb = next_of_stream(list, skb)))
		if (!add_next(f, skb, room))
			break;
}

u32 vsock_fill_count(const struct sk_buff_head *list, u32 room, u32 max)
{
	u32 buffers = 0, bytes = 0, packets = 0;
	struct sk_buff *skb;

	skb_queue_walk(list, skb) {
		bytes += vsock_bytes_left(skb);
		if (++packets == VSOCK_MAX_PACKETS)
			break;
		if (can_join(skb) && next_of_stream(list, skb))
			continue;
		buffers += max(DIV_ROUND_UP(bytes, room), 1u);
		bytes = 0;
		if (buffers >= max)
			return max;
	}
	return min(buffers + DIV_ROUND_UP(bytes, room), max);
}

/* ---- writing ---------------------------------------------------------- */

/*
 * Write the header, and let @it be the room behind it. Drivers offer one buffer
 * for all, or one of its own for the header.
 */
static bool write_header(struct vhost_vq *vq, const struct ring_chain *c,
			 const struct virtio_vsock_hdr *hdr, struct iov_iter *it)
{
	const struct ring_seg *first = vhost_vq_write_segs(vq, c);
	void __user *to = (void __user *)first->base;

	if (likely(c->n_write == 1)) {
		iov_iter_ubuf(it, ITER_DEST, to + VSOCK_HDR,
			      c->write_len - VSOCK_HDR);
		return vhost_copy_out(to, hdr, VSOCK_HDR);
	}
	vhost_vq_writable(vq, c, it);
	if (unlikely(first->len < VSOCK_HDR))
		return copy_to_iter(hdr, VSOCK_HDR, it) == VSOCK_HDR;
	iov_iter_advance(it, VSOCK_HDR);
	return vhost_copy_out(to, hdr, VSOCK_HDR);
}

/* Call @copy for each packet's part of the buffer until it returns an error. */
static __always_inline int for_each_part(const struct sk_buff_head *list,
					 const struct vsock_fill *f,
					 int (*copy)(struct sk_buff *skb, int at,
						     void *to, int bytes),
					 void *to)
{
	u32 packets = f->packets, left = f->bytes;
	struct sk_buff *skb = skb_peek(list);

	for (; packets--; skb = skb_peek_next(skb, list)) {
		u32 part = min(vsock_bytes_left(skb), left);
		int ret = part ? copy(skb, vsock_cb(skb)->library.offset, to,
				      part) : 0;

		if (ret)
			return ret;
		left -= part;
	}
	return 0;
}

static int copy_to_guest(struct sk_buff *skb, int at, void *to, int bytes)
{
	return skb_copy_datagram_iter(skb, at, to, bytes);
}

/* ---- packet capture --------------------------------------------------- */

struct parts {
	const struct sk_buff_head *list;
	const struct vsock_fill *f;
};

static int copy_part(struct sk_buff *skb, int at, void *to, int bytes)
{
	return skb_copy_bits(skb, at, skb_put(to, bytes), bytes);
}

static int copy_parts(struct sk_buff *to, const struct vsock_captured *c)
{
	const struct parts *parts = c->payload;

	return for_each_part(parts->list, parts->f, copy_part, to);
}

static void capture(const struct sk_buff_head *list, const struct vsock_fill *f)
{
	struct parts parts = { .list = list, .f = f };

	vsock_capture(&(struct vsock_captured){
		.hdr = &f->hdr,
		.bytes = f->bytes,
		.copy = copy_parts,
		.payload = &parts,
	});
}

/* ---- both ------------------------------------------------------------- */

bool vsock_fill(struct vsock_fill *f, const struct sk_buff_head *list,
		struct vhost_vq *vq, const struct ring_chain *c, u32 room)
{
	struct iov_iter it;

	plan(f, list, room);
	if (unlikely(!write_header(vq, c, &f->hdr, &it) ||
		     for_each_part(list, f, copy_to_guest, &it)))
		return false;
	capture(list, f);
	return true;
}
