// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what the owner configured (struct vhost_vq_config and the features) to
 * what the engine wants (struct ring_config and a batch's arrays).
 *
 * Under vq->lock, in the owner's ioctls or in the worker. Nothing here changes
 * a queue's state.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "core/memory.h"
#include "core/queue.h"

bool vhost_vq_big_endian(const struct vhost_vq *vq)
{
	if (vq->config.order == VHOST_ORDER_HOST)
		return IS_ENABLED(CONFIG_CPU_BIG_ENDIAN);
	return vq->config.order == VHOST_ORDER_BIG;
}

u32 vhost_vq_ring_flags(const struct vhost_vq *vq)
{
	u32 flags = ring_flags(vq->features[0]);

	if (!vhost_vq_has(vq, VIRTIO_F_VERSION_1) && vhost_vq_big_endian(vq))
		flags |= RING_F_BIG_ENDIAN;
	if (vhost_vq_has(vq, VIRTIO_F_ACCESS_PLATFORM))
		flags |= RING_F_IOVA;
	if (vq->config.addr.flags & BIT(VHOST_VRING_F_LOG))
		flags |= RING_F_LOG;
	return flags;
}

/*
 * Bytes of an area under @features, event index fields included (virtio 2.7,
 * 2.8).
 */
static u64 area_size(const struct vhost_vq *vq, u64 features,
		     enum ring_area area)
{
	bool event = features & VHOST_BIT(VIRTIO_RING_F_EVENT_IDX);
	u64 num = vq->config.num;

	if (area == RING_DESC)
		return num * 16;
	if (features & VHOST_BIT(VIRTIO_F_RING_PACKED))
		return 4;
	if (area == RING_DRIVER)
		return 4 + num * 2 + 2 * event;
	return 4 + num * 8 + 2 * event;
}

u64 vhost_vring_device_bytes(const struct vhost_vq *vq, u64 features)
{
	return area_size(vq, features, RING_DEVICE);
}

bool vhost_vring_accessible(const struct vhost_vq *vq,
			    const struct vhost_vring_addr *addr, u64 features)
{
	if (features & VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM))
		return true;	/* IOVAs: each access is looked up */
	return vhost_user_range_ok(addr->desc_user_addr,
				   area_size(vq, features, RING_DESC)) &&
	       vhost_user_range_ok(addr->avail_user_addr,
				   area_size(vq, features, RING_DRIVER)) &&
	       vhost_user_range_ok(addr->used_user_addr,
				   area_size(vq, features, RING_DEVICE));
}

struct find_guest {
	u64 want;	/* bytes that must be contiguous */
	u64 guest;
	bool found;
};

static void take_whole(void *arg, u64 guest, u64 len)
{
	struct find_guest *f = arg;

	if (f->found || len < f->want)
		return;
	f->guest = guest;
	f->found = true;
}

/*
 * A packed ring's device writes its descriptors, too, and the interface names
 * only one address to log, that of the other area. The memory
 * table has that of the descriptors. Where they are not contiguous for the guest:
 * an address near 2^64, which no log covers, so that the write is an error.
 */
static u64 desc_log_address(const struct vhost_vq *vq)
{
	struct find_guest f = {
		.want = area_size(vq, vq->features[0], RING_DESC),
	};

	ring_memtab_each_guest(vq->space.mem, vq->config.addr.desc_user_addr,
			       f.want, take_whole, &f);
	return f.found ? f.guest : ~0ULL - f.want;
}

struct ring_config vhost_vq_ring_config(const struct vhost_vq *vq)
{
	const struct vhost_vring_addr *addr = &vq->config.addr;
	struct ring_config config = {
		.area[RING_DESC] = addr->desc_user_addr,
		.area[RING_DRIVER] = addr->avail_user_addr,
		.area[RING_DEVICE] = addr->used_user_addr,
		.log_device = addr->log_guest_addr,
		.num = vq->config.num,
		.flags = vhost_vq_ring_flags(vq),
	};

	if ((config.flags & RING_F_LOG) && (config.flags & RING_F_PACKED))
		config.log_desc = desc_log_address(vq);
	return config;
}

/* A batch's arrays lie one behind the other, those of u64 first. */
int vhost_vq_alloc_arrays(struct vhost_vq *vq)
{
	u32 chains = min_t(u32, vq->ops->max_chains ?: VHOST_BATCH,
			   RING_MAX_SEGS);
	u32 segs = RING_MAX_SEGS + chains;
	struct ring_seg *seg;

	lockdep_assert_held(&vq->lock);
	if (vq->arrays)
		return 0;
	seg = kvmalloc(segs * (sizeof(*seg) + sizeof(*vq->guest)) +
		       chains * (sizeof(*vq->done) + sizeof(*vq->batch.chain)),
		       GFP_KERNEL_ACCOUNT);
	if (!seg)
		return -ENOMEM;
	vq->arrays = seg;
	vq->guest = (void *)(seg + segs);
	vq->done = (void *)(vq->guest + segs);
	vq->max_chains = chains;
	vq->batch = (struct ring_batch){
		.chain = (void *)(vq->done + chains),
		.seg = seg,
		.max_chains = chains,
		.max_segs = segs,
	};
	return 0;
}

void vhost_vq_free_arrays(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	kvfree(vq->arrays);
	vq->arrays = NULL;
	vq->guest = NULL;
	vq->done = NULL;
	vq->max_chains = 0;
	memset(&vq->batch, 0, sizeof(vq->batch));
}
