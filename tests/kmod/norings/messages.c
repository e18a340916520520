// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages, which the core passes on unchecked: recorded, and checked with
 * errnos that are this device's alone.
 *
 * In the owner's thread, under dev->lock.
 */
#include "norings.h"

static int begin_batch(struct norings *n)
{
	if (n->msg.batch)
		return -EALREADY;
	n->msg.batch = true;
	return 0;
}

static int end_batch(struct norings *n)
{
	if (!n->msg.batch)
		return -EINVAL;
	n->msg.batch = false;
	return 0;
}

static int check(struct norings *n, const struct vhost_iotlb_msg *msg)
{
	if (n->msg.asid >= NORINGS_ASIDS)
		return -ERANGE;
	switch (msg->type) {
	case VHOST_IOTLB_UPDATE:
		return msg->iova >= NORINGS_FULL_IOVA ? -ENOSPC : 0;
	case VHOST_IOTLB_INVALIDATE:
		return 0;
	case VHOST_IOTLB_BATCH_BEGIN:
		return begin_batch(n);
	case VHOST_IOTLB_BATCH_END:
		return end_batch(n);
	default:
		return -EBADMSG;
	}
}

int norings_msg(struct vhost_dev *dev, u32 asid,
		const struct vhost_iotlb_msg *msg)
{
	struct norings *n = norings_of(dev);

	lockdep_assert_held(&dev->lock);
	n->msg.count++;
	n->msg.type = msg->type;
	n->msg.asid = asid;
	n->msg.iova = msg->iova;
	n->msg.size = msg->size;
	n->msg.perm = msg->perm;
	return check(n, msg);
}
