/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/net share. Grouped by the file that provides it.
 *
 * A device has two queues, receive (0) and transmit (1), as the guest sees
 * them; a guest with more has one device for each pair. Each queue has its own
 * backend and its own state, all under that queue's vq->lock; the two share
 * nothing. How a packet travels: docs/net.md.
 */
#ifndef RINGSIDE_NET_H
#define RINGSIDE_NET_H

#include <linux/if_ether.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/ptr_ring.h>

#include "core/core.h"
#include "../../compat/net.h"
#include "pages.h"

enum {
	NET_RX,
	NET_TX,
	NET_QUEUES,
};

enum {
	NET_MAX_PACKETS = 256,		/* of one run of a queue */
	NET_MAX_BYTES = 0x80000,
	NET_MAX_FRAME = GSO_MAX_SIZE,	/* the network stack has none longer */
};

/* Where a queue's packets go to or come from. Immutable; one for each queue. */
struct net_backend {
	struct file *file;		/* a reference; keeps the rest */
	struct socket *sock;
	struct ptr_ring *ring;		/* of a tap or tun; NULL: packet socket */
	bool batches;			/* it takes Ethernet frames in batches */
};

/* The receive queue: frames from the backend to the guest. */
struct net_rx {
	struct vhost_vq vq;
	struct vhost_poll poll;		/* backend: frames have come */
	u32 last_len;			/* bytes that the last buffer took */

	/* taken from the tap's ring and not yet given to the guest */
	u32 first, end;			/* those in frame[first .. end - 1] */
	void *frame[VHOST_BATCH];
};

/* The transmit queue: frames from the guest to the backend. */
struct net_tx {
	struct vhost_vq vq;
	struct vhost_poll poll;		/* backend: room for more */
	u32 batch;			/* chains to pop; 0: all there can be */

	/* copied and not yet handed to the tap */
	u32 n_xdp;
	struct xdp_buff xdp[VHOST_BATCH];
	struct net_pages pages;		/* where they are copied to */
};

struct vhost_net {
	struct vhost_dev dev;
	struct vhost_vq *vqs[NET_QUEUES];
	struct net_rx rx;
	struct net_tx tx;
};

static inline struct net_rx *net_rx_of(struct vhost_vq *vq)
{
	return container_of(vq, struct net_rx, vq);
}

static inline struct net_tx *net_tx_of(struct vhost_vq *vq)
{
	return container_of(vq, struct net_tx, vq);
}

/* dev.c */
extern const struct file_operations net_device_fops;

/* backend.c: VHOST_NET_SET_BACKEND, and the end of backends */
int net_backend_prepare(struct vhost_io *io);
int net_backend_check(struct vhost_io *io);
int net_backend_execute(struct vhost_io *io);
void net_backend_finish(struct vhost_io *io);
void net_backends_stop(struct vhost_dev *dev);
/*
 * Poll the backend's file for what @poll waits for. Return: 0, or -EINVAL when
 * the file reports errors only. vq->lock held.
 */
int net_backend_watch(const struct net_backend *b, struct vhost_poll *poll);

/* hdr.c: the header in front of each frame */
struct net_hdr {
	u8 guest;	/* bytes in the guest's buffers: 10, 12 or 24 */
	u8 sock;	/* of these, passed through the socket: all or none */
	bool little;	/* byte order of its fields */
};
/* The layout that is negotiated now. vq->lock held. */
struct net_hdr net_hdr_now(const struct vhost_vq *vq);
/*
 * Complete a header from the guest for a frame of @len bytes. Return: false
 * when it refers to bytes that the frame does not have.
 */
bool net_hdr_validate(const struct net_hdr *layout, struct virtio_net_hdr *hdr,
		   size_t len);
/*
 * Write the number of buffers into the header that begins at @at, where it has
 * that field. Return: false when the guest's memory cannot be written.
 */
bool net_hdr_put_buffers(const struct net_hdr *layout, const struct iov_iter *at,
			 u16 buffers);

/* tx.c */
extern const struct vhost_vq_ops net_tx_ops;
enum net_sent {
	NET_SENT,
	NET_BAD,	/* the guest's fault */
	NET_LOST,	/* not the guest's fault */
	NET_FULL,	/* the socket has no room now: keep it */
};

/*
 * xdp.c: batches to a tap. In the queue's worker, vq->lock held. What was
 * added is pending until net_xdp_flush(), which must come before the run ends
 * and before a packet that is sent alone.
 */
struct net_xdp {
	const struct net_backend *backend;
	u32 pad;	/* bytes in front of a frame in its buffer */
	u32 max;	/* longest frame; 0: this backend takes no batches */
};
struct net_xdp net_xdp_begin(struct net_tx *tx);
/*
 * Copy one packet: its header (layout->sock bytes of it) and a frame of @len
 * bytes, ETH_HLEN to xdp_ctx->max. Return: anything but NET_FULL.
 */
enum net_sent net_xdp_add(struct net_tx *tx, const struct net_xdp *xdp_ctx,
			  const struct net_hdr *layout,
			  const struct ring_chain *c, u32 len);
void net_xdp_flush(struct net_tx *tx, const struct net_xdp *xdp_ctx);
/* Give up the memory for packets; none is pending. vq->lock held. */
void net_xdp_end(struct net_tx *tx);

/* rx.c */
extern const struct vhost_vq_ops net_rx_ops;

/*
 * source.c: where received frames come from. In the queue's worker or in a
 * thread that changes backends, vq->lock held.
 */
/* Bytes of the next frame, or -EAGAIN: there is none. */
int net_source_next(struct net_rx *rx, const struct net_backend *b);
/* How many frames are known to wait. */
u32 net_source_pending(const struct net_rx *rx, const struct net_backend *b);
/*
 * Take the next frame, with its header where the socket has one, to @to.
 * A tap's frame is gone whatever happens. Return: bytes it had, perhaps more
 * than @to took; or -errno.
 */
int net_source_take(struct net_rx *rx, const struct net_backend *b,
		    struct iov_iter *to);
/* Throw the next frame away. */
void net_source_drop(struct net_rx *rx, const struct net_backend *b);
/*
 * Put frames that were fetched ahead back to where they came from. Where a tap has
 * got no room for all any more, the first ones are lost, as others are then.
 */
void net_source_return(struct net_rx *rx, const struct net_backend *b);

#endif /* RINGSIDE_NET_H */
