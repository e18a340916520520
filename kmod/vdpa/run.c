// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a mapped run holds until it is unmapped: pinned pages (PA mode), or a file
 * (VA mode).
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vdpa/vdpa.h"

/* ---- pages ------------------------------------------------------------ */

void vdpa_run_unpin(struct vdpa_user *u, unsigned long pfn, unsigned long n,
		    u32 perm)
{
	unpin_user_page_range_dirty_lock(pfn_to_page(pfn), n,
					 perm & VHOST_MAP_WO);
	vdpa_uncharge(u->owner, pfn, n);
}

void vdpa_run_drop_pages(struct vdpa_user *u, const struct vhost_iotlb_map *map)
{
	vdpa_run_unpin(u, PHYS_PFN(map->addr), map->size >> PAGE_SHIFT, map->perm);
}

/* ---- files ------------------------------------------------------------ */

struct vdpa_map_file *vdpa_run_new_file(struct file *file, u64 offset)
{
	struct vdpa_map_file *f = kmalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return NULL;
	f->file = get_file(file);
	f->offset = offset;
	return f;
}

void vdpa_run_put_file(struct vdpa_map_file *f)
{
	fput(f->file);
	kfree(f);
}

void vdpa_run_drop_file(const struct vhost_iotlb_map *map)
{
	vdpa_run_put_file(map->opaque);
}

void *vdpa_run_split_file(const struct vhost_iotlb_map *map, u64 bytes)
{
	const struct vdpa_map_file *f = map->opaque;

	return vdpa_run_new_file(f->file, f->offset + bytes);
}
