// SPDX-License-Identifier: GPL-2.0-only
/*
 * The locks of all queues of a device, taken in order of index.
 */
#include "core/locks.h"

void vhost_dev_lock_vqs(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++)
		mutex_lock_nest_lock(&dev->vqs[i]->lock, &dev->lock);
}

void vhost_dev_unlock_vqs(struct vhost_dev *dev)
{
	for (u32 i = dev->nvqs; i > 0; i--)
		mutex_unlock(&dev->vqs[i - 1]->lock);
}
