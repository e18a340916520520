// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait for the receive queue of a guest, and their bounds.
 *
 * Any thread queues, also with a socket locked; the receive queue's worker
 * takes all at once, and returns what it could not send. Everything is under
 * the list's spinlock, softirqs off, since the library walks such lists so.
 * A packet counts until it is sent or dropped, not only while it is in the list.
 *
 * Two things bound the memory of a guest that does not consume:
 *  - Replies to its packets. With vsock_max_replies of them its transmit queue
 *    is throttled (virtio 1.3, 5.10.6.1.2 allows that) until the guest has taken
 *    half of them. Credit updates that programs cause when they read are no
 *    replies: a driver that receives nothing until its own replies are sent
 *    would wait for the host, and the host for it. At most one of each
 *    connection is in the list, and one is taken by the receive queue.
 *  - Packets of host programs. With vsock_max_queued bytes of them sockets have
 *    no space, as if the credit were used up, until half of it is gone. Credit
 *    bounds the bytes of each connection, not their number nor what a packet
 *    costs beside its payload.
 * Beyond that each socket queues at most one shutdown packet a side
 * (shutdown.c) and one reset; connection requests are rejected.
 */
#include <linux/hash.h>

#include "limits.h"
#include "sendq.h"

void vsock_sendq_init(struct vsock_sendq *q)
{
	skb_queue_head_init(&q->list);
}

static bool is_reply(struct sk_buff *skb)
{
	return vsock_cb(skb)->origin == VSOCK_REPLY;
}

/* Bytes that count here: the pair of two siblings bounds their packets. */
static u32 cost(struct sk_buff *skb)
{
	return vsock_cb(skb)->origin == VSOCK_FROM_SIBLING ? 0 : skb->truesize;
}

void vsock_sendq_add(struct vsock_sendq *q, struct sk_buff *skb,
		     enum vsock_origin origin)
{
	vsock_cb(skb)->origin = origin;
	spin_lock_bh(&q->list.lock);
	__skb_queue_tail(&q->list, skb);
	q->bytes += cost(skb);
	q->replies += is_reply(skb);
	spin_unlock_bh(&q->list.lock);
}

/* ---- credit updates --------------------------------------------------- */

/* A credit update of a program, which is in the hash table. */
static bool is_hashed_update(struct sk_buff *skb)
{
	return vsock_is_op(skb, VIRTIO_VSOCK_OP_CREDIT_UPDATE) &&
	       vsock_cb(skb)->origin == VSOCK_FROM_SOCKET &&
	       !hlist_unhashed_lockless(&vsock_cb(skb)->update.node);
}

static struct hlist_head *bucket_of(struct vsock_sendq *q,
				    const struct sock *sk)
{
	return &q->updates[hash_ptr(sk, VSOCK_UPDATE_BITS)];
}

/* A socket may have been connected anew, to another port. */
static bool same_connection(struct sk_buff *a, struct sk_buff *b)
{
	return a->sk == b->sk &&
	       vsock_same_stream(virtio_vsock_hdr(a), virtio_vsock_hdr(b));
}

/* Another update of the connection, which the receive queue has not taken. */
static struct sk_buff *find_update_locked(struct vsock_sendq *q,
					  struct sk_buff *skb)
{
	struct vsock_cb *cb;

	lockdep_assert_held(&q->list.lock);
	hlist_for_each_entry(cb, bucket_of(q, skb->sk), update.node) {
		struct sk_buff *other = vsock_cb_packet(cb);

		if (other != skb && cb->update.number > q->taken_update &&
		    same_connection(other, skb))
			return other;
	}
	return NULL;
}

/* @list: where it waits. */
static void remove_update_locked(struct vsock_sendq *q, struct sk_buff *skb,
				 struct sk_buff_head *list)
{
	hlist_del_init(&vsock_cb(skb)->update.node);
	__skb_unlink(skb, list);
	q->bytes -= cost(skb);
}

/*
 * The new one goes to the end: the headers of data that already wait have an
 * older credit, and must not come behind the newer one.
 */
void vsock_sendq_add_credit_update(struct vsock_sendq *q, struct sk_buff *skb)
{
	struct vsock_cb *cb = vsock_cb(skb);
	struct sk_buff *old;

	cb->origin = VSOCK_FROM_SOCKET;
	spin_lock_bh(&q->list.lock);
	old = find_update_locked(q, skb);
	if (old)
		remove_update_locked(q, old, &q->list);
	cb->update.number = ++q->last_update;
	hlist_add_head(&cb->update.node, bucket_of(q, skb->sk));
	__skb_queue_tail(&q->list, skb);
	q->bytes += cost(skb);
	spin_unlock_bh(&q->list.lock);
	consume_skb(old);
}

/* Of packets that come back, drop updates of which a newer one has come. */
static void drop_old_updates_locked(struct vsock_sendq *q,
				    struct sk_buff_head *taken,
				    struct sk_buff_head *dropped)
{
	struct sk_buff *skb, *old;

	lockdep_assert_held(&q->list.lock);
	skb_queue_walk(&q->list, skb) {
		old = is_hashed_update(skb) ? find_update_locked(q, skb) : NULL;
		if (!old)
			continue;
		remove_update_locked(q, old, taken);
		__skb_queue_tail(dropped, old);
	}
}

/* ---- taking ----------------------------------------------------------- */

void vsock_sendq_take(struct vsock_sendq *q, struct sk_buff_head *taken)
{
	if (skb_queue_empty_lockless(&q->list))
		return;
	spin_lock_bh(&q->list.lock);
	skb_queue_splice_tail_init(&q->list, taken);
	q->taken_update = q->last_update;
	spin_unlock_bh(&q->list.lock);
}

void vsock_sendq_return(struct vsock_sendq *q, struct sk_buff_head *taken)
{
	struct sk_buff_head dropped;

	if (skb_queue_empty(taken))
		return;
	__skb_queue_head_init(&dropped);
	spin_lock_bh(&q->list.lock);
	q->taken_update = 0;
	drop_old_updates_locked(q, taken, &dropped);
	skb_queue_splice_init(taken, &q->list);
	spin_unlock_bh(&q->list.lock);
	__skb_queue_purge(&dropped);
}

static void add_sent(struct vsock_sent *sent, struct sk_buff *skb)
{
	sent->bytes += cost(skb);
	sent->replies += is_reply(skb);
}

void vsock_sent_add(struct vsock_sent *sent, struct vsock_sendq *q,
		    struct sk_buff *skb)
{
	add_sent(sent, skb);
	if (!is_hashed_update(skb))
		return;
	spin_lock_bh(&q->list.lock);
	hlist_del_init(&vsock_cb(skb)->update.node);
	spin_unlock_bh(&q->list.lock);
}

static u32 max_bytes(const struct vsock_sendq *q)
{
	return READ_ONCE(q->max_bytes) ?: READ_ONCE(vsock_max_queued);
}

/* What was throttled or blocked resumes once. */
static struct vsock_resume sent_locked(struct vsock_sendq *q,
				       const struct vsock_sent *sent)
{
	struct vsock_resume resume;

	lockdep_assert_held(&q->list.lock);
	q->bytes -= sent->bytes;
	q->replies -= sent->replies;
	resume.tx = q->tx_throttled && q->replies <= READ_ONCE(vsock_max_replies) / 2;
	resume.senders = q->senders_blocked &&
			 q->bytes <= max_bytes(q) / 2;
	q->tx_throttled &= !resume.tx;
	q->senders_blocked &= !resume.senders;
	return resume;
}

struct vsock_resume vsock_sendq_sent(struct vsock_sendq *q,
				     const struct vsock_sent *sent)
{
	struct vsock_resume resume;

	spin_lock_bh(&q->list.lock);
	resume = sent_locked(q, sent);
	spin_unlock_bh(&q->list.lock);
	return resume;
}

struct vsock_resume vsock_sendq_cancel(struct vsock_sendq *q,
				       const struct sock *sk)
{
	struct vsock_sent gone = {};
	struct vsock_resume resume;
	struct sk_buff_head cancelled;
	struct sk_buff *skb, *next;

	__skb_queue_head_init(&cancelled);
	spin_lock_bh(&q->list.lock);
	skb_queue_walk_safe(&q->list, skb, next) {
		if (skb->sk != sk)
			continue;
		__skb_unlink(skb, &q->list);
		__skb_queue_tail(&cancelled, skb);
		add_sent(&gone, skb);
		if (is_hashed_update(skb))
			hlist_del_init(&vsock_cb(skb)->update.node);
	}
	resume = sent_locked(q, &gone);
	spin_unlock_bh(&q->list.lock);
	__skb_queue_purge(&cancelled);
	return resume;
}

/* ---- bounds ----------------------------------------------------------- */

void vsock_sendq_set_max(struct vsock_sendq *q, u32 max_bytes)
{
	WRITE_ONCE(q->max_bytes, max_bytes);
}

bool vsock_sendq_accepts_replies(struct vsock_sendq *q)
{
	bool yes;

	if (likely(READ_ONCE(q->replies) < READ_ONCE(vsock_max_replies)))
		return true;
	spin_lock_bh(&q->list.lock);
	yes = q->replies < READ_ONCE(vsock_max_replies);
	q->tx_throttled |= !yes;
	spin_unlock_bh(&q->list.lock);
	return yes;
}

bool vsock_sendq_has_space(struct vsock_sendq *q)
{
	bool yes;

	if (likely(READ_ONCE(q->bytes) < max_bytes(q)))
		return true;
	spin_lock_bh(&q->list.lock);
	yes = q->bytes < max_bytes(q);
	q->senders_blocked |= !yes;
	spin_unlock_bh(&q->list.lock);
	return yes;
}
