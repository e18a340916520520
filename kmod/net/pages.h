/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for packets on their way to a tap: parts of pages, each with a page
 * reference of its own that goes along with the packet. A page all of whose parts
 * were freed is used again, so a queue whose packets are taken soon allocates and
 * clears nothing.
 *
 * Bounded by NET_PAGES pages of NET_PAGE_ORDER for a queue, and by what others still
 * hold of pages that the queue gave up. Charged to the owner's cgroup. Everything in
 * the queue's worker or in a thread that changes backends, vq->lock held.
 */
#ifndef RINGSIDE_NET_PAGES_H
#define RINGSIDE_NET_PAGES_H

#include <linux/mm_types.h>

enum {
	NET_PAGES = 8,		/* of a queue */
	NET_PAGE_ORDER = 3,	/* of a page, where memory is not scarce */
};

struct net_page {
	struct page *page;
	u32 size, used;		/* bytes */
	u32 refs;		/* page references that no part has yet */
};

struct net_pages {
	u32 n;			/* pages that there are */
	u32 at;			/* the one that parts are taken from */
	bool scarce;		/* an allocation failed: try no other in this run */
	struct net_page page[NET_PAGES];
};

/**
 * net_pages_take() - memory for a packet
 * @size: bytes, up to PAGE_SIZE; a multiple of SMP_CACHE_BYTES
 *
 * Free it with page_frag_free(), or have tap do it. Return: NULL: no memory.
 * Context: sleeps.
 */
void *net_pages_take(struct net_pages *pages, u32 size);

/** net_pages_drop() - give up all pages; what was taken stays valid */
void net_pages_drop(struct net_pages *pages);

#endif /* RINGSIDE_NET_PAGES_H */
