// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB misses: what queues wait for, and what of that the owner has read.
 *
 * A queue waits for one translation at a time, so one slot in each queue holds
 * all its misses: nothing is allocated, and the list stays short. A
 * miss stays in its slot from the time the queue met it until an update covers
 * it; unread ones are on dev->misses. A queue that meets the miss again after
 * the owner read it sends it again: an owner may ignore a miss at first, and map
 * the address later.
 *
 * In workers and in the owner's threads, under dev->miss_lock.
 */
#include <linux/poll.h>

#include "core/queue.h"

static bool same_miss(const struct ring_miss *a, const struct ring_miss *b)
{
	return a->iova == b->iova && a->access == b->access;
}

/* Return: false when the same miss is on the list already, unread. */
static bool list_miss(struct vhost_dev *dev, struct vhost_miss *miss,
		      const struct ring_miss *what)
{
	bool listed, new;

	spin_lock(&dev->miss_lock);
	listed = miss->state == VHOST_MISS_UNREAD;
	new = !listed || !same_miss(&miss->what, what);
	miss->what = *what;
	miss->state = VHOST_MISS_UNREAD;
	if (!listed)
		list_add_tail(&miss->node, &dev->misses);
	spin_unlock(&dev->miss_lock);
	return new;
}

void vhost_vq_missed(struct vhost_vq *vq)
{
	const struct ring_miss *what = ring_missed(&vq->ring);
	struct vhost_dev *dev = vq->dev;

	lockdep_assert_held(&vq->lock);
	if (!list_miss(dev, &vq->miss, what))
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

void vhost_dev_forget_misses(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++)
		vhost_vq_forget_miss(dev->vqs[i]);
	wake_up_interruptible_all(&dev->miss_wait);
}

bool vhost_vq_miss_covered(struct vhost_vq *vq, const struct ring_range *range)
{
	struct vhost_miss *miss = &vq->miss;
	bool covered;

	spin_lock(&vq->dev->miss_lock);
	covered = miss->state != VHOST_MISS_NONE &&
		  miss->what.iova >= range->start &&
		  miss->what.iova <= range->last;
	if (covered)
		forget_miss_locked(vq->dev, miss);
	spin_unlock(&vq->dev->miss_lock);
	return covered;
}

bool vhost_dev_take_miss(struct vhost_dev *dev, struct ring_miss *what)
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
