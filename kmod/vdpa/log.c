// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log, for parents of ours that report what they write: the owner's
 * bitmap is pinned, and mapped for the parent, which sets bits in whatever
 * context it completes requests.
 *
 * Addresses are IOVAs, which are guest-physical as long as there is no IOMMU in
 * the guest: Linux's interface has no other notion. The interface does not say
 * either how big the bitmap is: it has a bit for each page up to the highest
 * that is mapped, and grows with that.
 *
 * In the caller's thread, under dev.lock.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "vdpa/vdpa.h"

/* A bitmap pinned and mapped. */
struct bitmap_pin {
	struct page **pages;
	u32 n;
	void *bits;
	u64 covers;		/* pages of IOVA */
};

bool vdpa_log_offered(const struct vdpa_user *u)
{
	return u->parent_ops && u->parent_ops->set_log;
}

/* ---- the bitmap ------------------------------------------------------- */

static void unpin(struct vdpa_user *u, struct page **pages, u32 n)
{
	for (u32 i = 0; i < n; i++)
		vdpa_uncharge(u->owner, page_to_pfn(pages[i]), 1);
	unpin_user_pages_dirty_lock(pages, n, true);
}

static int charge(struct vdpa_user *u, struct page **pages, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		int ret = vdpa_charge(u->owner, page_to_pfn(pages[i]), 1);

		if (!ret)
			continue;
		while (i--)
			vdpa_uncharge(u->owner, page_to_pfn(pages[i]), 1);
		return ret;
	}
	return 0;
}

/* pin_user_pages_fast() may stop early. */
static int pin_pages(u64 start, struct page **pages, u32 n)
{
	u32 done = 0;

	while (done < n) {
		int got = pin_user_pages_fast(start + (u64)done * PAGE_SIZE,
					      n - done,
					      FOLL_LONGTERM | FOLL_WRITE,
					      pages + done);

		if (got <= 0) {
			unpin_user_pages(pages, done);
			return got ? got : -EFAULT;
		}
		done += got;
	}
	return 0;
}

static void drop_bitmap(struct vdpa_user *u, const struct bitmap_pin *b)
{
	if (!b->bits)
		return;
	vunmap((void *)((unsigned long)b->bits & PAGE_MASK));
	unpin(u, b->pages, b->n);
	kvfree(b->pages);
}

static int pin_and_map(struct vdpa_user *u, struct bitmap_pin *b, u64 base)
{
	int ret = pin_pages(base & PAGE_MASK, b->pages, b->n);
	void *at;

	if (ret)
		return ret;
	ret = charge(u, b->pages, b->n);
	if (ret) {
		unpin_user_pages(b->pages, b->n);
		return ret;
	}
	at = vmap(b->pages, b->n, VM_MAP, PAGE_KERNEL);
	if (!at) {
		unpin(u, b->pages, b->n);
		return -ENOMEM;
	}
	b->bits = at + offset_in_page(base);
	return 0;
}

/* Words of 32 bits, which the parent sets bits in. */
static int make_bitmap(struct vdpa_user *u, struct bitmap_pin *b, u64 base,
		       u64 covers)
{
	u64 bytes = DIV_ROUND_UP_ULL(covers, 32) * sizeof(u32);
	u64 n = DIV_ROUND_UP_ULL(offset_in_page(base) + bytes, PAGE_SIZE);
	int ret;

	if (base + bytes < base || n > INT_MAX)
		return -EFAULT;
	b->covers = covers;
	b->n = n;
	b->pages = kvmalloc_array(n, sizeof(*b->pages), GFP_KERNEL_ACCOUNT);
	if (!b->pages)
		return -ENOMEM;
	ret = pin_and_map(u, b, base);
	if (ret)
		kvfree(b->pages);
	return ret;
}

/* ---- the parent ------------------------------------------------------- */

static struct bitmap_pin current_bitmap(const struct vdpa_user *u)
{
	return (struct bitmap_pin){
		.pages = u->log.pages,
		.n = u->log.n_pages,
		.bits = u->log.parent.bits,
	};
}

static int switch_to(struct vdpa_user *u, const struct bitmap_pin *b)
{
	struct vhost_parent_log log = { b->bits, b->covers };
	struct bitmap_pin old = current_bitmap(u);
	int ret = u->parent_ops->set_log(u->vdpa, b->bits ? &log : NULL);

	if (ret && b->bits)
		return ret;
	u->log.parent = log;
	u->log.pages = b->pages;
	u->log.n_pages = b->n;
	drop_bitmap(u, &old);
	return 0;
}

static u64 pages_mapped(const struct vdpa_user *u)
{
	u64 last = 0;

	for (u32 i = 0; i < u->n_spaces; i++) {
		struct vhost_iotlb_map *map;

		list_for_each_entry(map, &u->space[i].live.list, link)
			last = max(last, map->last);
	}
	return last / VHOST_PAGE_SIZE + 1;
}

/* Log to a bitmap at @base that covers so many pages, or not at all: 0. */
static int log_to(struct vdpa_user *u, u64 base, u64 covers)
{
	struct bitmap_pin b = {};
	int ret;

	lockdep_assert_held(&u->dev.lock);
	if (!base)
		return u->log.parent.bits ? switch_to(u, &b) : 0;
	if (!u->dev.mm || u->dev.mm != current->mm)
		return -EPERM;	/* it is the owner's memory */
	ret = make_bitmap(u, &b, base, covers);
	if (ret)
		return ret;
	ret = switch_to(u, &b);
	if (ret)
		drop_bitmap(u, &b);
	return ret;
}

int vdpa_log_set_wanted(struct vdpa_user *u, bool wanted)
{
	int ret;

	if (wanted == u->log.wanted)
		return 0;
	ret = log_to(u, wanted ? u->log.base : 0, pages_mapped(u));
	if (!ret)
		u->log.wanted = wanted;
	return ret;
}

int vdpa_log_cover(struct vdpa_user *u, u64 last)
{
	u64 covers = last / VHOST_PAGE_SIZE + 1;

	if (!u->log.parent.bits || covers <= u->log.parent.pages)
		return 0;
	return log_to(u, u->log.base, covers);
}

void vdpa_log_end(struct vdpa_user *u)
{
	log_to(u, 0, 0);
	u->log.wanted = false;
	u->log.base = 0;
}

/* ---- ioctls ----------------------------------------------------------- */

int vdpa_log_base_execute(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	u64 base = io->arg.u64;
	int ret;

	if (!vdpa_log_offered(u))
		return -ENOIOCTLCMD;
	if ((uintptr_t)base != base)
		return -EFAULT;
	if (!IS_ALIGNED(base, sizeof(u64)))
		return -EINVAL;
	ret = log_to(u, u->log.wanted ? base : 0, pages_mapped(u));
	if (!ret)
		u->log.base = base;
	return ret;
}

/* The parent has no way to say that it logged something. */
int vdpa_log_fd_check(struct vhost_io *io)
{
	return vdpa_log_offered(vdpa_user_of(io->dev)) ? -EOPNOTSUPP :
							 -ENOIOCTLCMD;
}
