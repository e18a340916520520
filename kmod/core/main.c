// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost.ko: what every vhost device has in common. A library for the device
 * modules, and the generic netlink family that shows their devices; it has no
 * device node of its own.
 */
#include <linux/module.h>

#include "core/netlink.h"

static int __init core_init(void)
{
	return vhost_nl_register();
}

/* No module of ours is loaded that needs this one: there is no device. */
static void __exit core_exit(void)
{
	vhost_nl_unregister();
}

module_init(core_init);
module_exit(core_exit);

MODULE_DESCRIPTION("Ringside: host side of virtio, core");
MODULE_AUTHOR("The Ringside developers");
MODULE_LICENSE("GPL");
