// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue's worker: pops chains and starts their requests. One kernel thread a
 * queue, so that queues do not wait for each other where a backing device makes
 * its submitter wait (no tag is free, a queue is frozen), and so that top shows
 * which queue costs what. It exists as long as the device.
 *
 * I/O is charged to the block cgroup of the thread that set DRIVER_OK, which is
 * the virtual machine monitor's; CPU time is the kernel's.
 */
#include <linux/blk-cgroup.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "request.h"

static void count(struct vblk_vq *vq, enum vblk_counter i)
{
	WRITE_ONCE(vq->count[i], vq->count[i] + 1);
}

/* ---- taking chains ---------------------------------------------------- */

/* Pop a batch; each chain has a spare request waiting. vq->lock held. */
static enum ring_result pop(struct vblk_vq *vq)
{
	struct ring_batch *b = &vq->batch;
	enum ring_result rc;

	b->n_chains = 0;
	b->n_segs = 0;
	b->max_chains = min(VBLK_BATCH, vq->spares);
	if (!vq->running || !b->max_chains)
		return RING_EMPTY;
	if (vq->kicks_on && ring_disable_kicks(&vq->ring, &vq->space) == RING_GOT)
		vq->kicks_on = false;
	rc = ring_pop(&vq->ring, &vq->space, b);
	vq->in_flight += b->n_chains;
	if (b->n_chains)
		count(vq, VBLK_COUNT_batches);
	return rc;
}

static void take_requests(struct vblk_vq *vq, struct vblk_request **req)
{
	for (u32 i = 0; i < vq->batch.n_chains; i++) {
		req[i] = vq->spare[--vq->spares];
		req[i]->chain = vq->batch.chain[i];
	}
}

/* The ring is empty: ask for a kick. Return: look again. vq->lock held. */
static enum ring_result await_kicks(struct vblk_vq *vq)
{
	enum ring_result rc;

	if (!vq->running)
		return RING_EMPTY;
	rc = ring_enable_kicks(&vq->ring, &vq->space);
	vq->kicks_on = true;
	return rc;
}

/* Pop into @req. Return: RING_GOT to go on, also with none; RING_EMPTY to sleep. */
static enum ring_result take(struct vblk_vq *vq, struct vblk_request **req)
{
	enum ring_result rc;
	bool broke;

	scoped_guard(spinlock_irqsave, &vq->lock) {
		rc = pop(vq);
		take_requests(vq, req);
		if (rc == RING_EMPTY && vq->spares)
			rc = await_kicks(vq);
		broke = vblk_vq_broke(vq, rc);
		/* a reset waits until the driver has been notified */
		vq->in_flight += broke;
	}
	if (broke) {
		vblk_needs_reset(vq->dev);
		vblk_vq_end_requests(vq, 1);
	}
	return rc == RING_GOT ? RING_GOT : RING_EMPTY;
}

/* ---- carrying out ----------------------------------------------------- */

/*
 * Note where the request will write, for the dirty log: its status, and where it
 * may get that far, its data.
 */
static bool remember_writes(struct vblk_vq *vq, struct vblk_request *req)
{
	const struct ring_chain *c = &req->chain;
	const struct ring_batch *b = &vq->batch;
	u32 first = c->seg + c->n_read, end = first + c->n_write;

	if (!c->n_write)
		return true;
	req->status_guest = b->guest[end - 1] + b->seg[end - 1].len - 1;
	req->dirty = kmalloc_array(c->n_write, sizeof(*req->dirty), GFP_NOIO);
	if (!req->dirty)
		return false;
	for (u32 i = first; i < end; i++)
		req->dirty[i - first] = (struct vblk_dirty){
			.guest = b->guest[i],
			.len = b->seg[i].len,
		};
	return true;
}

static void start_one(struct vblk_vq *vq, struct vblk_request *req)
{
	const struct ring_seg *seg = &vq->batch.seg[req->chain.seg];

	if (unlikely(vq->space.log) && !remember_writes(vq, req))
		vblk_request_start_failed(req, seg, VBLK_COUNT_no_memory);
	else
		vblk_request_start(req, seg);
}

static void start_all(struct vblk_vq *vq, struct vblk_request **req)
{
	struct blk_plug plug;

	blk_start_plug(&plug);
	for (u32 i = 0; i < vq->batch.n_chains; i++)
		start_one(vq, req[i]);
	blk_finish_plug(&plug);
	vblk_flush(vq);
}

/* From now on, charge what this thread submits to @css; NULL: to the root. */
static void charge_to(struct cgroup_subsys_state *css)
{
#ifdef CONFIG_BLK_CGROUP
	kthread_associate_blkcg(css);
#endif
}

/* The worker was woken: is there another block cgroup to charge? */
static void begin_run(struct vblk_vq *vq)
{
	struct cgroup_subsys_state *css;

	scoped_guard(spinlock_irqsave, &vq->lock) {
		count(vq, VBLK_COUNT_kicks);
		css = vq->css;
		vq->css = NULL;
	}
	if (!css)
		return;
	charge_to(css);
	css_put(css);
}

static void run(struct vblk_vq *vq)
{
	struct vblk_request *req[VBLK_BATCH];

	begin_run(vq);
	while (take(vq, req) == RING_GOT) {
		if (vq->batch.n_chains)
			start_all(vq, req);
		cond_resched();
	}
}

/* Sleep until kicked. Return: the thread goes on. */
static bool await_kick(struct vblk_vq *vq)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (atomic_xchg(&vq->kicked, 0)) {
			__set_current_state(TASK_RUNNING);
			return true;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return false;
}

int vblk_worker(void *arg)
{
	struct vblk_vq *vq = arg;
	/* memory reclaim may be waiting for this very device */
	unsigned int noio = memalloc_noio_save();

	while (await_kick(vq))
		run(vq);
	/* a thread must not end with one */
	charge_to(NULL);
	memalloc_noio_restore(noio);
	return 0;
}
