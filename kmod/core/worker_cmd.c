// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls on workers: making and freeing one, attaching a queue to one.
 *
 * In the owner's thread, under dev->lock.
 */
#include <linux/rcupdate.h>

#include "core/common_cmds.h"
#include "core/worker.h"

int vhost_worker_new_prepare(struct vhost_io *io)
{
	struct vhost_worker *worker;

	if (!io->dev->fork_owner)
		return -EFAULT;
	worker = vhost_worker_new(io->dev);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	io->res = worker;
	io->arg.worker.worker_id = worker->id;
	return 0;
}

/* On failure the caller does not learn the worker's number: end it. */
void vhost_worker_new_finish(struct vhost_io *io)
{
	if (io->ret)
		vhost_worker_end(io->res);
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
	vhost_worker_end(worker);
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
 * Does the queue's handler not run. The old worker may still look at the queue
 * once for an earlier kick, and finds it stopped, or started meanwhile.
 */
static bool is_idle(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return !vq->backend;
}

/*
 * From here on new work goes to the new worker. io->res becomes the old one,
 * when its earlier work must be waited for.
 */
void vhost_worker_attach_apply(struct vhost_io *io)
{
	struct vhost_worker *new = io->res, *old;

	guard(mutex)(&io->dev->worker_lock);
	old = vhost_worker_of(io->vq);
	io->res = NULL;
	if (new->killed || new == old)
		return;
	vhost_vq_assign_worker(io->vq, new);
	vhost_worker_rename(new);
	if (old)
		vhost_worker_rename(old);
	/* What came while the queue had no worker was not queued. */
	vhost_vq_wake(io->vq);
	if (!is_idle(io->vq))
		io->res = old;
}

/* Until the old worker is flushed, both may run the handler, under vq->lock. */
void vhost_worker_attach_finish(struct vhost_io *io)
{
	struct vhost_worker *old = io->res;

	if (!old)
		return;
	cond_synchronize_rcu(old->detached);
	vhost_worker_flush(old);
}

int vhost_worker_get_check(struct vhost_io *io)
{
	return rcu_access_pointer(io->vq->worker) ? 0 : -EINVAL;
}

void vhost_worker_get_apply(struct vhost_io *io)
{
	struct vhost_worker *worker;

	guard(mutex)(&io->dev->worker_lock);
	worker = vhost_worker_of(io->vq);
	io->arg.vring_worker.worker_id = worker ? worker->id : 0;
}
