/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The send queue of a guest: packets that wait for its receive queue, and the
 * bounds of what may wait. sendq.c.
 */
#ifndef RINGSIDE_VSOCK_SENDQ_H
#define RINGSIDE_VSOCK_SENDQ_H

#include "packet.h"

enum {
	VSOCK_UPDATE_BITS = 7,		/* of a hash table's size */
};

struct vsock_sendq {
	struct sk_buff_head list;	/* its lock covers all of this */
	u64 bytes;		/* of memory, taken packets included; without
				 * packets of siblings: pair.h bounds those */
	u32 replies;		/* packets of VSOCK_REPLY, taken ones included */
	u32 max_bytes;		/* of @bytes; 0: the module's parameter */
	bool tx_throttled;	/* the transmit queue waits for fewer replies */
	bool senders_blocked;	/* sockets wait for fewer bytes */

	/* credit updates of VSOCK_FROM_SOCKET, by socket */
	u64 last_update;	/* how many there were */
	u64 taken_update;	/* the receive queue has those up to here */
	struct hlist_head updates[1 << VSOCK_UPDATE_BITS];
};

void vsock_sendq_init(struct vsock_sendq *q);

/**
 * vsock_sendq_add() - queue a packet
 * @skb: of another guest: with its part of skb->cb filled in
 *
 * The caller wakes the guest's receive queue. Context: any but hard interrupts.
 */
void vsock_sendq_add(struct vsock_sendq *q, struct sk_buff *skb,
		     enum vsock_origin origin);

/**
 * vsock_sendq_add_credit_update() - queue a credit update of VSOCK_FROM_SOCKET
 *
 * One of the same connection that still waits is dropped: the newest counts.
 * Context: as vsock_sendq_add().
 */
void vsock_sendq_add_credit_update(struct vsock_sendq *q, struct sk_buff *skb);

/*
 * The receive queue's worker, rx.lock held: move all packets behind those in
 * @taken, where they still count; and put what was not sent back to the front.
 */
void vsock_sendq_take(struct vsock_sendq *q, struct sk_buff_head *taken);
void vsock_sendq_return(struct vsock_sendq *q, struct sk_buff_head *taken);

/* Packets that were taken and have been sent or dropped. */
struct vsock_sent {
	u64 bytes;
	u32 replies;
};

/** vsock_sent_add() - count @skb, which is about to be freed */
void vsock_sent_add(struct vsock_sent *sent, struct vsock_sendq *q,
		    struct sk_buff *skb);

/* What may resume, because fewer packets wait; see vsock_resume(). */
struct vsock_resume {
	bool tx, senders;
};

/** vsock_sendq_sent() - the packets counted in @sent do not wait any more */
struct vsock_resume vsock_sendq_sent(struct vsock_sendq *q,
				     const struct vsock_sent *sent);

/** vsock_sendq_cancel() - drop the packets of a socket that are not taken */
struct vsock_resume vsock_sendq_cancel(struct vsock_sendq *q,
				       const struct sock *sk);

/* Bound what is queued; 0: by the module's parameter. */
void vsock_sendq_set_max(struct vsock_sendq *q, u32 max_bytes);

/*
 * May packets of the guest be handled, which cause replies; may sockets send.
 * After false, vsock_sendq_sent() or vsock_sendq_cancel() says when to resume.
 */
bool vsock_sendq_accepts_replies(struct vsock_sendq *q);
bool vsock_sendq_has_space(struct vsock_sendq *q);

#endif /* RINGSIDE_VSOCK_SENDQ_H */
