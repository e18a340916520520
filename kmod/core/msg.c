// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: the owner reads misses from the file and writes updates and
 * invalidations to it.
 *
 * Reading and polling need no lock but that of the misses (miss.c); writing
 * takes dev->lock and the locks of all queues, as every change of the IOTLB
 * does.
 */
#include <linux/wait.h>

#include "core/locks.h"
#include "core/memory.h"
#include "core/msg.h"
#include "core/queue.h"

/* The two versions of a message differ in type and asid only. */
static_assert(sizeof(struct vhost_msg) == sizeof(struct vhost_msg_v2));
static_assert(offsetof(struct vhost_msg, iotlb) ==
	      offsetof(struct vhost_msg_v2, iotlb));

/* ---- reading ---------------------------------------------------------- */

static bool has_iotlb(const struct vhost_dev *dev)
{
	return READ_ONCE(dev->tlb);	/* not dereferenced */
}

static int wait_for_miss(struct vhost_dev *dev, bool wait,
			 struct ring_miss *what)
{
	bool got = vhost_dev_take_miss(dev, what);
	int ret;

	if (got)
		return 0;
	if (!wait)
		return -EAGAIN;
	ret = wait_event_interruptible(dev->miss_wait,
				       (got = vhost_dev_take_miss(dev, what)) ||
				       !has_iotlb(dev));
	if (ret)
		return ret;
	return got ? 0 : -EBADFD;
}

/* Zeroed as a whole first: no stale byte reaches the owner. */
static void fill_msg(const struct vhost_dev *dev, const struct ring_miss *what,
		     struct vhost_msg_v2 *msg)
{
	u64 v2 = VHOST_BIT(VHOST_BACKEND_F_IOTLB_MSG_V2);

	static_assert((int)RING_READ == VHOST_ACCESS_RO);
	static_assert((int)RING_WRITE == VHOST_ACCESS_WO);
	static_assert((int)RING_RW == VHOST_ACCESS_RW);
	memset(msg, 0, sizeof(*msg));
	msg->type = READ_ONCE(dev->backend_features) & v2 ?
		    VHOST_IOTLB_MSG_V2 : VHOST_IOTLB_MSG;
	msg->iotlb.iova = what->iova;
	msg->iotlb.perm = what->access;
	msg->iotlb.type = VHOST_IOTLB_MISS;
}

int vhost_msg_read(struct vhost_dev *dev, bool wait, struct vhost_msg_v2 *msg)
{
	struct ring_miss what;
	int ret = wait_for_miss(dev, wait, &what);

	if (!ret)
		fill_msg(dev, &what, msg);
	return ret;
}

/* ---- writing ---------------------------------------------------------- */

/* In the first version of a message asid is padding. */
static u32 asid_of(const struct vhost_dev *dev, const struct vhost_msg_v2 *msg)
{
	u64 asids = VHOST_BIT(VHOST_BACKEND_F_IOTLB_ASID);

	if (msg->type != VHOST_IOTLB_MSG_V2 || !(dev->backend_features & asids))
		return 0;
	return msg->asid;
}

static bool perm_ok(u8 perm)
{
	return perm == VHOST_ACCESS_RO || perm == VHOST_ACCESS_WO ||
	       perm == VHOST_ACCESS_RW;
}

static int check_msg(const struct vhost_iotlb_msg *msg)
{
	if (msg->type != VHOST_IOTLB_UPDATE &&
	    msg->type != VHOST_IOTLB_INVALIDATE)
		return -EFAULT;
	if (!msg->size)		/* an errno for each, as in Linux */
		return msg->type == VHOST_IOTLB_UPDATE ? -EINVAL : -EFAULT;
	if (msg->iova + (msg->size - 1) < msg->iova)
		return -EFAULT;
	if (msg->type == VHOST_IOTLB_INVALIDATE)
		return 0;
	if (!perm_ok(msg->perm))
		return -EINVAL;
	return vhost_user_range_ok(msg->uaddr, msg->size) ? 0 : -EFAULT;
}

static int table_error(enum ring_cause cause)
{
	if (cause == RING_OK)
		return 0;
	return cause == RING_BAD_NUM ? -ENOSPC : -EFAULT;
}

static int update(struct vhost_dev *dev, const struct vhost_iotlb_msg *msg)
{
	struct ring_range range = {
		.start = msg->iova,
		.last = msg->iova + (msg->size - 1),
		.user = msg->uaddr,
		.perm = msg->perm,
	};
	int ret;

	vhost_dev_lock_vqs(dev);
	if (ring_iotlb_moves(dev->tlb, &range))
		dev->unmaps++;
	ret = table_error(ring_iotlb_insert(dev->tlb, &range));
	vhost_dev_unlock_vqs(dev);
	if (ret)
		return ret;
	for (u32 i = 0; i < dev->nvqs; i++)
		if (vhost_vq_miss_covered(dev->vqs[i], &range))
			vhost_vq_wake(dev->vqs[i]);
	return 0;
}

/* When it returns, no queue uses the range: each was locked for a moment. */
static void invalidate(struct vhost_dev *dev, const struct vhost_iotlb_msg *msg)
{
	vhost_dev_lock_vqs(dev);
	dev->unmaps++;
	ring_iotlb_invalidate(dev->tlb, msg->iova,
			      msg->iova + (msg->size - 1));
	vhost_dev_unlock_vqs(dev);
}

/* For a device that keeps its translations itself. */
static int pass_msg(struct vhost_dev *dev, const struct vhost_msg_v2 *msg)
{
	guard(mutex)(&dev->lock);
	if (dev->revoked)
		return -ENODEV;
	if (!vhost_dev_is_owner(dev))
		return -EPERM;
	return dev->ops->msg(dev, asid_of(dev, msg), &msg->iotlb);
}

static int handle_msg(struct vhost_dev *dev, const struct vhost_iotlb_msg *msg)
{
	int ret = check_msg(msg);

	if (ret)
		return ret;
	guard(mutex)(&dev->lock);
	if (dev->revoked)
		return -ENODEV;
	if (!dev->tlb)
		return -EFAULT;
	if (!vhost_dev_is_owner(dev))
		return -EPERM;
	if (msg->type == VHOST_IOTLB_UPDATE)
		return update(dev, msg);
	invalidate(dev, msg);
	return 0;
}

int vhost_msg_write(struct vhost_dev *dev, const struct vhost_msg_v2 *msg)
{
	if (msg->type != VHOST_IOTLB_MSG && msg->type != VHOST_IOTLB_MSG_V2)
		return -EINVAL;
	return dev->ops->msg ? pass_msg(dev, msg) : handle_msg(dev, &msg->iotlb);
}
