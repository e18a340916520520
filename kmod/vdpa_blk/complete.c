// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completing requests, in whatever context their last bio ends.
 *
 * Completions are collected on vq->done, and whoever pushes them takes all
 * there are: one publish and one decision about a notification for many. Who
 * pushes:
 *  - a request that ended in the worker, because the backing device works
 *    synchronously: the worker, behind its batch;
 *  - one that ended with interrupts off: a softirq that runs when the interrupt
 *    handler has ended all it found. The block layer ends a flush under a lock
 *    of its own, inside of which no driver may be called;
 *  - any other one: its own context, at once.
 *
 * A request is on vq->done exactly once, and counted by vq->in_flight until
 * vblk_flush() is through with it, the callback included. What ends a bio looks
 * at the queue for a moment longer, under RCU: vblk_dev_destroy() waits for that.
 */
#include <linux/rcupdate.h>

#include "request.h"

static void count(struct vblk_vq *vq, enum vblk_counter i, u64 n)
{
	WRITE_ONCE(vq->count[i], vq->count[i] + n);
}

/* ---- putting a request on vq->done ------------------------------------ */

void vblk_request_bio_ended(struct vblk_request *req, blk_status_t status)
{
	if (status == BLK_STS_NOTSUPP)
		vblk_request_fail(req, VIRTIO_BLK_S_UNSUPP,
				  VBLK_COUNT_unsupported);
	else
		vblk_request_fail(req, VIRTIO_BLK_S_IOERR, VBLK_COUNT_io_errors);
}

static void push_or_defer(struct vblk_vq *vq)
{
	if (current == vq->task && in_task())
		return;		/* the worker flushes behind its batch */
	if (irqs_disabled() || in_hardirq())
		queue_work(system_bh_wq, &vq->flush);
	else
		vblk_flush(vq);
}

void vblk_request_put(struct vblk_request *req)
{
	struct vblk_vq *vq = req->vq;

	if (!atomic_dec_and_test(&req->pending))
		return;
	guard(rcu)();
	/* behind this, another thread may complete the request and reset the
	 * device; the queue itself stays until a grace period has passed */
	llist_add(&req->node, &vq->done);
	push_or_defer(vq);
}

/* ---- pushing ---------------------------------------------------------- */

static void log_writes(struct vblk_vq *vq, struct vblk_request *req)
{
	if (likely(!vq->space.log) || !req->status)
		return;
	ring_log_guest(&vq->ring, &vq->space, req->status_guest, 1);
	for (u32 i = 0; req->dirty && i < req->chain.n_write; i++)
		ring_log_guest(&vq->ring, &vq->space, req->dirty[i].guest,
			       req->dirty[i].len);
	kfree(req->dirty);
	req->dirty = NULL;
}

/*
 * The bytes written, from the first writable one on (2.7.8.2). The status is the
 * last: where data before it was not all written, nothing is promised.
 */
static u32 bytes_written(const struct vblk_request *req)
{
	u32 all = req->chain.write_len;

	return req->result == VIRTIO_BLK_S_OK || all == 1 ? all : 0;
}

static void count_request(struct vblk_vq *vq, const struct vblk_request *req)
{
	count(vq, req->counter, 1);
	if (req->bounced)
		count(vq, VBLK_COUNT_bounced, 1);
	if (req->counter == VBLK_COUNT_reads)
		count(vq, VBLK_COUNT_read_bytes, req->bytes);
	else if (req->counter == VBLK_COUNT_writes)
		count(vq, VBLK_COUNT_write_bytes, req->bytes);
}

/* The request's memory is the guest's again, and the request spare. */
static struct ring_done finish(struct vblk_vq *vq, struct vblk_request *req)
{
	struct ring_done done = ring_done(&req->chain, bytes_written(req));

	if (req->status)
		WRITE_ONCE(*req->status, req->result);
	log_writes(vq, req);
	count_request(vq, req);
	vq->spare[vq->spares++] = req;
	return done;
}

/* What a flush came to, and what is left to do without the lock. */
struct outcome {
	struct vdpa_callback cb;	/* .callback NULL: nobody to notify */
	u32 ended;			/* requests */
	bool broke;
	bool refilled;			/* the worker had no spare request */
};

static void push(struct vblk_vq *vq, const struct ring_done *done, u32 n,
		 struct outcome *o)
{
	enum ring_result rc = ring_push(&vq->ring, &vq->space, done, n);

	o->ended += n;
	if (rc == RING_GOT)
		return;
	count(vq, VBLK_COUNT_dropped, n);
	o->broke |= vblk_vq_broke(vq, rc);
}

static void push_list(struct vblk_vq *vq, struct llist_node *list,
		      struct outcome *o)
{
	struct ring_done done[VBLK_BATCH];
	struct vblk_request *req, *next;
	u32 n = 0;

	llist_for_each_entry_safe(req, next, list, node) {
		done[n++] = finish(vq, req);
		if (n < VBLK_BATCH)
			continue;
		push(vq, done, n, o);
		n = 0;
	}
	if (n)
		push(vq, done, n, o);
}

static bool must_call(struct vblk_vq *vq, struct outcome *o)
{
	enum ring_result rc = ring_publish(&vq->ring, &vq->space);

	o->broke |= vblk_vq_broke(vq, rc);
	return rc == RING_GOT && ring_call_needed(&vq->ring, &vq->space) &&
	       vq->cb.callback;
}

static struct outcome push_all(struct vblk_vq *vq, struct llist_node *list)
{
	struct outcome o = {};

	scoped_guard(spinlock_irqsave, &vq->lock) {
		o.refilled = !vq->spares;
		push_list(vq, llist_reverse_order(list), &o);
		count(vq, VBLK_COUNT_flush_batches, 1);
		if (must_call(vq, &o)) {
			o.cb = vq->cb;
			count(vq, VBLK_COUNT_calls, 1);
		} else if (!o.broke) {
			vblk_vq_end_requests_locked(vq, o.ended);
			o.ended = 0;
		}
	}
	return o;
}

void vblk_flush(struct vblk_vq *vq)
{
	struct llist_node *list;

	while ((list = llist_del_all(&vq->done))) {
		struct outcome o = push_all(vq, list);

		if (o.refilled)
			vblk_vq_kick(vq);
		if (o.cb.callback)
			o.cb.callback(o.cb.private);
		if (o.broke)
			vblk_needs_reset(vq->dev);
		if (o.ended)
			vblk_vq_end_requests(vq, o.ended);
	}
}

void vblk_flush_work(struct work_struct *work)
{
	vblk_flush(container_of(work, struct vblk_vq, flush));
}
