/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: a device's owner.
 */
#ifndef RINGSIDE_CORE_OWNER_H
#define RINGSIDE_CORE_OWNER_H

#include "core/dev.h"

/**
 * vhost_owner_drop() - stop the device and forget its owner
 *
 * Back to the state after open; also when there is no owner.
 * Context: sleeps; any thread; caller holds dev->lock and no vq->lock.
 */
void vhost_owner_drop(struct vhost_dev *dev);

#endif /* RINGSIDE_CORE_OWNER_H */
