/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device, which is a guest: one CID, and two queues as the guest sees them,
 * receive (0, to the guest) and transmit (1, from it). Sockets, connections and
 * credit are the kernel's (af_vsock and its virtio library); kmod/vsock moves
 * packets between them and the queues. How a byte travels: docs/vsock.md.
 *
 * Below: the device, the table of guests, their life. Beside this header:
 * packet.h, sendq.h, socket.h, pair.h, policy.h, tx_packet.h, fill.h.
 */
#ifndef RINGSIDE_VSOCK_H
#define RINGSIDE_VSOCK_H

#include "core/core.h"
#include "policy.h"
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

/* What a blocked transmit queue waits for; busy.c. */
struct vsock_blocked {
	struct sock *sk;	/* held; NULL: not blocked */
	wait_queue_entry_t wait;	/* for its lock */
	bool unlocked;		/* since then; set without tx.lock */
};

struct vhost_vsock {
	struct vhost_dev dev;
	struct vhost_vq *vqs[VSOCK_QUEUES];
	struct vhost_vq rx, tx;
	struct vsock_transport *transport;	/* of the host's sockets that reach
						 * it; immutable */

	/* the receive queue; under rx.lock but for sendq, which has a lock */
	struct vsock_sendq sendq;
	struct sk_buff_head taken;	/* from sendq; its own lock is unused */
	u32 last_room;			/* bytes of payload in the last buffer */
	bool resets_pending;		/* of siblings, for want of room; set under
					 * a pair's lock */

	/* the transmit queue; under tx.lock */
	struct task_struct *replying;	/* the worker while it handles a packet;
					 * others compare it with themselves */
	u32 tx_batch;			/* chains to pop; 0: all that it can */
	struct vsock_blocked blocked;	/* it waits for a socket's lock */
	bool starving;			/* it waits for memory */
	unsigned long give_up_at;	/* jiffies; when starving */
	struct virtio_vsock_hdr tx_hdr[VHOST_BATCH];	/* validated copies */

	/* written under vq->locks, read by sockets */
	bool running;			/* both queues have been started */
	bool seqpacket;			/* negotiated */

	/* under vq->locks */
	bool was_used;			/* its rings, before they stopped */

	/* the table of guests, guests.c; under vsock_guests_lock */
	u32 cid;			/* 0: none; changed under both vq->locks
					 * or with queues stopped, too */
	bool leaving;			/* its CID is reserved, but not found */
	struct hlist_node by_cid;	/* readers: RCU */
	u32 claimed_cid;		/* reserved for it; 0: none */
	struct list_head claim;
	struct net *net;		/* of the opener; NULL: the whole host;
					 * immutable */

	/* groups.c, pair_share.c; under vsock_guests_lock */
	struct list_head groups;	/* memberships */
	u32 n_groups;			/* read by the transmit queue */
	struct xarray siblings;		/* of struct vsock_pair, by their device
					 * id; readers: RCU */
	struct vsock_quota *quota;	/* immutable */

	struct vsock_policy policy;
};

/* The device of a command or an open file. */
static inline struct vhost_vsock *vsock_device(struct vhost_dev *dev)
{
	return container_of(dev, struct vhost_vsock, dev);
}

/* ---- dev.c, tx.c, rx.c ------------------------------------------------ */

extern const struct file_operations vsock_device_fops;
extern const struct vhost_vq_ops vsock_tx_ops;
extern const struct vhost_vq_ops vsock_rx_ops;

/*
 * ---- guests.c: which guest has which CID ------------------------------
 *
 * A CID means something within a network namespace, where the host kernel has
 * that; @net NULL is the whole host.
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
 * The guest that a socket is connected with, or wants to be. NULL also when that
 * guest is gone and another one has its CID. In an RCU section.
 */
struct vhost_vsock *vsock_guest_of(const struct vsock_sock *vsk);
/* The lowest CID above @cid in @net, or 0. vsock_guests_lock held. */
u32 vsock_guest_next(u64 cid, struct net *net);

/**
 * vsock_guest_claim() - reserve a CID for a device that may have another one
 *
 * Return: 0, also for the CID that it has; -EINVAL for a reserved one; -EPERM when
 * another one is pinned; -EADDRINUSE. Context: dev->lock held; sleeps.
 */
int vsock_guest_claim(struct vhost_vsock *v, u64 cid);
/* Drop a reservation that was not used, if any. As vsock_guest_claim(). */
void vsock_guest_unclaim(struct vhost_vsock *v);

/*
 * Steps of lifecycle.c, dev->lock held; they sleep. Enter a device without a CID
 * into the table with the one that it claimed; make it impossible to find, or
 * possible again; remove it. No thread still uses what it found before after
 * _hide() and _remove() have returned.
 */
void vsock_guest_add(struct vhost_vsock *v);
void vsock_guest_hide(struct vhost_vsock *v);
void vsock_guest_unhide(struct vhost_vsock *v);
void vsock_guest_remove(struct vhost_vsock *v);

/* ---- lifecycle.c; dev->lock held; they sleep -------------------------- */

/*
 * Give the device the CID that it claimed, if any; connections under its old one
 * are reset. All vq->locks held.
 */
void vsock_guest_enter(struct vhost_vsock *v);
/*
 * The guest was reset: end its connections, drop what waits for it. It keeps its
 * CID and its groups. All vq->locks held.
 */
void vsock_guest_reset(struct vhost_vsock *v);
/*
 * Take its CID away and reset its connections; afterwards no socket refers to
 * @v. Harmless without a CID. Queues stopped.
 */
void vsock_guest_leave(struct vhost_vsock *v);

/* ---- manage.c: guests as administrators find them ---------------------- */

/*
 * The guest at @cid in the caller's network namespace, 0: @self, if the caller may
 * manage it. Return: it, -ENODEV or -EPERM. Context: vsock_guests_lock held.
 */
struct vhost_vsock *vsock_guest_managed(struct vhost_vsock *self, u64 cid);
int vsock_next_guest_execute(struct vhost_io *io);

/* ---- groups.c: membership, and its ioctls ------------------------------ */

int vsock_group_join_execute(struct vhost_io *io);
int vsock_group_leave_execute(struct vhost_io *io);
int vsock_group_get_execute(struct vhost_io *io);
/* End all memberships. Sleeps; dev->lock held. */
void vsock_groups_leave(struct vhost_vsock *v);

#endif /* RINGSIDE_VSOCK_H */
