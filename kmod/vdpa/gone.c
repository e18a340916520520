// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs that were unmapped and that the parent may still use: a stack of them, in
 * pages of their own. All that is ever asked of them is to end them, so an IOTLB
 * would only cost.
 *
 * Under dev.lock.
 */
#include <linux/gfp.h>

#include "vdpa/vdpa.h"

struct gone_run {
	u64 addr;
	u64 size;
	void *opaque;
	u32 perm;
};

struct vdpa_gone_page {
	struct vdpa_gone_page *next;
	u32 n;
	struct gone_run run[];
};

enum {
	PAGE_RUNS = (PAGE_SIZE - sizeof(struct vdpa_gone_page)) /
		    sizeof(struct gone_run),
};

static struct vdpa_gone_page *page_with_room(struct vdpa_gone *g)
{
	struct vdpa_gone_page *p = g->top;

	if (p && p->n < PAGE_RUNS)
		return p;
	p = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!p)
		return NULL;
	p->n = 0;
	p->next = g->top;
	g->top = p;
	return p;
}

int vdpa_gone_push(struct vdpa_gone *g, const struct vhost_iotlb_map *map)
{
	struct vdpa_gone_page *p = page_with_room(g);

	if (!p)
		return -ENOMEM;
	p->run[p->n++] = (struct gone_run){
		.addr = map->addr,
		.size = map->size,
		.opaque = map->opaque,
		.perm = map->perm,
	};
	g->n++;
	return 0;
}

bool vdpa_gone_pop(struct vdpa_gone *g, struct vhost_iotlb_map *map)
{
	struct vdpa_gone_page *p = g->top;
	const struct gone_run *run;

	if (!p)
		return false;
	run = &p->run[--p->n];
	map->addr = run->addr;
	map->size = run->size;
	map->opaque = run->opaque;
	map->perm = run->perm;
	g->n--;
	if (!p->n) {
		g->top = p->next;
		free_page((unsigned long)p);
	}
	return true;
}
