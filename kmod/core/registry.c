// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: made at open, ended at close. Their list: devices.c. Their owners:
 * owner.c.
 *
 * In threads that hold the file. States are drawn in docs/states.md.
 */
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>

#include "core/devices.h"
#include "core/events.h"
#include "core/memory.h"
#include "core/owner.h"
#include "core/queue.h"
#include "core/worker.h"

int vhost_dev_init(struct vhost_dev *dev, const struct vhost_dev_ops *ops,
		   struct vhost_vq **vqs, u32 nvqs)
{
	int ret;

	dev->ops = ops;
	dev->vqs = vqs;
	dev->nvqs = nvqs;
	mutex_init(&dev->lock);
	mutex_init(&dev->worker_lock);
	spin_lock_init(&dev->info_lock);
	spin_lock_init(&dev->miss_lock);
	INIT_LIST_HEAD(&dev->misses);
	init_waitqueue_head(&dev->miss_wait);
	init_waitqueue_head(&dev->drained);
	memcpy(dev->offered, ops->features, sizeof(dev->offered));
	xa_init_flags(&dev->workers, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	dev->fork_owner = vhost_fork_owner_default();
	dev->mem = &vhost_no_memory;
	dev->mem_gen = vhost_no_memory.gen + 1;
	dev->tlb_gen = 1;
	dev->netns = current->nsproxy->net_ns->net_cookie;
	for (u32 i = 0; i < nvqs; i++) {
		vqs[i]->dev = dev;
		vqs[i]->index = i;
		vqs[i]->space.mem = dev->mem;
	}
	ret = vhost_devices_add(dev);
	if (!ret)
		vhost_dev_happened(dev, VHOST_DEV_ADDED);
	return ret;
}
EXPORT_SYMBOL_GPL(vhost_dev_init);

/* Release chains whose completion came after their queue had stopped. */
static void drop_late(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++) {
		guard(mutex)(&dev->vqs[i]->lock);
		vhost_vq_take_kept(dev->vqs[i]);
	}
}

/*
 * Teardown. Who could still hold the device, and what ends that:
 *  1. file operations: this is the file's last user; none runs, none begins.
 *  2. workers, polled files, the owner's things: vhost_owner_drop().
 *  3. chains that the device keeps and did not complete within the time that
 *     ops->stop() gave it: waited for, however long it takes.
 *  4. those who look from outside: until here they see what it waits for. They
 *     hold devices_lock; the device leaves the list, and with it its number.
 */
void vhost_dev_close(struct vhost_dev *dev)
{
	WRITE_ONCE(dev->closing, true);
	vhost_dev_happened(dev, VHOST_DEV_CHANGED);
	scoped_guard(mutex, &dev->lock) {
		vhost_owner_drop(dev);
		vhost_dev_wait_kept(dev);
		drop_late(dev);
	}
	vhost_dev_happened(dev, VHOST_DEV_DELETED);
	vhost_devices_remove(dev);
	xa_destroy(&dev->workers);
	for (u32 i = 0; i < dev->nvqs; i++)
		mutex_destroy(&dev->vqs[i]->lock);
	mutex_destroy(&dev->worker_lock);
	mutex_destroy(&dev->lock);
}
EXPORT_SYMBOL_GPL(vhost_dev_close);

void vhost_dev_revoke(struct vhost_dev *dev)
{
	guard(mutex)(&dev->lock);
	dev->revoked = true;
	vhost_owner_drop(dev);
}
EXPORT_SYMBOL_GPL(vhost_dev_revoke);
