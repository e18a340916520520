// SPDX-License-Identifier: GPL-2.0-only
/*
 * PA mode: the owner's pages are pinned for as long as they are mapped, and the
 * parent is given their physical addresses, a run of contiguous pages at a time.
 *
 * In the owner's thread, under dev.lock. A map of much memory takes long; it
 * ends when the caller is killed.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "vdpa/vdpa.h"

enum {
	CHUNK = 512,		/* pages pinned at a time */
};

/* Pages that are contiguous, and so far not mapped. */
struct run {
	unsigned long pfn;
	unsigned long n;	/* 0: none */
};

/* A map under way. */
struct pinning {
	struct vdpa_user *u;
	u32 asid;
	u32 perm;
	u64 iova;		/* of run */
	struct run run;		/* pinned and accounted */
};

static int map_run(struct pinning *p)
{
	struct run *run = &p->run;
	int ret;

	if (!run->n)
		return 0;
	ret = vdpa_space_add(p->u, p->asid, p->iova, (u64)run->n << PAGE_SHIFT,
			     PFN_PHYS(run->pfn), p->perm, NULL);
	if (ret)
		return ret;
	p->iova += (u64)run->n << PAGE_SHIFT;
	run->n = 0;
	return 0;
}

static unsigned long contiguous(struct page **pages, unsigned long n)
{
	unsigned long pfn = page_to_pfn(pages[0]), i = 1;

	while (i < n && page_to_pfn(pages[i]) == pfn + i)
		i++;
	return i;
}

/* Account pages just pinned and add them to the run; map it when it ends. */
static int take_pages(struct pinning *p, unsigned long pfn, unsigned long n)
{
	int ret = vdpa_charge(p->u->owner, pfn, n);

	if (ret)
		return ret;
	if (!p->run.n || p->run.pfn + p->run.n != pfn) {
		ret = map_run(p);
		if (ret) {
			vdpa_uncharge(p->u->owner, pfn, n);
			return ret;
		}
		p->run.pfn = pfn;
	}
	p->run.n += n;
	return 0;
}

/* On errors, those of @pages that did not get into the run are unpinned. */
static int add_chunk(struct pinning *p, struct page **pages, unsigned long n)
{
	for (unsigned long i = 0; i < n; ) {
		unsigned long part = contiguous(pages + i, n - i);
		int ret = take_pages(p, page_to_pfn(pages[i]), part);

		if (ret) {
			unpin_user_pages(pages + i, n - i);
			return ret;
		}
		i += part;
	}
	return 0;
}

static int pin_chunk(struct pinning *p, u64 uaddr, unsigned long n)
{
	unsigned int flags = FOLL_LONGTERM;
	int got;

	if (p->perm & VHOST_MAP_WO)
		flags |= FOLL_WRITE;
	got = pin_user_pages_fast(uaddr, n, flags, p->u->pages);
	if (got <= 0)
		return got ? got : -EFAULT;
	return add_chunk(p, p->u->pages, got) ?: got;
}

static int pin_all(struct pinning *p, u64 uaddr, u64 pages)
{
	while (pages) {
		int got = pin_chunk(p, uaddr, min_t(u64, pages, CHUNK));

		if (got < 0)
			return got;
		uaddr += (u64)got << PAGE_SHIFT;
		pages -= got;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return map_run(p);
}

static int alloc_scratch(struct vdpa_user *u)
{
	if (!u->pages)
		u->pages = kvmalloc_array(CHUNK, sizeof(*u->pages),
					  GFP_KERNEL_ACCOUNT);
	return u->pages ? 0 : -ENOMEM;
}

int vdpa_pin_map(struct vdpa_user *u, u32 asid,
		 const struct vhost_iotlb_msg *msg)
{
	struct pinning p = {
		.u = u,
		.asid = asid,
		.perm = msg->perm,
		.iova = msg->iova,
	};
	u64 bytes = vdpa_msg_bytes(u, msg);
	int ret = alloc_scratch(u);

	lockdep_assert_held(&u->dev.lock);
	if (ret)
		return ret;
	if (!PAGE_ALIGNED(msg->iova) || !PAGE_ALIGNED(msg->uaddr))
		return -EINVAL;
	ret = pin_all(&p, msg->uaddr, bytes >> PAGE_SHIFT);
	if (!ret)
		return 0;
	if (p.run.n)
		vdpa_run_unpin(u, p.run.pfn, p.run.n, p.perm);
	vdpa_space_undo(u, asid, msg->iova, msg->iova + bytes - 1);
	return ret;
}
