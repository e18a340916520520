// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for kept chains: before queues stop, up to a limit (vhost_dev_drain()),
 * and before the device's memory goes, without one. What waits too long is
 * reported. kept.c has the lists, and wakes who waits here.
 *
 * In threads of the owner, under dev->lock; does not depend on workers.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/ratelimit.h>

#include "core/kept.h"
#include "core/queue.h"

/* Time between two messages about stuck chains, doubled each time. */
static const unsigned int first_report_ms = 5000, longest_report_ms = 600000;

/* Is no chain of this incarnation outstanding. */
static bool is_drained(struct vhost_vq *vq)
{
	bool drained;

	spin_lock_irq(&vq->keeping.lock);
	drained = !vq->keeping.n_current;
	spin_unlock_irq(&vq->keeping.lock);
	return drained;
}

/* Is no chain of any incarnation outstanding. */
static bool is_empty(struct vhost_vq *vq)
{
	bool empty;

	spin_lock_irq(&vq->keeping.lock);
	empty = hlist_empty(&vq->keeping.outstanding);
	spin_unlock_irq(&vq->keeping.lock);
	return empty;
}

static bool all_queues(struct vhost_dev *dev, bool (*is)(struct vhost_vq *vq))
{
	for (u32 i = 0; i < dev->nvqs; i++)
		if (!is(dev->vqs[i]))
			return false;
	return true;
}

/* Limits messages: the owner may drain often, and have many queues. */
static DEFINE_RATELIMIT_STATE(reports, 5 * HZ, 64);

static void report_stuck(struct vhost_vq *vq)
{
	unsigned long since = 0;
	struct vhost_kept *k;
	bool any = false;
	u16 id = 0;

	scoped_guard(spinlock_irq, &vq->keeping.lock)
		hlist_for_each_entry(k, &vq->keeping.outstanding, outstanding) {
			any = true;
			id = k->chain.id;	/* the last one is the oldest */
			since = k->since;
		}
	if (any && __ratelimit(&reports))
		pr_warn("vhost-%s%u: queue %u: waiting for chains, the oldest, id %u, for %u ms\n",
			vq->dev->ops->kind, vq->dev->id, vq->index, id,
			jiffies_to_msecs(jiffies - since));
}

static void report_all_stuck(struct vhost_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++)
		report_stuck(dev->vqs[i]);
}

bool vhost_dev_drain(struct vhost_dev *dev, unsigned int ms)
{
	unsigned int part = first_report_ms;

	lockdep_assert_held(&dev->lock);
	for (u32 i = 0; i < dev->nvqs; i++) {
		guard(mutex)(&dev->vqs[i]->lock);
		dev->vqs[i]->draining = dev->vqs[i]->backend;
	}
	for (; ms; part = min(2 * part, longest_report_ms)) {
		part = min(part, ms);
		if (wait_event_killable_timeout(dev->drained,
						all_queues(dev, is_drained),
						msecs_to_jiffies(part)))
			break;	/* drained, or killed */
		report_all_stuck(dev);
		ms -= part;
	}
	return all_queues(dev, is_drained);
}
EXPORT_SYMBOL_GPL(vhost_dev_drain);

/* In steps shorter than the hung task detector's limit: a device may be slow. */
void vhost_dev_wait_kept(struct vhost_dev *dev)
{
	unsigned int waited = 0, report = first_report_ms;

	while (!wait_event_timeout(dev->drained, all_queues(dev, is_empty),
				   msecs_to_jiffies(first_report_ms))) {
		waited += first_report_ms;
		if (waited < report)
			continue;
		report_all_stuck(dev);
		report = min(2 * report, longest_report_ms);
		waited = 0;
	}
}
