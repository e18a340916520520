/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work: what a device module has a queue's worker run.
 */
#ifndef RINGSIDE_CORE_WORK_H
#define RINGSIDE_CORE_WORK_H

#include <linux/llist.h>
#include <linux/types.h>

struct vhost_dev;
struct vhost_vq;
struct vhost_worker;

/*
 * Something a worker does once. Queued again while it waits it still runs
 * once; queued while it runs it runs again.
 */
struct vhost_work {
	struct llist_node node;
	void (*fn)(struct vhost_work *work, struct vhost_worker *runner);
	unsigned long flags;	/* bit 0: waits in a worker's list */
};

/**
 * vhost_work_init() - prepare a work item
 * @fn: runs in the worker's thread with the owner's memory in place; may
 *	sleep; must not take dev->lock; may free @work as its last act. @runner is
 *	that worker, which the queue need not have any more
 */
void vhost_work_init(struct vhost_work *work,
		     void (*fn)(struct vhost_work *work,
				struct vhost_worker *runner));

/**
 * vhost_vq_queue() - have the queue's worker run a work item
 *
 * Return: false when the queue has no worker (no owner, or the owner is being
 * killed): @work will not run; true otherwise.
 * Context: any, interrupts included.
 */
bool vhost_vq_queue(struct vhost_vq *vq, struct vhost_work *work);

/**
 * vhost_vq_wake() - have the queue's worker run the queue's handler
 *
 * For events other than kicks. Return and context: as vhost_vq_queue().
 */
bool vhost_vq_wake(struct vhost_vq *vq);

/**
 * vhost_vq_wake_later() - run the queue's handler in @ms milliseconds, once
 *
 * For what cannot be waited for by an event, such as memory. A second call
 * moves the time. The core forgets it when the queue stops.
 * Context: the queue's handler, vq->lock held.
 */
void vhost_vq_wake_later(struct vhost_vq *vq, u32 ms);

/**
 * vhost_dev_flush() - wait until everything queued so far has run
 *
 * Context: sleeps; caller holds dev->lock and no vq->lock.
 */
void vhost_dev_flush(struct vhost_dev *dev);

#endif /* RINGSIDE_CORE_WORK_H */
