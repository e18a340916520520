/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring verbs, for the queue's current memory, IOTLB and log; what a
 * handler does with the chains it got; notifying the driver; counting.
 */
#ifndef RINGSIDE_CORE_VERBS_H
#define RINGSIDE_CORE_VERBS_H

#include <linux/fault-inject-usercopy.h>
#include <linux/instrumented.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <asm/barrier.h>

#include "core/dev.h"
#include "core/vq.h"

/**
 * vhost_vq_call() - notify the driver, from any context
 *
 * For devices whose rings are walked by a vDPA parent. Where
 * the core walks the ring, vhost_vq_complete() decides and does it.
 * Context: any, hard interrupts included (on PREEMPT_RT not those that stay
 * hard there: eventfds take a sleeping lock); not inside of ops->kick().
 */
void vhost_vq_call(struct vhost_vq *vq);

/*
 * The ring verbs, for the queue's current memory, IOTLB and log. All of them:
 * caller holds vq->lock and is the queue's worker (or another thread with the
 * owner's memory in place); they sleep; see ring.h for what they do. On
 * RING_AGAIN the miss was sent and the queue runs again once an update covers it;
 * on RING_BROKEN the queue has been marked, counted, and the error eventfd
 * signalled, once.
 */

/**
 * vhost_vq_pop() - begin a new batch: take up to @max chains
 * @max: 1 to VHOST_BATCH, or what vhost_vq_ops says
 *
 * They are in vq->batch. Chains of the batch before must be completed, kept or
 * given back; completions that were not pushed yet are pushed first.
 * Return: RING_GOT, RING_EMPTY, RING_AGAIN or RING_BROKEN.
 */
enum ring_result vhost_vq_pop(struct vhost_vq *vq, u32 max);

/**
 * vhost_vq_ran_dry() - did the last pop probably find all that there was
 *
 * It had room for more, and nothing of the batch was given back. Then
 * vhost_vq_wait() is cheaper than another pop that finds nothing.
 */
static inline bool vhost_vq_ran_dry(const struct vhost_vq *vq)
{
	return vq->batch.n_chains < vq->batch.max_chains;
}

/**
 * vhost_vq_pop_more() - add chains to the batch, up to @max in all
 * @max: 1 to VHOST_BATCH, or what vhost_vq_ops says
 *
 * For requests that need several chains at once. Only when the batch is as a
 * pop left it: nothing of it was given back.
 * Return: RING_GOT: chains were added, or the batch has no room for another;
 * RING_EMPTY, RING_AGAIN or RING_BROKEN: none was added, those that are in
 * the batch stay there.
 */
enum ring_result vhost_vq_pop_more(struct vhost_vq *vq, u32 max);

/**
 * vhost_vq_unpop() - give back the batch's chains from @first to its end
 * @first: index in vq->batch.chain; n_chains becomes @first
 */
void vhost_vq_unpop(struct vhost_vq *vq, u32 first);

/* Log a chain's payload; only for vhost_vq_done(). */
void vhost_vq_log_chain(struct vhost_vq *vq, const struct ring_chain *c,
			u32 written);

/**
 * vhost_vq_done() - complete a chain
 * @c: from vq->batch
 * @written: bytes written into its writable part, from its start
 *
 * The driver sees it after vhost_vq_complete(). With LOG_ALL the payload is
 * logged here, so call it after the bytes were written.
 */
static inline void vhost_vq_done(struct vhost_vq *vq,
				 const struct ring_chain *c, u32 written)
{
	lockdep_assert_held(&vq->lock);
	if (unlikely(vq->n_done >= vq->max_chains))
		return;		/* completed twice: a mistake of the caller */
	if (unlikely(vq->space.log))
		vhost_vq_log_chain(vq, c, written);
	vq->done[vq->n_done++] = ring_done(c, written);
}

/**
 * vhost_vq_complete() - push, publish and signal all completions
 *
 * Return: RING_GOT (also when there was nothing) or RING_BROKEN. The ring's
 * areas translate during a run, so never RING_AGAIN.
 */
enum ring_result vhost_vq_complete(struct vhost_vq *vq);

/**
 * vhost_vq_enable_kicks() - ask for kicks
 *
 * Return: RING_EMPTY: sleep, a kick will come; RING_GOT: there is more by now;
 * RING_AGAIN or RING_BROKEN.
 */
enum ring_result vhost_vq_enable_kicks(struct vhost_vq *vq);

/** vhost_vq_disable_kicks() - advise the driver that kicks are not needed */
enum ring_result vhost_vq_disable_kicks(struct vhost_vq *vq);

/**
 * vhost_vq_peek() - would a pop find anything; for busy polling
 *
 * Return: RING_GOT, RING_EMPTY, RING_AGAIN or RING_BROKEN.
 */
enum ring_result vhost_vq_peek(struct vhost_vq *vq);

/** vhost_vq_bad_request() - count a malformed request. */
static inline void vhost_vq_bad_request(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->stats.bad_requests++;
}

/** vhost_vq_dropped() - count @n packets or requests that were lost. */
static inline void vhost_vq_dropped(struct vhost_vq *vq, u32 n)
{
	lockdep_assert_held(&vq->lock);
	vq->stats.dropped += n;
}

/* The chain's readable segments, c->n_read of them; the writable ones follow. */
static inline const struct ring_seg *vhost_vq_read_segs(const struct vhost_vq *vq,
							const struct ring_chain *c)
{
	return vq->batch.seg + c->seg;
}

static inline const struct ring_seg *vhost_vq_write_segs(const struct vhost_vq *vq,
							 const struct ring_chain *c)
{
	return vq->batch.seg + c->seg + c->n_read;
}

/* A segment array as the kernel's iovec: one layout, two names. */
static inline struct iovec *vhost_seg_iov(const struct ring_seg *seg)
{
	static_assert(sizeof(struct ring_seg) == sizeof(struct iovec));
	static_assert(offsetof(struct ring_seg, len) ==
		      offsetof(struct iovec, iov_len));
	return (struct iovec *)seg;
}

/**
 * vhost_vq_readable() - an iterator over the chain's readable bytes
 *
 * Valid until the next vhost_vq_pop(). Holds c->read_len bytes, which the
 * driver chose: up to 2^32 - 1.
 */
static inline void vhost_vq_readable(const struct vhost_vq *vq,
				     const struct ring_chain *c,
				     struct iov_iter *it)
{
	iov_iter_init(it, ITER_SOURCE, vhost_seg_iov(vhost_vq_read_segs(vq, c)),
		      c->n_read, c->read_len);
}

/* The rest of vhost_vq_read(). */
bool vhost_vq_read_parts(const struct vhost_vq *vq, const struct ring_chain *c,
			 u32 skip, void *to, u32 len);

/*
 * As copy_from_user(), without a look at what kind of memory @to is. For callers
 * that made it as long as @len.
 */
static __always_inline bool vhost_copy_in(void *to, const void __user *from,
					  size_t len)
{
	size_t left;

	might_fault();
	if (should_fail_usercopy() || unlikely(!access_ok(from, len)))
		return false;
	barrier_nospec();
	instrument_copy_from_user_before(to, from, len);
	left = raw_copy_from_user(to, from, len);
	instrument_copy_from_user_after(to, from, len, left);
	return likely(!left);
}

/* As copy_to_user(), without a look at what kind of memory @from is. */
static __always_inline bool vhost_copy_out(void __user *to, const void *from,
					   size_t len)
{
	might_fault();
	if (should_fail_usercopy() || unlikely(!access_ok(to, len)))
		return false;
	instrument_copy_to_user(to, from, len);
	return likely(!raw_copy_to_user(to, from, len));
}

/**
 * vhost_vq_read() - copy bytes of the chain's readable part
 * @skip: how many bytes lie before them
 * @to: room for @len
 * @len: bytes
 *
 * Return: false when it has not so many bytes, or they cannot be read: some may
 * have been copied.
 * Context: as the verbs.
 */
static __always_inline bool vhost_vq_read(const struct vhost_vq *vq,
					  const struct ring_chain *c, u32 skip,
					  void *to, u32 len)
{
	const struct ring_seg *first = vhost_vq_read_segs(vq, c);

	/* without readable segments, this is a writable one */
	if (unlikely((u64)skip + len > first->len || !c->n_read))
		return vhost_vq_read_parts(vq, c, skip, to, len);
	return vhost_copy_in(to, (const void __user *)(first->base + skip), len);
}

/** vhost_vq_writable() - an iterator over the chain's c->write_len writable bytes */
static inline void vhost_vq_writable(const struct vhost_vq *vq,
				     const struct ring_chain *c,
				     struct iov_iter *it)
{
	iov_iter_init(it, ITER_DEST, vhost_seg_iov(vhost_vq_write_segs(vq, c)),
		      c->n_write, c->write_len);
}

/**
 * vhost_vq_budget_used() - is the budget of a run used up
 * @packets: so far in this run; one more each time that it is asked, so that a run
 *	ends also when it handles nothing
 * @bytes: so far
 *
 * Return: true when the device's max_packets or max_bytes is reached: return
 * VHOST_RUN_MORE then.
 */
static inline bool vhost_vq_budget_used(const struct vhost_vq *vq, u32 *packets,
					u64 bytes)
{
	const struct vhost_dev_ops *ops = vq->dev->ops;

	return ++*packets >= ops->max_packets || bytes >= ops->max_bytes;
}

#endif /* RINGSIDE_CORE_VERBS_H */
