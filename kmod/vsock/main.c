// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_vsock.ko: /dev/vhost-vsock, and the transport from
 * host to guest.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "socket.h"
#include "vsock.h"

static struct miscdevice device_node = {
	.name = "vhost-vsock",
	.minor = VHOST_VSOCK_MINOR,
	.fops = &vsock_device_fops,
};

static int __init start(void)
{
	int ret = vsock_transport_register();

	if (ret)
		return ret;
	ret = misc_register(&device_node);
	if (ret)
		vsock_transport_unregister();
	return ret;
}
module_init(start);

/* Open devices and sockets of the transport each hold the module. */
static void __exit end(void)
{
	misc_deregister(&device_node);
	vsock_transport_unregister();
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: host side of virtio-vsock");
MODULE_ALIAS_MISCDEV(VHOST_VSOCK_MINOR);
MODULE_ALIAS("devname:vhost-vsock");
