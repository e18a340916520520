// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a queue: made with its device, started and stopped as the driver
 * says, paused while the device's address space or log changes.
 */
#include <linux/cgroup.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "request.h"

/* ---- made and gone ---------------------------------------------------- */

static int alloc_batch(struct vblk_vq *vq)
{
	struct ring_batch *b = &vq->batch;

	b->max_segs = RING_MAX_SEGS;
	b->chain = kcalloc(VBLK_BATCH, sizeof(*b->chain), GFP_KERNEL);
	b->seg = kvcalloc(RING_MAX_SEGS, sizeof(*b->seg), GFP_KERNEL);
	b->guest = kvcalloc(RING_MAX_SEGS, sizeof(*b->guest), GFP_KERNEL);
	vq->bounce = kmalloc(VBLK_BOUNCE_BYTES, GFP_KERNEL);
	return b->chain && b->seg && b->guest && vq->bounce ? 0 : -ENOMEM;
}

static int alloc_requests(struct vblk_vq *vq)
{
	u32 n = vq->dev->num_max;

	vq->request = kvcalloc(n, sizeof(*vq->request), GFP_KERNEL);
	vq->spare = kvcalloc(n, sizeof(vq->spare[0]), GFP_KERNEL);
	if (!vq->request || !vq->spare)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		vq->request[i].vq = vq;
		vq->spare[i] = &vq->request[i];
	}
	vq->spares = n;
	return 0;
}

static int make_worker(struct vblk_vq *vq)
{
	struct task_struct *task;

	task = kthread_create(vblk_worker, vq, "vdpa_blk-%s/%u",
			      dev_name(&vq->dev->vdpa.dev), vq->index);
	if (IS_ERR(task))
		return PTR_ERR(task);
	vq->task = get_task_struct(task);
	wake_up_process(task);
	return 0;
}

int vblk_vq_init(struct vblk_vq *vq, struct vblk_dev *dev, u16 index)
{
	int err;

	vq->dev = dev;
	vq->index = index;
	spin_lock_init(&vq->lock);
	init_waitqueue_head(&vq->idle);
	init_llist_head(&vq->done);
	INIT_WORK(&vq->flush, vblk_flush_work);
	err = alloc_batch(vq);
	if (!err)
		err = alloc_requests(vq);
	if (!err)
		err = make_worker(vq);
	return err;
}

/* The block cgroup that waits for the worker to adopt it. */
static void replace_css(struct vblk_vq *vq, struct cgroup_subsys_state *css)
{
	struct cgroup_subsys_state *old;

	scoped_guard(spinlock_irqsave, &vq->lock) {
		old = vq->css;
		vq->css = css;
	}
	if (old)
		css_put(old);
}

void vblk_vq_destroy(struct vblk_vq *vq)
{
	if (vq->task) {
		kthread_stop(vq->task);
		put_task_struct(vq->task);
		cancel_work_sync(&vq->flush);
		replace_css(vq, NULL);
	}
	kvfree(vq->spare);
	kvfree(vq->request);
	kfree(vq->bounce);
	kvfree(vq->batch.guest);
	kvfree(vq->batch.seg);
	kfree(vq->batch.chain);
}

/* ---- started and stopped ---------------------------------------------- */

static struct ring_config ring_config(const struct vblk_vq *vq)
{
	return (struct ring_config){
		.area = {
			vq->area[RING_DESC],
			vq->area[RING_DRIVER],
			vq->area[RING_DEVICE],
		},
		.num = vq->num,
		.flags = ring_flags(vq->dev->features) | RING_F_IOVA | RING_F_LOG,
	};
}

/* The address space and log that the ring uses from now on. vq->lock held. */
static void use_space(struct vblk_vq *vq)
{
	struct vblk_dev *dev = vq->dev;

	lockdep_assert_held(&dev->lock);
	vq->space = (struct ring_space){
		.tlb = &dev->mem->tlb,
		.mem = dev->logging ? &dev->mem->tab : NULL,
		.log = dev->logging ? &dev->log : NULL,
	};
}

static enum ring_result start_ring(struct vblk_vq *vq)
{
	struct ring_config config = ring_config(vq);
	u32 base = vq->base_valid ? vq->base : ring_initial_base(config.flags);

	if (ring_setup(&vq->ring, &config) != RING_OK)
		return RING_BROKEN;
	return ring_start(&vq->ring, &vq->space, base);
}

static void adopt_owners_cgroup(struct vblk_vq *vq)
{
#ifdef CONFIG_BLK_CGROUP
	replace_css(vq, task_get_css(current, io_cgrp_id));
#endif
}

void vblk_vq_start(struct vblk_vq *vq)
{
	bool broke;

	lockdep_assert_held(&vq->dev->lock);
	adopt_owners_cgroup(vq);
	vq->started = true;
	scoped_guard(spinlock_irqsave, &vq->lock) {
		vq->broken = false;
		vq->kicks_on = true;	/* so says fresh ring memory */
		use_space(vq);
		broke = vblk_vq_broke(vq, start_ring(vq));
	}
	if (broke)
		vblk_needs_reset(vq->dev);
	else if (!vq->dev->suspended)
		vblk_vq_unpause(vq);
}

void vblk_vq_stop(struct vblk_vq *vq)
{
	lockdep_assert_held(&vq->dev->lock);
	if (!vq->started)
		return;
	vblk_vq_pause(vq);
	scoped_guard(spinlock_irqsave, &vq->lock) {
		vq->base = ring_base(&vq->ring);
		vq->base_valid = true;
		ring_reset(&vq->ring);
		vq->started = false;
	}
}

/* ---- paused ----------------------------------------------------------- */

void vblk_vq_pause(struct vblk_vq *vq)
{
	lockdep_assert_held(&vq->dev->lock);
	spin_lock_irq(&vq->lock);
	vq->running = false;
	wait_event_lock_irq(vq->idle, !vq->in_flight, vq->lock);
	spin_unlock_irq(&vq->lock);
}

void vblk_vq_unpause(struct vblk_vq *vq)
{
	lockdep_assert_held(&vq->dev->lock);
	if (!vq->started)
		return;
	scoped_guard(spinlock_irqsave, &vq->lock) {
		use_space(vq);
		vq->running = !vq->broken;
	}
	vblk_vq_kick(vq);
}

void vblk_dev_pause(struct vblk_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	for (u32 i = 0; i < dev->num_queues; i++)
		vblk_vq_pause(&dev->vq[i]);
}

void vblk_dev_unpause(struct vblk_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	for (u32 i = 0; i < dev->num_queues; i++)
		vblk_vq_unpause(&dev->vq[i]);
}
