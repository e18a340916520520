// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for packets; see pages.h.
 *
 * The queue takes many references to a page when it gets it, and gives one away with
 * each part. Nobody else adds references that last. So when as many are left in
 * all as the queue has itself, all parts were freed.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "pages.h"

enum { REFS = 1 << 12 };	/* more than a page has parts */

static bool has_room(const struct net_page *p, u32 size)
{
	return p->used + size <= p->size;
}

static void *take_part(struct net_page *p, u32 size)
{
	void *part = page_address(p->page) + p->used;

	p->used += size;
	p->refs--;
	return part;
}

static bool is_free(const struct net_page *p)
{
	return page_ref_count(p->page) == p->refs;
}

/* What others read in it they read before they freed their parts. */
static void reuse(struct net_page *p)
{
	smp_acquire__after_ctrl_dep();
	page_ref_add(p->page, REFS - p->refs);
	p->refs = REFS;
	p->used = 0;
}

static void drop(struct net_page *p)
{
	page_ref_sub(p->page, p->refs - 1);
	put_page(p->page);
}

/*
 * Neither waits for memory that others would have to give up, nor has anybody
 * killed for it: packets may be lost.
 */
static bool allocate(struct net_page *p)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY |
		    __GFP_NOMEMALLOC;
	u32 order = NET_PAGE_ORDER;

	p->page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP, order);
	if (unlikely(!p->page)) {
		order = 0;
		p->page = alloc_pages(gfp, order);
	}
	if (unlikely(!p->page))
		return false;
	page_ref_add(p->page, REFS - 1);
	p->refs = REFS;
	p->size = PAGE_SIZE << order;
	p->used = 0;
	return true;
}

/* Have pages->at be a page with room: a free one, a new one, or one for another. */
static bool next_page(struct net_pages *pages)
{
	struct net_page new;

	for (u32 i = 0; i < pages->n; i++)
		if (is_free(&pages->page[i])) {
			reuse(&pages->page[i]);
			pages->at = i;
			return true;
		}
	if (pages->scarce || !allocate(&new)) {
		pages->scarce = true;
		return false;
	}
	if (pages->n < NET_PAGES) {
		pages->at = pages->n++;
	} else {
		pages->at = (pages->at + 1) % NET_PAGES;
		drop(&pages->page[pages->at]);
	}
	pages->page[pages->at] = new;
	return true;
}

void *net_pages_take(struct net_pages *pages, u32 size)
{
	if (likely(pages->n && has_room(&pages->page[pages->at], size)))
		return take_part(&pages->page[pages->at], size);
	return next_page(pages) ? take_part(&pages->page[pages->at], size) : NULL;
}

void net_pages_drop(struct net_pages *pages)
{
	while (pages->n)
		drop(&pages->page[--pages->n]);
	pages->at = 0;
}
