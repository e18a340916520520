/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kept chains: chains that a device completes after the run that popped them,
 * from any context and in any order (a disk, hardware).
 *
 * The life of one:
 *  1. run() pops it and calls vhost_vq_keep(). The chain's addresses are copied
 *     into memory of the device; it is outstanding from now on.
 *  2. The device calls vhost_kept_complete(), once, in any context. The chain
 *     is completed from now on; the queue's worker is woken.
 *  3. The worker calls ops->respond(), pushes the chain, logs what was written,
 *     notifies the driver, and calls ops->release(). From then on the core does
 *     not refer to it.
 *
 * How a queue with kept chains stops, in ops->stop() or a command of the device:
 *  1. vhost_dev_drain(): no handler runs any more, so nothing is popped; what is
 *     completed is still pushed; waits until nothing is outstanding, up to a
 *     limit.
 *  2. vhost_vq_stop(): pushes what is completed. What cannot be pushed because
 *     something does not translate at this moment (no miss can be resolved while
 *     the owner is in an ioctl) is given back where it is the tail of what was
 *     popped: VHOST_GET_VRING_BASE does not count it, so it is done once more
 *     after a restart. Other chains are lost to the driver, and counted.
 *  3. What is still outstanding belongs to an earlier incarnation of the queue:
 *     its completion is dropped and counted when it comes. vhost_dev_close()
 *     waits for it without limit, since the device's memory goes.
 */
#ifndef RINGSIDE_CORE_KEPT_H
#define RINGSIDE_CORE_KEPT_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "core/vq.h"

/* A part of a kept chain's writable memory, contiguous for the guest. */
struct vhost_buf {
	u64 guest;		/* guest-physical address, or IOVA */
	uintptr_t user;		/* where that was when the chain was popped */
	u32 len;
};

struct vhost_kept {
	union {			/* the core's; kept.c says which when */
		struct hlist_node outstanding;
		struct vhost_kept *next;
		struct list_head sorted;
	};
	struct vhost_vq *vq;
	struct vhost_buf *buf;	/* chain.n_write of them; the device's memory */
	struct ring_chain chain;
	u64 ordinal;		/* of the chain among those the queue popped */
	u64 incarnation;	/* of the queue */
	u64 translation;	/* the device's, when buf was translated */
	unsigned long since;	/* jiffies, when it was kept */
	u32 written;
	bool iova;		/* the addresses in buf are IOVAs */
};

/**
 * vhost_vq_keep() - keep a chain of the batch beyond this run
 * @c: from vq->batch; must not be passed to vhost_vq_done()
 * @k: must live until ops->release()
 * @buf: room for c->n_write; must live as long as @k
 *
 * Chains behind it in the batch may still be given back.
 * Context: the queue's run(), vq->lock held.
 */
void vhost_vq_keep(struct vhost_vq *vq, const struct ring_chain *c,
		   struct vhost_kept *k, struct vhost_buf *buf);

/**
 * vhost_kept_complete() - the device has completed a kept chain
 * @written: bytes written into its writable part, from its start; what
 *	     ops->respond() writes included
 *
 * The device must not touch @k afterwards: it may be released already.
 * Context: any, hard interrupts included (on PREEMPT_RT only in threads).
 */
void vhost_kept_complete(struct vhost_kept *k, u32 written);

/**
 * vhost_kept_writable() - an iterator over writable bytes, translated anew
 * @offset: of the first byte within the writable part
 * @len: bytes; @offset + @len must not exceed chain.write_len
 *
 * The translation of the pop is used as long as the memory table is the same, or
 * behind an IOTLB, the owner has not taken any translation away; an entry that had
 * to make room for others does not count.
 * Valid until the next call, or ops->respond(), from which alone it may be
 * called, returns. Write long buffers in parts: one call has room for
 * RING_MAX_SEGS segments.
 * Return: RING_GOT; RING_AGAIN: the IOTLB miss was sent; RING_EMPTY: the memory
 * is no longer in the memory table, or in too many segments; RING_BROKEN.
 * ops->respond() passes all but RING_GOT on. Context: vq->lock held; sleeps
 * never.
 */
enum ring_result vhost_kept_writable(struct vhost_vq *vq,
				     const struct vhost_kept *k, u32 offset,
				     u32 len, struct iov_iter *it);

/* Where [offset, offset + len) is, if the pop found it in one piece and it is
 * still there; otherwise NULL. Only for vhost_kept_write().
 */
void __user *vhost_kept_at(const struct vhost_vq *vq,
			   const struct vhost_kept *k, u32 offset, u32 len);

/* The rest of vhost_kept_write(). */
enum ring_result vhost_kept_write_parts(struct vhost_vq *vq,
					const struct vhost_kept *k, u32 offset,
					const void *from, u32 len);

/**
 * vhost_kept_write() - write to the writable part
 *
 * As copying through vhost_kept_writable(), which see for the rules, and faster
 * where @len is constant and the bytes lie in one buffer.
 */
static __always_inline enum ring_result
vhost_kept_write(struct vhost_vq *vq, const struct vhost_kept *k, u32 offset,
		 const void *from, u32 len)
{
	void __user *to = vhost_kept_at(vq, k, offset, len);

	if (unlikely(!to))
		return vhost_kept_write_parts(vq, k, offset, from, len);
	return copy_to_user(to, from, len) ? RING_EMPTY : RING_GOT;
}

/**
 * vhost_dev_drain() - stop taking chains, and wait for those outstanding
 * @ms: give up after that long; the log then names the queues and the oldest
 *	chain of each
 *
 * No handler runs any more until the queue is stopped and started again; stop
 * all queues afterwards. Does not depend on the workers: they may have been
 * killed. A fatal signal ends the wait. Chains of an earlier incarnation do not
 * count: they have no influence on the base.
 * Return: is nothing outstanding. Context: sleeps; caller holds dev->lock and
 * no vq->lock.
 */
bool vhost_dev_drain(struct vhost_dev *dev, unsigned int ms);

#endif /* RINGSIDE_CORE_KEPT_H */
