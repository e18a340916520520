// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at devices, queues and workers while they go on.
 *
 * In threads of administrators, under devices_lock, so the device stays, and its
 * queues, which are part of it, and its name. What else is read, and why that is
 * safe:
 *  - words of a queue that somebody may write meanwhile (state, size, positions,
 *    counters): read once each, so each value was there at some moment. No pointer
 *    is followed that may change.
 *  - what must fit together or is a pointer: the owner, features, the last
 *    failure. Under info_lock, a spinlock inside which nothing happens but copying.
 *    Ioctls take it, and a queue that breaks; no handler does in a run that goes
 *    well.
 *  - workers: under worker_lock. Workers take that when they are renamed, or die,
 *    never to serve a queue.
 *
 * Counters. Each has one writer at a time, which adds to an aligned word: on 64-bit
 * machines a reader finds the value from before or from after. They are read from
 * the last one of the struct to the first: what ends a chain before what begins it,
 * so that no more ends are seen than beginnings, but for machines that reorder
 * writes. On 32-bit machines a word has two halves, so there, and only there, the
 * locks of the writers are taken.
 */
#include <linux/pid.h>
#include <linux/sched/cputime.h>
#include <linux/sched/task.h>

#include "core/info.h"
#include "core/queue.h"

/* ---- queues ----------------------------------------------------------- */

static void copy_stats(const struct vhost_vq_stats *from,
		       struct vhost_vq_stats *to)
{
	const u64 *src = (const u64 *)from;
	u64 *dst = (u64 *)to;

	static_assert(sizeof(*from) % sizeof(u64) == 0);
	for (u32 i = sizeof(*from) / sizeof(u64); i > 0; i--)
		dst[i - 1] = READ_ONCE(src[i - 1]);
}

/* All writers excluded: stats.h says which there are. */
static void copy_stats_locked(struct vhost_vq *vq, struct vhost_vq_stats *to)
{
	wait_queue_head_t *head = vq->kick_poll.head;

	lockdep_assert_held(&vq->lock);
	scoped_guard(spinlock_irqsave, &vq->call_lock)
		copy_stats(&vq->stats, to);
	if (head) {
		scoped_guard(spinlock_irqsave, &head->lock)
			to->kicks = vq->stats.kicks;
	}
}

static void get_stats(struct vhost_vq *vq, const struct vhost_onlooker *who,
		      struct vhost_vq_stats *to)
{
	if (IS_ENABLED(CONFIG_64BIT)) {
		copy_stats(&vq->stats, to);
	} else if (who->has_vq_lock) {
		copy_stats_locked(vq, to);
	} else {
		scoped_guard(mutex, &vq->lock)
			copy_stats_locked(vq, to);
	}
}

static u32 in_flight(const struct vhost_vq_stats *s)
{
	u64 begun = s->chains, ended = s->unpopped + s->done + s->abandoned;

	return begun > ended ? begun - ended : 0;
}

static enum vhost_queue_state state_of(const struct vhost_vq *vq)
{
	static const enum vhost_queue_state of[] = {
		[VHOST_VQ_STOPPED] = VHOST_QUEUE_STATE_STOPPED,
		[VHOST_VQ_STARTING] = VHOST_QUEUE_STATE_STARTING,
		[VHOST_VQ_RUNNING] = VHOST_QUEUE_STATE_RUNNING,
		[VHOST_VQ_BROKEN] = VHOST_QUEUE_STATE_BROKEN,
	};

	if (vq->dev->ops->no_workers)
		return VHOST_QUEUE_STATE_EXTERNAL;
	return of[READ_ONCE(vq->state)];
}

/* Only what the engine has set up is somewhere. */
static bool has_position(enum vhost_queue_state state)
{
	return state == VHOST_QUEUE_STATE_RUNNING ||
	       state == VHOST_QUEUE_STATE_BROKEN;
}

static void get_under_info_lock(struct vhost_vq *vq, struct vhost_vq_info *info)
{
	scoped_guard(spinlock, &vq->dev->info_lock) {
		info->failure = vq->failure;
		info->format = vq->dev->features[0] &
					       VHOST_BIT(VIRTIO_F_RING_PACKED) ?
				       VHOST_RING_FORMAT_PACKED :
				       VHOST_RING_FORMAT_SPLIT;
	}
}

static void get_worker(struct vhost_vq *vq, const struct vhost_onlooker *who,
		       struct vhost_vq_info *info)
{
	struct vhost_worker *worker;

	guard(mutex)(&vq->dev->worker_lock);
	worker = vhost_worker_of(vq);
	if (!worker)
		return;
	info->has_worker = true;
	info->worker = worker->id;
	if (worker->thread)
		info->worker_tid = task_pid_nr_ns(worker->thread, who->pid_ns);
}

void vhost_vq_info_get(struct vhost_vq *vq, const struct vhost_onlooker *who,
		       struct vhost_vq_info *info)
{
	*info = (struct vhost_vq_info){
		.state = state_of(vq),
		.num = READ_ONCE(vq->config.num),
		.busyloop_us = READ_ONCE(vq->config.busyloop_us),
		.has_kick = READ_ONCE(vq->config.kick),
		.has_call = READ_ONCE(vq->config.call),
	};
	if (has_position(info->state)) {
		info->has_position = true;
		info->position = ring_position(&vq->ring);
	}
	get_under_info_lock(vq, info);
	get_worker(vq, who, info);
	get_stats(vq, who, &info->stats);
	info->in_flight = in_flight(&info->stats);
}

/* ---- workers ---------------------------------------------------------- */

void vhost_worker_info_get(struct vhost_worker *worker,
			   const struct vhost_onlooker *who,
			   struct vhost_worker_info *info)
{
	u64 user, system;

	lockdep_assert_held(&worker->dev->worker_lock);
	*info = (struct vhost_worker_info){
		.id = worker->id,
		.killed = worker->killed,
	};
	if (!worker->thread)
		return;
	info->tid = task_pid_nr_ns(worker->thread, who->pid_ns);
	get_task_comm(info->name, worker->thread);
	task_cputime_adjusted(worker->thread, &user, &system);
	info->cpu_ns = user + system;
}

static u32 count_workers(struct vhost_dev *dev)
{
	struct vhost_worker *worker;
	unsigned long id;
	u32 n = 0;

	guard(mutex)(&dev->worker_lock);
	xa_for_each(&dev->workers, id, worker)
		n++;
	return n;
}

/* ---- devices ---------------------------------------------------------- */

static enum vhost_dev_state running_state(struct vhost_dev *dev)
{
	enum vhost_dev_state state = READ_ONCE(dev->runs) ?
					     VHOST_DEV_STATE_RUNNING :
					     VHOST_DEV_STATE_OWNED;

	for (u32 i = 0; i < dev->nvqs; i++) {
		switch (READ_ONCE(dev->vqs[i]->state)) {
		case VHOST_VQ_STOPPED:
			break;
		case VHOST_VQ_BROKEN:
			return VHOST_DEV_STATE_BROKEN;
		case VHOST_VQ_STARTING:
		case VHOST_VQ_RUNNING:
			state = VHOST_DEV_STATE_RUNNING;
		}
	}
	return state;
}

static enum vhost_dev_state dev_state(struct vhost_dev *dev, bool owned)
{
	if (READ_ONCE(dev->closing))
		return VHOST_DEV_STATE_CLOSING;
	if (READ_ONCE(dev->revoked))
		return VHOST_DEV_STATE_REVOKED;
	return owned ? running_state(dev) : VHOST_DEV_STATE_UNOWNED;
}

void vhost_dev_info_get(struct vhost_dev *dev, struct vhost_dev_info *info)
{
	*info = (struct vhost_dev_info){
		.n_regions = READ_ONCE(dev->n_regions),
		.n_workers = count_workers(dev),
		.iotlb = READ_ONCE(dev->tlb),
		.log = READ_ONCE(dev->log_base),
	};
	scoped_guard(spinlock, &dev->info_lock) {
		info->owner = get_pid(dev->owner);
		memcpy(info->features, dev->features, sizeof(info->features));
		info->backend_features = dev->backend_features;
	}
	info->state = dev_state(dev, info->owner);
}
