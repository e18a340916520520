// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_vdpa.ko: a driver on the vdpa bus that makes a device
 * node /dev/vhost-vdpa-N for each device bound to it.
 */
#include <linux/module.h>

#include "vdpa/vdpa.h"

static int __init vhost_vdpa_init(void)
{
	int ret = vdpa_files_init();

	if (ret)
		return ret;
	ret = vdpa_nodes_init();
	if (ret)
		goto err_files;
	ret = vdpa_register_driver(&vdpa_bus_driver);
	if (ret)
		goto err_nodes;
	return 0;

err_nodes:
	vdpa_nodes_exit();
err_files:
	vdpa_files_exit();
	return ret;
}
module_init(vhost_vdpa_init);

static void __exit vhost_vdpa_exit(void)
{
	vdpa_unregister_driver(&vdpa_bus_driver);
	vdpa_files_exit();
	vdpa_nodes_exit();
}
module_exit(vhost_vdpa_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Ringside: devices of the vdpa bus for user space");
