// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait to be given to the guest, and what bounds them.
 *
 * Any thread queues, also with a socket locked; the receive queue's worker
 * takes all at once, and returns what it could not send. Everything is under
 * the list's spinlock, softirqs off, since the library walks such lists so.
 * A packet counts until it is sent or dropped, not only while it is in here.
 *
 * Two things bound the memory of a guest that takes nothing:
 *  - What it makes us say: answers to its packets, and notices of credit that
 *    its data cause. With VSOCK_MAX_ANSWERS of them its transmit queue is left
 *    alone (virtio 1.3, 5.10.6.1.2 allows it) until it takes half of them.
 *  - What host programs send: no more than VSOCK_MAX_BACKLOG, then the sockets
 *    have no space, as if the credit were used up, until half of it is gone.
 *    Credit bounds the bytes of each connection, not their number nor what a
 *    packet costs beside its payload.
 * Beyond that there are, for each socket, only a few farewells (shutdown.c);
 * requests are refused.
 */
#include "vsock.h"

void vsock_backlog_init(struct vsock_backlog *b)
{
	skb_queue_head_init(&b->list);
}

/* Bytes that count: packets of siblings are bounded where they come from. */
static u32 cost(const struct sk_buff *skb)
{
	return vsock_is_from_sibling(skb) ? 0 : skb->truesize;
}

/* The library's mark for replies, which is ours to use once it is queued. */
static bool is_answer(struct sk_buff *skb)
{
	return virtio_vsock_skb_reply(skb);
}

void vsock_backlog_add(struct vsock_backlog *b, struct sk_buff *skb,
		       bool answer)
{
	if (answer)
		virtio_vsock_skb_set_reply(skb);
	spin_lock_bh(&b->list.lock);
	__skb_queue_tail(&b->list, skb);
	b->bytes += cost(skb);
	b->answers += is_answer(skb);
	spin_unlock_bh(&b->list.lock);
}

void vsock_backlog_take(struct vsock_backlog *b, struct sk_buff_head *taken)
{
	if (skb_queue_empty_lockless(&b->list))
		return;
	spin_lock_bh(&b->list.lock);
	skb_queue_splice_tail_init(&b->list, taken);
	spin_unlock_bh(&b->list.lock);
}

void vsock_backlog_return(struct vsock_backlog *b, struct sk_buff_head *taken)
{
	if (skb_queue_empty(taken))
		return;
	spin_lock_bh(&b->list.lock);
	skb_queue_splice_init(taken, &b->list);
	spin_unlock_bh(&b->list.lock);
}

void vsock_sent_add(struct vsock_sent *sent, struct sk_buff *skb)
{
	sent->bytes += cost(skb);
	sent->answers += is_answer(skb);
}

/* Take what is gone off the account; tell each that waits, once. */
static struct vsock_relief settle_locked(struct vsock_backlog *b,
					 const struct vsock_sent *sent)
{
	struct vsock_relief relief;

	lockdep_assert_held(&b->list.lock);
	b->bytes -= sent->bytes;
	b->answers -= sent->answers;
	relief.tx = b->tx_held && b->answers <= VSOCK_MAX_ANSWERS / 2;
	relief.senders = b->senders_held && b->bytes <= VSOCK_MAX_BACKLOG / 2;
	b->tx_held &= !relief.tx;
	b->senders_held &= !relief.senders;
	return relief;
}

struct vsock_relief vsock_backlog_sent(struct vsock_backlog *b,
				       const struct vsock_sent *sent)
{
	struct vsock_relief relief;

	spin_lock_bh(&b->list.lock);
	relief = settle_locked(b, sent);
	spin_unlock_bh(&b->list.lock);
	return relief;
}

/* For connections that did not come about. */
struct vsock_relief vsock_backlog_cancel(struct vsock_backlog *b,
					 struct vsock_sock *vsk)
{
	struct vsock_sent gone = {};
	struct vsock_relief relief;
	struct sk_buff_head cancelled;
	struct sk_buff *skb, *next;

	__skb_queue_head_init(&cancelled);
	spin_lock_bh(&b->list.lock);
	skb_queue_walk_safe(&b->list, skb, next) {
		if (skb->sk != sk_vsock(vsk))
			continue;
		__skb_unlink(skb, &b->list);
		__skb_queue_tail(&cancelled, skb);
		vsock_sent_add(&gone, skb);
	}
	relief = settle_locked(b, &gone);
	spin_unlock_bh(&b->list.lock);
	__skb_queue_purge(&cancelled);
	return relief;
}

bool vsock_backlog_is_short(struct vsock_backlog *b)
{
	return READ_ONCE(b->answers) < VSOCK_MAX_ANSWERS / 2 &&
	       READ_ONCE(b->bytes) < VSOCK_MAX_BACKLOG / 2;
}

bool vsock_backlog_answerable(struct vsock_backlog *b)
{
	bool yes;

	if (likely(READ_ONCE(b->answers) < VSOCK_MAX_ANSWERS))
		return true;
	spin_lock_bh(&b->list.lock);
	yes = b->answers < VSOCK_MAX_ANSWERS;
	b->tx_held |= !yes;
	spin_unlock_bh(&b->list.lock);
	return yes;
}

bool vsock_backlog_has_space(struct vsock_backlog *b)
{
	bool yes;

	if (likely(READ_ONCE(b->bytes) < VSOCK_MAX_BACKLOG))
		return true;
	spin_lock_bh(&b->list.lock);
	yes = b->bytes < VSOCK_MAX_BACKLOG;
	b->senders_held |= !yes;
	spin_unlock_bh(&b->list.lock);
	return yes;
}
