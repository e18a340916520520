// SPDX-License-Identifier: GPL-2.0-only
/*
 * One ring with its two ends: a virtio device that is on no bus and has one
 * queue of Linux's driver code, and the engine's ring in the same memory.
 *
 * Without VIRTIO_F_ACCESS_PLATFORM the driver code writes physical addresses,
 * which serve as guest-physical ones. Ring areas are in the kernel's linear
 * mapping; buffers are found through the arena's table, or through an IOTLB.
 */
#include "test.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

static struct rig *rig_of(struct virtqueue *vq)
{
	return container_of(vq->vdev, struct rig, vdev);
}

bool rig_is_packed(const struct rig *rig)
{
	return rig->features & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* ---- notifications ---------------------------------------------------- */

void bell_ring(struct bell *bell)
{
	WRITE_ONCE(bell->rung, true);
	wake_up(&bell->wait);
}

bool rig_wait(struct rig *rig, struct bell *bell)
{
	long left = wait_event_idle_timeout(bell->wait, READ_ONCE(bell->rung),
					    STALL);

	xchg(&bell->rung, false);
	return left && !READ_ONCE(rig->failed);
}

void rig_fail(struct rig *rig, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (!xchg(&rig->failed, true))
		pr_err("%pV (seed %u; added %u, returned %u, kicks %u, calls %u)\n",
		       &vaf, rig->seed, rig->added, rig->returned,
		       rig->kick.count, rig->call.count);
	va_end(args);
	bell_ring(&rig->kick);
	bell_ring(&rig->call);
}

static bool notify_device(struct virtqueue *vq)
{
	struct rig *rig = rig_of(vq);

	rig->kick.count++;
	bell_ring(&rig->kick);
	return true;
}

/* The interrupt handler: runs in the device's thread. */
static void notify_driver(struct virtqueue *vq)
{
	struct rig *rig = rig_of(vq);

	rig->call.count++;
	bell_ring(&rig->call);
}

/* ---- queue reset ------------------------------------------------------ */

static int forget_ring(struct virtqueue *vq)
{
	struct rig *rig = rig_of(vq);

	mutex_lock(&rig->lock);
	ring_reset(&rig->ring);
	rig->live = false;
	rig->n_held = 0;
	mutex_unlock(&rig->lock);
	return 0;
}

static int begin_ring_anew(struct virtqueue *vq)
{
	struct rig *rig = rig_of(vq);
	bool ok;

	mutex_lock(&rig->lock);
	ok = rig_start_ring(rig, ring_initial_base(rig->config.flags));
	mutex_unlock(&rig->lock);
	return ok ? 0 : -EIO;
}

static const struct virtio_config_ops config_ops = {
	.disable_vq_and_reset = forget_ring,
	.enable_vq_after_reset = begin_ring_anew,
};

/* ---- the engine's end ------------------------------------------------- */

/*
 * Put a missing translation into the IOTLB. An IOTLB that never has enough for
 * one chain would go on forever; this many misses are far beyond any case.
 */
bool rig_resolve_miss(struct rig *rig)
{
	const struct ring_miss *miss = ring_missed(&rig->ring);
	struct ring_range range = {
		.start = miss->iova & PAGE_MASK,
		.last = miss->iova | ~PAGE_MASK,
		.user = arena_device_page(rig->arena, miss->iova),
		.perm = RING_RW,
	};

	if (!rig->space.tlb || ++rig->misses > 1000000)
		return false;
	return ring_iotlb_insert(&rig->tlb, &range) == RING_OK;
}

bool rig_start_ring(struct rig *rig, u32 base)
{
	enum ring_cause cause = ring_setup(&rig->ring, &rig->config);

	if (cause != RING_OK ||
	    with_misses(rig, ring_start(&rig->ring, &rig->space, base)) != RING_GOT) {
		rig_fail(rig, "the ring does not start from %#x: %s", base,
			 ring_cause_name(ring_fault(&rig->ring)->cause));
		return false;
	}
	rig->live = true;
	rig->kicks_on = true;	/* the memory says what it says */
	return true;
}

static void configure_ring(struct rig *rig)
{
	struct ring_config *c = &rig->config;

	c->area[RING_DESC] = virtqueue_get_desc_addr(rig->vq);
	c->area[RING_DRIVER] = virtqueue_get_avail_addr(rig->vq);
	c->area[RING_DEVICE] = virtqueue_get_used_addr(rig->vq);
	c->log_desc = c->area[RING_DESC];
	c->log_device = c->area[RING_DEVICE];
	c->num = virtqueue_get_vring_size(rig->vq);
	c->flags = ring_flags(rig->features);
	if (rig->ways & RIG_LOG)
		c->flags |= RING_F_LOG;
	if (rig->ways & RIG_IOTLB) {
		c->flags |= RING_F_IOVA;
		return;
	}
	for (int i = 0; i < RING_AREAS; i++)
		c->area[i] = (uintptr_t)phys_to_virt(c->area[i]);
}

static bool make_space(struct rig *rig)
{
	rig->space.mem = &rig->arena->tab;
	if (rig->ways & RIG_IOTLB) {
		rig->tlb_memory = kvmalloc(ring_iotlb_bytes(TLB_ENTRIES), GFP_KERNEL);
		if (!rig->tlb_memory)
			return false;
		ring_iotlb_init(&rig->tlb, rig->tlb_memory, TLB_ENTRIES,
				RING_IOTLB_EVICT, 2);
		rig->space.tlb = &rig->tlb;
	}
	if (rig->ways & RIG_LOG) {
		rig->log.pages = ALIGN(virt_to_phys(high_memory - 1) / RING_LOG_PAGE + 1,
				       BITS_PER_LONG);
		rig->log.bits = (uintptr_t)vzalloc(rig->log.pages / BITS_PER_BYTE);
		if (!rig->log.bits)
			return false;
		rig->space.log = &rig->log;
	}
	return true;
}

/* ---- the driver's end ------------------------------------------------- */

static bool make_queue(struct rig *rig)
{
	struct virtio_device *vdev = &rig->vdev;

	vdev->dev.init_name = "ringside-test";
	vdev->config = &config_ops;
	vdev->features = rig->features;
	spin_lock_init(&vdev->vqs_list_lock);
	INIT_LIST_HEAD(&vdev->vqs);
	rig->vq = vring_create_virtqueue(0, rig_is_packed(rig) ? PACKED_NUM : SPLIT_NUM,
					 SMP_CACHE_BYTES, vdev, true, false,
					 false, notify_device, notify_driver,
					 "test");
	if (!rig->vq)
		return false;
	__virtio_unbreak_device(vdev);
	return true;
}

static void init_rig(struct rig *rig)
{
	init_waitqueue_head(&rig->kick.wait);
	init_waitqueue_head(&rig->call.wait);
	mutex_init(&rig->lock);
	prandom_seed_state(&rig->driver_rnd, rig->seed);
	prandom_seed_state(&rig->device_rnd, ~rig->seed);
	rig->batch = (struct ring_batch){
		.chain = rig->chain,
		.seg = rig->seg,
		.guest = rig->guest,
		.max_segs = BATCH_SEGS,
	};
	for (u32 i = 0; i < SLOTS; i++)
		rig->request[i].slot = rig->arena->base + i * SLOT_BYTES;
}

struct rig *rig_create(struct arena *a, u64 features, u32 ways, u32 seed)
{
	struct rig *rig = kvzalloc(sizeof(*rig), GFP_KERNEL);

	if (!rig)
		return NULL;
	rig->arena = a;
	rig->features = features | BIT_ULL(VIRTIO_F_VERSION_1);
	rig->ways = ways;
	rig->seed = seed;
	init_rig(rig);
	if (!make_queue(rig) || !make_space(rig)) {
		rig_destroy(rig);
		return NULL;
	}
	configure_ring(rig);
	return rig;
}

void rig_destroy(struct rig *rig)
{
	if (!rig)
		return;
	if (rig->vq) {
		while (virtqueue_detach_unused_buf(rig->vq))
			;
		vring_del_virtqueue(rig->vq);
	}
	vfree((void *)(uintptr_t)rig->log.bits);
	kvfree(rig->tlb_memory);
	kvfree(rig);
}
