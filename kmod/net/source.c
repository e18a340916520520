// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where received frames come from: a tap's ring, fetched many at a time, or a
 * packet socket's queue. rx.c asks for the length of the next frame, then takes it.
 *
 * In the queue's worker, or in a thread that changes backends; vq->lock held,
 * so a queue has one reader. The ring's own lock is taken where it is touched:
 * it may be resized, and others may read the same tap.
 */
#include <linux/if_vlan.h>
#include <linux/local_lock.h>
#include <linux/percpu.h>
#include <net/sock.h>

#include "net.h"

/* ---- a tap's ring ----------------------------------------------------- */

/* The ring holds skbs and, from XDP programs that redirect, XDP frames. */
static u32 frame_len(void *frame)
{
	const struct sk_buff *skb = frame;

	if (tun_is_xdp_frame(frame))
		return tun_ptr_to_xdp(frame)->len;
	return skb->len + (skb_vlan_tag_present(skb) ? VLAN_HLEN : 0);
}

/* tun_ptr_free() frees nothing without CONFIG_TUN, so not for skbs. */
static void free_frame(void *frame)
{
	if (tun_is_xdp_frame(frame))
		tun_ptr_free(frame);
	else
		kfree_skb(frame);
}

static void fetch(struct net_rx *rx, const struct net_backend *b)
{
	int n;

	spin_lock(&b->ring->consumer_lock);
	n = __ptr_ring_consume_batched(b->ring, rx->frame,
				       ARRAY_SIZE(rx->frame));
	if (n)
		tun_wake_queue(b->file, n);
	spin_unlock(&b->ring->consumer_lock);
	rx->first = 0;
	rx->end = n;
}

static void *next_frame(struct net_rx *rx)
{
	return rx->first < rx->end ? rx->frame[rx->first++] : NULL;
}

/* ---- a packet socket's queue ------------------------------------------ */

/*
 * A VLAN tag beside the frame counts as if it were in it. recvmsg() does not
 * insert it, so the frame is shorter than expected, and is dropped rather than
 * delivered to another network.
 */
static int queued_len(struct sock *sk)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	const struct sk_buff *skb;
	unsigned long flags;
	int len = -EAGAIN;

	spin_lock_irqsave(&queue->lock, flags);
	skb = skb_peek(queue);
	if (skb)
		len = skb->len + (skb_vlan_tag_present(skb) ? VLAN_HLEN : 0);
	spin_unlock_irqrestore(&queue->lock, flags);
	return len;
}

/* ---- either ----------------------------------------------------------- */

int net_source_next(struct net_rx *rx, const struct net_backend *b)
{
	lockdep_assert_held(&rx->vq.lock);
	if (!b->ring)
		return queued_len(b->sock->sk);
	if (rx->first == rx->end)
		fetch(rx, b);
	return rx->first < rx->end ? frame_len(rx->frame[rx->first]) : -EAGAIN;
}

u32 net_source_pending(const struct net_rx *rx, const struct net_backend *b)
{
	if (!b->ring)
		return skb_queue_len_lockless(&b->sock->sk->sk_receive_queue);
	return rx->end - rx->first;
}

int net_source_take(struct net_rx *rx, const struct net_backend *b,
		    struct iov_iter *to)
{
	struct socket *sock = b->sock;
	struct msghdr msg = {
		.msg_iter = *to,
		.msg_control = next_frame(rx),	/* it frees the frame */
	};

	lockdep_assert_held(&rx->vq.lock);
	return sock->ops->recvmsg(sock, &msg, iov_iter_count(to),
				  MSG_DONTWAIT | MSG_TRUNC);
}

void net_source_drop(struct net_rx *rx, const struct net_backend *b)
{
	struct kvec nowhere = { };
	struct iov_iter to;

	if (b->ring) {
		free_frame(next_frame(rx));
		return;
	}
	iov_iter_kvec(&to, ITER_DEST, &nowhere, 1, 0);
	net_source_take(rx, b, &to);
}

/* ---- frames go back --------------------------------------------------- */

/* Those for which the tap's ring had no room again. */
struct homeless {
	void *frame[VHOST_BATCH];
	u32 n;
};

/* How ptr_ring_unconsume(), which has no argument for it, tells of them. */
struct returning {
	local_lock_t lock;
	struct homeless *to;
};

static DEFINE_PER_CPU(struct returning, returning) = {
	.lock = INIT_LOCAL_LOCK(lock),
};

/*
 * The ring's locks are held, interrupts are off: not a place to free frames, which
 * may belong to the pool of a network card.
 */
static void collect(void *frame)
{
	struct homeless *to = __this_cpu_read(returning.to);

	to->frame[to->n++] = frame;
}

void net_source_return(struct net_rx *rx, const struct net_backend *b)
{
	struct homeless left;
	unsigned long flags;

	lockdep_assert_held(&rx->vq.lock);
	if (rx->first == rx->end)
		return;
	left.n = 0;
	local_lock_irqsave(&returning.lock, flags);
	__this_cpu_write(returning.to, &left);
	ptr_ring_unconsume(b->ring, rx->frame + rx->first, rx->end - rx->first,
			   collect);
	local_unlock_irqrestore(&returning.lock, flags);
	while (left.n)
		free_frame(left.frame[--left.n]);
	rx->first = 0;
	rx->end = 0;
}
