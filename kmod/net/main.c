// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_net.ko: /dev/vhost-net.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "net.h"

/* Zero-copy transmit is not there; management tools pass the parameter. */
static int experimental_zcopytx;
module_param(experimental_zcopytx, int, 0444);
MODULE_PARM_DESC(experimental_zcopytx, "accepted for compatibility; has no effect");

static struct miscdevice vhost_net_misc = {
	.minor = VHOST_NET_MINOR,
	.name = "vhost-net",
	.fops = &vhost_net_fops,
};

static int __init vhost_net_init(void)
{
	if (experimental_zcopytx)
		pr_info("vhost_net: experimental_zcopytx has no effect: packets are always copied\n");
	return misc_register(&vhost_net_misc);
}
module_init(vhost_net_init);

static void __exit vhost_net_exit(void)
{
	misc_deregister(&vhost_net_misc);
}
module_exit(vhost_net_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: host side of virtio-net");
MODULE_ALIAS_MISCDEV(VHOST_NET_MINOR);
MODULE_ALIAS("devname:vhost-net");
