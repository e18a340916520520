// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device file: what it offers, open and release.
 *
 * In threads that hold the file. Everything between open and release is the
 * core's, which calls net_ops.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "net.h"

#define TUNNEL_FEATURES                                        \
	(VHOST_BIT(VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO) |        \
	 VHOST_BIT(VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO))

static const struct vhost_cmd net_cmds[] = {
	{ VHOST_NET_SET_BACKEND,
	  VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_VQ,
	  .prepare = net_backend_prepare, .check = net_backend_check,
	  .execute = net_backend_execute, .finish = net_backend_finish },
};

/*
 * Checksum and segmentation offloads are between guest and tap; the owner
 * offers them as it set the tap up. Bit 27, VHOST_NET_F_VIRTIO_NET_HDR, is
 * among the core's: there it is called ANY_LAYOUT.
 */
static const struct vhost_dev_ops net_ops = {
	.kind = "net",
	.features = {
		VHOST_CORE_FEATURES | VHOST_BIT(VIRTIO_NET_F_MRG_RXBUF) |
			VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM) |
			VHOST_BIT(VIRTIO_F_IN_ORDER) |
			VHOST_BIT(VIRTIO_F_RING_RESET),
		COMPAT_VNET_TUNNEL ? TUNNEL_FEATURES : 0,
	},
	.backend_features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2),
	.max_packets = NET_MAX_PACKETS,
	.max_bytes = NET_MAX_BYTES,
	.cmds = net_cmds,
	.n_cmds = ARRAY_SIZE(net_cmds),
	.stop = net_backends_stop,
};
static_assert(VHOST_NET_F_VIRTIO_NET_HDR == VIRTIO_F_ANY_LAYOUT);

static int net_open(struct inode *inode, struct file *file)
{
	struct vhost_net *net = kvzalloc(sizeof(*net), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!net)
		return -ENOMEM;
	net->vqs[NET_RX] = &net->rx.vq;
	net->vqs[NET_TX] = &net->tx.vq;
	vhost_vq_init(&net->rx.vq, &net_rx_ops);
	vhost_vq_init(&net->tx.vq, &net_tx_ops);
	vhost_poll_init(&net->rx.poll, &net->rx.vq, EPOLLIN);
	vhost_poll_init(&net->tx.poll, &net->tx.vq, EPOLLOUT);
	ret = vhost_dev_init(&net->dev, &net_ops, net->vqs, NET_QUEUES);
	if (ret) {
		kvfree(net);
		return ret;
	}
	file->private_data = &net->dev;
	return 0;
}

static int net_release(struct inode *inode, struct file *file)
{
	struct vhost_dev *dev = file->private_data;

	vhost_dev_close(dev);
	kvfree(container_of(dev, struct vhost_net, dev));
	return 0;
}

const struct file_operations net_device_fops = {
	VHOST_DEV_FILE_OPERATIONS,
	.open = net_open,
	.release = net_release,
};
