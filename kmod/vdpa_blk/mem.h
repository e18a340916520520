/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's address space: how the I/O virtual addresses of its driver become
 * addresses in the kernel's linear mapping. A change of mappings makes a new one.
 */
#ifndef RINGSIDE_VDPA_BLK_MEM_H
#define RINGSIDE_VDPA_BLK_MEM_H

#include <linux/types.h>

#include "ring.h"

struct vhost_iotlb;

struct vblk_mem {
	struct ring_iotlb tlb;
	void *tlb_memory;
	struct ring_region *region;	/* the same entries, in order */
	u32 regions;

	/* the same for the dirty log, which asks by kernel address */
	struct ring_memtab tab;
	void *tab_memory;		/* NULL: not made */
};

/**
 * vblk_mem_of_iotlb() - the address space that the owner mapped
 * @iotlb: entries lead to physical addresses of memory that stays until the
 *	   device has another address space
 * @gen: a number above those of all address spaces the device had
 *
 * Return: it, or ERR_PTR: -ENOMEM; -E2BIG for more than 2^20 entries; -EINVAL
 * for an entry that does not lead to memory.
 * Context: sleeps; nobody changes @iotlb.
 */
struct vblk_mem *vblk_mem_of_iotlb(struct vhost_iotlb *iotlb, u64 gen);

/** vblk_mem_empty() - an address space where nothing is mapped; or -ENOMEM */
struct vblk_mem *vblk_mem_empty(u64 gen);

/**
 * vblk_mem_identity() - the address space of a driver inside this kernel,
 *			 which gives physical addresses: all memory
 *
 * Return: it, or ERR_PTR(-ENOMEM). Context: sleeps.
 */
struct vblk_mem *vblk_mem_identity(u64 gen);

/**
 * vblk_mem_prepare_log() - make what the dirty log needs of it
 *
 * Return: 0; -ENOMEM; -E2BIG for more than 65535 entries. 0 again where it has
 * been made. Context: sleeps; no ring uses @mem meanwhile.
 */
int vblk_mem_prepare_log(struct vblk_mem *mem);

/** vblk_mem_next_gen() - a number for the one that comes after @mem */
static inline u64 vblk_mem_next_gen(const struct vblk_mem *mem)
{
	return mem ? mem->tlb.gen + 1 : 1;
}

/** vblk_mem_free() - free it; NULL and ERR_PTR are fine. No ring uses it. */
void vblk_mem_free(struct vblk_mem *mem);

#endif /* RINGSIDE_VDPA_BLK_MEM_H */
