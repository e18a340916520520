// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device does while its owner moves or changes it: suspend and resume,
 * the state of its queues, its address space, its dirty log. Callers are bus
 * drivers, in threads that may sleep.
 */
#include <linux/err.h>

#include "blk.h"
#include "core/parent.h"

/* ---- suspend and resume ----------------------------------------------- */

int vblk_suspend(struct vdpa_device *vdpa)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	dev->suspended = true;
	vblk_dev_pause(dev);
	return 0;
}

int vblk_resume(struct vdpa_device *vdpa)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	dev->suspended = false;
	vblk_dev_unpause(dev);
	return 0;
}

/* ---- where a queue is ------------------------------------------------- */

/* The encoding is ring_start()'s. */
static u32 base_of_state(bool packed, const struct vdpa_vq_state *state)
{
	const struct vdpa_vq_state_packed *p = &state->packed;

	if (!packed)
		return state->split.avail_index;
	return p->last_avail_idx | p->last_avail_counter << 15 |
	       (u32)p->last_used_idx << 16 | (u32)p->last_used_counter << 31;
}

static void state_of_base(bool packed, u32 base, struct vdpa_vq_state *state)
{
	if (!packed) {
		state->split.avail_index = base;
		return;
	}
	state->packed = (struct vdpa_vq_state_packed){
		.last_avail_idx = base & 0x7fff,
		.last_avail_counter = base >> 15 & 1,
		.last_used_idx = base >> 16 & 0x7fff,
		.last_used_counter = base >> 31,
	};
}

int vblk_set_vq_state(struct vdpa_device *vdpa, u16 idx,
		      const struct vdpa_vq_state *state)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_vq *vq = &dev->vq[idx];

	guard(mutex)(&dev->lock);
	if (vq->started)
		return -EBUSY;
	vq->base = base_of_state(vblk_has(dev, VIRTIO_F_RING_PACKED), state);
	vq->base_valid = true;
	return 0;
}

/* A running queue is paused for a moment: the base is exact then. */
static u32 exact_base(struct vblk_vq *vq)
{
	u32 base;

	vblk_vq_pause(vq);
	base = ring_base(&vq->ring);
	if (!vq->dev->suspended)
		vblk_vq_unpause(vq);
	return base;
}

int vblk_get_vq_state(struct vdpa_device *vdpa, u16 idx,
		      struct vdpa_vq_state *state)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_vq *vq = &dev->vq[idx];
	u32 base;

	guard(mutex)(&dev->lock);
	if (vq->started)
		base = exact_base(vq);
	else if (vq->base_valid)
		base = vq->base;
	else
		base = ring_initial_base(ring_flags(dev->features));
	state_of_base(vblk_has(dev, VIRTIO_F_RING_PACKED), base, state);
	return 0;
}

/* ---- address space ---------------------------------------------------- */

int vblk_dev_set_mem(struct vblk_dev *dev, struct vblk_mem *mem)
{
	struct vblk_mem *old = dev->mem;
	int err;

	lockdep_assert_held(&dev->lock);
	if (IS_ERR(mem))
		return PTR_ERR(mem);
	if (dev->logging) {
		err = vblk_mem_prepare_log(mem);
		if (err) {
			vblk_mem_free(mem);
			return err;
		}
	}
	/* what @old alone maps is unpinned when this returns */
	vblk_dev_pause(dev);
	dev->mem = mem;
	dev->identity = false;
	if (!dev->suspended)
		vblk_dev_unpause(dev);
	vblk_mem_free(old);
	return 0;
}

/* ---- dirty log -------------------------------------------------------- */

/*
 * Nothing is in flight when a log begins, so that every request remembers where
 * it will write; and none when one ends, so that nobody uses it any more.
 */
static int set_log(struct vdpa_device *vdpa, const struct vhost_parent_log *log)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	int err;

	guard(mutex)(&dev->lock);
	if (log) {
		err = vblk_mem_prepare_log(dev->mem);
		if (err)
			return err;
	}
	vblk_dev_pause(dev);
	dev->logging = log;
	dev->log = (struct ring_log){
		.bits = log ? (uintptr_t)log->bits : 0,
		.pages = log ? log->pages : 0,
	};
	if (!dev->suspended)
		vblk_dev_unpause(dev);
	return 0;
}

const struct vhost_parent_ops vblk_parent_ops = {
	.set_log = set_log,
};
