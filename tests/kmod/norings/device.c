// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device file: what it offers, open, release, and the end of an owner.
 *
 * In threads that hold the file.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "norings.h"

/*
 * RESET_OWNER and close. The core has taken the kicks off their wait queues, so
 * a timer that is cancelled is not started again, and the eventfds that the
 * timers signal are put after this.
 */
static void norings_stop(struct vhost_dev *dev)
{
	struct norings *n = norings_of(dev);

	for (u32 i = 0; i < NORINGS_QUEUES; i++)
		norings_queue_stop(&n->queue[i]);
	n->features_ok = false;
	n->msg = (struct norings_msg_record){ };
	WRITE_ONCE(n->delay_us, NORINGS_DELAY_US);
}

static const struct vhost_dev_ops norings_ops = {
	.kind = "norings",
	.no_workers = true,
	.features = {
		VHOST_BIT(VIRTIO_F_VERSION_1) | VHOST_BIT(VIRTIO_F_RING_PACKED) |
			VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM),
	},
	.backend_features = VHOST_BIT(VHOST_BACKEND_F_IOTLB_MSG_V2) |
			    VHOST_BIT(VHOST_BACKEND_F_IOTLB_BATCH) |
			    VHOST_BIT(VHOST_BACKEND_F_IOTLB_ASID),
	.cmds = norings_cmds,
	.n_cmds = NORINGS_CMDS,
	.msg = norings_msg,
	.stop = norings_stop,
};

static int norings_open(struct inode *inode, struct file *file)
{
	struct norings *n = kvzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!n)
		return -ENOMEM;
	for (u32 i = 0; i < NORINGS_QUEUES; i++) {
		norings_queue_init(&n->queue[i]);
		n->vqs[i] = &n->queue[i].vq;
	}
	n->delay_us = NORINGS_DELAY_US;
	ret = vhost_dev_init(&n->dev, &norings_ops, n->vqs, NORINGS_QUEUES);
	if (ret) {
		kvfree(n);
		return ret;
	}
	file->private_data = &n->dev;
	return 0;
}

static int norings_release(struct inode *inode, struct file *file)
{
	struct norings *n = norings_of(file->private_data);

	vhost_dev_close(&n->dev);
	kvfree(n);
	return 0;
}

const struct file_operations norings_fops = {
	VHOST_DEV_FILE_OPERATIONS,
	.open = norings_open,
	.release = norings_release,
};
