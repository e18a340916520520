// SPDX-License-Identifier: GPL-2.0-only
/* vdpa_blk.ko: registers what an administrator makes devices with. */
#include <linux/module.h>

#include "mgmt.h"
#include "settings.h"

static int __init vdpa_blk_init(void)
{
	int err = vblk_settings_register();

	if (err)
		return err;
	err = vblk_mgmt_register();
	if (err)
		vblk_settings_unregister();
	return err;
}
module_init(vdpa_blk_init);

static void __exit vdpa_blk_exit(void)
{
	vblk_mgmt_unregister();
	vblk_dev_await_frees();
	vblk_settings_unregister();
}
module_exit(vdpa_blk_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("virtio-blk vDPA devices on block devices of the host");
