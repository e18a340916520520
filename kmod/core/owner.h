/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: a device's owner.
 */
#ifndef RINGSIDE_CORE_OWNER_H
#define RINGSIDE_CORE_OWNER_H

#include <linux/sched.h>

#include "core/dev.h"

/**
 * vhost_dev_is_owner() - is the calling thread the owner's
 *
 * The owner's memory is in place then. Also true in a queue's worker.
 * Context: caller holds dev->lock, or a vq->lock.
 */
static inline bool vhost_dev_is_owner(const struct vhost_dev *dev)
{
	return dev->mm && dev->mm == current->mm;
}

/**
 * vhost_owner_drop() - stop the device and forget its owner
 *
 * Back to the state after open; also when there is no owner.
 * Context: sleeps; any thread; caller holds dev->lock and no vq->lock.
 */
void vhost_owner_drop(struct vhost_dev *dev);

#endif /* RINGSIDE_CORE_OWNER_H */
