// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device file: what it offers, its own ioctls, open and release.
 *
 * In the threads of whoever holds the file. Everything between open and
 * release is the core's, and comes back through vsock_ops.
 */
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "../../include/uapi/ringside/vsock.h"
#include "pair.h"
#include "socket.h"

/* ---- VHOST_VSOCK_SET_GUEST_CID ---------------------------------------- */

/* Reserve it. */
static int cid_prepare(struct vhost_io *io)
{
	return vsock_guest_claim(vsock_device(io->dev), io->arg.u64);
}

static void cid_apply(struct vhost_io *io)
{
	vsock_guest_enter(vsock_device(io->dev));
}

static void cid_finish(struct vhost_io *io)
{
	vsock_guest_unclaim(vsock_device(io->dev));
}

/* ---- VHOST_VSOCK_SET_RUNNING ------------------------------------------ */

static void stop_queues(struct vhost_vsock *v)
{
	WRITE_ONCE(v->running, false);
	vsock_unblock(v);
	for (u32 i = 0; i < VSOCK_QUEUES; i++)
		if (vhost_vq_stop(v->vqs[i]))
			v->was_used |= vhost_vq_was_used(v->vqs[i]);
}

/*
 * A guest is also paused by stopping and starting. But when rings that had been
 * used are at their beginning, their driver has started anew: the guest was
 * reset, and knows nothing of its connections.
 */
static bool driver_is_new(struct vhost_vsock *v)
{
	return v->was_used && vhost_vq_is_new(&v->rx) &&
	       vhost_vq_is_new(&v->tx);
}

/*
 * Start the queues that are configured, or none. The others can be started
 * later; queues that run go on as they are.
 */
static int start_queues(struct vhost_vsock *v)
{
	u32 started = 0;
	int ret = 0;

	for (u32 i = 0; !ret && i < VSOCK_QUEUES; i++) {
		if (!vhost_vq_is_configured(v->vqs[i]))
			continue;
		ret = vhost_vq_start(v->vqs[i], v);
		started++;
	}
	if (!started)
		ret = -EFAULT;
	if (ret && !v->running)
		stop_queues(v);
	return ret;
}

static int start(struct vhost_vsock *v)
{
	int ret = start_queues(v);

	if (ret)
		return ret;
	if (driver_is_new(v))
		vsock_guest_reset(v);
	v->was_used = false;
	WRITE_ONCE(v->running, true);
	/* There may be packets from before, and kicks that were not polled. */
	vhost_vq_wake(&v->rx);
	vhost_vq_wake(&v->tx);
	return 0;
}

static int running_execute(struct vhost_io *io)
{
	struct vhost_vsock *v = vsock_device(io->dev);

	if (io->arg.u32)
		return start(v);
	vhost_vq_run_last(&v->tx);
	stop_queues(v);
	return 0;
}

/* ---- the core's calls ------------------------------------------------- */

static void features_changed(struct vhost_vq *vq)
{
	if (vq->index == VSOCK_RX)
		WRITE_ONCE(vsock_device(vq->dev)->seqpacket,
			   vhost_vq_has(vq, VIRTIO_VSOCK_F_SEQPACKET));
}

/*
 * RESET_OWNER and close: the guest is gone; its end is argued in lifecycle.c.
 * What it sent last is delivered if the owner's memory is still there.
 */
static void vsock_stop(struct vhost_dev *dev)
{
	struct vhost_vsock *v = vsock_device(dev);

	scoped_guard(mutex, &v->tx.lock)
		vhost_vq_run_last(&v->tx);
	WRITE_ONCE(v->running, false);
	for (u32 i = 0; i < VSOCK_QUEUES; i++) {
		guard(mutex)(&v->vqs[i]->lock);
		vhost_vq_stop(v->vqs[i]);
	}
	scoped_guard(mutex, &v->tx.lock)
		vsock_unblock(v);
	/* in this order: a guest that is not found cannot join a group again */
	vsock_guest_leave(v);
	vsock_groups_leave(v);
	WRITE_ONCE(v->seqpacket, false);
	v->was_used = false;
}

static const struct vhost_cmd vsock_cmds[] = {
	{ VHOST_VSOCK_SET_GUEST_CID, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  .prepare = cid_prepare, .apply = cid_apply, .finish = cid_finish },
	{ VHOST_VSOCK_SET_RUNNING,
	  VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_ALL_VQS,
	  .execute = running_execute },
	{ RINGSIDE_VSOCK_JOIN_GROUP, VHOST_CMD_IN,
	  .execute = vsock_group_join_execute },
	{ RINGSIDE_VSOCK_LEAVE_GROUP, VHOST_CMD_IN,
	  .execute = vsock_group_leave_execute },
	{ RINGSIDE_VSOCK_GET_GROUP, VHOST_CMD_IN | VHOST_CMD_OUT,
	  .execute = vsock_group_get_execute },
	{ RINGSIDE_VSOCK_NEXT_GUEST, VHOST_CMD_IN | VHOST_CMD_OUT,
	  .execute = vsock_next_guest_execute },
	{ RINGSIDE_VSOCK_SET_POLICY, VHOST_CMD_IN,
	  .execute = vsock_policy_set_execute },
	{ RINGSIDE_VSOCK_GET_POLICY, VHOST_CMD_IN | VHOST_CMD_OUT,
	  .execute = vsock_policy_get_execute },
};

static const struct vhost_dev_ops vsock_ops = {
	.kind = "vsock",
	.features = {
		VHOST_CORE_FEATURES | VHOST_BIT(VIRTIO_VSOCK_F_SEQPACKET) |
			VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM) |
			VHOST_BIT(VIRTIO_F_IN_ORDER),
	},
	.backend_features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2),
	.max_packets = VSOCK_MAX_PACKETS,
	.max_bytes = VSOCK_MAX_BYTES,
	.cmds = vsock_cmds,
	.n_cmds = ARRAY_SIZE(vsock_cmds),
	.features_changed = features_changed,
	.stop = vsock_stop,
};

/* ---- the file --------------------------------------------------------- */

static int init_device(struct vhost_vsock *v)
{
	v->quota = vsock_quota_new();
	if (!v->quota)
		return -ENOMEM;
	v->transport = &vsock_transport.transport;
	v->vqs[VSOCK_RX] = &v->rx;
	v->vqs[VSOCK_TX] = &v->tx;
	vhost_vq_init(&v->rx, &vsock_rx_ops);
	vhost_vq_init(&v->tx, &vsock_tx_ops);
	vsock_sendq_init(&v->sendq);
	__skb_queue_head_init(&v->taken);
	INIT_LIST_HEAD(&v->groups);
	xa_init(&v->siblings);
	return 0;
}

static void free_device(struct vhost_vsock *v)
{
	xa_destroy(&v->siblings);
	vsock_policy_free(&v->policy);
	vsock_quota_put(v->quota);
	if (v->net)
		put_net(v->net);
	kvfree(v);
}

static int vsock_open(struct inode *inode, struct file *file)
{
	struct vhost_vsock *v = kvzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!v)
		return -ENOMEM;
	ret = init_device(v);
	if (ret)
		goto err_memory;
	ret = vhost_dev_init(&v->dev, &vsock_ops, v->vqs, VSOCK_QUEUES);
	if (ret)
		goto err_device;
	if (COMPAT_VSOCK_NET)
		v->net = get_net(current->nsproxy->net_ns);
	file->private_data = &v->dev;
	return 0;

err_device:
	free_device(v);
	return ret;
err_memory:
	kvfree(v);
	return ret;
}

static int vsock_release(struct inode *inode, struct file *file)
{
	struct vhost_vsock *v = vsock_device(file->private_data);

	vhost_dev_close(&v->dev);
	free_device(v);
	return 0;
}

const struct file_operations vsock_device_fops = {
	VHOST_DEV_FILE_OPERATIONS,
	.open = vsock_open,
	.release = vsock_release,
};
