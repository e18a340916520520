// SPDX-License-Identifier: GPL-2.0-only
/*
 * LUNs whose capacity changes (virtio 1.3, 5.6.6.3). LIO tells nobody, so while
 * an endpoint is set, and the driver wants to know, it is looked at once a
 * second.
 *
 * In a workqueue, which the endpoint outlives; started and ended with dev->lock
 * held.
 */
#include <linux/workqueue.h>

#include "scsi.h"

enum {
	LOOK_MS = 1000,
	CAPACITY_CHANGED = 0x2a | 0x09 << 8,	/* ASC, and ASCQ above it */
};

/* Is this another size than last time; the first time it is not. */
static bool note_size(struct vhost_scsi *v, u32 index, sector_t blocks)
{
	void *now = xa_mk_value(blocks & LONG_MAX);
	void *before = xa_store(&v->sizes, index, now, GFP_KERNEL);

	return before && !xa_is_err(before) && before != now;
}

static void look_at_lun(struct vhost_scsi *v, const struct scsi_tpg *tpg,
			const struct se_lun *lun)
{
	struct se_device *dev = rcu_dereference_raw(lun->lun_se_dev);

	/* multimedia devices have other means (5.6.6.3) */
	if (!dev || dev->transport->get_device_type(dev) == TYPE_ROM)
		return;
	if (note_size(v, tpg->tag << 16 | lun->unpacked_lun,
		      dev->transport->get_blocks(dev)))
		scsi_event_send(v, tpg->tag, lun->unpacked_lun,
				VIRTIO_SCSI_T_PARAM_CHANGE, CAPACITY_CHANGED);
}

/* The mutex keeps the LUNs of the list, and their devices. */
static void look_at_tpg(struct vhost_scsi *v, struct scsi_tpg *tpg)
{
	struct se_lun *lun;

	guard(mutex)(&tpg->se.tpg_lun_mutex);
	hlist_for_each_entry(lun, &tpg->se.tpg_lun_hlist, link)
		look_at_lun(v, tpg, lun);
}

static void look(struct work_struct *work)
{
	struct vhost_scsi *v = container_of(to_delayed_work(work),
					    struct vhost_scsi, look);

	for (u32 i = 0; i < SCSI_TARGETS; i++)
		if (v->endpoint->tpg[i])
			look_at_tpg(v, v->endpoint->tpg[i]);
	queue_delayed_work(scsi_wq, &v->look, msecs_to_jiffies(LOOK_MS));
}

void scsi_changes_init(struct vhost_scsi *v)
{
	INIT_DELAYED_WORK(&v->look, look);
	xa_init(&v->sizes);
}

void scsi_changes_start(struct vhost_scsi *v)
{
	if (READ_ONCE(v->change))
		queue_delayed_work(scsi_wq, &v->look, 0);
}

void scsi_changes_stop(struct vhost_scsi *v)
{
	cancel_delayed_work_sync(&v->look);
	xa_destroy(&v->sizes);
}
