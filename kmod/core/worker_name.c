// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of worker threads: after the owner, as Linux does, or after the device
 * and the queue that a worker serves. docs/abi.md describes both.
 *
 * A name of the first kind stays. One of the second kind changes with the queues
 * that the worker serves; the worker renames itself, in its own thread.
 */
#include <linux/module.h>
#include <linux/sched/task.h>

#include "core/worker.h"

static bool worker_pid_names = true;
module_param(worker_pid_names, bool, 0644);
MODULE_PARM_DESC(worker_pid_names,
		 "Name workers vhost-PID after their owner, as Linux does (Y), or after device and queue (N)");

/* The one queue it serves, or NULL. */
static struct vhost_vq *only_vq(const struct vhost_worker *worker)
{
	struct vhost_dev *dev = worker->dev;

	lockdep_assert_held(&dev->worker_lock);
	for (u32 i = 0; worker->attached == 1 && i < dev->nvqs; i++)
		if (vhost_worker_of(dev->vqs[i]) == worker)
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

/* A thread may change its own name at any time. */
static void rename_self(struct vhost_work *work, struct vhost_worker *runner)
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

void vhost_worker_name_init(struct vhost_worker *worker)
{
	vhost_work_init(&worker->rename, rename_self);
	worker->pid_name = READ_ONCE(worker_pid_names);
}

void vhost_worker_name(struct vhost_worker *worker, char *name)
{
	if (worker->pid_name)
		snprintf(name, TASK_COMM_LEN, "vhost-%d", current->pid);
	else
		scoped_guard(mutex, &worker->dev->worker_lock)
			make_name(worker, name);
}

void vhost_worker_rename(struct vhost_worker *worker)
{
	lockdep_assert_held(&worker->dev->worker_lock);
	if (!worker->pid_name && !worker->killed)
		vhost_worker_queue(worker, &worker->rename);
}
