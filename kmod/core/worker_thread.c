// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: the threads that run queue handlers, and which queue has which. How
 * they get work: work.c.
 *
 * A worker is a vhost_task, that is a thread of the owner's process, or a
 * kernel thread that borrows the owner's memory and joins its cgroups.
 *
 * A queue points to its worker (vq->worker, RCU). Queueing looks the worker up
 * and adds to its list within one RCU reader section, so after the pointer was
 * changed and a grace period went by, the old worker gets nothing more from
 * that queue. dev->worker_lock protects those pointers, attached, and killed;
 * and with it held, no worker that is in dev->workers ends.
 *
 * dev->lock may be held while waiting for a worker; no worker takes it.
 *
 * SIGKILL. A worker task dies with its owner, at any time. Its last act is
 * worker_killed(): it detaches itself from all queues, waits for queueing
 * threads to be gone, and runs what is left in its list, in which handlers find
 * a queue without a worker and do nothing. A flush that was queued
 * before is completed by that, a later one waits until the list is empty.
 */
#include <linux/cgroup.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/sched/vhost_task.h>
#include <linux/slab.h>

#include "core/devices.h"
#include "core/worker.h"

static bool fork_from_owner_default = true;
module_param(fork_from_owner_default, bool, 0444);
MODULE_PARM_DESC(fork_from_owner_default,
		 "Workers are threads of the owner's process (Y) or kernel threads (N)");

bool vhost_fork_owner_default(void)
{
	return fork_from_owner_default;
}

/* ---- threads ---------------------------------------------------------- */

/* vhost_task calls it in state TASK_INTERRUPTIBLE; false: it may sleep. */
static bool task_turn(void *arg)
{
	return vhost_worker_run(arg);
}

static int kthread_main(void *arg)
{
	struct vhost_worker *worker = arg;
	struct mm_struct *mm = worker->dev->mm;

	kthread_use_mm(mm);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		if (!vhost_worker_run(worker))
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	kthread_unuse_mm(mm);
	return 0;
}

/* ---- queues ----------------------------------------------------------- */

void vhost_vq_assign_worker(struct vhost_vq *vq, struct vhost_worker *worker)
{
	struct vhost_worker *old = vhost_worker_of(vq);

	lockdep_assert_held(&vq->dev->worker_lock);
	if (old)
		old->attached--;
	rcu_assign_pointer(vq->worker, worker);
	if (old)
		old->detached = get_state_synchronize_rcu();
	if (worker)
		worker->attached++;
}

static void point_away(struct vhost_worker *worker)
{
	struct vhost_dev *dev = worker->dev;

	lockdep_assert_held(&dev->worker_lock);
	for (u32 i = 0; i < dev->nvqs; i++)
		if (vhost_worker_of(dev->vqs[i]) == worker)
			vhost_vq_assign_worker(dev->vqs[i], NULL);
}

/*
 * The task was killed; this is its last act, in its own thread.
 *  1. new work: no queue points here any more, and flushes look at ->killed.
 *  2. threads that found the pointer before: gone after a grace period.
 *  3. work in the list: run here.
 */
static void worker_killed(void *arg)
{
	struct vhost_worker *worker = arg;

	scoped_guard(mutex, &worker->dev->worker_lock) {
		worker->killed = true;
		point_away(worker);
	}
	synchronize_rcu();
	while (vhost_worker_run(worker))
		;
	complete_all(&worker->drained);
}

/* ---- making and ending ------------------------------------------------ */

static int spawn_task(struct vhost_worker *worker, const char *name)
{
	struct vhost_task *task = vhost_task_create(task_turn, worker_killed,
						    worker, name);

	if (IS_ERR_OR_NULL(task))	/* NULL: older kernels give no errno */
		return task ? PTR_ERR(task) : -ENOMEM;
	worker->task = task;
	vhost_task_start(task);
	return 0;
}

static int spawn_kthread(struct vhost_worker *worker, const char *name)
{
	struct task_struct *kthread = kthread_create(kthread_main, worker,
						     "%s", name);
	int ret;

	if (IS_ERR(kthread))
		return PTR_ERR(kthread);
	worker->kthread = kthread;
	wake_up_process(kthread);
	ret = cgroup_attach_task_all(current, kthread);
	if (ret)
		kthread_stop(kthread);
	return ret;
}

static void end_thread(struct vhost_worker *worker)
{
	if (worker->task)
		vhost_task_stop(worker->task);
	else
		kthread_stop(worker->kthread);
}

static int spawn(struct vhost_worker *worker)
{
	char name[TASK_COMM_LEN];

	vhost_worker_name(worker, name);
	return worker->dev->fork_owner ? spawn_task(worker, name) :
					 spawn_kthread(worker, name);
}

/* A vhost_task does not tell which thread it is: the thread does. */
static void introduce(struct vhost_work *work, struct vhost_worker *runner)
{
	struct vhost_worker *worker = container_of(work, struct vhost_worker,
						   introduce);

	guard(mutex)(&worker->dev->worker_lock);
	worker->thread = get_task_struct(current);
}

/* From here on nobody finds it in the list of its device. */
static void unlist(struct vhost_worker *worker)
{
	guard(mutex)(&worker->dev->worker_lock);
	xa_erase(&worker->dev->workers, worker->id);
}

struct vhost_worker *vhost_worker_new(struct vhost_dev *dev)
{
	/* More than one to each queue, and one to spare, serve nothing. */
	struct xa_limit limit = XA_LIMIT(0, 2 * dev->nvqs);
	struct vhost_worker *worker;
	int ret;

	worker = kzalloc(sizeof(*worker), GFP_KERNEL_ACCOUNT);
	if (!worker)
		return ERR_PTR(-ENOMEM);
	init_llist_head(&worker->work);
	init_completion(&worker->drained);
	vhost_worker_name_init(worker);
	vhost_work_init(&worker->introduce, introduce);
	worker->detached = get_state_synchronize_rcu();
	worker->dev = dev;
	worker->kcov_handle = dev->kcov_handle;
	ret = xa_alloc(&dev->workers, &worker->id, worker, limit, GFP_KERNEL);
	if (ret)
		goto err_worker;
	ret = spawn(worker);
	if (ret)
		goto err_id;
	scoped_guard(mutex, &dev->worker_lock)
		if (!worker->killed)
			vhost_worker_queue(worker, &worker->introduce);
	vhost_devices_changed();
	return worker;

err_id:
	unlist(worker);
err_worker:
	kfree(worker);
	return ERR_PTR(ret);
}

/*
 * No queue points to @worker, and a grace period has passed: no thread adds work
 * any more. The flush runs what is in the list; ending the thread waits until it
 * does not use @worker any more.
 */
void vhost_worker_end(struct vhost_worker *worker)
{
	vhost_worker_flush(worker);
	unlist(worker);
	vhost_devices_changed();
	end_thread(worker);
	if (worker->thread)
		put_task_struct(worker->thread);
	kfree(worker);
}

int vhost_workers_begin(struct vhost_dev *dev)
{
	struct vhost_worker *worker = vhost_worker_new(dev);

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	guard(mutex)(&dev->worker_lock);
	if (worker->killed)	/* already; the owner is exiting, too */
		return 0;
	for (u32 i = 0; i < dev->nvqs; i++) {
		vhost_vq_assign_worker(dev->vqs[i], worker);
		/* completions may have come after the owner before had gone */
		vhost_vq_wake(dev->vqs[i]);
	}
	return 0;
}

void vhost_workers_end(struct vhost_dev *dev)
{
	struct vhost_worker *worker;
	unsigned long id;

	lockdep_assert_held(&dev->lock);
	if (xa_empty(&dev->workers))
		return;
	scoped_guard(mutex, &dev->worker_lock)
		for (u32 i = 0; i < dev->nvqs; i++)
			vhost_vq_assign_worker(dev->vqs[i], NULL);
	synchronize_rcu();
	xa_for_each(&dev->workers, id, worker)
		vhost_worker_end(worker);
}
