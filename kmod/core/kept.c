// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kept chains: see kept.h for their life and for how a queue with them stops.
 *
 * A kept chain is on one of three lists of its queue:
 *	outstanding	the device has it		keeping.lock
 *	completed	the worker has not seen it	keeping.lock
 *	pending		it waits to be pushed		vq->lock
 * Chains leave the first in any order, the others in theirs. None is a list_head:
 * many kernels check each of these at every step.
 * keeping.lock is taken in interrupts and nothing but wake-ups is inside it.
 * A thread that finds the list of outstanding chains empty under that lock knows
 * that no vhost_kept_complete() still uses the queue.
 */
#include <linux/jiffies.h>
#include <linux/list_sort.h>
#include <linux/module.h>

#include "core/kept.h"
#include "core/kept_fifo.h"
#include "core/queue.h"
#include "core/verbs.h"

void vhost_keeping_init(struct vhost_keeping *keeping)
{
	spin_lock_init(&keeping->lock);
	INIT_HLIST_HEAD(&keeping->outstanding);
}

/* ---- keeping ---------------------------------------------------------- */

/* Changes when an address may have got another translation than it had. */
static u64 translation(const struct vhost_vq *vq, bool iova)
{
	return iova ? vq->dev->unmaps : vq->space.mem->gen;
}

void vhost_vq_keep(struct vhost_vq *vq, const struct ring_chain *c,
		   struct vhost_kept *k, struct vhost_buf *buf)
{
	const struct ring_batch *b = &vq->batch;
	u32 from_end = b->n_chains - (c - b->chain);
	bool iova = vhost_vq_has(vq, VIRTIO_F_ACCESS_PLATFORM);
	u32 first = c->seg + c->n_read;

	*k = (struct vhost_kept){
		.vq = vq,
		.buf = buf,
		.chain = *c,
		.ordinal = vhost_vq_popped(vq) - from_end,
		.incarnation = vq->incarnation,
		.since = jiffies,
		.translation = translation(vq, iova),
		.iova = iova,
	};
	for (u32 i = 0; i < c->n_write; i++)
		buf[i] = (struct vhost_buf){
			.guest = b->guest[first + i],
			.user = b->seg[first + i].base,
			.len = b->seg[first + i].len,
		};
	spin_lock_irq(&vq->keeping.lock);
	hlist_add_head(&k->outstanding, &vq->keeping.outstanding);
	vq->keeping.n_current++;
	spin_unlock_irq(&vq->keeping.lock);
}
EXPORT_SYMBOL_GPL(vhost_vq_keep);

void vhost_kept_complete(struct vhost_kept *k, u32 written)
{
	struct vhost_vq *vq = k->vq;
	struct vhost_keeping *keeping = &vq->keeping;
	unsigned long flags;
	bool first;

	k->written = min(written, k->chain.write_len);
	spin_lock_irqsave(&keeping->lock, flags);
	first = !keeping->completed.first;
	hlist_del(&k->outstanding);
	kept_add(&keeping->completed, k);
	if (k->incarnation == vq->incarnation)
		keeping->n_current--;
	/* Without a worker the chain is found when the queue stops. */
	if (first)
		vhost_vq_queue(vq, &vq->work);
	/* Waiters look under this lock after they joined the wait queue. */
	if (!keeping->n_current && waitqueue_active(&vq->dev->drained))
		wake_up(&vq->dev->drained);
	spin_unlock_irqrestore(&keeping->lock, flags);
}
EXPORT_SYMBOL_GPL(vhost_kept_complete);

/* ---- responding ------------------------------------------------------- */

/* Add a segment with the translation that the pop found. */
static enum ring_result reuse(struct ring_batch *b, const struct vhost_buf *buf,
			      u32 skip, u32 len)
{
	if (!len)
		return RING_GOT;
	if (b->n_segs == b->max_segs)
		return RING_EMPTY;
	b->seg[b->n_segs++] = (struct ring_seg){ buf->user + skip, len };
	return RING_GOT;
}

/*
 * Add segments with the current translation. Where the write goes to another
 * place than the pop found, it is logged here.
 */
static enum ring_result translate(struct vhost_vq *vq,
				  const struct vhost_kept *k,
				  const struct vhost_buf *buf, u32 skip, u32 len)
{
	struct ring_batch *b = &vq->batch;
	u32 n = b->max_segs - b->n_segs;
	enum ring_result rc;

	rc = ring_translate(&vq->ring, &vq->space, buf->guest + skip, len,
			    RING_WRITE, b->seg + b->n_segs, &n);
	for (u32 i = 0; i < n && k->iova && rc == RING_GOT; i++)
		rc = ring_log_user(&vq->ring, &vq->space,
				   b->seg[b->n_segs + i].base,
				   b->seg[b->n_segs + i].len);
	b->n_segs += n;
	return vhost_vq_handle_result(vq, rc);
}

/* Map the part of [offset, offset + len) in @buf, and take it off both. */
static enum ring_result map_part(struct vhost_vq *vq,
				 const struct vhost_kept *k,
				 const struct vhost_buf *buf, u32 *offset,
				 u32 *len)
{
	u32 skip = min(*offset, buf->len);
	u32 part = min(*len, buf->len - skip);

	*offset -= skip;
	*len -= part;
	if (k->translation == translation(vq, k->iova))
		return reuse(&vq->batch, buf, skip, part);
	return translate(vq, k, buf, skip, part);
}

/* Between two runs the batch holds nothing: its segments serve here. */
enum ring_result vhost_kept_writable(struct vhost_vq *vq,
				     const struct vhost_kept *k, u32 offset,
				     u32 len, struct iov_iter *it)
{
	const struct vhost_buf *buf = k->buf;
	struct ring_batch *b = &vq->batch;
	u32 left = len;

	lockdep_assert_held(&vq->lock);
	if (k->iova != vhost_vq_has(vq, VIRTIO_F_ACCESS_PLATFORM))
		return RING_EMPTY;
	b->n_chains = 0;
	b->n_segs = 0;
	for (u32 i = 0; left && i < k->chain.n_write; i++) {
		enum ring_result rc = map_part(vq, k, buf + i, &offset, &left);

		if (rc != RING_GOT)
			return rc;
	}
	iov_iter_init(it, ITER_DEST, vhost_seg_iov(b->seg), b->n_segs,
		      len - left);
	return RING_GOT;
}
EXPORT_SYMBOL_GPL(vhost_kept_writable);

void __user *vhost_kept_at(const struct vhost_vq *vq,
			   const struct vhost_kept *k, u32 offset, u32 len)
{
	const struct vhost_buf *buf = k->buf;

	if (k->translation != translation(vq, k->iova) ||
	    k->iova != vhost_vq_has(vq, VIRTIO_F_ACCESS_PLATFORM) ||
	    !k->chain.n_write || (u64)offset + len > buf->len)
		return NULL;
	return (void __user *)(buf->user + offset);
}
EXPORT_SYMBOL_GPL(vhost_kept_at);

enum ring_result vhost_kept_write_parts(struct vhost_vq *vq,
					const struct vhost_kept *k, u32 offset,
					const void *from, u32 len)
{
	enum ring_result rc;
	struct iov_iter it;

	rc = vhost_kept_writable(vq, k, offset, len, &it);
	if (rc != RING_GOT)
		return rc;
	return copy_to_iter(from, len, &it) == len ? RING_GOT : RING_EMPTY;
}
EXPORT_SYMBOL_GPL(vhost_kept_write_parts);

/* Memory may have left the table since the pop: what is there is logged. */
static enum ring_result log_kept(struct vhost_vq *vq, const struct vhost_kept *k)
{
	const struct vhost_buf *buf = k->buf;
	enum ring_result rc = RING_GOT;
	u32 left = k->written;

	if (!vhost_vq_has(vq, VHOST_F_LOG_ALL))
		return RING_GOT;
	for (u32 i = 0; left && i < k->chain.n_write && rc == RING_GOT; i++) {
		u32 part = min(left, buf[i].len);

		rc = k->iova ? ring_log_user(&vq->ring, &vq->space, buf[i].user,
					     part) :
			       ring_log_guest(&vq->ring, &vq->space,
					      buf[i].guest, part);
		left -= part;
	}
	return vhost_vq_handle_result(vq, rc);
}

static enum ring_result respond_one(struct vhost_vq *vq, struct vhost_kept *k)
{
	enum ring_result rc = RING_GOT, logged;

	if (vq->ops->respond)
		rc = vq->ops->respond(vq, k);
	if (rc != RING_GOT && rc != RING_EMPTY)
		return rc;
	/* Some may have been written before the rest was found to be gone. */
	logged = log_kept(vq, k);
	if (rc == RING_EMPTY) {
		k->written = 0;
		vq->stats.vanished++;
	}
	if (logged == RING_GOT)
		vq->done[vq->n_done++] = ring_done(&k->chain, k->written);
	return logged;
}

/* ---- pushing ---------------------------------------------------------- */

static void release_all(struct vhost_vq *vq, struct vhost_kept_fifo *fifo,
			enum vhost_kept_end how)
{
	struct vhost_kept *k;

	while ((k = kept_take(fifo)))
		vq->ops->release(vq, k, how);
}

/*
 * What an earlier incarnation of the queue kept is no longer in the ring. A
 * broken ring takes nothing.
 */
void vhost_vq_take_kept(struct vhost_vq *vq)
{
	struct vhost_kept_fifo completed;
	struct vhost_kept *k;

	lockdep_assert_held(&vq->lock);
	if (!vq->ops->release)
		return;
	spin_lock_irq(&vq->keeping.lock);
	completed = kept_take_all(&vq->keeping.completed);
	spin_unlock_irq(&vq->keeping.lock);
	while ((k = kept_take(&completed))) {
		if (likely(k->incarnation == vq->incarnation)) {
			kept_add(&vq->keeping.pending, k);
			continue;
		}
		vq->stats.late++;
		vq->ops->release(vq, k, VHOST_KEPT_DROPPED);
	}
	if (vq->state == VHOST_VQ_BROKEN)
		release_all(vq, &vq->keeping.pending, VHOST_KEPT_DROPPED);
}

/*
 * Push one batch out of @todo. What waits for a translation goes back to those
 * pending, and does not hold up the others. Return: false on a broken ring.
 */
static bool push_some(struct vhost_vq *vq, struct vhost_kept_fifo *todo)
{
	struct vhost_kept_fifo responded = {};

	while (todo->first && vq->n_done < vq->max_chains) {
		enum ring_result rc = respond_one(vq, todo->first);

		if (rc == RING_BROKEN)
			break;
		kept_add(rc == RING_GOT ? &responded : &vq->keeping.pending,
			 kept_take(todo));
	}
	if (vhost_vq_complete(vq) == RING_GOT) {
		release_all(vq, &responded, VHOST_KEPT_PUSHED);
	} else {
		vq->n_done = 0;
		kept_put_first(todo, responded);
	}
	return vq->state == VHOST_VQ_RUNNING;
}

bool vhost_vq_push_kept(struct vhost_vq *vq)
{
	struct vhost_kept_fifo todo;
	bool running = true;

	lockdep_assert_held(&vq->lock);
	todo = kept_take_all(&vq->keeping.pending);
	while (running && todo.first)
		running = push_some(vq, &todo);
	kept_put_first(&vq->keeping.pending, todo);
	return running;
}

/* ---- stopping --------------------------------------------------------- */

static int later_first(void *priv, const struct list_head *a,
		       const struct list_head *b)
{
	u64 x = list_entry(a, struct vhost_kept, sorted)->ordinal;
	u64 y = list_entry(b, struct vhost_kept, sorted)->ordinal;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The pending chains, those that were popped last first. */
static void sort_pending(struct vhost_vq *vq, struct list_head *sorted)
{
	struct vhost_kept *k;

	while ((k = kept_take(&vq->keeping.pending)))
		list_add(&k->sorted, sorted);
	list_sort(NULL, sorted, later_first);
}

/*
 * Give back those of the pending chains that were popped last. Return: the base
 * without them.
 */
static u32 give_back(struct vhost_vq *vq, u32 base)
{
	u32 flags = vhost_vq_ring_flags(vq);
	struct vhost_kept *k, *next;
	LIST_HEAD(sorted);

	sort_pending(vq, &sorted);
	list_for_each_entry_safe(k, next, &sorted, sorted) {
		list_del(&k->sorted);
		if (k->ordinal + 1 != vhost_vq_popped(vq)) {
			/* nor are those before it the last ones */
			kept_add(&vq->keeping.pending, k);
			continue;
		}
		base = ring_base_without(flags, vq->config.num, base, &k->chain);
		vq->stats.unpopped++;
		vq->stats.bytes_read -= k->chain.read_len;
		vq->ops->release(vq, k, VHOST_KEPT_GIVEN_BACK);
	}
	return base;
}

u32 vhost_vq_end_kept(struct vhost_vq *vq, u32 base)
{
	vhost_vq_take_kept(vq);
	if (vq->state == VHOST_VQ_RUNNING || vq->state == VHOST_VQ_STARTING)
		base = give_back(vq, base);
	release_all(vq, &vq->keeping.pending, VHOST_KEPT_DROPPED);
	spin_lock_irq(&vq->keeping.lock);
	vq->incarnation++;
	vq->keeping.n_current = 0;
	spin_unlock_irq(&vq->keeping.lock);
	return base;
}
