// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all devices and targets of the module share: memory for commands, a
 * workqueue, the lock of the TPGs.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "scsi.h"

struct kmem_cache *scsi_cmd_cache;
struct workqueue_struct *scsi_wq;
DEFINE_MUTEX(scsi_tpgs_lock);

int scsi_resources_init(void)
{
	/* of a command, only its sense data are copied to the guest */
	scsi_cmd_cache = KMEM_CACHE_USERCOPY(scsi_cmd,
				SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN, sense);
	if (!scsi_cmd_cache)
		return -ENOMEM;
	scsi_wq = alloc_workqueue("vhost_scsi", WQ_UNBOUND, 0);
	if (scsi_wq)
		return 0;
	kmem_cache_destroy(scsi_cmd_cache);
	return -ENOMEM;
}

void scsi_resources_exit(void)
{
	destroy_workqueue(scsi_wq);
	kmem_cache_destroy(scsi_cmd_cache);
}
