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

/**
 * vsock_fill() - fill a buffer
 * @f: set to what it got
 * @list: packets, at least one; they stay as they are
 * @c: a chain of @vq's batch, with room for a header
 * @room: for payload
 *
 * Packet capture gets what the guest got. Return: false when not all of it can be
 * written. Context: the receive queue's worker, rx.lock held; sleeps.
 */
bool vsock_fill(struct vsock_fill *f, const struct sk_buff_head *list,
		struct vhost_vq *vq, const struct ring_chain *c, u32 room);

/* How many buffers with @room all of the list takes, or @max if that is less. */
u32 vsock_fill_count(const struct sk_buff_head *list, u32 room, u32 max);

#endif /* RINGSIDE_VSOCK_FILL_H */
