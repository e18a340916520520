// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_net.ko: /dev/vhost-net.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "net.h"

/* There is no zero-copy transmit; management tools pass the parameter. */
static int zero_copy;
module_param_named(experimental_zcopytx, zero_copy, int, 0444);
MODULE_PARM_DESC(experimental_zcopytx, "accepted for compatibility; has no effect");

static struct miscdevice device_node = {
	.name = "vhost-net",
	.minor = VHOST_NET_MINOR,
	.fops = &net_device_fops,
};

static int __init start(void)
{
	if (zero_copy)
		pr_info("vhost_net: experimental_zcopytx has no effect: packets are always copied\n");
	return misc_register(&device_node);
}
module_init(start);

static void __exit end(void)
{
	misc_deregister(&device_node);
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: host side of virtio-net");
MODULE_ALIAS_MISCDEV(VHOST_NET_MINOR);
MODULE_ALIAS("devname:vhost-net");
