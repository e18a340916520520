/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: the devices that there are, for those who look at them
 * from outside.
 *
 * A device stays while devices_lock is held: it enters last of all when it is
 * made, and leaves last of all when it is closed. Holders wait for nothing that
 * an owner or a guest could keep them from: not for dev->lock, nor a vq->lock.
 */
#ifndef RINGSIDE_CORE_DEVICES_H
#define RINGSIDE_CORE_DEVICES_H

#include "core/dev.h"

/** vhost_devices_lock() - devices neither come nor go. Context: sleeps. */
void vhost_devices_lock(void);
void vhost_devices_unlock(void);

/**
 * vhost_devices_add() - list a device that is complete, and number it
 *
 * It gets the lowest free number. Return: 0 or -ENOMEM. Context: sleeps.
 */
int vhost_devices_add(struct vhost_dev *dev);

/**
 * vhost_devices_remove() - nobody looks at it any more when this returns
 *
 * Its number is free. Context: sleeps.
 */
void vhost_devices_remove(struct vhost_dev *dev);

/**
 * vhost_devices_from() - the first device of the number @id, or above it
 *
 * Return: the device or NULL. Context: devices_lock held.
 */
struct vhost_dev *vhost_devices_from(u32 id);

/**
 * vhost_devices_changed() - a device or a worker has come or gone
 *
 * Context: any.
 */
void vhost_devices_changed(void);

/**
 * vhost_devices_generation() - a number that has changed whenever that was so
 *
 * Return: never 0. Context: any.
 */
u32 vhost_devices_generation(void);

#endif /* RINGSIDE_CORE_DEVICES_H */
