// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device file: what it offers, its own ioctls, open and release.
 *
 * In the threads of whoever holds the file. Everything between open and
 * release is the core's, and comes back through scsi_ops.
 */
#include <linux/compat.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "scsi.h"

/* ---- parameters ------------------------------------------------------- */

enum { MOST_IO_QUEUES = 1024 };

static int set_queues(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 1, MOST_IO_QUEUES);
}

static const struct kernel_param_ops queues_ops = {
	.set = set_queues,
	.get = param_get_uint,
};

static unsigned int max_io_vqs = 128;
module_param_cb(max_io_vqs, &queues_ops, &max_io_vqs, 0644);
MODULE_PARM_DESC(max_io_vqs, "request queues of a device opened from now on, 1 to 1024 (default 128)");

static int set_sg_cnt(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 0, 2048);
}

static const struct kernel_param_ops sg_cnt_ops = {
	.set = set_sg_cnt,
	.get = param_get_uint,
};

/* Scatterlists grow with what a command needs; tools pass the parameter. */
static unsigned int inline_sg_cnt = 2048;
module_param_cb(inline_sg_cnt, &sg_cnt_ops, &inline_sg_cnt, 0644);
MODULE_PARM_DESC(inline_sg_cnt, "accepted for compatibility; has no effect");

/* ---- features --------------------------------------------------------- */

/* Under an endpoint only the log may be switched. */
static int check_features(struct vhost_dev *dev, const u64 *features)
{
	u64 changed = (features[0] ^ dev->features[0]) &
		      ~VHOST_BIT(VHOST_F_LOG_ALL);

	if (!scsi_device(dev)->endpoint)
		return 0;
	return changed || features[1] != dev->features[1] ? -EBUSY : 0;
}

static void features_changed(struct vhost_vq *vq)
{
	struct vhost_scsi *v = scsi_device(vq->dev);

	if (vq->index != SCSI_EVENT)
		return;
	WRITE_ONCE(v->hotplug, vhost_vq_has(vq, VIRTIO_SCSI_F_HOTPLUG));
	WRITE_ONCE(v->change, vhost_vq_has(vq, VIRTIO_SCSI_F_CHANGE));
}

/* ---- commands --------------------------------------------------------- */

static void abi_version_apply(struct vhost_io *io)
{
	io->arg.u32 = VHOST_SCSI_ABI_VERSION;
}

static void events_missed_get_apply(struct vhost_io *io)
{
	io->arg.u32 = scsi_events_missed(scsi_device(io->dev));
}

static void events_missed_set_apply(struct vhost_io *io)
{
	scsi_events_set_missed(scsi_device(io->dev), io->arg.u32);
}

static const struct vhost_cmd scsi_cmds[] = {
	{ VHOST_SCSI_SET_ENDPOINT,
	  VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_ALL_VQS,
	  .prepare = scsi_endpoint_set_prepare, .execute = scsi_endpoint_set_execute,
	  .finish = scsi_endpoint_set_finish },
	{ VHOST_SCSI_CLEAR_ENDPOINT, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .prepare = scsi_endpoint_clear_prepare,
	  .finish = scsi_endpoint_clear_finish },
	{ VHOST_SCSI_GET_ABI_VERSION, VHOST_CMD_OUT,
	  .apply = abi_version_apply },
	{ VHOST_SCSI_SET_EVENTS_MISSED, VHOST_CMD_IN, .apply = events_missed_set_apply },
	{ VHOST_SCSI_GET_EVENTS_MISSED, VHOST_CMD_OUT, .apply = events_missed_get_apply },
};

static void scsi_stop(struct vhost_dev *dev)
{
	scsi_endpoint_end(scsi_device(dev));
}

/*
 * ACCESS_PLATFORM, RING_PACKED and CHANGE are not Linux's own: QEMU negotiates
 * the first two only when it is asked to, and CHANGE never, so that a guest that
 * has not asked can move to Linux's own module.
 */
static const struct vhost_dev_ops scsi_ops = {
	.kind = "scsi",
	.features = {
		VHOST_CORE_FEATURES | VHOST_BIT(VIRTIO_SCSI_F_HOTPLUG) |
			VHOST_BIT(VIRTIO_SCSI_F_CHANGE) |
			VHOST_BIT(VIRTIO_SCSI_F_T10_PI) |
			VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM),
	},
	.backend_features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2),
	.max_packets = SCSI_MAX_REQUESTS,
	.max_bytes = U32_MAX,
	.cmds = scsi_cmds,
	.n_cmds = ARRAY_SIZE(scsi_cmds),
	.check_features = check_features,
	.features_changed = features_changed,
	.stop = scsi_stop,
};

/* ---- the file --------------------------------------------------------- */

static const struct vhost_vq_ops *ops_of(u32 index)
{
	switch (index) {
	case SCSI_CONTROL:
		return &scsi_ctl_ops;
	case SCSI_EVENT:
		return &scsi_evt_ops;
	default:
		return &scsi_io_ops;
	}
}

static void init_queue(struct vhost_scsi *v, u32 index)
{
	struct scsi_queue *q = &v->queue[index];

	v->vqs[index] = &q->vq;
	spin_lock_init(&q->lock);
	vhost_vq_init(&q->vq, ops_of(index));
}

static void free_device(struct vhost_scsi *v)
{
	kvfree(v->queue);
	kvfree(v->vqs);
	kfree(v);
}

static struct vhost_scsi *new_device(u32 n)
{
	struct vhost_scsi *v = kzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);

	if (!v)
		return NULL;
	v->n_queues = n;
	v->queue = kvcalloc(n, sizeof(*v->queue), GFP_KERNEL_ACCOUNT);
	v->vqs = kvcalloc(n, sizeof(*v->vqs), GFP_KERNEL_ACCOUNT);
	if (!v->queue || !v->vqs) {
		free_device(v);
		return NULL;
	}
	spin_lock_init(&v->tmf_lock);
	spin_lock_init(&v->evt_lock);
	INIT_LIST_HEAD(&v->events);
	scsi_changes_init(v);
	for (u32 i = 0; i < n; i++)
		init_queue(v, i);
	return v;
}

static int scsi_open(struct inode *inode, struct file *file)
{
	u32 n = SCSI_REQUEST + READ_ONCE(max_io_vqs);
	struct vhost_scsi *v = new_device(n);
	int ret;

	if (!v)
		return -ENOMEM;
	ret = vhost_dev_init(&v->dev, &scsi_ops, v->vqs, n);
	if (ret) {
		free_device(v);
		return ret;
	}
	file->private_data = &v->dev;
	/*
	 * QEMU reads IOTLB messages until there are no more. It asks for
	 * O_NONBLOCK for its net and vsock devices, but not for this one: its
	 * main loop would sleep in read().
	 */
	file->f_flags |= O_NONBLOCK;
	return 0;
}

static int scsi_release(struct inode *inode, struct file *file)
{
	struct vhost_scsi *v = scsi_device(file->private_data);

	vhost_dev_close(&v->dev);
	/* the last step of a function may still be leaving its lock */
	flush_workqueue(scsi_wq);
	for (u32 i = 0; i < v->n_queues; i++)
		scsi_cmds_free(&v->queue[i]);
	scsi_events_drop(v);
	free_device(v);
	return 0;
}

const struct file_operations scsi_device_fops = {
	VHOST_DEV_FILE_OPERATIONS,
	.open = scsi_open,
	.release = scsi_release,
};
