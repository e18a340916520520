// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the results of the ring engine lead to: RING_BROKEN breaks the queue,
 * RING_AGAIN sends an IOTLB miss.
 *
 * Under vq->lock; in the queue's worker, or in the owner's ioctls.
 */
#include <linux/eventfd.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>

#include "core/events.h"
#include "core/queue.h"

/*
 * A page fault of a task that is being killed fails. The ring is not
 * at fault, and its owner, which dies with the task, is not notified.
 */
static bool killed(const struct ring_fault *fault)
{
	return (fault->cause == RING_BAD_MEMORY || fault->cause == RING_BAD_LOG) &&
	       fatal_signal_pending(current);
}

void vhost_vq_note_fault(struct vhost_vq *vq)
{
	const struct ring_fault *fault = ring_fault(&vq->ring);

	lockdep_assert_held(&vq->lock);
	vq->stats.bad[fault->cause]++;
	scoped_guard(spinlock, &vq->dev->info_lock)
		vq->failure = *fault;
}

/*
 * The one place where a queue becomes broken. It stays so until it is stopped;
 * the other queues go on. The owner is notified once, by the error eventfd.
 */
void vhost_vq_fail(struct vhost_vq *vq)
{
	const struct ring_fault *fault = ring_fault(&vq->ring);

	lockdep_assert_held(&vq->lock);
	if (vq->state == VHOST_VQ_BROKEN)
		return;
	vhost_vq_set_base(vq, vhost_vq_base(vq));
	vq->state = VHOST_VQ_BROKEN;
	if (killed(fault))
		return;
	vhost_vq_note_fault(vq);
	vhost_vq_happened(vq);
	if (vq->config.err)
		eventfd_signal(vq->config.err);
	pr_warn_ratelimited("vhost-%s%u: queue %u broken: %s, index %u, value %#llx\n",
			    vq->dev->ops->kind, vq->dev->id, vq->index,
			    ring_cause_name(fault->cause), fault->index,
			    fault->value);
}

void vhost_vq_handle_trouble(struct vhost_vq *vq, enum ring_result rc)
{
	if (rc == RING_AGAIN)
		vhost_vq_missed(vq);
	else
		vhost_vq_fail(vq);
}
