// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: the owner maps and unmaps, alone or in batches.
 *
 * In the owner's thread, under dev.lock. Nothing of a message has been checked.
 */
#include <linux/mm.h>

#include "vdpa/vdpa.h"

static int check_update(struct vdpa_user *u, u32 asid,
			const struct vhost_iotlb_msg *msg)
{
	u64 bytes = vdpa_msg_bytes(u, msg), last = msg->iova + (bytes - 1);

	if (!bytes)		/* none, or too many to count */
		return -EINVAL;
	if (!msg->perm || msg->perm & ~VHOST_ACCESS_RW)
		return -EINVAL;
	if (last < msg->iova || msg->uaddr + (bytes - 1) < msg->uaddr)
		return -EINVAL;
	if (msg->iova < u->range.first || last > u->range.last)
		return -EINVAL;
	return vdpa_space_is_free(u, asid, msg->iova, last) ? 0 : -EEXIST;
}

static int update(struct vdpa_user *u, u32 asid,
		  const struct vhost_iotlb_msg *msg)
{
	u64 last = msg->iova + (vdpa_msg_bytes(u, msg) - 1);
	int ret = check_update(u, asid, msg);

	if (!ret)
		ret = vdpa_log_cover(u, last);
	if (!ret)
		ret = u->vdpa->use_va ? vdpa_vma_map(u, asid, msg) :
					vdpa_pin_map(u, asid, msg);
	if (ret || u->space[asid].batch)
		return ret;
	ret = vdpa_space_sync(u, asid);
	if (!ret)
		return 0;
	/* It may have taken some of it. Whole runs go, so nothing is cut. */
	vdpa_space_remove(u, asid, msg->iova, last);
	vdpa_space_sync(u, asid);
	return ret;
}

/* PA mode maps whole pages, so it unmaps them whole, too. */
static int invalidate(struct vdpa_user *u, u32 asid,
		      const struct vhost_iotlb_msg *msg)
{
	u64 start = msg->iova, last = start + (msg->size - 1);
	int ret;

	if (!msg->size || last < start)
		return -EINVAL;
	if (!u->vdpa->use_va) {
		start &= PAGE_MASK;
		last |= ~PAGE_MASK;
	}
	ret = vdpa_space_remove(u, asid, start, last);
	if (ret || u->space[asid].batch)
		return ret;
	return vdpa_space_sync(u, asid);
}

static int begin_batch(struct vdpa_user *u, u32 asid,
		       const struct vhost_iotlb_msg *msg)
{
	u->space[asid].batch = true;
	return 0;
}

static int end_batch(struct vdpa_user *u, u32 asid,
		     const struct vhost_iotlb_msg *msg)
{
	u->space[asid].batch = false;
	return vdpa_space_sync(u, asid);
}

static int (*const handlers[])(struct vdpa_user *u, u32 asid,
			       const struct vhost_iotlb_msg *msg) = {
	[VHOST_IOTLB_UPDATE] = update,
	[VHOST_IOTLB_INVALIDATE] = invalidate,
	[VHOST_IOTLB_BATCH_BEGIN] = begin_batch,
	[VHOST_IOTLB_BATCH_END] = end_batch,
};

int vdpa_msg(struct vhost_dev *dev, u32 asid,
	     const struct vhost_iotlb_msg *msg)
{
	struct vdpa_user *u = vdpa_user_of(dev);

	lockdep_assert_held(&dev->lock);
	if (asid >= u->n_spaces)
		return -EINVAL;
	if (msg->type >= ARRAY_SIZE(handlers) || !handlers[msg->type])
		return -EINVAL;
	return handlers[msg->type](u, asid, msg);
}
