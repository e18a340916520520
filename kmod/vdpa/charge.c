// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts of pinned memory: a page that is pinned for an owner counts once
 * against RLIMIT_MEMLOCK, in mm->pinned_vm, however many devices and address
 * spaces pin it. A guest with four vDPA devices needs the limit of one.
 *
 * A page is known by its frame number. An account by user address would let a
 * program map new memory at an old address, and pin as much as it likes.
 *
 * For each block of frames there is a stack of bitmaps: bit n of the level at
 * depth k says that page n is pinned more than k times. So levels are subsets of
 * those below them, most memory needs one bit a page, and what was charged can
 * be uncharged without memory.
 *
 * Under owner->lock, which is taken for one run of pages at a time.
 */
#include <linux/bitmap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "vdpa/vdpa.h"

enum {
	BLOCK_SHIFT = 9,		/* 2 MiB, where pages are 4 KiB */
	BLOCK_PAGES = 1 << BLOCK_SHIFT,
	BLOCK_WORDS = BLOCK_PAGES / BITS_PER_LONG,
	MOST_LEVELS = 4096,		/* pins of one page */
};

struct level {
	unsigned long bits[BLOCK_WORDS];
	struct level *next;		/* more pins than this; or NULL */
};

struct vdpa_owner {
	struct mm_struct *mm;		/* mm_count held */
	u32 users;			/* owners_lock */
	struct list_head node;
	struct mutex lock;
	struct xarray blocks;		/* of struct level, the lowest; lock */
};

static DEFINE_MUTEX(owners_lock);
static LIST_HEAD(owners);

/* ---- owners ----------------------------------------------------------- */

static struct vdpa_owner *find_locked(const struct mm_struct *mm)
{
	struct vdpa_owner *o;

	lockdep_assert_held(&owners_lock);
	list_for_each_entry(o, &owners, node)
		if (o->mm == mm)
			return o;
	return NULL;
}

struct vdpa_owner *vdpa_owner_get(struct mm_struct *mm)
{
	struct vdpa_owner *o;

	guard(mutex)(&owners_lock);
	o = find_locked(mm);
	if (o) {
		o->users++;
		return o;
	}
	o = kzalloc(sizeof(*o), GFP_KERNEL_ACCOUNT);
	if (!o)
		return NULL;
	mmgrab(mm);
	o->mm = mm;
	o->users = 1;
	mutex_init(&o->lock);
	xa_init_flags(&o->blocks, XA_FLAGS_ACCOUNT);
	list_add(&o->node, &owners);
	return o;
}

/* Whoever put a reference has uncharged what it charged. */
void vdpa_owner_put(struct vdpa_owner *o)
{
	scoped_guard(mutex, &owners_lock) {
		if (--o->users)
			return;
		list_del(&o->node);
	}
	xa_destroy(&o->blocks);
	mutex_destroy(&o->lock);
	mmdrop(o->mm);
	kfree(o);
}

/* ---- one block -------------------------------------------------------- */

/* A part of a block that lies in one word: which word, which bits. */
struct slice {
	u32 word;
	unsigned long mask;
};

static struct slice slice_of(unsigned long pfn, unsigned long n)
{
	u32 first = pfn & (BLOCK_PAGES - 1), bit = first % BITS_PER_LONG;
	u32 bits = min_t(unsigned long, n, BITS_PER_LONG - bit);

	return (struct slice){
		.word = first / BITS_PER_LONG,
		.mask = GENMASK(bit + bits - 1, bit),
	};
}

/* Levels needed for one more pin of @s exist. 0, -ENOMEM, -ENOSPC */
static int make_levels(struct level *l, struct slice s)
{
	unsigned long more = s.mask;

	for (u32 depth = 1; depth < MOST_LEVELS; depth++) {
		more &= l->bits[s.word];
		if (!more)
			return 0;
		if (!l->next)
			l->next = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
		l = l->next;
		if (!l)
			return -ENOMEM;
	}
	return -ENOSPC;
}

/* Pages of @s that were not pinned before. */
static u32 add_slice(struct level *l, struct slice s)
{
	unsigned long more = s.mask, new = s.mask & ~l->bits[s.word];

	for (; more; l = l->next) {
		unsigned long had = l->bits[s.word] & more;

		l->bits[s.word] |= more;
		more = had;
	}
	return hweight_long(new);
}

/* Pages of @s that are not pinned any more. */
static u32 sub_slice(struct level *lowest, struct slice s)
{
	unsigned long before = lowest->bits[s.word], left = s.mask;

	for (struct level *l = lowest; l && left; l = l->next) {
		unsigned long higher = l->next ? l->next->bits[s.word] : 0;

		l->bits[s.word] &= ~(left & ~higher);
		left &= higher;
	}
	return hweight_long(before & ~lowest->bits[s.word]);
}

static void free_levels(struct level *l)
{
	while (l) {
		struct level *next = l->next;

		kfree(l);
		l = next;
	}
}

/* Free what is empty: a level, and with it all above. */
static void trim_block(struct vdpa_owner *o, unsigned long block,
		       struct level *lowest)
{
	struct level *l = lowest;

	if (bitmap_empty(lowest->bits, BLOCK_PAGES)) {
		xa_erase(&o->blocks, block);
		free_levels(lowest);
		return;
	}
	while (l->next && !bitmap_empty(l->next->bits, BLOCK_PAGES))
		l = l->next;
	free_levels(l->next);
	l->next = NULL;
}

static struct level *make_block(struct vdpa_owner *o, unsigned long block)
{
	struct level *l = xa_load(&o->blocks, block);

	if (l)
		return l;
	l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	if (!l)
		return NULL;
	if (!xa_err(xa_store(&o->blocks, block, l, GFP_KERNEL_ACCOUNT)))
		return l;
	kfree(l);
	return NULL;
}

/* ---- runs of pages ---------------------------------------------------- */

/* Of a run, how many pages are in the block of its first one. */
static unsigned long in_block(unsigned long pfn, unsigned long n)
{
	return min(n, BLOCK_PAGES - (pfn & (BLOCK_PAGES - 1)));
}

/* Return: pages that were the last pin of their page. */
static unsigned long sub_run_locked(struct vdpa_owner *o, unsigned long pfn,
				    unsigned long n)
{
	unsigned long last = 0;

	lockdep_assert_held(&o->lock);
	while (n) {
		unsigned long part = in_block(pfn, n), block = pfn >> BLOCK_SHIFT;
		struct level *l = xa_load(&o->blocks, block);

		n -= part;
		for (; part; ) {
			struct slice s = slice_of(pfn, part);
			u32 pages = hweight_long(s.mask);

			if (l)
				last += sub_slice(l, s);
			pfn += pages;
			part -= pages;
			/* pages are pinned around this one: nothing is empty */
			if (!part && l && (l->next || !l->bits[s.word]))
				trim_block(o, block, l);
		}
	}
	return last;
}

/* @done: pages that were pinned, also on errors. @fresh: of these, new ones. */
static int add_run_locked(struct vdpa_owner *o, unsigned long pfn,
			  unsigned long n, unsigned long *done,
			  unsigned long *fresh)
{
	lockdep_assert_held(&o->lock);
	for (*done = *fresh = 0; *done < n; ) {
		unsigned long part = in_block(pfn, n - *done);
		struct level *l = make_block(o, pfn >> BLOCK_SHIFT);

		if (!l)
			return -ENOMEM;
		for (; part; ) {
			struct slice s = slice_of(pfn, part);
			u32 pages = hweight_long(s.mask);
			int ret = make_levels(l, s);

			if (ret) {
				trim_block(o, pfn >> BLOCK_SHIFT, l);
				return ret;
			}
			*fresh += add_slice(l, s);
			pfn += pages;
			part -= pages;
			*done += pages;
		}
	}
	return 0;
}

/* RLIMIT_MEMLOCK is that of the calling thread, which is the owner's. */
static int pin_more(struct mm_struct *mm, unsigned long pages)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (!pages)
		return 0;
	if (atomic64_add_return(pages, &mm->pinned_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(pages, &mm->pinned_vm);
	return -ENOMEM;
}

int vdpa_charge(struct vdpa_owner *o, unsigned long pfn, unsigned long n)
{
	unsigned long done, fresh;
	int ret;

	guard(mutex)(&o->lock);
	ret = add_run_locked(o, pfn, n, &done, &fresh);
	if (!ret)
		ret = pin_more(o->mm, fresh);
	if (ret)
		sub_run_locked(o, pfn, done);
	return ret;
}

void vdpa_uncharge(struct vdpa_owner *o, unsigned long pfn, unsigned long n)
{
	guard(mutex)(&o->lock);
	atomic64_sub(sub_run_locked(o, pfn, n), &o->mm->pinned_vm);
}
