// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a queue's worker and its completions have in common: requests in flight,
 * a ring that broke, and waking the worker.
 */
#include "blk.h"

/* @rc RING_AGAIN: an address that is not mapped, and nobody to ask for it. */
bool vblk_vq_broke(struct vblk_vq *vq, enum ring_result rc)
{
	lockdep_assert_held(&vq->lock);
	if (likely(rc == RING_GOT || rc == RING_EMPTY) || vq->broken)
		return false;
	if (rc == RING_AGAIN)
		ring_break(&vq->ring, RING_BAD_ADDRESS,
			   ring_missed(&vq->ring)->iova);
	vq->broken = true;
	vq->running = false;
	WRITE_ONCE(vq->count[VBLK_COUNT_broken],
		   vq->count[VBLK_COUNT_broken] + 1);
	dev_warn_ratelimited(&vq->dev->vdpa.dev,
			     "queue %u is broken: %s, index %u, value %#llx\n",
			     vq->index,
			     ring_cause_name(ring_fault(&vq->ring)->cause),
			     ring_fault(&vq->ring)->index,
			     ring_fault(&vq->ring)->value);
	return true;
}

void vblk_vq_end_requests_locked(struct vblk_vq *vq, u32 n)
{
	lockdep_assert_held(&vq->lock);
	vq->in_flight -= n;
	if (!vq->in_flight)
		wake_up(&vq->idle);
}

void vblk_vq_end_requests(struct vblk_vq *vq, u32 n)
{
	scoped_guard(spinlock_irqsave, &vq->lock) {
		vblk_vq_end_requests_locked(vq, n);
	}
}

void vblk_vq_kick(struct vblk_vq *vq)
{
	if (!atomic_xchg(&vq->kicked, 1))
		wake_up_process(vq->task);
}
