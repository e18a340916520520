// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of ringside_test_async.ko: /dev/vhost-test-async.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "test.h"

static struct miscdevice device_node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-test-async",
	.fops = &async_device_fops,
};
module_misc_device(device_node);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: a test device that completes requests later");
