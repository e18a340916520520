/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: parts of a queue's life that its files share.
 *
 * Caller holds vq->lock where nothing else is said.
 */
#ifndef RINGSIDE_CORE_QUEUE_H
#define RINGSIDE_CORE_QUEUE_H

#include "core/dev.h"
#include "core/vq.h"

/* ---- queue.c: start, run, stop ------------------------------------------ */

/**
 * vhost_vq_changed() - have the ring go on with another configuration
 *
 * In the owner's thread the ring has it when this returns, in another one the
 * queue's worker takes it over before it looks at the ring next. Does nothing to
 * a queue without a backend, or a broken one.
 * Context: sleeps; caller holds dev->lock, too.
 */
void vhost_vq_changed(struct vhost_vq *vq);

/**
 * vhost_vq_forget() - forget all that the owner configured
 *
 * Context: sleeps; the queue is stopped, and its kicks are not polled.
 */
void vhost_vq_forget(struct vhost_vq *vq);

/* ---- base.c ------------------------------------------------------------- */

/**
 * vhost_vq_base() - where the ring is
 *
 * Return: the base, as VHOST_GET_VRING_BASE has it.
 */
u32 vhost_vq_base(const struct vhost_vq *vq);

/**
 * vhost_vq_set_base() - keep where the ring is, or will begin
 *
 * Holds for a ring that does not run.
 */
void vhost_vq_set_base(struct vhost_vq *vq, u32 base);

/* ---- fail.c ------------------------------------------------------------- */

/**
 * vhost_vq_note_fault() - count why the engine rejected or broke the ring, and
 * keep it for those who look
 */
void vhost_vq_note_fault(struct vhost_vq *vq);

/**
 * vhost_vq_fail() - the engine says that the ring is broken: so is the queue
 *
 * Counted, logged and signalled once. A queue that is broken stays as it is.
 */
void vhost_vq_fail(struct vhost_vq *vq);

/**
 * vhost_vq_handle_trouble() - send the ring's miss, or break the queue
 * @rc: RING_AGAIN, RING_BROKEN
 */
void vhost_vq_handle_trouble(struct vhost_vq *vq, enum ring_result rc);

/**
 * vhost_vq_handle_result() - do what a result of the engine calls for
 *
 * Every result goes through it. Return: @rc.
 */
static inline enum ring_result vhost_vq_handle_result(struct vhost_vq *vq,
						      enum ring_result rc)
{
	if (unlikely(rc == RING_AGAIN || rc == RING_BROKEN))
		vhost_vq_handle_trouble(vq, rc);
	return rc;
}

/* ---- miss.c ------------------------------------------------------------- */

/**
 * vhost_vq_missed() - put the ring's miss where the owner reads it
 *
 * The queue's worker is woken when an update covers it.
 */
void vhost_vq_missed(struct vhost_vq *vq);

/** vhost_vq_forget_miss() - the queue waits for nothing. Context: any lock. */
void vhost_vq_forget_miss(struct vhost_vq *vq);

/**
 * vhost_dev_forget_misses() - there is no IOTLB any more
 *
 * Readers of the file leave. Context: caller holds dev->lock.
 */
void vhost_dev_forget_misses(struct vhost_dev *dev);

/**
 * vhost_vq_miss_covered() - did the queue wait for something in @range
 *
 * If so it does no longer. Context: vq->lock is not needed.
 */
bool vhost_vq_miss_covered(struct vhost_vq *vq, const struct ring_range *range);

/**
 * vhost_dev_take_miss() - take the oldest unread miss, to be sent to the owner
 *
 * Return: false when there is none. Context: no lock needed.
 */
bool vhost_dev_take_miss(struct vhost_dev *dev, struct ring_miss *what);

/* ---- kept.c ------------------------------------------------------------- */

/** vhost_keeping_init() - no chain is kept. Context: before any other. */
void vhost_keeping_init(struct vhost_keeping *keeping);

/**
 * vhost_vq_take_kept() - make what the device has completed pending
 *
 * In any state of the queue: chains that no ring waits for are released.
 */
void vhost_vq_take_kept(struct vhost_vq *vq);

/**
 * vhost_vq_push_kept() - push what is pending, but for what does not translate
 *
 * Return: false when that broke the ring.
 * Context: a running queue; the owner's memory is in place.
 */
bool vhost_vq_push_kept(struct vhost_vq *vq);

/**
 * vhost_vq_end_kept() - the queue stops: begin another incarnation
 * @base: where the ring is
 *
 * What is pending is given back where it was popped last, or dropped.
 * Return: the base without what was given back.
 */
u32 vhost_vq_end_kept(struct vhost_vq *vq, u32 base);

/* ---- drain.c ------------------------------------------------------------ */

/**
 * vhost_dev_wait_kept() - wait until the device has completed all it ever kept
 *
 * Context: sleeps without limit; caller holds dev->lock and no vq->lock.
 */
void vhost_dev_wait_kept(struct vhost_dev *dev);

/* ---- setup.c: from the requested configuration to the engine's ----------- */

/** vhost_vq_big_endian() - the byte order that a legacy ring has */
bool vhost_vq_big_endian(const struct vhost_vq *vq);

/** vhost_vq_ring_flags() - RING_F_... as configured and negotiated */
u32 vhost_vq_ring_flags(const struct vhost_vq *vq);

/** vhost_vq_ring_config() - all that ring_setup() and ring_move() take */
struct ring_config vhost_vq_ring_config(const struct vhost_vq *vq);

/**
 * vhost_vring_accessible() - may the areas be touched, as far as ranges tell
 * @addr: of the areas
 * @features: bits 0 to 63
 */
bool vhost_vring_accessible(const struct vhost_vq *vq,
			    const struct vhost_vring_addr *addr, u64 features);

/**
 * vhost_vring_device_bytes() - size of the area that only the device writes
 * @features: bits 0 to 63
 *
 * Return: bytes of the used ring, or of a packed ring's device events.
 */
u64 vhost_vring_device_bytes(const struct vhost_vq *vq, u64 features);

/**
 * vhost_vq_alloc_arrays() - allocate what a batch, done and guest point into
 *
 * Once, until vhost_vq_free_arrays(). Return: 0 or -ENOMEM. Context: sleeps.
 */
int vhost_vq_alloc_arrays(struct vhost_vq *vq);
void vhost_vq_free_arrays(struct vhost_vq *vq);

#endif /* RINGSIDE_CORE_QUEUE_H */
