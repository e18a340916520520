/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/vsock share. Grouped by the file that provides it.
 *
 * A device is a guest: one CID, and two queues as the guest sees them, receive
 * (0, to the guest) and transmit (1, from it). Sockets, connections and credit
 * are the kernel's (af_vsock and its virtio library); here packets go between
 * them and the queues. How a byte travels: docs/vsock.md.
 */
#ifndef RINGSIDE_VSOCK_H
#define RINGSIDE_VSOCK_H

#include "core/core.h"
#include "sendq.h"

enum {
	VSOCK_RX,
	VSOCK_TX,
	VSOCK_QUEUES,
};

enum {
	VSOCK_MAX_PACKETS = 256,	/* of one run of a queue */
	VSOCK_MAX_BYTES = 0x80000,
	VSOCK_MAX_PAYLOAD = VIRTIO_VSOCK_MAX_PKT_BUF_SIZE,
};

struct vhost_vsock {
	struct vhost_dev dev;
	struct vhost_vq *vqs[VSOCK_QUEUES];
	struct vhost_vq rx, tx;

	struct vsock_sendq sendq;
	/* taken from it by the receive queue; under rx.lock */
	struct sk_buff_head taken;	/* its own lock is not used */
	u32 usual;			/* bytes that the last buffer held */

	/* written by the worker under tx.lock; others compare with themselves */
	struct task_struct *replying;	/* it handles a packet of the guest */

	/* chains that the transmit queue pops; 0: all it can; under tx.lock */
	u32 tx_batch;

	/* the transmit queue waits for memory; under tx.lock */
	bool starving;
	unsigned long give_up_at;	/* jiffies; when it starves */

	/* headers of the transmit queue's batch, as validated; under tx.lock */
	struct virtio_vsock_hdr tx_hdr[VHOST_BATCH];

	/* written under vq->locks, read by sockets */
	bool running;			/* both queues have been started */
	bool seqpacket;			/* negotiated */

	/* under vq->locks */
	bool was_used;			/* before it was stopped: its rings */

	/* guests.c */
	u32 cid;			/* 0: none; written under both vq->locks
					 * or with queues stopped */
	bool leaving;			/* reserved, but not found any more */
	struct hlist_node by_cid;	/* readers: RCU */
	struct net *net;		/* of who opened; NULL: no such thing;
					 * immutable */

	/* groups.c, pair.c; changed under vsock_guests_lock */
	struct list_head groups;	/* memberships */
	u32 n_groups;			/* read by the transmit queue */
	struct xarray siblings;		/* of struct vsock_pair, by their device
					 * id; readers: RCU */
	struct vsock_quota *quota;	/* immutable */
};

/* The device of a command or an open file. */
static inline struct vhost_vsock *vsock_device(struct vhost_dev *dev)
{
	return container_of(dev, struct vhost_vsock, dev);
}

/* dev.c */
extern const struct file_operations vsock_device_fops;

/*
 * guests.c: which guest has which CID. A CID means something within a network
 * namespace, where the host kernel has that; @net NULL is the whole host.
 */
/* 0 to 2 and the highest are reserved; the upper half is always 0 (5.10.4). */
static inline bool vsock_is_guest_cid(u64 cid)
{
	return cid > VMADDR_CID_HOST && cid < VMADDR_CID_ANY;
}

/* Which guests there are, and which are siblings. Inside dev->lock, vq->lock. */
extern struct mutex vsock_guests_lock;
/* The guest that is reached from @net at @cid, or NULL. In an RCU section. */
struct vhost_vsock *vsock_guest_find(u64 cid, struct net *net);
/*
 * The guest that a socket is connected with, or wants to be; likewise. NULL, too,
 * when that guest is gone and another one has its CID.
 */
struct vhost_vsock *vsock_guest_of(const struct vsock_sock *vsk);
/* The lowest CID above @cid there, or 0. vsock_guests_lock held. */
u32 vsock_guest_next(u64 cid, struct net *net);
/*
 * Give the guest its CID. Return: 0; -EINVAL for a reserved one; -EADDRINUSE.
 * Whatever goes on under its old one is reset. dev->lock and all vq->locks held;
 * sleeps.
 */
int vsock_guest_enter(struct vhost_vsock *v, u64 cid);
/*
 * It was reset: end its connections, forget what waits for it. It keeps its CID
 * and its groups. dev->lock and all vq->locks held; sleeps.
 */
void vsock_guest_reset(struct vhost_vsock *v);
/*
 * Take its CID away and reset its connections; afterwards no socket knows of
 * @v. Harmless without a CID. dev->lock held, queues stopped; sleeps.
 */
void vsock_guest_leave(struct vhost_vsock *v);

/*
 * groups.c: membership, and its ioctls (include/uapi/ringside/vsock.h).
 */
int vsock_cmd_join_group(struct vhost_io *io);
int vsock_cmd_leave_group(struct vhost_io *io);
int vsock_cmd_get_group(struct vhost_io *io);
int vsock_cmd_next_guest(struct vhost_io *io);
/* End all memberships. Sleeps; dev->lock held. */
void vsock_groups_leave(struct vhost_vsock *v);

/* stream.c: the transport's stream_enqueue; the socket is locked; sleeps. */
ssize_t vsock_stream_enqueue(struct vsock_sock *vsk, struct msghdr *msg,
			     size_t len);

/* fill.c: what one buffer of the guest gets of the packets in a list. */
struct vsock_fill {
	struct virtio_vsock_hdr hdr;
	u32 packets;		/* the first so many; the last perhaps in part */
	u32 bytes;		/* of payload */
};
/* @room: bytes of payload in the buffer; the list is not empty. */
struct vsock_fill vsock_fill_plan(const struct sk_buff_head *list, u32 room);
/* How many buffers with @room all of it takes, or @max if that is less. */
u32 vsock_fill_count(const struct sk_buff_head *list, u32 room, u32 max);
/* Write it. False: not all of the buffer can be written. */
bool vsock_fill_write(const struct sk_buff_head *list,
		      const struct vsock_fill *f, struct vhost_vq *vq,
		      const struct ring_chain *c);
/* Packet capture sees what the guest sees. */
void vsock_fill_show(const struct sk_buff_head *list,
		     const struct vsock_fill *f);

/* tx.c, rx.c */
extern const struct vhost_vq_ops vsock_tx_ops;
extern const struct vhost_vq_ops vsock_rx_ops;

/* transport.c */
extern struct virtio_transport vsock_transport;
int vsock_transport_register(void);
void vsock_transport_unregister(void);
/* Sockets that wait for space shall look again. */
void vsock_transport_wake_senders(void);

/* shutdown.c: calls of af_vsock, the socket locked but for its end. */
int vsock_socket_shutdown(struct vsock_sock *vsk, int mode);
int vsock_socket_connect(struct vsock_sock *vsk);
void vsock_socket_destruct(struct vsock_sock *vsk);

/*
 * lost.c: a packet to the host, its header validated, is lost. Its connection
 * ends where it is missing: the guest gets a reset, the program ECONNRESET
 * behind what came before. Return: false without memory for that; nothing has
 * changed then. Context: the transmit queue's worker, tx.lock held; sleeps.
 */
bool vsock_lose_packet(struct vhost_vsock *v,
		       const struct virtio_vsock_hdr *hdr);

/* reset.c */
/*
 * Reset all connections with the guest that has @cid in @net, which is not found
 * any more. Sleeps, but not until programs unlock their sockets.
 */
void vsock_reset_connections(u32 cid, struct net *net);
/*
 * End a connection without goodbye: what is queued is read, then ECONNRESET; it
 * sends nothing any more. The socket is locked, by a thread or by its spinlock.
 */
void vsock_socket_cut_off(struct sock *sk);
/*
 * Was @sk ended so, or by vsock_reset_connections(): another guest may have its
 * CID, or another connection its ports. Any context.
 */
bool vsock_socket_is_cut_off(const struct sock *sk);
/* Calls of af_vsock, the socket locked. */
u32 vsock_socket_seqpacket_has_data(struct vsock_sock *vsk);
ssize_t vsock_socket_seqpacket_dequeue(struct vsock_sock *vsk,
				       struct msghdr *msg, int flags);

#endif /* RINGSIDE_VSOCK_H */
