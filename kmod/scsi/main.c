// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of vhost_scsi.ko: /dev/vhost-scsi, and the fabric "vhost" of the
 * kernel's SCSI target.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "scsi.h"

static struct miscdevice device_node = {
	.name = "vhost-scsi",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &scsi_device_fops,
};

struct kmem_cache *scsi_cmd_cache;

/* Of our own: its end waits for functions that have just been completed. */
struct workqueue_struct *scsi_wq;

static int __init start(void)
{
	int ret = -ENOMEM;

	scsi_cmd_cache = KMEM_CACHE(scsi_cmd, SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN);
	if (!scsi_cmd_cache)
		return -ENOMEM;
	scsi_wq = alloc_workqueue("vhost_scsi", WQ_UNBOUND, 0);
	if (!scsi_wq)
		goto err_cache;
	ret = target_register_template(&scsi_fabric_ops);
	if (ret)
		goto err_queue;
	ret = misc_register(&device_node);
	if (ret)
		goto err_template;
	return 0;

err_template:
	target_unregister_template(&scsi_fabric_ops);
err_queue:
	destroy_workqueue(scsi_wq);
err_cache:
	kmem_cache_destroy(scsi_cmd_cache);
	return ret;
}
module_init(start);

/* Open devices and TPGs in configfs each hold the module. */
static void __exit end(void)
{
	misc_deregister(&device_node);
	target_unregister_template(&scsi_fabric_ops);
	destroy_workqueue(scsi_wq);
	kmem_cache_destroy(scsi_cmd_cache);
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: host side of virtio-scsi");
MODULE_ALIAS("tcm_vhost");
MODULE_ALIAS("devname:vhost-scsi");
