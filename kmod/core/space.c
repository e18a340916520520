// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device's addresses mean: its memory table, or its IOTLB.
 *
 * Both belong to the device and are looked up by its queues, each through its
 * own vq->space. They change under dev->lock and the locks of all queues, so
 * that a lookup under one vq->lock needs no lock of its own, and so that when
 * an ioctl or message returns no queue uses what it took away. A handler holds
 * its lock for one budget at most, which is how long a change may wait; the
 * workers go on meanwhile, and find the new state at their next turn.
 *
 * Generations. The rings remember their last translation together with the
 * generation of what it came from, so no two tables or IOTLBs of a device ever
 * have one in common: tables count from 2^63, IOTLBs from 1.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core/memory.h"

static uint max_iotlb_entries = 2048;
module_param(max_iotlb_entries, uint, 0444);
MODULE_PARM_DESC(max_iotlb_entries,
		 "Most entries in a device's IOTLB; the oldest makes room");

void vhost_vq_refresh_space(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->space.mem = vq->dev->mem;
	vq->space.tlb = vq->dev->tlb;
	vhost_vq_refresh_log(vq);
}

/* ---- the IOTLB -------------------------------------------------------- */

struct iotlb {
	struct ring_iotlb tlb;
	u64 memory[];
};

struct ring_iotlb *vhost_iotlb_new(u64 gen)
{
	u32 capacity = clamp(max_iotlb_entries, 1u, 1u << 20);
	struct iotlb *new;

	new = kvmalloc(sizeof(*new) + ring_iotlb_bytes(capacity),
		       GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	ring_iotlb_init(&new->tlb, new->memory, capacity, RING_IOTLB_EVICT,
			gen);
	return &new->tlb;
}

void vhost_iotlb_end(struct vhost_dev *dev, struct ring_iotlb *tlb)
{
	lockdep_assert_held(&dev->lock);
	if (!tlb)
		return;
	dev->tlb_gen = max(dev->tlb_gen, tlb->gen + 1);
	kvfree(container_of(tlb, struct iotlb, tlb));
}
