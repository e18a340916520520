// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space, offered features and device status (virtio 1.3, 2.1, 2.5
 * and 5.2.4). All of it is under dev->config_lock, which is also held while the
 * driver is notified of a change: a driver that was reset, and has status 0, is
 * not called any more once vblk_config_reset() has returned.
 */
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_ring.h>

#include "blk.h"

enum {
	/* where zeroes must be written as data, one request is this long at most */
	MAX_ZEROED_SECTORS = 16 << 20 >> SECTOR_SHIFT,
};

/* ---- what is offered -------------------------------------------------- */

static u64 transport_features(void)
{
	return BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
	       BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
	       BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
}

u64 vblk_supported_features(void)
{
	return transport_features() | BIT_ULL(VIRTIO_BLK_F_SIZE_MAX) |
	       BIT_ULL(VIRTIO_BLK_F_SEG_MAX) | BIT_ULL(VIRTIO_BLK_F_BLK_SIZE) |
	       BIT_ULL(VIRTIO_BLK_F_TOPOLOGY) | BIT_ULL(VIRTIO_BLK_F_FLUSH) |
	       BIT_ULL(VIRTIO_BLK_F_CONFIG_WCE) | BIT_ULL(VIRTIO_BLK_F_MQ) |
	       BIT_ULL(VIRTIO_BLK_F_RO) | BIT_ULL(VIRTIO_BLK_F_DISCARD) |
	       BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES);
}

u64 vblk_possible_features(const struct vblk_backing *b, u32 queues)
{
	u64 features = vblk_supported_features();

	if (queues == 1)
		features &= ~BIT_ULL(VIRTIO_BLK_F_MQ);
	if (!b->read_only)
		features &= ~BIT_ULL(VIRTIO_BLK_F_RO);
	if (b->read_only || !bdev_max_discard_sectors(b->bdev))
		features &= ~BIT_ULL(VIRTIO_BLK_F_DISCARD);
	if (b->read_only)
		features &= ~BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES);
	return features;
}

/* ---- the space -------------------------------------------------------- */

static void fill_topology(struct virtio_blk_config *c,
			  const struct vblk_backing *b)
{
	struct block_device *bdev = b->bdev;
	u32 size = b->block_size;
	int offset = bdev_alignment_offset(bdev);

	c->blk_size = __cpu_to_virtio32(true, size);
	c->physical_block_exp = ilog2(bdev_physical_block_size(bdev) / size);
	c->alignment_offset = offset > 0 ? min(offset / size, U8_MAX) : 0;
	c->min_io_size = __cpu_to_virtio16(true, min(bdev_io_min(bdev) / size, U16_MAX));
	c->opt_io_size = __cpu_to_virtio32(true, bdev_io_opt(bdev) / size);
}

static void fill_discard(struct vblk_dev *dev)
{
	struct virtio_blk_config *c = &dev->config;
	const struct vblk_backing *b = &dev->backing;
	u32 granularity = max(bdev_discard_granularity(b->bdev), b->block_size);
	u32 zeroes = bdev_write_zeroes_sectors(b->bdev);

	dev->max_discard = bdev_max_discard_sectors(b->bdev);
	c->max_discard_sectors = __cpu_to_virtio32(true, dev->max_discard);
	c->max_discard_seg = __cpu_to_virtio32(true, VBLK_DISCARD_SEGS);
	c->discard_sector_alignment =
		__cpu_to_virtio32(true, granularity >> SECTOR_SHIFT);

	dev->max_zero = zeroes ?: MAX_ZEROED_SECTORS;
	c->write_zeroes_may_unmap = zeroes ? 1 : 0;
	c->max_write_zeroes_sectors = __cpu_to_virtio32(true, dev->max_zero);
	c->max_write_zeroes_seg = __cpu_to_virtio32(true, VBLK_ZERO_SEGS);
}

void vblk_config_init(struct vblk_dev *dev)
{
	struct virtio_blk_config *c = &dev->config;

	dev->capacity = vblk_backing_sectors(&dev->backing);
	c->capacity = __cpu_to_virtio64(true, dev->capacity);
	c->size_max = __cpu_to_virtio32(true, VBLK_SIZE_MAX);
	c->seg_max = __cpu_to_virtio32(true, VBLK_SEG_MAX);
	c->num_queues = __cpu_to_virtio16(true, dev->num_queues);
	c->wce = 1;
	fill_topology(c, &dev->backing);
	fill_discard(dev);
}

void vblk_config_read(struct vblk_dev *dev, u32 offset, void *buf, u32 len)
{
	u32 part = offset < VBLK_CONFIG_BYTES ? min(len, VBLK_CONFIG_BYTES - offset) : 0;

	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		memcpy(buf, (u8 *)&dev->config + offset, part);
		memset(buf + part, 0, len - part);
	}
}

/* Without FLUSH a driver relies on each write (5.2.6.4). config_lock held. */
static void choose_cache_mode(struct vblk_dev *dev)
{
	bool volatile_cache = vblk_has(dev, VIRTIO_BLK_F_FLUSH);

	if (vblk_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		volatile_cache = dev->config.wce;
	WRITE_ONCE(dev->write_through, !volatile_cache);
}

void vblk_config_write(struct vblk_dev *dev, u32 offset, const void *buf, u32 len)
{
	u32 wce = offsetof(struct virtio_blk_config, wce);
	u8 value;

	/* the one byte that can be written; others are left alone */
	if (offset > wce || wce - offset >= len ||
	    !vblk_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		return;
	value = ((const u8 *)buf)[wce - offset];
	if (value > 1)
		return;
	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		dev->config.wce = value;
		choose_cache_mode(dev);
	}
}

void vblk_config_negotiated(struct vblk_dev *dev)
{
	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		/* a driver that cannot flush begins in writethrough mode (5.2.5.2) */
		dev->config.wce = vblk_has(dev, VIRTIO_BLK_F_FLUSH);
		choose_cache_mode(dev);
	}
}

void vblk_config_reset(struct vblk_dev *dev)
{
	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		dev->config.wce = 1;
		WRITE_ONCE(dev->status, 0);
	}
}

/* ---- changes that the driver is notified of --------------------------- */

/* config_lock held. A device that does not run says nothing (2.1.2, 4.1.5.4). */
static void notify_of_change(struct vblk_dev *dev)
{
	const struct vdpa_callback *cb = &dev->config_cb;

	lockdep_assert_held(&dev->config_lock);
	WRITE_ONCE(dev->generation, dev->generation + 1);
	if (dev->status & VIRTIO_CONFIG_S_DRIVER_OK && cb->callback)
		cb->callback(cb->private);
}

void vblk_config_rescan(struct vblk_dev *dev)
{
	u64 sectors = vblk_backing_sectors(&dev->backing);

	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		if (sectors != dev->capacity) {
			WRITE_ONCE(dev->capacity, sectors);
			dev->config.capacity = __cpu_to_virtio64(true, sectors);
			notify_of_change(dev);
		}
	}
}

void vblk_status_set(struct vblk_dev *dev, u8 status)
{
	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		/* the driver cannot take back what the device says */
		status |= dev->status & VIRTIO_CONFIG_S_NEEDS_RESET;
		WRITE_ONCE(dev->status, status);
	}
}

void vblk_needs_reset(struct vblk_dev *dev)
{
	scoped_guard(spinlock_irqsave, &dev->config_lock) {
		if (!(dev->status & VIRTIO_CONFIG_S_NEEDS_RESET)) {
			WRITE_ONCE(dev->status, dev->status | VIRTIO_CONFIG_S_NEEDS_RESET);
			notify_of_change(dev);
		}
	}
}
