// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a device: made by `vdpa dev add`, started, reset and paused as
 * its driver says, ended by `vdpa dev del`.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "../../compat/vdpa.h"
#include "blk.h"

enum {
	BIO_POOL = 64,	/* bios that are there when memory is not */
};

static atomic_t live;	/* devices allocated, not freed */

/* ---- made and gone ---------------------------------------------------- */

/* What cannot be left out of the features an administrator chooses. */
static u64 needed_features(const struct vblk_dev *dev, u64 chosen)
{
	u64 needed = BIT_ULL(VIRTIO_F_VERSION_1);

	if (dev->backing.read_only)
		needed |= BIT_ULL(VIRTIO_BLK_F_RO);
	if (chosen & BIT_ULL(VIRTIO_BLK_F_CONFIG_WCE))
		needed |= BIT_ULL(VIRTIO_BLK_F_FLUSH);
	return needed;
}

static int choose_features(struct vblk_dev *dev, u64 wanted)
{
	u64 possible = vblk_possible_features(&dev->backing, dev->num_queues);

	dev->offered = wanted ?: possible;
	if (dev->offered & ~possible ||
	    needed_features(dev, dev->offered) & ~dev->offered)
		return -EINVAL;
	return 0;
}

static int make_queues(struct vblk_dev *dev)
{
	int err = 0;

	dev->vq = kvcalloc(dev->num_queues, sizeof(*dev->vq), GFP_KERNEL);
	if (!dev->vq)
		return -ENOMEM;
	for (u32 i = 0; i < dev->num_queues && !err; i++)
		err = vblk_vq_init(&dev->vq[i], dev, i);
	return err;
}

static int init_dev(struct vblk_dev *dev, const struct vblk_plan *plan)
{
	int err;

	mutex_init(&dev->lock);
	spin_lock_init(&dev->config_lock);
	compat_vdpa_set_dma_dev(&dev->vdpa, &dev->vdpa.dev);
	dev->num_queues = plan->queues;
	dev->num_max = plan->queue_size;
	strtomem_pad(dev->serial, plan->serial, 0);
	dev->mem = vblk_mem_empty(vblk_mem_next_gen(NULL));
	if (IS_ERR(dev->mem))
		return PTR_ERR(dev->mem);
	err = bioset_init(&dev->bios, BIO_POOL, 0, BIOSET_NEED_BVECS);
	if (err)
		return err;
	err = vblk_backing_open(&dev->backing, plan->backing, plan->read_only);
	if (err)
		return err;
	err = choose_features(dev, plan->features);
	if (err)
		return err;
	vblk_config_init(dev);
	return make_queues(dev);
}

struct vblk_dev *vblk_dev_create(struct device *parent,
				 const struct vdpa_config_ops *ops,
				 const struct vblk_plan *plan)
{
	struct vblk_dev *dev;
	int err;

	dev = vdpa_alloc_device(struct vblk_dev, vdpa, parent, ops, NULL,
				1, 1, plan->name, false);
	if (IS_ERR(dev))
		return dev;
	atomic_inc(&live);
	err = init_dev(dev, plan);
	if (!err)
		return dev;
	vblk_dev_destroy(dev);
	return ERR_PTR(err);
}

/*
 * Who could still use the device, and what ends that:
 *  1. Bus drivers: the device is off the bus, their remove() has returned, so no
 *     op is called any more. A driver that was removed has reset the device.
 *  2. Administrators, through configfs: the caller has taken the device out of
 *     its settings (vblk_settings_detach()).
 *  3. Workers and ends of bios, as to guest memory and callbacks:
 *     vblk_dev_reset() waits for them.
 *  4. Ends of bios that still look at the queue: a grace period. The last thing
 *     they do is to queue vq->flush.
 *  5. Workers and vq->flush: stopped and cancelled by vblk_vq_destroy().
 *  6. The block layer: nothing is in flight, so bios and backing device may go.
 *     bdev_fput() takes back the claim, behind which disk_gone() is not called.
 *  7. Whoever holds a reference to struct device: the memory goes with the last.
 */
void vblk_dev_destroy(struct vblk_dev *dev)
{
	scoped_guard(mutex, &dev->lock)
		vblk_dev_reset(dev);
	synchronize_rcu();
	for (u32 i = 0; dev->vq && i < dev->num_queues; i++)
		vblk_vq_destroy(&dev->vq[i]);
	kvfree(dev->vq);
	dev->vq = NULL;
	bioset_exit(&dev->bios);
	if (!IS_ERR_OR_NULL(dev->backing.file))
		vblk_backing_close(&dev->backing);
	vblk_mem_free(dev->mem);
	put_device(&dev->vdpa.dev);
}

void vblk_dev_free(struct vdpa_device *vdpa)
{
	if (atomic_dec_and_test(&live))
		wake_up_var(&live);
}

void vblk_dev_await_frees(void)
{
	wait_var_event(&live, !atomic_read(&live));
}

/* ---- started, reset --------------------------------------------------- */

/*
 * Whose addresses does the driver use? virtio_vdpa is part of this kernel and
 * gives physical ones. Every other driver may speak for a process, which must
 * not reach more than it has mapped.
 */
static bool driver_is_kernels(const struct vblk_dev *dev)
{
	const struct device_driver *driver = dev->vdpa.dev.driver;

	return driver && !strcmp(driver->name, "virtio_vdpa");
}

static int choose_mem(struct vblk_dev *dev)
{
	bool identity = driver_is_kernels(dev);
	u64 gen = vblk_mem_next_gen(dev->mem);
	int err;

	if (identity == dev->identity)
		return 0;
	err = vblk_dev_set_mem(dev, identity ? vblk_mem_identity(gen) :
					       vblk_mem_empty(gen));
	if (!err)
		dev->identity = identity;
	return err;
}

void vblk_dev_start(struct vblk_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (choose_mem(dev)) {
		vblk_needs_reset(dev);
		return;
	}
	for (u32 i = 0; i < dev->num_queues; i++) {
		if (dev->vq[i].ready && !dev->vq[i].started)
			vblk_vq_start(&dev->vq[i]);
	}
}

static void reset_queue(struct vblk_vq *vq)
{
	vblk_vq_stop(vq);
	vq->ready = false;
	vq->base_valid = false;
	vq->num = 0;
	memset(vq->area, 0, sizeof(vq->area));
}

/*
 * Who could still touch guest memory or call the driver, and what ends that:
 *  1. Whoever sees a change of config space or a broken ring: config space is
 *     reset, and behind config_lock a device of status 0 notifies nobody.
 *  2. A kick: it only wakes the worker.
 *  3. The worker: vblk_vq_pause() has it pop nothing from here on.
 *  4. Requests it has popped, whether it is still starting their bios, their
 *     bios are in flight, they are on vq->done, or their callback is being
 *     called: all are in vq->in_flight, and vblk_vq_pause() waits for that.
 *  5. A worker that found its ring broken, and has not yet said so: the same.
 *  6. An owner that sets a map or a log meanwhile: dev->lock.
 */
void vblk_dev_reset(struct vblk_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	vblk_config_reset(dev);
	for (u32 i = 0; dev->vq && i < dev->num_queues; i++)
		reset_queue(&dev->vq[i]);
	dev->suspended = false;
	dev->features = 0;
	/* once more: a broken ring may have been reported in between */
	vblk_config_reset(dev);
}
