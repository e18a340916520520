// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polling: a file's event becomes a run of a queue's handler, or a call of
 * ops->kick() where the device has no workers.
 *
 * Starting and stopping run in threads of the owner or in the queue's worker,
 * under vq->lock. event() runs wherever the file wakes its waiters, interrupts
 * included, under the lock of its wait queue: ops->kick() runs nowhere else, so
 * that it is never called twice at a time for a queue.
 */
#include <linux/module.h>

#include "core/poll.h"
#include "core/vq.h"
#include "core/work.h"

static void wake(struct vhost_poll *poll)
{
	struct vhost_vq *vq = poll->vq;

	if (poll->is_kick && vq->ops->kick)
		vq->ops->kick(vq);
	else
		vhost_vq_wake(vq);
}

static int event(wait_queue_entry_t *wait, unsigned int mode, int sync,
		 void *key)
{
	struct vhost_poll *poll = container_of(wait, struct vhost_poll, wait);

	/* Some wakers pass no key: then any event may have happened. */
	if (key && !(key_to_poll(key) & poll->mask))
		return 0;
	if (poll->is_kick)
		poll->vq->stats.kicks++;
	wake(poll);
	return 0;
}

/* An event from before polling began is handled as if it came now. */
static void wake_now(struct vhost_poll *poll)
{
	if (poll->is_kick && poll->head) {
		scoped_guard(spinlock_irqsave, &poll->head->lock)
			wake(poll);
	} else {
		wake(poll);
	}
}

/* Called by vfs_poll() with the file's wait queue; only the first is joined. */
static void join(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct vhost_poll *poll = container_of(table, struct vhost_poll, table);

	if (poll->head)
		return;
	poll->head = head;
	add_wait_queue(head, &poll->wait);
}

void vhost_poll_init(struct vhost_poll *poll, struct vhost_vq *vq,
		     __poll_t mask)
{
	init_waitqueue_func_entry(&poll->wait, event);
	init_poll_funcptr(&poll->table, join);
	poll->head = NULL;
	poll->mask = mask;
	poll->is_kick = poll == &vq->kick_poll;
	poll->vq = vq;
}
EXPORT_SYMBOL_GPL(vhost_poll_init);

int vhost_poll_start(struct vhost_poll *poll, struct file *file)
{
	__poll_t now;

	lockdep_assert_held(&poll->vq->lock);
	if (poll->head)
		return 0;
	now = vfs_poll(file, &poll->table);
	if (now & EPOLLERR) {
		vhost_poll_stop(poll);
		return -EINVAL;
	}
	if (now & poll->mask)
		wake_now(poll);
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_poll_start);

void vhost_poll_stop(struct vhost_poll *poll)
{
	lockdep_assert_held(&poll->vq->lock);
	if (!poll->head)
		return;
	remove_wait_queue(poll->head, &poll->wait);
	poll->head = NULL;
}
EXPORT_SYMBOL_GPL(vhost_poll_stop);
