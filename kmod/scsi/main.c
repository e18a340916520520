// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_scsi.ko: /dev/vhost-scsi, and the fabric "vhost" of the
 * kernel's SCSI target.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "scsi.h"

static struct miscdevice device_node = {
	.name = "vhost-scsi",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &scsi_device_fops,
};

static int __init start(void)
{
	int ret = scsi_resources_init();

	if (ret)
		return ret;
	ret = target_register_template(&scsi_fabric_ops);
	if (ret)
		goto err_resources;
	ret = misc_register(&device_node);
	if (ret)
		goto err_template;
	return 0;

err_template:
	target_unregister_template(&scsi_fabric_ops);
err_resources:
	scsi_resources_exit();
	return ret;
}
module_init(start);

/* Open devices and TPGs in configfs each hold the module. */
static void __exit end(void)
{
	misc_deregister(&device_node);
	target_unregister_template(&scsi_fabric_ops);
	scsi_resources_exit();
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: host side of virtio-scsi");
MODULE_ALIAS("tcm_vhost");
MODULE_ALIAS("devname:vhost-scsi");
