// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of devices: all that are open, by number.
 *
 * In any thread, under devices_lock, which is held for moments only and outside
 * of all other locks of a device.
 */
#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "core/devices.h"

static DEFINE_MUTEX(devices_lock);
static DEFINE_XARRAY_ALLOC(devices);	/* of struct vhost_dev */
static atomic_t generation = ATOMIC_INIT(0);

void vhost_devices_lock(void)
{
	mutex_lock(&devices_lock);
}

void vhost_devices_unlock(void)
{
	mutex_unlock(&devices_lock);
}

int vhost_devices_add(struct vhost_dev *dev)
{
	int ret;

	guard(mutex)(&devices_lock);
	ret = xa_alloc(&devices, &dev->id, dev, xa_limit_31b, GFP_KERNEL);
	if (ret)
		return -ENOMEM;
	vhost_devices_changed();
	return 0;
}

void vhost_devices_remove(struct vhost_dev *dev)
{
	guard(mutex)(&devices_lock);
	xa_erase(&devices, dev->id);
	vhost_devices_changed();
}

struct vhost_dev *vhost_devices_from(u32 id)
{
	unsigned long index = id;

	lockdep_assert_held(&devices_lock);
	return xa_find(&devices, &index, U32_MAX, XA_PRESENT);
}

void vhost_devices_changed(void)
{
	atomic_inc(&generation);
}

u32 vhost_devices_generation(void)
{
	return ((u32)atomic_read(&generation) << 1) | 1;
}
