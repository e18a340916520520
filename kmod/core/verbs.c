// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring verbs as device modules call them: for the memory, IOTLB and log
 * that are valid now, with completions gathered and counters kept; each result
 * of the engine goes through vhost_vq_handle_result().
 *
 * Everything here is under vq->lock, in a thread that has the owner's memory:
 * the queue's worker, or the owner's ioctl.
 */
#include <linux/module.h>

#include "core/queue.h"
#include "core/verbs.h"

/* Count the batch's chains from @first on. */
static void count_popped(struct vhost_vq *vq, u32 first)
{
	const struct ring_batch *b = &vq->batch;

	vq->stats.chains += b->n_chains - first;
	for (u32 i = first; i < b->n_chains; i++)
		vq->stats.bytes_read += b->chain[i].read_len;
}

enum ring_result vhost_vq_pop_more(struct vhost_vq *vq, u32 max)
{
	struct ring_batch *b = &vq->batch;
	u32 first = b->n_chains;
	enum ring_result rc;

	lockdep_assert_held(&vq->lock);
	b->max_chains = max(first, min(max, vq->max_chains));
	/* Guest addresses cost time: found for the log and kept chains only. */
	b->guest = unlikely(vq->space.log || vq->ops->release) ? vq->guest : NULL;
	rc = vhost_vq_handle_result(vq, ring_pop(&vq->ring, &vq->space, b));
	count_popped(vq, first);
	return rc;
}
EXPORT_SYMBOL_GPL(vhost_vq_pop_more);

enum ring_result vhost_vq_pop(struct vhost_vq *vq, u32 max)
{
	enum ring_result rc;

	lockdep_assert_held(&vq->lock);
	if (unlikely(vq->n_done)) {
		rc = vhost_vq_complete(vq);
		if (rc != RING_GOT)
			return rc;
	}
	vq->batch.n_chains = 0;
	vq->batch.n_segs = 0;
	return vhost_vq_pop_more(vq, max);
}
EXPORT_SYMBOL_GPL(vhost_vq_pop);

void vhost_vq_unpop(struct vhost_vq *vq, u32 first)
{
	struct ring_batch *b = &vq->batch;

	lockdep_assert_held(&vq->lock);
	if (first >= b->n_chains)
		return;
	b->max_chains = first;	/* there is more: vhost_vq_ran_dry() */
	if (unlikely(vq->state == VHOST_VQ_BROKEN)) {
		b->n_chains = first;	/* its base counts them as taken */
		return;
	}
	ring_unpop(&vq->ring, b->chain + first, b->n_chains - first);
	vq->stats.unpopped += b->n_chains - first;
	for (u32 i = first; i < b->n_chains; i++)
		vq->stats.bytes_unpopped += b->chain[i].read_len;
	b->n_chains = first;
	b->n_segs = b->chain[first].seg;
}
EXPORT_SYMBOL_GPL(vhost_vq_unpop);

bool vhost_vq_read_parts(const struct vhost_vq *vq, const struct ring_chain *c,
			 u32 skip, void *to, u32 len)
{
	struct iov_iter it;

	vhost_vq_readable(vq, c, &it);
	iov_iter_advance(&it, skip);
	return copy_from_iter_full(to, len, &it);
}
EXPORT_SYMBOL_GPL(vhost_vq_read_parts);

void vhost_vq_log_chain(struct vhost_vq *vq, const struct ring_chain *c,
			u32 written)
{
	const u64 *guest = vq->batch.guest;

	if (!vhost_vq_has(vq, VHOST_F_LOG_ALL))
		return;
	vhost_vq_handle_result(vq, ring_log_written(&vq->ring, &vq->space,
					   vhost_vq_write_segs(vq, c),
					   guest ? guest + c->seg + c->n_read : NULL,
					   c->n_write, min(written, c->write_len)));
}
EXPORT_SYMBOL_GPL(vhost_vq_log_chain);

/* Notify the driver, if it asked for it. */
static void call_driver(struct vhost_vq *vq)
{
	if (!ring_call_needed(&vq->ring, &vq->space)) {
		vq->stats.suppressed++;
	} else if (vq->config.call) {
		vq->stats.calls++;
		eventfd_signal(vq->config.call);
	}
}

static enum ring_result push_and_publish(struct vhost_vq *vq)
{
	enum ring_result rc;

	rc = vhost_vq_handle_result(vq, ring_push(&vq->ring, &vq->space, vq->done,
					 vq->n_done));
	if (unlikely(rc != RING_GOT))
		return rc;
	return vhost_vq_handle_result(vq, ring_publish(&vq->ring, &vq->space));
}

/* Count what was pushed. */
static void account(struct vhost_vq *vq)
{
	vq->was_used = true;
	vq->stats.done += vq->n_done;
	for (u32 i = 0; i < vq->n_done; i++)
		vq->stats.bytes_written += vq->done[i].len;
	vq->n_done = 0;
}

static void notify(struct vhost_vq *vq)
{
	call_driver(vq);
	if (unlikely(vq->space.log) && vq->dev->log_ctx)
		eventfd_signal(vq->dev->log_ctx);
}

enum ring_result vhost_vq_complete(struct vhost_vq *vq)
{
	enum ring_result rc;

	lockdep_assert_held(&vq->lock);
	if (!vq->n_done)
		return RING_GOT;
	rc = push_and_publish(vq);
	if (unlikely(rc != RING_GOT))
		return rc;
	account(vq);
	notify(vq);
	return RING_GOT;
}
EXPORT_SYMBOL_GPL(vhost_vq_complete);

void vhost_vq_call(struct vhost_vq *vq)
{
	unsigned long flags;

	spin_lock_irqsave(&vq->call_lock, flags);
	if (vq->config.call) {
		vq->stats.calls++;
		eventfd_signal(vq->config.call);
	}
	spin_unlock_irqrestore(&vq->call_lock, flags);
}
EXPORT_SYMBOL_GPL(vhost_vq_call);

enum ring_result vhost_vq_enable_kicks(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vhost_vq_handle_result(vq, ring_enable_kicks(&vq->ring, &vq->space));
}
EXPORT_SYMBOL_GPL(vhost_vq_enable_kicks);

enum ring_result vhost_vq_disable_kicks(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vhost_vq_handle_result(vq, ring_disable_kicks(&vq->ring, &vq->space));
}
EXPORT_SYMBOL_GPL(vhost_vq_disable_kicks);

enum ring_result vhost_vq_peek(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vhost_vq_handle_result(vq, ring_peek(&vq->ring, &vq->space));
}
