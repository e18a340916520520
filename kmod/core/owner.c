// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners: whose process a device's workers and memory are, from SET_OWNER to
 * RESET_OWNER or close.
 *
 * In threads that hold the file, the owner's mostly, under dev->lock.
 *
 * The owner's memory. Worker tasks share it, and it lives as long as they do;
 * the device then only keeps the mm structure itself (mm_count), to tell its
 * owner from others. Kernel threads borrow it, so for them the device keeps the
 * memory alive (mm_users) until it is closed. Devices without workers never do:
 * a mapping of the device file would keep memory and file alive for ever.
 */
#include <linux/eventfd.h>
#include <linux/kcov.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>

#include "core/common_cmds.h"
#include "core/events.h"
#include "core/locks.h"
#include "core/memory.h"
#include "core/owner.h"
#include "core/queue.h"
#include "core/worker.h"

/* ---- SET_OWNER -------------------------------------------------------- */

static int take_mm(struct vhost_dev *dev)
{
	struct mm_struct *mm = current->mm;

	if (!mm)	/* a kernel thread */
		return -EPERM;
	dev->mm_in_use = !dev->fork_owner && !dev->ops->no_workers;
	if (dev->mm_in_use)
		mmget(mm);
	else
		mmgrab(mm);
	dev->mm = mm;
	return 0;
}

static void drop_mm(struct vhost_dev *dev)
{
	if (!dev->mm)
		return;
	if (dev->mm_in_use)
		mmput(dev->mm);
	else
		mmdrop(dev->mm);
	dev->mm = NULL;
}

/* @owner: the caller's reference, or NULL */
static void set_owner(struct vhost_dev *dev, struct pid *owner)
{
	struct pid *old;

	scoped_guard(spinlock, &dev->info_lock) {
		old = dev->owner;
		dev->owner = owner;
	}
	put_pid(old);
}

static void drop_identity(struct vhost_dev *dev)
{
	set_owner(dev, NULL);
	drop_mm(dev);
}

/* On failure what was set before stays: features, and the kind of worker. */
int vhost_owner_execute(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	int ret = take_mm(dev);

	if (ret)
		return ret;
	set_owner(dev, get_task_pid(current, PIDTYPE_TGID));
	dev->kcov_handle = kcov_common_handle();
	ret = dev->ops->no_workers ? 0 : vhost_workers_begin(dev);
	if (ret)
		goto err_identity;
	if (dev->ops->owned)
		ret = dev->ops->owned(dev);
	if (ret)
		goto err_workers;
	vhost_dev_happened(dev, VHOST_DEV_CHANGED);
	return 0;

err_workers:
	vhost_workers_end(dev);
err_identity:
	drop_identity(dev);
	return ret;
}

/* ---- RESET_OWNER, close ----------------------------------------------- */

static void stop_kicks(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++) {
		guard(mutex)(&dev->vqs[i]->lock);
		vhost_poll_stop(&dev->vqs[i]->kick_poll);
	}
}

static void forget_vqs(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++) {
		struct vhost_vq *vq = dev->vqs[i];

		guard(mutex)(&vq->lock);
		vhost_vq_stop(vq);	/* in case ops->stop() did not */
		vhost_vq_forget(vq);
	}
}

/* With queues stopped and no worker left, nothing refers to these. */
static void forget_memory(struct vhost_dev *dev)
{
	struct ring_iotlb *tlb = dev->tlb;
	const struct ring_memtab *mem = dev->mem;

	vhost_dev_lock_vqs(dev);
	WRITE_ONCE(dev->tlb, NULL);
	dev->mem = &vhost_no_memory;
	WRITE_ONCE(dev->n_regions, 0);
	WRITE_ONCE(dev->log_base, 0);
	scoped_guard(spinlock, &dev->info_lock) {
		memset(dev->features, 0, sizeof(dev->features));
		dev->backend_features = 0;
	}
	for (u32 i = 0; i < dev->nvqs; i++) {
		memset(dev->vqs[i]->features, 0, sizeof(dev->features));
		vhost_vq_refresh_space(dev->vqs[i]);
	}
	vhost_dev_unlock_vqs(dev);
	vhost_memtab_free(mem);
	vhost_iotlb_end(dev, tlb);
	vhost_dev_forget_misses(dev);
	if (dev->log_ctx)
		eventfd_ctx_put(dev->log_ctx);
	dev->log_ctx = NULL;
}

/*
 * Back to the state after open. The calling thread may be any, so nothing here
 * touches the owner's memory. Who could still use the device, and what ends
 * that:
 *  1. kicks: off their wait queues, under each vq->lock.
 *  2. the device module: ops->stop() takes the backends away and waits for
 *     what it has in flight; handlers find stopped queues from here on.
 *  3. work already queued: vhost_workers_end() detaches the workers from the
 *     queues, waits for those who were just queueing (RCU), then for the work
 *     queued so far, then for the threads themselves.
 *  4. readers of the file: find no IOTLB and leave.
 * Nobody new arrives: ioctls and messages need dev->lock, which the caller holds.
 */
void vhost_owner_drop(struct vhost_dev *dev)
{
	bool had_owner = dev->mm;

	lockdep_assert_held(&dev->lock);
	stop_kicks(dev);
	dev->ops->stop(dev);
	vhost_workers_end(dev);
	forget_vqs(dev);
	forget_memory(dev);
	dev->fork_owner = vhost_fork_owner_default();
	drop_identity(dev);
	if (had_owner)
		vhost_dev_happened(dev, VHOST_DEV_CHANGED);
}

void vhost_owner_reset_apply(struct vhost_io *io)
{
	vhost_owner_drop(io->dev);
}

/* ---- worker mode ------------------------------------------------------ */

int vhost_fork_check(struct vhost_io *io)
{
	u8 mode = io->arg.u8;

	if (mode != VHOST_FORK_OWNER_TASK && mode != VHOST_FORK_OWNER_KTHREAD)
		return -EINVAL;
	return 0;
}

void vhost_fork_apply(struct vhost_io *io)
{
	io->dev->fork_owner = io->arg.u8 == VHOST_FORK_OWNER_TASK;
}

void vhost_fork_get_apply(struct vhost_io *io)
{
	io->arg.u8 = io->dev->fork_owner ? VHOST_FORK_OWNER_TASK :
					       VHOST_FORK_OWNER_KTHREAD;
}
