/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one buffer of the guest gets of the packets that the receive queue has
 * taken: a packet, a part of one, or several under one header. fill.c.
 */
#ifndef RINGSIDE_VSOCK_FILL_H
#define RINGSIDE_VSOCK_FILL_H

#include "vsock.h"

struct vsock_fill {
	struct virtio_vsock_hdr hdr;
	u32 packets;		/* the first so many; the last perhaps in part */
	u32 bytes;		/* of payload */
};

/* @room: bytes of payload in the buffer; the list is not empty. */
struct vsock_fill vsock_fill_plan(const struct sk_buff_head *list, u32 room);

/* How many buffers with @room all of the list takes, or @max if that is less. */
u32 vsock_fill_count(const struct sk_buff_head *list, u32 room, u32 max);

/*
 * Write the buffer. Return: false when not all of it can be written.
 * Context: the receive queue's worker, rx.lock held; sleeps.
 */
bool vsock_fill_write(const struct sk_buff_head *list,
		      const struct vsock_fill *f, struct vhost_vq *vq,
		      const struct ring_chain *c);

/* Packet capture gets what the guest got. */
void vsock_fill_capture(const struct sk_buff_head *list,
			const struct vsock_fill *f);

#endif /* RINGSIDE_VSOCK_FILL_H */
