// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the vdpa bus asks of a device: struct vdpa_config_ops. Callers are bus
 * drivers (vhost_vdpa, virtio_vdpa), which check queue indices against nvqs.
 * All may sleep but kick_vq, which is called in any context.
 */
#include <linux/err.h>
#include <linux/vhost_types.h>
#include <linux/virtio_ids.h>

#include "blk.h"

enum {
	VENDOR_ID = 0x1af4,
	VQ_ALIGN = 4096,	/* of legacy layouts; what the bus drivers use
				 * when they lay out a ring of their own */
};

/* ---- queues ----------------------------------------------------------- */

static int set_vq_address(struct vdpa_device *vdpa, u16 idx, u64 desc,
			  u64 driver, u64 device)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_vq *vq = &dev->vq[idx];

	guard(mutex)(&dev->lock);
	if (vq->started)
		return -EBUSY;
	vq->area[RING_DESC] = desc;
	vq->area[RING_DRIVER] = driver;
	vq->area[RING_DEVICE] = device;
	return 0;
}

static void set_vq_num(struct vdpa_device *vdpa, u16 idx, u32 num)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	/* too many are a mistake that shows when the queue starts */
	if (!dev->vq[idx].started)
		dev->vq[idx].num = num <= dev->num_max ? num : 0;
}

static void kick_vq(struct vdpa_device *vdpa, u16 idx)
{
	vblk_vq_kick(&vblk_dev_of(vdpa)->vq[idx]);
}

/* When it returns, nobody calls the callback given before. */
static void set_vq_cb(struct vdpa_device *vdpa, u16 idx,
		      struct vdpa_callback *cb)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_vq *vq = &dev->vq[idx];

	guard(mutex)(&dev->lock);
	vblk_vq_pause(vq);
	scoped_guard(spinlock_irqsave, &vq->lock)
		vq->cb = cb ? *cb : (struct vdpa_callback){};
	if (!dev->suspended)
		vblk_vq_unpause(vq);
}

static bool driver_ok(const struct vblk_dev *dev)
{
	return READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK;
}

static void set_vq_ready(struct vdpa_device *vdpa, u16 idx, bool ready)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_vq *vq = &dev->vq[idx];

	guard(mutex)(&dev->lock);
	vq->ready = ready;
	if (!ready)
		vblk_vq_stop(vq);
	else if (driver_ok(dev) && !vq->started)
		vblk_vq_start(vq);
}

static bool get_vq_ready(struct vdpa_device *vdpa, u16 idx)
{
	return READ_ONCE(vblk_dev_of(vdpa)->vq[idx].ready);
}

static u32 get_vq_align(struct vdpa_device *vdpa)
{
	return VQ_ALIGN;
}

static u16 get_vq_num_max(struct vdpa_device *vdpa)
{
	return vblk_dev_of(vdpa)->num_max;
}

static u32 get_vq_group(struct vdpa_device *vdpa, u16 idx)
{
	return 0;
}

/* ---- device ----------------------------------------------------------- */

static u64 get_device_features(struct vdpa_device *vdpa)
{
	return vblk_dev_of(vdpa)->offered;
}

/* A queue may become ready when the device runs. */
static u64 get_backend_features(const struct vdpa_device *vdpa)
{
	return BIT_ULL(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK);
}

static int set_driver_features(struct vdpa_device *vdpa, u64 features)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	if (features & ~dev->offered || !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	if (driver_ok(dev))
		return -EBUSY;
	dev->features = features;
	vblk_config_negotiated(dev);
	return 0;
}

static u64 get_driver_features(struct vdpa_device *vdpa)
{
	return READ_ONCE(vblk_dev_of(vdpa)->features);
}

static void set_config_cb(struct vdpa_device *vdpa, struct vdpa_callback *cb)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		dev->config_cb = cb ? *cb : (struct vdpa_callback){};
	}
}

static u32 get_device_id(struct vdpa_device *vdpa)
{
	return VIRTIO_ID_BLOCK;
}

static u32 get_vendor_id(struct vdpa_device *vdpa)
{
	return VENDOR_ID;
}

static u8 get_status(struct vdpa_device *vdpa)
{
	return READ_ONCE(vblk_dev_of(vdpa)->status);
}

static void set_status(struct vdpa_device *vdpa, u8 status)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	bool start;

	guard(mutex)(&dev->lock);
	start = status & VIRTIO_CONFIG_S_DRIVER_OK && !driver_ok(dev);
	vblk_status_set(dev, status);
	if (start)
		vblk_dev_start(dev);
}

static int reset(struct vdpa_device *vdpa)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	vblk_dev_reset(dev);
	return 0;
}

static size_t get_config_size(struct vdpa_device *vdpa)
{
	return VBLK_CONFIG_BYTES;
}

static void get_config(struct vdpa_device *vdpa, unsigned int offset, void *buf,
		       unsigned int len)
{
	vblk_config_read(vblk_dev_of(vdpa), offset, buf, len);
}

static void set_config(struct vdpa_device *vdpa, unsigned int offset,
		       const void *buf, unsigned int len)
{
	vblk_config_write(vblk_dev_of(vdpa), offset, buf, len);
}

static u32 get_generation(struct vdpa_device *vdpa)
{
	return READ_ONCE(vblk_dev_of(vdpa)->generation);
}

static struct vdpa_iova_range get_iova_range(struct vdpa_device *vdpa)
{
	return (struct vdpa_iova_range){ .first = 0, .last = U64_MAX };
}

/* ---- memory ----------------------------------------------------------- */

static int set_map(struct vdpa_device *vdpa, unsigned int asid,
		   struct vhost_iotlb *iotlb)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	return vblk_dev_set_mem(dev, vblk_mem_of_iotlb(iotlb,
					vblk_mem_next_gen(dev->mem)));
}

/* Mappings outlive a reset, until they are replaced or this says so. */
static int reset_map(struct vdpa_device *vdpa, unsigned int asid)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);

	guard(mutex)(&dev->lock);
	return vblk_dev_set_mem(dev,
				vblk_mem_empty(vblk_mem_next_gen(dev->mem)));
}

static int set_group_asid(struct vdpa_device *vdpa, unsigned int group,
			  unsigned int asid)
{
	return group || asid ? -EINVAL : 0;
}

const struct vdpa_config_ops vblk_ops = {
	.set_vq_address = set_vq_address,
	.set_vq_num = set_vq_num,
	.kick_vq = kick_vq,
	.set_vq_cb = set_vq_cb,
	.set_vq_ready = set_vq_ready,
	.get_vq_ready = get_vq_ready,
	.set_vq_state = vblk_set_vq_state,
	.get_vq_state = vblk_get_vq_state,
	.get_vq_align = get_vq_align,
	.get_vq_group = get_vq_group,
	.get_device_features = get_device_features,
	.get_backend_features = get_backend_features,
	.set_driver_features = set_driver_features,
	.get_driver_features = get_driver_features,
	.set_config_cb = set_config_cb,
	.get_vq_num_max = get_vq_num_max,
	.get_device_id = get_device_id,
	.get_vendor_id = get_vendor_id,
	.get_status = get_status,
	.set_status = set_status,
	.reset = reset,
	.suspend = vblk_suspend,
	.resume = vblk_resume,
	.get_config_size = get_config_size,
	.get_config = get_config,
	.set_config = set_config,
	.get_generation = get_generation,
	.get_iova_range = get_iova_range,
	.set_map = set_map,
	.reset_map = reset_map,
	.set_group_asid = set_group_asid,
	.free = vblk_dev_free,
};
