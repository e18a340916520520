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
 *  - What it makes us say: replies to its packets. With VSOCK_MAX_ANSWERS of
 *    them its transmit queue is left alone (virtio 1.3, 5.10.6.1.2 allows it)
 *    until it takes half of them. Credit updates that programs cause when they
 *    read are no replies: a driver that receives nothing until its own replies
 *    are sent would wait for us, and we for it. There is at most one of each
 *    socket in here, and one that the receive queue has taken.
 *  - What host programs send: no more than VSOCK_MAX_BACKLOG, then the sockets
 *    have no space, as if the credit were used up, until half of it is gone.
 *    Credit bounds the bytes of each connection, not their number nor what a
 *    packet costs beside its payload.
 * Beyond that there are, for each socket, only a few farewells (shutdown.c);
 * requests are refused.
 */
#include <linux/hash.h>

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

/* ---- credit updates --------------------------------------------------- */

static bool is_update(struct sk_buff *skb)
{
	return virtio_vsock_hdr(skb)->op ==
		       cpu_to_le16(VIRTIO_VSOCK_OP_CREDIT_UPDATE) &&
	       !vsock_is_from_sibling(skb) &&
	       !hlist_unhashed_lockless(&vsock_cb(skb)->update);
}

static struct hlist_head *bucket_of(struct vsock_backlog *b,
				    const struct sock *sk)
{
	return &b->updates[hash_ptr(sk, VSOCK_UPDATE_BITS)];
}

/* A socket may have been connected anew, to another port. */
static bool same_connection(struct sk_buff *a, struct sk_buff *b)
{
	const struct virtio_vsock_hdr *x = virtio_vsock_hdr(a);
	const struct virtio_vsock_hdr *y = virtio_vsock_hdr(b);

	return a->sk == b->sk && x->src_port == y->src_port &&
	       x->dst_port == y->dst_port;
}

/* Another update of its socket, which the receive queue has not taken. */
static struct sk_buff *find_update_locked(struct vsock_backlog *b,
					  struct sk_buff *skb)
{
	struct vsock_cb *cb;

	lockdep_assert_held(&b->list.lock);
	hlist_for_each_entry(cb, bucket_of(b, skb->sk), update) {
		struct sk_buff *other = container_of((void *)cb, struct sk_buff,
						     cb);

		if (other != skb && cb->number > b->taken_update &&
		    same_connection(other, skb))
			return other;
	}
	return NULL;
}

/* @list is where it waits. */
static void remove_update_locked(struct vsock_backlog *b, struct sk_buff *skb,
				 struct sk_buff_head *list)
{
	hlist_del_init(&vsock_cb(skb)->update);
	__skb_unlink(skb, list);
	b->bytes -= cost(skb);
}

/*
 * The new one goes to the end: data of the socket that wait tell of less credit,
 * and must not come behind it.
 */
void vsock_backlog_add_update(struct vsock_backlog *b, struct sk_buff *skb)
{
	struct sk_buff *old;

	spin_lock_bh(&b->list.lock);
	old = find_update_locked(b, skb);
	if (old)
		remove_update_locked(b, old, &b->list);
	vsock_cb(skb)->number = ++b->last_update;
	hlist_add_head(&vsock_cb(skb)->update, bucket_of(b, skb->sk));
	__skb_queue_tail(&b->list, skb);
	b->bytes += cost(skb);
	spin_unlock_bh(&b->list.lock);
	consume_skb(old);
}

/* Of packets that come back, drop updates that there are newer ones of. */
static void drop_old_updates_locked(struct vsock_backlog *b,
				    struct sk_buff_head *taken,
				    struct sk_buff_head *dropped)
{
	struct sk_buff *skb, *old;

	lockdep_assert_held(&b->list.lock);
	skb_queue_walk(&b->list, skb) {
		old = is_update(skb) ? find_update_locked(b, skb) : NULL;
		if (!old)
			continue;
		remove_update_locked(b, old, taken);
		__skb_queue_tail(dropped, old);
	}
}

/* ---- taking ----------------------------------------------------------- */

void vsock_backlog_take(struct vsock_backlog *b, struct sk_buff_head *taken)
{
	if (skb_queue_empty_lockless(&b->list))
		return;
	spin_lock_bh(&b->list.lock);
	skb_queue_splice_tail_init(&b->list, taken);
	b->taken_update = b->last_update;
	spin_unlock_bh(&b->list.lock);
}

void vsock_backlog_return(struct vsock_backlog *b, struct sk_buff_head *taken)
{
	struct sk_buff_head dropped;

	if (skb_queue_empty(taken))
		return;
	__skb_queue_head_init(&dropped);
	spin_lock_bh(&b->list.lock);
	b->taken_update = 0;
	drop_old_updates_locked(b, taken, &dropped);
	skb_queue_splice_init(taken, &b->list);
	spin_unlock_bh(&b->list.lock);
	__skb_queue_purge(&dropped);
}

static void add_sent(struct vsock_sent *sent, struct sk_buff *skb)
{
	sent->bytes += cost(skb);
	sent->answers += is_answer(skb);
}

void vsock_sent_add(struct vsock_sent *sent, struct vsock_backlog *b,
		    struct sk_buff *skb)
{
	add_sent(sent, skb);
	if (!is_update(skb))
		return;
	spin_lock_bh(&b->list.lock);
	hlist_del_init(&vsock_cb(skb)->update);
	spin_unlock_bh(&b->list.lock);
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
		add_sent(&gone, skb);
		if (is_update(skb))
			hlist_del_init(&vsock_cb(skb)->update);
	}
	relief = settle_locked(b, &gone);
	spin_unlock_bh(&b->list.lock);
	__skb_queue_purge(&cancelled);
	return relief;
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
