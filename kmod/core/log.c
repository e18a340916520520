// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log: where it is, whether it is big enough, and which queues write
 * to it. Setting bits is the ring engine's.
 *
 * A queue logs what it does to its ring when its addresses were given with
 * VHOST_VRING_F_LOG, and payload when LOG_ALL is negotiated; either needs a log
 * base. The interface does not say how big the log is: it must have a bit for
 * each page up to the end of the memory table and of the logged ring, and that
 * range is checked whenever one of them changes.
 *
 * Under dev->lock and the locks of the queues concerned.
 */
#include <linux/mm.h>

#include "core/common_cmds.h"
#include "core/locks.h"
#include "core/memory.h"
#include "core/queue.h"

struct vhost_log_plan vhost_log_current(const struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	return (struct vhost_log_plan){
		.mem = dev->mem,
		.base = dev->log_base,
		.features = dev->features[0],
	};
}

static u64 pages_to(u64 last)
{
	return last / RING_LOG_PAGE + 1;
}

/* Regions are sorted and do not overlap: the last one ends last. */
static u64 memory_pages(const struct ring_memtab *mem)
{
	return mem->count ? pages_to(mem->region[mem->count - 1].last) : 0;
}

static bool logs_ring(const struct vhost_vring_addr *addr)
{
	return addr->flags & BIT(VHOST_VRING_F_LOG);
}

static bool logs_anything(const struct vhost_log_plan *plan,
			  const struct vhost_vring_addr *addr)
{
	return plan->base && (plan->features & VHOST_BIT(VHOST_F_LOG_ALL) ||
			      logs_ring(addr));
}

/* Bits the log needs for the ring itself; IOVAs are in the memory table. */
static u64 ring_pages(const struct vhost_vq *vq,
		      const struct vhost_log_plan *plan,
		      const struct vhost_vring_addr *addr)
{
	u64 bytes = vhost_vring_device_bytes(vq, plan->features);

	if (!logs_ring(addr) ||
	    plan->features & VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM))
		return 0;
	if (addr->log_guest_addr + (bytes - 1) < addr->log_guest_addr)
		return ~0ULL;	/* no log is as big as that */
	return pages_to(addr->log_guest_addr + (bytes - 1));
}

static u64 pages_needed(const struct vhost_vq *vq,
			const struct vhost_log_plan *plan,
			const struct vhost_vring_addr *addr)
{
	return max(memory_pages(plan->mem), ring_pages(vq, plan, addr));
}

static bool queue_ok(const struct vhost_vq *vq,
		     const struct vhost_log_plan *plan,
		     const struct vhost_vring_addr *addr)
{
	u64 pages;

	if (!logs_anything(plan, addr))
		return true;
	pages = pages_needed(vq, plan, addr);
	return !pages ||
	       vhost_user_range_ok(plan->base, DIV_ROUND_UP_ULL(pages, 8));
}

bool vhost_log_ok(const struct vhost_dev *dev,
		  const struct vhost_log_plan *plan)
{
	vhost_dev_assert_vqs_locked(dev);
	for (u32 i = 0; i < dev->nvqs; i++)
		if (!queue_ok(dev->vqs[i], plan, &dev->vqs[i]->config.addr))
			return false;
	return true;
}

bool vhost_log_ring_ok(const struct vhost_vq *vq,
		       const struct vhost_vring_addr *addr)
{
	struct vhost_log_plan plan = vhost_log_current(vq->dev);

	return queue_ok(vq, &plan, addr);
}

/*
 * What the queue has collected for the old log goes there first, unless the
 * caller cannot reach it; between two runs of the handler that is at most the
 * page of its own notification flags.
 */
void vhost_vq_refresh_log(struct vhost_vq *vq)
{
	const struct vhost_vring_addr *addr = &vq->config.addr;
	struct vhost_log_plan plan = vhost_log_current(vq->dev);
	bool wanted = logs_anything(&plan, addr);

	lockdep_assert_held(&vq->lock);
	if (vq->space.log && vhost_dev_is_owner(vq->dev))
		ring_log_flush(&vq->ring, &vq->space);
	vq->log.bits = plan.base;
	vq->log.pages = wanted ? pages_needed(vq, &plan, addr) : 0;
	vq->space.log = wanted ? &vq->log : NULL;
}

/* ---- ioctls ----------------------------------------------------------- */

int vhost_log_base_check(struct vhost_io *io)
{
	struct vhost_log_plan plan = vhost_log_current(io->dev);

	plan.base = io->arg.u64;
	if ((uintptr_t)plan.base != plan.base)
		return -EFAULT;
	return vhost_log_ok(io->dev, &plan) ? 0 : -EFAULT;
}

void vhost_log_base_apply(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;

	WRITE_ONCE(dev->log_base, io->arg.u64);
	for (u32 i = 0; i < dev->nvqs; i++)
		vhost_vq_refresh_log(dev->vqs[i]);
}
