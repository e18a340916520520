/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a software vDPA parent of ours can do beyond the vdpa bus's
 * struct vdpa_config_ops, for vhost_vdpa: it reports what it writes to guest
 * memory. In vhost.ko, on which both depend, so that neither depends on the
 * other.
 */
#ifndef RINGSIDE_CORE_PARENT_H
#define RINGSIDE_CORE_PARENT_H

#include <linux/types.h>

struct vdpa_config_ops;
struct vdpa_device;

/* A dirty bitmap at a kernel address, laid out as struct ring_log's. */
struct vhost_parent_log {
	void *bits;	/* bit n, lowest first: the page of 4096 bytes from
			 * IOVA n * 4096 on */
	u64 pages;	/* pages it covers; no write goes beyond */
};

struct vhost_parent_ops {
	/**
	 * @set_log: from here on, log all that is written to guest memory
	 * @log: NULL to stop; else valid until the next call
	 *
	 * When it returns, nobody uses the log given before. At any status of
	 * the device, also while its queues run; never twice at a time for a
	 * device.
	 * Return: 0 or -errno, then nothing has changed; 0 for NULL.
	 * Context: sleeps.
	 */
	int (*set_log)(struct vdpa_device *vdev,
		       const struct vhost_parent_log *log);
};

/**
 * vhost_parent_register() - devices with these config ops have @ops, too
 *
 * Both stay until vhost_parent_unregister(), which comes after the last such
 * device has gone from the bus. Return: 0 or -ENOMEM. Context: sleeps.
 */
int vhost_parent_register(const struct vdpa_config_ops *config,
			  const struct vhost_parent_ops *ops);
void vhost_parent_unregister(const struct vdpa_config_ops *config);

/**
 * vhost_parent_find() - the ops of a parent, or NULL
 *
 * Valid as long as a device with these config ops is bound to the caller.
 * Context: sleeps.
 */
const struct vhost_parent_ops *
vhost_parent_find(const struct vdpa_config_ops *config);

#endif /* RINGSIDE_CORE_PARENT_H */
