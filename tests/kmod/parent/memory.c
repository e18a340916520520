// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parent was given of memory, how it reads and writes it, its log and
 * its doorbells.
 */
#include <linux/highmem.h>
#include <linux/mm.h>

#include "parent.h"

void parent_memory_init(struct parent *p)
{
	mutex_init(&p->map_lock);
	for (u32 i = 0; i < PARENT_SPACES; i++)
		vhost_iotlb_init(&p->map[i], UINT_MAX, 0);
	p->fail_map = -1;
	if (p->shape.flags & PARENT_DOORBELL)
		p->doorbell = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
}

void parent_memory_free(struct parent *p)
{
	for (u32 i = 0; i < PARENT_SPACES; i++)
		vhost_iotlb_reset(&p->map[i]);
	if (p->doorbell)
		free_pages(p->doorbell, 1);
}

static int insert(struct parent *p, u32 asid, u64 iova, u64 size, u64 pa,
		  u32 perm)
{
	lockdep_assert_held(&p->map_lock);
	if (p->fail_map >= 0 && !p->fail_map--)
		return -ENOBUFS;
	p->bytes[asid] += size;
	return vhost_iotlb_add_range(&p->map[asid], iova, iova + (size - 1), pa,
				     perm);
}

int parent_dma_map(struct vdpa_device *vdpa, unsigned int asid, u64 iova,
		   u64 size, u64 pa, u32 perm, void *opaque)
{
	struct parent *p = parent_of(vdpa);

	guard(mutex)(&p->map_lock);
	p->maps++;
	return insert(p, asid, iova, size, pa, perm);
}

/* Only what is a run of ours can be unmapped. */
int parent_dma_unmap(struct vdpa_device *vdpa, unsigned int asid, u64 iova,
		     u64 size)
{
	struct parent *p = parent_of(vdpa);
	struct vhost_iotlb_map *map;

	guard(mutex)(&p->map_lock);
	p->unmaps++;
	map = vhost_iotlb_itree_first(&p->map[asid], iova, iova);
	if (!map || map->start != iova || map->size != size) {
		dev_warn(&vdpa->dev, "unmaps what is no run\n");
		return -ENOENT;
	}
	p->bytes[asid] -= size;
	vhost_iotlb_map_free(&p->map[asid], map);
	return 0;
}

static void empty(struct parent *p, u32 asid)
{
	lockdep_assert_held(&p->map_lock);
	vhost_iotlb_reset(&p->map[asid]);
	p->bytes[asid] = 0;
}

int parent_set_map(struct vdpa_device *vdpa, unsigned int asid,
		   struct vhost_iotlb *iotlb)
{
	struct parent *p = parent_of(vdpa);
	struct vhost_iotlb_map *map;
	int ret = parent_wait(p);

	if (ret)
		return ret;
	guard(mutex)(&p->map_lock);
	p->tables++;
	/* Nothing to translate: whatever else it says. */
	if (!iotlb->nmaps)
		empty(p, asid);
	if (p->fail_table) {
		p->fail_table--;
		return -ENOBUFS;
	}
	empty(p, asid);
	list_for_each_entry(map, &iotlb->list, link) {
		ret = insert(p, asid, map->start, map->size, map->addr,
			     map->perm);
		if (ret)
			return ret;
	}
	return 0;
}

int parent_reset_map(struct vdpa_device *vdpa, unsigned int asid)
{
	struct parent *p = parent_of(vdpa);

	guard(mutex)(&p->map_lock);
	p->map_resets++;
	return 0;
}

/* ---- use it ----------------------------------------------------------- */

static void log_write(struct parent *p, u64 iova)
{
	u64 page = iova / 4096;

	if (!p->log.bits)
		return;
	if (page >= p->log.pages)
		dev_warn(&p->vdpa.dev, "writes beyond the log\n");
	else
		set_bit(page, p->log.bits);
}

static int move_byte(struct parent *p, struct parent_dma *dma, u32 i)
{
	u32 need = dma->write ? VHOST_MAP_WO : VHOST_MAP_RO;
	u64 iova = dma->iova + i, pa;
	struct vhost_iotlb_map *map;
	u8 *page;

	map = vhost_iotlb_itree_first(&p->map[dma->asid], iova, iova);
	if (!map || !(map->perm & need))
		return -EFAULT;
	pa = map->addr + (iova - map->start);
	page = kmap_local_page(pfn_to_page(PHYS_PFN(pa)));
	if (dma->write)
		page[offset_in_page(pa)] = dma->data[i];
	else
		dma->data[i] = page[offset_in_page(pa)];
	kunmap_local(page);
	if (dma->write)
		log_write(p, iova);
	return 0;
}

int parent_dma(struct parent *p, struct parent_dma *dma)
{
	int ret = 0;

	if (dma->asid >= PARENT_SPACES || dma->len > PARENT_DMA_BYTES ||
	    p->shape.flags & PARENT_USE_VA)
		return -EINVAL;
	guard(mutex)(&p->map_lock);
	for (u32 i = 0; i < dma->len && !ret; i++)
		ret = move_byte(p, dma, i);
	return ret;
}

static int set_log(struct vdpa_device *vdpa, const struct vhost_parent_log *log)
{
	struct parent *p = parent_of(vdpa);

	guard(mutex)(&p->map_lock);
	p->log = log ? *log : (struct vhost_parent_log){};
	return 0;
}

const struct vhost_parent_ops parent_log_ops = {
	.set_log = set_log,
};

/* The first queue's is as it must be, the second's is not page-sized. */
struct vdpa_notification_area parent_doorbell(struct vdpa_device *vdpa,
					      u16 index)
{
	struct parent *p = parent_of(vdpa);

	if (index > 1 || !p->doorbell)
		return (struct vdpa_notification_area){};
	return (struct vdpa_notification_area){
		.addr = __pa(p->doorbell) + index * PAGE_SIZE,
		.size = index ? 64 : PAGE_SIZE,
	};
}
