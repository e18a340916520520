// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target as configfs shows it: WWNs, their TPGs, the LUNs of these; and
 * which device uses which TPG.
 *
 * In the threads of whoever writes to configfs, with its inode locks held, and
 * in ioctls of devices, without. A device takes a TPG in two steps: it becomes
 * its user, under scsi_tpgs_lock; then it makes configfs keep the directory,
 * with no lock of ours held. A TPG that is being removed meanwhile waits in
 * scsi_tpg_drop() until the device has seen that, and let go of it.
 */
#include <linux/blk_types.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "scsi.h"

static LIST_HEAD(tpgs);			/* scsi_tpgs_lock */
static DECLARE_WAIT_QUEUE_HEAD(released);

/* ---- TPGs ------------------------------------------------------------- */

struct se_portal_group *scsi_tpg_make(struct se_wwn *se, const char *name)
{
	struct scsi_tpg *tpg;
	u16 tag;
	int ret;

	if (!strstarts(name, "tpgt_") ||
	    kstrtou16(name + strlen("tpgt_"), 10, &tag) || tag >= SCSI_TARGETS)
		return ERR_PTR(-EINVAL);
	tpg = kzalloc(sizeof(*tpg), GFP_KERNEL);
	if (!tpg)
		return ERR_PTR(-ENOMEM);
	tpg->wwn = container_of(se, struct scsi_wwn, se);
	tpg->tag = tag;
	ret = core_tpg_register(se, &tpg->se, tpg->wwn->proto);
	if (ret) {
		kfree(tpg);
		return ERR_PTR(ret);
	}
	scoped_guard(mutex, &scsi_tpgs_lock)
		list_add_tail(&tpg->node, &tpgs);
	return &tpg->se;
}

/* Off the list, so that no device finds it; false: one still has it. */
static bool unlist(struct scsi_tpg *tpg)
{
	guard(mutex)(&scsi_tpgs_lock);
	if (!list_empty(&tpg->node))
		list_del_init(&tpg->node);
	return !tpg->user;
}

/* configfs does not come here while a device keeps the directory. */
void scsi_tpg_drop(struct se_portal_group *se)
{
	struct scsi_tpg *tpg = scsi_tpg_of(se);

	wait_event(released, unlist(tpg));
	scsi_nexus_end(tpg);
	core_tpg_deregister(se);
	kfree(tpg);
}

/* ---- users ------------------------------------------------------------ */

static struct config_item *item_of(struct scsi_tpg *tpg)
{
	return &tpg->se.tpg_group.cg_item;
}

/* Become the user of all that can be had. */
static int become_user(struct vhost_scsi *v, struct scsi_endpoint *ep)
{
	struct scsi_tpg *tpg;
	bool found = false;
	int ret = -ENODEV;

	guard(mutex)(&scsi_tpgs_lock);
	list_for_each_entry(tpg, &tpgs, node) {
		if (!tpg->nexus || strcmp(tpg->wwn->name, ep->name))
			continue;
		if (tpg->user) {
			ret = -EBUSY;
			continue;
		}
		tpg->user = v;
		ep->tpg[tpg->tag] = tpg;
		found = true;
	}
	return found ? 0 : ret;
}

static void drop_user(struct scsi_endpoint *ep, u32 tag)
{
	scoped_guard(mutex, &scsi_tpgs_lock) {
		ep->tpg[tag]->user = NULL;
		ep->tpg[tag] = NULL;
		/* under the lock: it may be freed from here on */
		wake_up_all(&released);
	}
}

int scsi_tpgs_claim(struct vhost_scsi *v, struct scsi_endpoint *ep)
{
	int ret = become_user(v, ep);
	u32 kept = 0;

	if (ret)
		return ret;
	for (u32 i = 0; i < SCSI_TARGETS; i++) {
		if (!ep->tpg[i])
			continue;
		if (target_depend_item(item_of(ep->tpg[i])))
			drop_user(ep, i);
		else
			kept++;
	}
	return kept ? 0 : -ENODEV;
}

void scsi_tpgs_release(struct scsi_endpoint *ep)
{
	for (u32 i = 0; i < SCSI_TARGETS; i++) {
		if (!ep->tpg[i])
			continue;
		target_undepend_item(item_of(ep->tpg[i]));
		drop_user(ep, i);
	}
}

/* ---- LUNs ------------------------------------------------------------- */

static void lun_changed(struct se_portal_group *se, struct se_lun *lun,
			u32 reason)
{
	struct scsi_tpg *tpg = scsi_tpg_of(se);

	guard(mutex)(&scsi_tpgs_lock);
	if (tpg->user && READ_ONCE(tpg->user->hotplug))
		scsi_event_send(tpg->user, tpg->tag, lun->unpacked_lun,
				VIRTIO_SCSI_T_TRANSPORT_RESET, reason);
}

int scsi_lun_linked(struct se_portal_group *se, struct se_lun *lun)
{
	lun_changed(se, lun, VIRTIO_SCSI_EVT_RESET_RESCAN);
	return 0;
}

void scsi_lun_unlinked(struct se_portal_group *se, struct se_lun *lun)
{
	lun_changed(se, lun, VIRTIO_SCSI_EVT_RESET_REMOVED);
}

/* As the guest sees them, which is where its commands go. */
static const struct se_dev_entry *find_lun(const struct scsi_tpg *tpg, u16 lun)
{
	const struct se_dev_entry *deve;

	hlist_for_each_entry_rcu(deve, &tpg->nexus->se_node_acl->lun_entry_hlist,
				 link)
		if (deve->mapped_lun == lun)
			return deve;
	return NULL;
}

bool scsi_lun_exists(const struct scsi_tpg *tpg, u16 lun)
{
	guard(rcu)();
	return find_lun(tpg, lun);
}

u32 scsi_lun_block(const struct scsi_tpg *tpg, u16 lun)
{
	const struct se_dev_entry *deve;
	const struct se_device *dev;

	guard(rcu)();
	deve = find_lun(tpg, lun);
	dev = deve ? rcu_dereference(deve->se_lun->lun_se_dev) : NULL;
	return dev ? dev->dev_attrib.block_size : SECTOR_SIZE;
}
