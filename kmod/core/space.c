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
#include <linux/uaccess.h>

#include "core/internal.h"

static ushort max_mem_regions = 509;
module_param(max_mem_regions, ushort, 0444);
MODULE_PARM_DESC(max_mem_regions, "Most regions in a memory table");

static uint max_iotlb_entries = 2048;
module_param(max_iotlb_entries, uint, 0444);
MODULE_PARM_DESC(max_iotlb_entries,
		 "Most entries in a device's IOTLB; the oldest makes room");

#define FIRST_TABLE_GEN (1ULL << 63)

const struct ring_memtab vhost_no_memory = { .gen = FIRST_TABLE_GEN };

bool vhost_user_range_ok(u64 start, u64 len)
{
	u64 last = start + (len - 1);

	/* 32 bits: a length of 2^32 must not become 0 below */
	if (last < start || (uintptr_t)last != last || (uintptr_t)len != len)
		return false;
	return access_ok((void __user *)(uintptr_t)start, (uintptr_t)len);
}

void vhost_vq_refresh_space(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->space.mem = vq->dev->mem;
	vq->space.tlb = vq->dev->tlb;
	vhost_vq_refresh_log(vq);
}

/* ---- the memory table ------------------------------------------------- */

/* A table and the memory it points into. */
struct memtab {
	struct ring_memtab tab;
	u64 memory[];
};

void vhost_memtab_free(const struct ring_memtab *tab)
{
	if (tab != &vhost_no_memory)
		kvfree(container_of(tab, struct memtab, tab));
}

/* The regions as sent become regions as the engine takes them, in place. */
static int judge_regions(void *regions, u32 n)
{
	const struct vhost_memory_region *from = regions;
	struct ring_region *to = regions;

	static_assert(sizeof(*to) <= sizeof(*from));
	for (u32 i = 0; i < n; i++) {
		struct vhost_memory_region r = from[i];

		if (!r.memory_size ||
		    !vhost_user_range_ok(r.userspace_addr, r.memory_size))
			return -EFAULT;
		to[i] = (struct ring_region){
			.guest = r.guest_phys_addr,
			.size = r.memory_size,
			.user = r.userspace_addr,
		};
	}
	return 0;
}

static int table_error(enum ring_cause cause)
{
	switch (cause) {
	case RING_OK:
		return 0;
	case RING_BAD_OVERLAP:
		return -EINVAL;
	default:
		return -EFAULT;
	}
}

/* @regions: n of struct ring_region. */
static struct memtab *build_table(const void *regions, u32 n, u64 gen)
{
	struct memtab *new;
	int ret;

	new = kvmalloc(sizeof(*new) + ring_memtab_bytes(n), GFP_KERNEL_ACCOUNT);
	if (!new)
		return ERR_PTR(-ENOMEM);
	ret = table_error(ring_memtab_build(&new->tab, new->memory, regions, n,
					    gen));
	if (!ret)
		return new;
	kvfree(new);
	return ERR_PTR(ret);
}

static void *copy_regions(const struct vhost_io *io, u32 n)
{
	const struct vhost_memory __user *user = io->user;
	size_t bytes = n * sizeof(struct vhost_memory_region);
	void *regions = kvmalloc(max(bytes, 1ul), GFP_KERNEL_ACCOUNT);

	if (!regions)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(regions, user->regions, bytes))
		return regions;
	kvfree(regions);
	return ERR_PTR(-EFAULT);
}

/* io->res: the new table, as a struct ring_memtab. */
int vhost_mem_table_prepare(struct vhost_io *io)
{
	struct vhost_memory head;
	struct memtab *new;
	void *regions;
	int ret;

	memcpy(&head, io->arg.raw, sizeof(head));
	if (head.padding)
		return -EOPNOTSUPP;
	if (head.nregions > max_mem_regions)
		return -E2BIG;
	regions = copy_regions(io, head.nregions);
	if (IS_ERR(regions))
		return PTR_ERR(regions);
	ret = judge_regions(regions, head.nregions);
	if (!ret) {
		new = build_table(regions, head.nregions, io->dev->mem_gen);
		ret = PTR_ERR_OR_ZERO(new);
	}
	kvfree(regions);
	if (!ret)
		io->res = &new->tab;
	return ret;
}

/* The log must have a bit for each page of the new table. */
int vhost_mem_table_check(struct vhost_io *io)
{
	struct vhost_log_plan plan = vhost_log_current(io->dev);

	plan.mem = io->res;
	return vhost_log_ok(io->dev, &plan) ? 0 : -EFAULT;
}

/* A packed ring's log address depends on the table, see setup.c. */
static bool depends_on_table(const struct vhost_vq *vq)
{
	return (vq->config.addr.flags & BIT(VHOST_VRING_F_LOG)) &&
	       vhost_vq_has(vq, VIRTIO_F_RING_PACKED);
}

void vhost_mem_table_apply(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	const struct ring_memtab *new = io->res;

	vhost_dev_assert_vqs_locked(dev);
	io->res = (void *)dev->mem;
	dev->mem = new;
	dev->mem_gen++;
	for (u32 i = 0; i < dev->nvqs; i++) {
		if (depends_on_table(dev->vqs[i]))
			vhost_vq_changed(dev->vqs[i]);
		else
			vhost_vq_refresh_space(dev->vqs[i]);
	}
}

void vhost_mem_table_finish(struct vhost_io *io)
{
	vhost_memtab_free(io->res);
}

/* ---- the IOTLB -------------------------------------------------------- */

struct iotlb {
	struct ring_iotlb tlb;
	u64 memory[];
};

/* An empty one that counts on from @gen; NULL when there is no memory. */
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

/* No queue refers to it any more. NULL is fine. */
void vhost_iotlb_end(struct vhost_dev *dev, struct ring_iotlb *tlb)
{
	lockdep_assert_held(&dev->lock);
	if (!tlb)
		return;
	dev->tlb_gen = max(dev->tlb_gen, tlb->gen + 1);
	kvfree(container_of(tlb, struct iotlb, tlb));
}
