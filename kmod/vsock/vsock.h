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

#include <linux/skbuff.h>
#include <linux/virtio_vsock.h>

#include "core/core.h"
#include "../../compat/vsock.h"

enum {
	VSOCK_RX,
	VSOCK_TX,
	VSOCK_QUEUES,
};

enum {
	VSOCK_MAX_PACKETS = 256,	/* of one run of a queue */
	VSOCK_MAX_BYTES = 0x80000,
	VSOCK_MAX_PAYLOAD = VIRTIO_VSOCK_MAX_PKT_BUF_SIZE,
	VSOCK_HDR = sizeof(struct virtio_vsock_hdr),

	/* queued for one guest that does not take them */
	VSOCK_MAX_ANSWERS = 1024,	/* packets: then we stop to ask */
	VSOCK_MAX_BACKLOG = 16 << 20,	/* bytes: then sockets have to wait */
};

/* What waits to be given to the guest. */
struct vsock_backlog {
	struct sk_buff_head list;	/* its lock covers all of this */
	u64 bytes;		/* of memory, taken packets included */
	u32 answers;		/* the guest made us queue so many, likewise */
	bool tx_held;		/* the transmit queue waits for fewer answers */
	bool senders_held;	/* sockets wait for fewer bytes */
};

struct vhost_vsock {
	struct vhost_dev dev;
	struct vhost_vq *vqs[VSOCK_QUEUES];
	struct vhost_vq rx, tx;

	struct vsock_backlog backlog;
	/* taken from it by the receive queue; under rx.lock */
	struct sk_buff_head taken;	/* its own lock is not used */
	u32 usual;			/* bytes that the last buffer held */

	/* written by the worker under tx.lock; others compare with themselves */
	struct task_struct *asking;	/* it handles a packet of the guest */

	/* written under vq->locks, read by sockets */
	bool running;			/* both queues have been started */
	bool seqpacket;			/* negotiated */

	/* guests.c */
	u32 cid;			/* 0: none; written under both vq->locks
					 * or with queues stopped */
	bool leaving;			/* reserved, but not found any more */
	struct hlist_node by_cid;	/* readers: RCU */
	struct net *net;		/* of who opened; NULL: no such thing;
					 * immutable */
};

/* dev.c */
extern const struct file_operations vsock_device_fops;

/*
 * guests.c: which guest has which CID. A CID means something within a network
 * namespace, where the host kernel has that; @net NULL is the whole host.
 */
/* The guest that sockets of @net reach at @cid, or NULL. In an RCU section. */
struct vhost_vsock *vsock_guest_find(u32 cid, struct net *net);
/*
 * Give the guest its CID. Return: 0; -EINVAL for a reserved one; -EADDRINUSE.
 * Whatever goes on under its old one is reset. dev->lock and all vq->locks held;
 * sleeps.
 */
int vsock_guest_enter(struct vhost_vsock *v, u64 cid);
/*
 * Take its CID away and reset its connections; afterwards no socket knows of
 * @v. Harmless without a CID. dev->lock held, queues stopped; sleeps.
 */
void vsock_guest_leave(struct vhost_vsock *v);

/*
 * queue.c: packets that wait to be given to the guest. Everybody queues, the
 * receive queue's worker takes.
 */
void vsock_backlog_init(struct vsock_backlog *b);
/* Queue @skb as an answer to the guest, or as something the host wants. */
void vsock_backlog_add(struct vsock_backlog *b, struct sk_buff *skb,
		       bool answer);
/* Take all, behind what is in @taken. They still count. */
void vsock_backlog_take(struct vsock_backlog *b, struct sk_buff_head *taken);
/* Put what was not sent back to the front. */
void vsock_backlog_return(struct vsock_backlog *b, struct sk_buff_head *taken);
/* Drop the packets of a socket that gave up. */
void vsock_backlog_cancel(struct vsock_backlog *b, struct vsock_sock *vsk);
/* Packets taken are gone for good. */
struct vsock_sent {
	u64 bytes;
	u32 answers;
};
void vsock_sent_add(struct vsock_sent *sent, struct sk_buff *skb);
/* What may go on now that they are gone. */
struct vsock_relief {
	bool tx, senders;
};
struct vsock_relief vsock_backlog_sent(struct vsock_backlog *b,
				       const struct vsock_sent *sent);
/* May the guest ask for more; if not, vsock_backlog_sent() will tell. */
bool vsock_backlog_answerable(struct vsock_backlog *b);
/* May sockets send more; if not, likewise. */
bool vsock_backlog_has_space(struct vsock_backlog *b);

/* tx.c, rx.c */
extern const struct vhost_vq_ops vsock_tx_ops;
extern const struct vhost_vq_ops vsock_rx_ops;

/* transport.c */
extern struct virtio_transport vsock_transport;
int vsock_transport_register(void);
void vsock_transport_unregister(void);
/* Sockets that wait for space shall look again. */
void vsock_transport_wake_senders(void);

/* reset.c */
/* Reset all connections with the guest that has @cid in @net. Sleeps. */
void vsock_reset_connections(u32 cid, struct net *net);

#endif /* RINGSIDE_VSOCK_H */
