// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making address spaces for the ring engine. Its IOTLB is used as a complete
 * table here: whatever is not in it is the driver's mistake, nobody is asked.
 *
 * vhost_vdpa pins what it maps, so physical addresses stay valid until set_map
 * has returned without them, and pinned pages are in the linear mapping.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vhost_iotlb.h>

#include "mem.h"

enum {
	MAX_ENTRIES = 1 << 20,		/* of ring_iotlb_init() */
	MAX_REGIONS = 65535,		/* of ring_memtab_build() */
};

static struct vblk_mem *alloc_mem(u32 entries, u64 gen)
{
	struct vblk_mem *mem = kzalloc(sizeof(*mem), GFP_KERNEL_ACCOUNT);

	if (!mem)
		return ERR_PTR(-ENOMEM);
	entries = max(entries, 1);
	mem->tlb_memory = kvmalloc(ring_iotlb_bytes(entries), GFP_KERNEL_ACCOUNT);
	mem->region = kvmalloc_array(entries, sizeof(*mem->region),
				     GFP_KERNEL_ACCOUNT);
	if (!mem->tlb_memory || !mem->region) {
		vblk_mem_free(mem);
		return ERR_PTR(-ENOMEM);
	}
	ring_iotlb_init(&mem->tlb, mem->tlb_memory, entries, RING_IOTLB_REJECT,
			gen);
	return mem;
}

void vblk_mem_free(struct vblk_mem *mem)
{
	if (IS_ERR_OR_NULL(mem))
		return;
	kvfree(mem->tab_memory);
	kvfree(mem->region);
	kvfree(mem->tlb_memory);
	kfree(mem);
}

static bool leads_to_memory(const struct vhost_iotlb_map *map)
{
	u64 last = map->addr + (map->last - map->start);

	return last >= map->addr && pfn_valid(PHYS_PFN(map->addr)) &&
	       pfn_valid(PHYS_PFN(last));
}

static int add_entry(struct vblk_mem *mem, const struct ring_range *range)
{
	if (ring_iotlb_insert(&mem->tlb, range) != RING_OK)
		return -EINVAL;
	mem->region[mem->regions++] = (struct ring_region){
		.guest = range->start,
		.size = range->last - range->start + 1,
		.user = range->user,
	};
	return 0;
}

static int add_map(struct vblk_mem *mem, const struct vhost_iotlb_map *map)
{
	struct ring_range range = {
		.start = map->start,
		.last = map->last,
		.perm = map->perm & RING_RW,
	};

	if (!leads_to_memory(map))
		return -EINVAL;
	range.user = (uintptr_t)phys_to_virt(map->addr);
	return add_entry(mem, &range);
}

struct vblk_mem *vblk_mem_of_iotlb(struct vhost_iotlb *iotlb, u64 gen)
{
	struct vhost_iotlb_map *map;
	struct vblk_mem *mem;

	if (iotlb->nmaps > MAX_ENTRIES)
		return ERR_PTR(-E2BIG);
	mem = alloc_mem(iotlb->nmaps, gen);
	if (IS_ERR(mem))
		return mem;
	for (map = vhost_iotlb_itree_first(iotlb, 0, U64_MAX); map;
	     map = vhost_iotlb_itree_next(map, 0, U64_MAX)) {
		int err = add_map(mem, map);

		if (!err)
			continue;
		vblk_mem_free(mem);
		return ERR_PTR(err);
	}
	return mem;
}

struct vblk_mem *vblk_mem_empty(u64 gen)
{
	return alloc_mem(0, gen);
}

struct vblk_mem *vblk_mem_identity(u64 gen)
{
	struct vblk_mem *mem = alloc_mem(1, gen);
	struct ring_range all = {
		.start = 0,
		.last = __pa(high_memory - 1),
		.user = (uintptr_t)__va(0),
		.perm = RING_RW,
	};

	if (!IS_ERR(mem))
		add_entry(mem, &all);
	return mem;
}

int vblk_mem_prepare_log(struct vblk_mem *mem)
{
	enum ring_cause cause;

	if (mem->tab_memory)
		return 0;
	if (mem->regions > MAX_REGIONS)
		return -E2BIG;
	mem->tab_memory = kvmalloc(ring_memtab_bytes(mem->regions),
				   GFP_KERNEL_ACCOUNT);
	if (!mem->tab_memory)
		return -ENOMEM;
	cause = ring_memtab_build(&mem->tab, mem->tab_memory, mem->region,
				  mem->regions, mem->tlb.gen);
	return cause == RING_OK ? 0 : -EINVAL;
}
