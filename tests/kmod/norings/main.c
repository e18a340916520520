// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of ringside_test_norings.ko: /dev/vhost-test-norings, a device
 * as vhost_vdpa's are. The core does not walk its rings, it has no workers, and
 * it keeps translations itself. A kick leads to a call, from a hard
 * interrupt; what the device is asked it records, for tests/host/norings.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "norings.h"

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-test-norings",
	.fops = &norings_fops,
};
module_misc_device(node);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of devices whose rings the core does not walk");
