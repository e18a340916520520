// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work: queued from any context to the worker of a queue, run there.
 *
 * Each worker has a lockless list of work; anyone may add to it, only the
 * worker takes from it. A queue points to its worker (vq->worker, RCU): see
 * worker_thread.c for how that pointer changes.
 */
#include <linux/completion.h>
#include <linux/kcov.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/vhost_task.h>

#include "core/worker.h"

enum { WORK_QUEUED };	/* bits of vhost_work.flags */

/* ---- queueing --------------------------------------------------------- */

void vhost_work_init(struct vhost_work *work,
		     void (*fn)(struct vhost_work *work,
				struct vhost_worker *runner))
{
	work->fn = fn;
	work->flags = 0;
	init_llist_node(&work->node);
}

static void wake(struct vhost_worker *worker)
{
	if (worker->task)
		vhost_task_wake(worker->task);
	else
		wake_up_process(worker->kthread);
}

/*
 * The caller makes sure that the worker lives.
 *
 * Only the thread that finds the list empty wakes the worker, and what others
 * add meanwhile depends on that wake-up. So that thread must not be preempted
 * between the two, and neither may one that has set the bit and not yet added
 * the item: others find the bit set and leave.
 */
void vhost_worker_queue(struct vhost_worker *worker, struct vhost_work *work)
{
	guard(preempt)();
	if (test_and_set_bit(WORK_QUEUED, &work->flags))
		return;
	if (llist_add(&work->node, &worker->work))
		wake(worker);
}

bool vhost_vq_queue(struct vhost_vq *vq, struct vhost_work *work)
{
	struct vhost_worker *worker;

	guard(rcu)();
	worker = rcu_dereference(vq->worker);
	if (!worker)
		return false;
	vhost_worker_queue(worker, work);
	return true;
}

bool vhost_vq_wake(struct vhost_vq *vq)
{
	/* Before the work is queued, which orders it: then the run sees it. */
	set_bit(0, &vq->wanted);
	return vhost_vq_queue(vq, &vq->work);
}
EXPORT_SYMBOL_GPL(vhost_vq_wake);

void vhost_vq_wake_later(struct vhost_vq *vq, u32 ms)
{
	lockdep_assert_held(&vq->lock);
	mod_timer(&vq->retry, jiffies + msecs_to_jiffies(ms));
}
EXPORT_SYMBOL_GPL(vhost_vq_wake_later);

bool vhost_worker_busy(const struct vhost_worker *worker)
{
	return worker->taken || !llist_empty(&worker->work);
}

/* ---- in the worker's thread ------------------------------------------- */

bool vhost_worker_run(struct vhost_worker *worker)
{
	struct llist_node *list = llist_del_all(&worker->work);
	struct vhost_work *work;

	if (!list)
		return false;
	__set_current_state(TASK_RUNNING);
	kcov_remote_start_common(worker->kcov_handle);
	worker->taken = llist_reverse_order(list);	/* first come, first served */
	while (worker->taken) {
		work = llist_entry(worker->taken, struct vhost_work, node);
		worker->taken = worker->taken->next;
		clear_bit(WORK_QUEUED, &work->flags);
		/* Events noticed after this line queue it anew. */
		smp_mb__after_atomic();
		work->fn(work, worker);
		cond_resched();
	}
	kcov_remote_stop();
	return true;
}

/* ---- flushing --------------------------------------------------------- */

struct flush {
	struct vhost_work work;
	struct completion done;
};

static void flush_reached(struct vhost_work *work, struct vhost_worker *runner)
{
	complete(&container_of(work, struct flush, work)->done);
}

void vhost_worker_flush(struct vhost_worker *worker)
{
	struct flush f;
	bool killed;

	vhost_work_init(&f.work, flush_reached);
	init_completion(&f.done);
	scoped_guard(mutex, &worker->dev->worker_lock) {
		killed = worker->killed;
		if (!killed)
			vhost_worker_queue(worker, &f.work);
	}
	wait_for_completion(killed ? &worker->drained : &f.done);
}

void vhost_dev_flush(struct vhost_dev *dev)
{
	struct vhost_worker *worker;
	unsigned long id;

	lockdep_assert_held(&dev->lock);
	xa_for_each(&dev->workers, id, worker)
		vhost_worker_flush(worker);
}
