// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit batches to a tap: packets are copied into buffers that tap can make
 * skbs of without another copy, and handed over many in one call.
 *
 * In the queue's worker, vq->lock held. Lengths come from the guest; callers
 * have validated the frame's, everything in the header is validated here, on a copy.
 *
 * A packet's buffer, a part of a page (pages.h), in this order:
 *	pad	its start holds the header as tap wants it; the rest is headroom
 *	frame	as long as it is
 *	room for struct skb_shared_info, at the end
 * The page reference goes to tap with the packet; whatever is not handed over is
 * freed here, so that no bad packet costs a page.
 */
#include <linux/filter.h>
#include <net/sock.h>

#include "net.h"

/* Room in front of a frame for its header: as tap wants it, and as it came. */
enum {
	XDP_ROOM = COMPAT_XDP_ROOM + sizeof(struct virtio_net_hdr_v1_hash_tunnel),
};

/*
 * Tap has no room of its own for batches: packets go straight into the stack,
 * and nothing counts against the socket's send buffer. So only where that has
 * no limit.
 */
struct net_xdp net_xdp_begin(struct net_tx *tx)
{
	const struct net_backend *backend = tx->vq.backend;
	const struct sock *sk = backend->sock->sk;
	struct net_xdp xdp_ctx = { .backend = backend };
	/* behind the header: for a tunnel's, which the stack adds in place */
	u32 room = XDP_ROOM + NET_SKB_PAD;

	tx->pages.scarce = false;
	if (!backend->batches || READ_ONCE(sk->sk_sndbuf) != INT_MAX)
		return xdp_ctx;
	if (sock_flag(sk, SOCK_XDP))
		room += XDP_PACKET_HEADROOM;	/* its program may want it */
	xdp_ctx.pad = SKB_DATA_ALIGN(room + NET_IP_ALIGN);
	xdp_ctx.max = SKB_WITH_OVERHEAD(PAGE_SIZE) - xdp_ctx.pad;
	return xdp_ctx;
}

/*
 * Copy header and frame in one step, so that the frame is where it must be. The
 * header then lies before it and is copied on to where tap looks for it; tap
 * may look further than we have.
 */
static bool copy_packet(struct net_tx *tx, struct xdp_buff *xdp,
			const struct net_hdr *layout,
			const struct ring_chain *c, u32 len)
{
	struct virtio_net_hdr *hdr = compat_xdp_vnet(xdp);
	void *packet = xdp->data - layout->sock;

	if (!vhost_vq_read(&tx->vq, c, layout->guest - layout->sock, packet,
			   layout->sock + len))
		return false;
	memset(hdr, 0, COMPAT_XDP_VNET_LEN);
	if (!layout->sock)
		return true;
	memcpy(hdr, packet, min_t(size_t, layout->sock, COMPAT_XDP_VNET_LEN));
	return net_hdr_validate(layout, hdr, len);
}

enum net_sent net_xdp_add(struct net_tx *tx, const struct net_xdp *xdp_ctx,
			  const struct net_hdr *layout,
			  const struct ring_chain *c, u32 len)
{
	u32 size = SKB_DATA_ALIGN(xdp_ctx->pad + len) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct xdp_buff *xdp = &tx->xdp[tx->n_xdp];
	void *buffer;

	lockdep_assert_held(&tx->vq.lock);
	buffer = net_pages_take(&tx->pages, size);
	if (unlikely(!buffer))
		return NET_LOST;
	xdp_init_buff(xdp, size, NULL);
	/* metadata of no length: some taps take what is invalid for a length */
	xdp_prepare_buff(xdp, buffer, xdp_ctx->pad, len, true);
	if (unlikely(!copy_packet(tx, xdp, layout, c, len))) {
		page_frag_free(buffer);
		return NET_BAD;
	}
	if (++tx->n_xdp == ARRAY_SIZE(tx->xdp))
		net_xdp_flush(tx, xdp_ctx);
	return NET_SENT;
}

/* Tap rejects a batch as a whole, when its device is gone, or takes it all. */
void net_xdp_flush(struct net_tx *tx, const struct net_xdp *xdp_ctx)
{
	struct socket *sock = xdp_ctx->backend->sock;
	struct tun_msg_ctl ctl = {
		.type = TUN_MSG_PTR,
		.num = tx->n_xdp,
		.ptr = tx->xdp,
	};
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT,
		.msg_control = &ctl,
		.msg_controllen = sizeof(ctl),
	};

	lockdep_assert_held(&tx->vq.lock);
	if (!tx->n_xdp)
		return;
	if (unlikely(sock->ops->sendmsg(sock, &msg, 0) < 0)) {
		for (u32 i = 0; i < tx->n_xdp; i++)
			page_frag_free(tx->xdp[i].data_hard_start);
		vhost_vq_dropped(&tx->vq, tx->n_xdp);
	}
	tx->n_xdp = 0;
}

void net_xdp_end(struct net_tx *tx)
{
	lockdep_assert_held(&tx->vq.lock);
	net_pages_drop(&tx->pages);
}
