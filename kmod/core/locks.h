/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: the locks of all queues of a device, for what must
 * change for all of them at once.
 */
#ifndef RINGSIDE_CORE_LOCKS_H
#define RINGSIDE_CORE_LOCKS_H

#include "core/dev.h"

/**
 * vhost_dev_lock_vqs() - take every queue's lock, in order of index
 *
 * Context: sleeps; caller holds dev->lock, which makes the nesting safe, and no
 * vq->lock.
 */
void vhost_dev_lock_vqs(struct vhost_dev *dev);

/** vhost_dev_unlock_vqs() - release them, in reverse order */
void vhost_dev_unlock_vqs(struct vhost_dev *dev);

static inline void vhost_dev_assert_vqs_locked(const struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (dev->nvqs)
		lockdep_assert_held(&dev->vqs[dev->nvqs - 1]->lock);
}

#endif /* RINGSIDE_CORE_LOCKS_H */
