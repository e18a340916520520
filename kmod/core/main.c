// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost.ko: what every vhost device has in common. A library for the device
 * modules; it has no device node of its own, so there is nothing to register.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Ringside: host side of virtio, core");
MODULE_AUTHOR("The Ringside developers");
MODULE_LICENSE("GPL");
