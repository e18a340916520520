// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: the threads that run queue handlers, and the work they are given.
 *
 * A worker is a vhost_task, that is a thread of the owner's process, or a
 * kernel thread that borrows the owner's memory and joins its cgroups. Each
 * has a lockless list of work; anyone may add to it, only the worker takes.
 *
 * A queue points to its worker (vq->worker, RCU). Queueing looks the worker up
 * and adds to its list within one RCU reader section, so after the pointer was
 * changed and a grace period went by, the old worker gets nothing more from
 * that queue. dev->worker_lock protects those pointers, attached, and killed.
 *
 * dev->lock may be held while waiting for a worker; no worker takes it.
 *
 * SIGKILL. A worker task dies with its owner, at any time. Its last act is
 * worker_killed(): it detaches itself from all queues, waits for queueing
 * threads to be gone, and runs what is left in its list, in which handlers find
 * a queue without a worker and do nothing. Whoever flushes it meanwhile either
 * queued before that, and is served, or waits for it to be over.
 */
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/kcov.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/sched/vhost_task.h>
#include <linux/slab.h>

#include "core/internal.h"

static bool fork_from_owner_default = true;
module_param(fork_from_owner_default, bool, 0444);
MODULE_PARM_DESC(fork_from_owner_default,
		 "Workers are threads of the owner's process (Y) or kernel threads (N)");

static bool worker_pid_names = true;
module_param(worker_pid_names, bool, 0644);
MODULE_PARM_DESC(worker_pid_names,
		 "Name workers vhost-PID after their owner, as Linux does (Y), or after device and queue (N)");

enum { WORK_QUEUED };	/* bits of vhost_work.flags */

struct vhost_worker {
	struct llist_head work;
	struct llist_node *taken;	/* off the list, not yet run; the
					 * worker's own */
	struct vhost_dev *dev;
	struct vhost_task *task;	/* one of these two */
	struct task_struct *kthread;
	struct kcov_common_handle_id kcov_handle;
	struct vhost_work rename;
	u32 id;
	u32 attached;			/* queues; worker_lock */
	unsigned long detached;		/* grace period after which no thread
					 * queues for a queue that it served
					 * before; worker_lock */
	bool killed;			/* worker_lock */
	bool pid_name;			/* immutable */
	struct completion drained;	/* killed, and everything was run */
};

bool vhost_fork_owner_default(void)
{
	return fork_from_owner_default;
}

/* ---- queueing --------------------------------------------------------- */

void vhost_work_init(struct vhost_work *work,
		     void (*fn)(struct vhost_work *work))
{
	work->fn = fn;
	work->flags = 0;
	init_llist_node(&work->node);
}
EXPORT_SYMBOL_GPL(vhost_work_init);

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
static void queue_to(struct vhost_worker *worker, struct vhost_work *work)
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
	queue_to(worker, work);
	return true;
}
EXPORT_SYMBOL_GPL(vhost_vq_queue);

bool vhost_worker_busy(const struct vhost_worker *worker)
{
	return worker->taken || !llist_empty(&worker->work);
}

/* ---- in the worker's thread ------------------------------------------- */

/* Run what is in the list now; false when there was nothing. */
static bool run_list(struct vhost_worker *worker)
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
		work->fn(work);
		cond_resched();
	}
	kcov_remote_stop();
	return true;
}

/* vhost_task calls it in state TASK_INTERRUPTIBLE; false: it may sleep. */
static bool task_turn(void *arg)
{
	return run_list(arg);
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
		if (!run_list(worker))
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	kthread_unuse_mm(mm);
	return 0;
}

static struct vhost_worker *worker_of(struct vhost_vq *vq)
{
	return rcu_dereference_protected(vq->worker,
			lockdep_is_held(&vq->dev->worker_lock));
}

/* Move a queue to another worker, or to none. */
static void point_to(struct vhost_vq *vq, struct vhost_worker *worker)
{
	struct vhost_worker *old = worker_of(vq);

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
		if (worker_of(dev->vqs[i]) == worker)
			point_to(dev->vqs[i], NULL);
}

/*
 * The task was killed; this is its last act, in its own thread.
 *  1. new work: no queue points here any more, and flushing asks for killed.
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
	while (run_list(worker))
		;
	complete_all(&worker->drained);
}

/* ---- flushing --------------------------------------------------------- */

struct flush {
	struct vhost_work work;
	struct completion done;
};

static void flush_reached(struct vhost_work *work)
{
	complete(&container_of(work, struct flush, work)->done);
}

/* Everything queued to this worker before the call has run. */
static void flush_worker(struct vhost_worker *worker)
{
	struct flush f;
	bool killed;

	vhost_work_init(&f.work, flush_reached);
	init_completion(&f.done);
	scoped_guard(mutex, &worker->dev->worker_lock) {
		killed = worker->killed;
		if (!killed)
			queue_to(worker, &f.work);
	}
	wait_for_completion(killed ? &worker->drained : &f.done);
}

void vhost_dev_flush(struct vhost_dev *dev)
{
	struct vhost_worker *worker;
	unsigned long id;

	lockdep_assert_held(&dev->lock);
	xa_for_each(&dev->workers, id, worker)
		flush_worker(worker);
}
EXPORT_SYMBOL_GPL(vhost_dev_flush);

/* ---- names ------------------------------------------------------------ */

/* The one queue it serves, or NULL. */
static struct vhost_vq *only_vq(const struct vhost_worker *worker)
{
	struct vhost_dev *dev = worker->dev;

	lockdep_assert_held(&dev->worker_lock);
	for (u32 i = 0; worker->attached == 1 && i < dev->nvqs; i++)
		if (worker_of(dev->vqs[i]) == worker)
			return dev->vqs[i];
	return NULL;
}

static bool name_is_shared(const struct vhost_vq *vq)
{
	for (u32 i = 0; i < vq->dev->nvqs; i++)
		if (vq->dev->vqs[i] != vq && vq->dev->vqs[i]->ops == vq->ops)
			return true;
	return false;
}

/*
 * vhost-net3 when it serves several queues, vhost-net3-w1 when it is not the
 * first such; vhost-net3-tx, vhost-scsi3-rq5 when it serves one. Where the
 * thread's name is too short for that, the first word shrinks to "vh".
 */
static void make_name(const struct vhost_worker *worker, char *name)
{
	const struct vhost_dev *dev = worker->dev;
	struct vhost_vq *vq = only_vq(worker);
	char tail[TASK_COMM_LEN] = "";

	if (vq && name_is_shared(vq))
		snprintf(tail, sizeof(tail), "-%s%u", vq->ops->name, vq->index);
	else if (vq)
		snprintf(tail, sizeof(tail), "-%s", vq->ops->name);
	else if (worker->id)
		snprintf(tail, sizeof(tail), "-w%u", worker->id);
	if (snprintf(name, TASK_COMM_LEN, "vhost-%s%u%s", dev->ops->kind,
		     dev->id, tail) >= TASK_COMM_LEN)
		snprintf(name, TASK_COMM_LEN, "vh-%s%u%s", dev->ops->kind,
			 dev->id, tail);
}

/* What a thread may always do: change its own name. */
static void rename_self(struct vhost_work *work)
{
	struct vhost_worker *worker = container_of(work, struct vhost_worker,
						   rename);
	char name[TASK_COMM_LEN];

	scoped_guard(mutex, &worker->dev->worker_lock)
		make_name(worker, name);
	task_lock(current);
	strscpy_pad(current->comm, name, sizeof(current->comm));
	task_unlock(current);
}

/* Its queues have changed; it takes its new name when it runs next. */
static void rename_worker(struct vhost_worker *worker)
{
	lockdep_assert_held(&worker->dev->worker_lock);
	if (!worker->pid_name && !worker->killed)
		queue_to(worker, &worker->rename);
}

/* ---- making and ending ------------------------------------------------ */

static int spawn_task(struct vhost_worker *worker, const char *name)
{
	struct vhost_task *task = vhost_task_create(task_turn, worker_killed,
						    worker, name);

	if (IS_ERR_OR_NULL(task))	/* NULL: kernels that say no more */
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

	if (worker->pid_name)
		snprintf(name, sizeof(name), "vhost-%d", current->pid);
	else
		scoped_guard(mutex, &worker->dev->worker_lock)
			make_name(worker, name);
	return worker->dev->fork_owner ? spawn_task(worker, name) :
					 spawn_kthread(worker, name);
}

static struct vhost_worker *worker_new(struct vhost_dev *dev)
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
	vhost_work_init(&worker->rename, rename_self);
	worker->detached = get_state_synchronize_rcu();
	worker->dev = dev;
	worker->kcov_handle = dev->kcov_handle;
	worker->pid_name = READ_ONCE(worker_pid_names);
	ret = xa_alloc(&dev->workers, &worker->id, worker, limit, GFP_KERNEL);
	if (ret)
		goto err_worker;
	ret = spawn(worker);
	if (ret)
		goto err_id;
	return worker;

err_id:
	xa_erase(&dev->workers, worker->id);
err_worker:
	kfree(worker);
	return ERR_PTR(ret);
}

/*
 * No queue points to it, and whoever saw that one did is gone: what is in the
 * list is all there will be. Flush, so that it is run and not forgotten, then
 * end the thread; both return only once the thread has let go of @worker.
 */
static void worker_end(struct vhost_worker *worker)
{
	flush_worker(worker);
	xa_erase(&worker->dev->workers, worker->id);
	end_thread(worker);
	kfree(worker);
}

int vhost_workers_begin(struct vhost_dev *dev)
{
	struct vhost_worker *worker = worker_new(dev);

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	guard(mutex)(&dev->worker_lock);
	if (worker->killed)	/* so soon; the owner goes, too */
		return 0;
	for (u32 i = 0; i < dev->nvqs; i++)
		point_to(dev->vqs[i], worker);
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
			point_to(dev->vqs[i], NULL);
	synchronize_rcu();
	xa_for_each(&dev->workers, id, worker)
		worker_end(worker);
}

/* ---- ioctls ----------------------------------------------------------- */

int vhost_worker_new_prepare(struct vhost_io *io)
{
	struct vhost_worker *worker;

	if (!io->dev->fork_owner)
		return -EFAULT;
	worker = worker_new(io->dev);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	io->res = worker;
	io->arg.worker.worker_id = worker->id;
	return 0;
}

/* Nobody could tell the caller its number: it must not stay. */
void vhost_worker_new_finish(struct vhost_io *io)
{
	if (io->ret)
		worker_end(io->res);
}

int vhost_worker_free_prepare(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	struct vhost_worker *worker;

	worker = xa_load(&dev->workers, io->arg.worker.worker_id);
	if (!worker)
		return -ENODEV;
	io->res = worker;
	guard(mutex)(&dev->worker_lock);
	return worker->attached ? -EBUSY : 0;
}

void vhost_worker_free_apply(struct vhost_io *io)
{
	struct vhost_worker *worker = io->res;

	cond_synchronize_rcu(worker->detached);
	worker_end(worker);
}

int vhost_worker_attach_prepare(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	struct vhost_worker *worker;

	worker = xa_load(&dev->workers, io->arg.vring_worker.worker_id);
	if (!worker)
		return -ENODEV;
	io->res = worker;
	guard(mutex)(&dev->worker_lock);
	return worker->killed ? -EIO : 0;
}

/*
 * A queue whose handler does not run. A kick may still have the old worker look
 * at it a last time, which finds it stopped, or started meanwhile.
 */
static bool is_idle(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return !vq->backend;
}

/*
 * From here on new work goes to the new one. io->res becomes the old worker,
 * when what it was given before must be waited for.
 */
void vhost_worker_attach_apply(struct vhost_io *io)
{
	struct vhost_worker *new = io->res, *old;

	guard(mutex)(&io->dev->worker_lock);
	old = worker_of(io->vq);
	io->res = NULL;
	if (new->killed || new == old)
		return;
	point_to(io->vq, new);
	rename_worker(new);
	if (old)
		rename_worker(old);
	if (is_idle(io->vq))
		return;
	io->res = old;
	/* What came while it had no worker was not queued. */
	vhost_vq_wake(io->vq);
}

/* Until both are through, both may run the handler; vq->lock keeps order. */
void vhost_worker_attach_finish(struct vhost_io *io)
{
	struct vhost_worker *old = io->res;

	if (!old)
		return;
	cond_synchronize_rcu(old->detached);
	flush_worker(old);
}

int vhost_worker_get_check(struct vhost_io *io)
{
	return rcu_access_pointer(io->vq->worker) ? 0 : -EINVAL;
}

void vhost_worker_get_apply(struct vhost_io *io)
{
	struct vhost_worker *worker;

	guard(mutex)(&io->dev->worker_lock);
	worker = worker_of(io->vq);
	io->arg.vring_worker.worker_id = worker ? worker->id : 0;
}
