// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: the owner reads misses from the file and writes updates and
 * invalidations to it.
 *
 * A queue waits for one translation at a time, so one slot in each queue holds
 * all its misses: nothing is allocated, and nobody can make the list long. A
 * miss stays in its slot from the time the queue met it until an update covers
 * it; unread ones are on dev->misses. A queue that meets the miss again after
 * the owner read it asks again: an owner may decline silently, and later think
 * otherwise.
 *
 * Reading and polling need no lock but miss_lock; writing takes dev->lock and
 * the locks of all queues, as every change of the IOTLB does.
 */
#include <linux/module.h>
#include <linux/uaccess.h>

#include "core/internal.h"
#include "core/memory.h"

/* The two forms of a message differ in the type, and in a word we ignore. */
static_assert(sizeof(struct vhost_msg) == sizeof(struct vhost_msg_v2));
static_assert(offsetof(struct vhost_msg, iotlb) ==
	      offsetof(struct vhost_msg_v2, iotlb));

/* ---- the queue's side ------------------------------------------------- */

static bool same_miss(const struct ring_miss *a, const struct ring_miss *b)
{
	return a->iova == b->iova && a->access == b->access;
}

/* Put it on the list; false when it is there, unread. */
static bool note_miss(struct vhost_dev *dev, struct vhost_miss *miss,
		      const struct ring_miss *what)
{
	bool listed, news;

	spin_lock(&dev->miss_lock);
	listed = miss->state == VHOST_MISS_UNREAD;
	news = !listed || !same_miss(&miss->what, what);
	miss->what = *what;
	miss->state = VHOST_MISS_UNREAD;
	if (!listed)
		list_add_tail(&miss->node, &dev->misses);
	spin_unlock(&dev->miss_lock);
	return news;
}

void vhost_vq_missed(struct vhost_vq *vq)
{
	const struct ring_miss *what = ring_missed(&vq->ring);
	struct vhost_dev *dev = vq->dev;

	lockdep_assert_held(&vq->lock);
	if (!note_miss(dev, &vq->miss, what))
		return;
	vq->stats.misses++;
	wake_up_interruptible_poll(&dev->miss_wait, EPOLLIN | EPOLLRDNORM);
}

static void forget_miss_locked(struct vhost_dev *dev, struct vhost_miss *miss)
{
	lockdep_assert_held(&dev->miss_lock);
	if (miss->state == VHOST_MISS_UNREAD)
		list_del_init(&miss->node);
	miss->state = VHOST_MISS_NONE;
}

void vhost_vq_forget_miss(struct vhost_vq *vq)
{
	spin_lock(&vq->dev->miss_lock);
	forget_miss_locked(vq->dev, &vq->miss);
	spin_unlock(&vq->dev->miss_lock);
}

/* There is no IOTLB any more: readers leave, nobody waits for an answer. */
void vhost_dev_forget_misses(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++)
		vhost_vq_forget_miss(dev->vqs[i]);
	wake_up_interruptible_all(&dev->miss_wait);
}

/* Was the queue waiting for something in this range; if so, no longer. */
static bool answered(struct vhost_vq *vq, const struct ring_range *range)
{
	struct vhost_miss *miss = &vq->miss;
	bool answer;

	spin_lock(&vq->dev->miss_lock);
	answer = miss->state != VHOST_MISS_NONE &&
		 miss->what.iova >= range->start &&
		 miss->what.iova <= range->last;
	if (answer)
		forget_miss_locked(vq->dev, miss);
	spin_unlock(&vq->dev->miss_lock);
	return answer;
}

/* ---- reading ---------------------------------------------------------- */

static bool take_miss(struct vhost_dev *dev, struct ring_miss *what)
{
	struct vhost_miss *miss;

	spin_lock(&dev->miss_lock);
	miss = list_first_entry_or_null(&dev->misses, struct vhost_miss, node);
	if (miss) {
		list_del_init(&miss->node);
		miss->state = VHOST_MISS_READ;
		*what = miss->what;
	}
	spin_unlock(&dev->miss_lock);
	return miss;
}

static bool has_iotlb(const struct vhost_dev *dev)
{
	return READ_ONCE(dev->tlb);	/* only looked at, never followed */
}

static int wait_for_miss(struct vhost_dev *dev, bool wait,
			 struct ring_miss *what)
{
	bool got = take_miss(dev, what);
	int ret;

	if (got)
		return 0;
	if (!wait)
		return -EAGAIN;
	ret = wait_event_interruptible(dev->miss_wait,
				       (got = take_miss(dev, what)) ||
				       !has_iotlb(dev));
	if (ret)
		return ret;
	return got ? 0 : -EBADFD;
}

/* Zeroed as a whole first: no byte of it is left over from anything. */
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

ssize_t vhost_dev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct vhost_dev *dev = iocb->ki_filp->private_data;
	bool wait = !(iocb->ki_filp->f_flags & O_NONBLOCK) &&
		    !(iocb->ki_flags & IOCB_NOWAIT);
	struct vhost_msg_v2 msg;
	struct ring_miss what;
	int ret;

	if (iov_iter_count(to) < sizeof(msg))
		return 0;
	ret = wait_for_miss(dev, wait, &what);
	if (ret)
		return ret;
	fill_msg(dev, &what, &msg);
	/* A miss lost here is sent again when the queue meets it again. */
	return copy_to_iter(&msg, sizeof(msg), to) == sizeof(msg) ?
	       (ssize_t)sizeof(msg) : -EFAULT;
}
EXPORT_SYMBOL_GPL(vhost_dev_read_iter);

__poll_t vhost_dev_poll(struct file *file, poll_table *wait)
{
	struct vhost_dev *dev = file->private_data;

	poll_wait(file, &dev->miss_wait, wait);
	/* Nobody is woken before the list is filled: a look is enough. */
	return list_empty_careful(&dev->misses) ? 0 : EPOLLIN | EPOLLRDNORM;
}
EXPORT_SYMBOL_GPL(vhost_dev_poll);

/* ---- writing ---------------------------------------------------------- */

/* A message of either version, as much of it as there is. */
static int parse_msg(struct iov_iter *from, struct vhost_msg_v2 *msg)
{
	const size_t bytes = offsetof(struct vhost_msg_v2, iotlb) +
			     sizeof(msg->iotlb);

	if (copy_from_iter(msg, bytes, from) != bytes)
		return -EINVAL;
	if (msg->type != VHOST_IOTLB_MSG && msg->type != VHOST_IOTLB_MSG_V2)
		return -EINVAL;
	return 0;
}

/* In the first version that word is padding. */
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
	if (!msg->size)		/* two errnos, as in Linux */
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
	ret = table_error(ring_iotlb_insert(dev->tlb, &range));
	vhost_dev_unlock_vqs(dev);
	if (ret)
		return ret;
	for (u32 i = 0; i < dev->nvqs; i++)
		if (answered(dev->vqs[i], &range))
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

/* Of a device that keeps its translations itself. */
static int pass_msg(struct vhost_dev *dev, const struct vhost_msg_v2 *msg)
{
	guard(mutex)(&dev->lock);
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
	if (!dev->tlb)
		return -EFAULT;
	if (!vhost_dev_is_owner(dev))
		return -EPERM;
	if (msg->type == VHOST_IOTLB_UPDATE)
		return update(dev, msg);
	invalidate(dev, msg);
	return 0;
}

ssize_t vhost_dev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vhost_dev *dev = iocb->ki_filp->private_data;
	struct vhost_msg_v2 msg;
	int ret = parse_msg(from, &msg);

	if (!ret)
		ret = dev->ops->msg ? pass_msg(dev, &msg) :
				      handle_msg(dev, &msg.iotlb);
	return ret ? ret : (ssize_t)sizeof(struct vhost_msg);
}
EXPORT_SYMBOL_GPL(vhost_dev_write_iter);
