// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOTLB: IOVA ranges to user addresses, a bounded cache.
 *
 * Keeps translations and forgets them. It is not the place that asks the owner
 * about a miss, nor the one that checks what a translation permits: the core
 * and space.c do that.
 *
 * Changes are exclusive, lookups may run side by side (see ring.h); nothing
 * here takes a lock, recurses, allocates or sleeps.
 *
 * Every entry is a node in two structures at once: an AVL tree by IOVA, and a
 * list by age. A balanced tree rather than anything with random heights,
 * because the guest chooses what is mapped and unmapped, and in which order:
 * it must not be able to make lookups slow by keeping the wrong entries. At
 * 2^20 entries the tree is at most 28 high.
 *
 * Nodes name each other by index. Index 0 is no node, yet there is one: its
 * height is 0, as that of an empty subtree has to be, its age links are the
 * two ends of the list by age, and its parent is scribbled over, so that
 * relinking needs no special case for an absent child.
 */
#include "iotlb_tree.h"

/* ---- the list by age -------------------------------------------------- */

static u32 oldest(const struct ring_iotlb *tlb)
{
	return tlb->node[NONE].newer;
}

static void age_append(struct ring_iotlb_node *node, u32 new)
{
	u32 newest = node[NONE].older;

	node[new].older = newest;
	node[new].newer = NONE;
	node[newest].newer = new;
	node[NONE].older = new;
}

static void age_remove(struct ring_iotlb_node *node, u32 old)
{
	node[node[old].older].newer = node[old].newer;
	node[node[old].newer].older = node[old].older;
}

/* ---- entries ---------------------------------------------------------- */

static void add(struct ring_iotlb *tlb, const struct ring_range *range)
{
	u32 new = tlb->free;

	tlb->free = tlb->node[new].newer;
	tlb->node[new].range = *range;
	tree_insert(tlb, new);
	age_append(tlb->node, new);
	tlb->count++;
}

static void drop(struct ring_iotlb *tlb, u32 old)
{
	tree_remove(tlb, old);
	age_remove(tlb->node, old);
	tlb->node[old].newer = tlb->free;
	tlb->free = old;
	tlb->count--;
}

/*
 * Removing k neighbours one by one costs O(log n + k) altogether: finding the
 * next one, and balancing when nothing is added meanwhile, are both O(1) each,
 * averaged over the walk.
 */
static u32 drop_touching(struct ring_iotlb *tlb, u64 start, u64 last)
{
	u32 at = first_reaching(tlb, start);
	u32 dropped = 0;

	while (at != NONE && tlb->node[at].range.start <= last) {
		u32 next = next_by_iova(tlb->node, at);

		drop(tlb, at);
		dropped++;
		at = next;
	}
	return dropped;
}

static enum ring_cause check_range(const struct ring_range *range)
{
	if (range->last < range->start)
		return RING_BAD_LENGTH;
	if (range->user + (range->last - range->start) < range->user)
		return RING_BAD_WRAP;
	if (range->perm != RING_READ && range->perm != RING_WRITE &&
	    range->perm != RING_RW)
		return RING_BAD_ACCESS;
	return RING_OK;
}

/* ---- translations that add up ----------------------------------------- */

/*
 * An owner may grant reading and writing in separate replies, and for ranges
 * of different sizes. Where a new range has the same translation as an entry
 * that permits something which the new one does not, both count.
 */
static bool adds_up(const struct ring_range *old, const struct ring_range *new)
{
	return old->user - old->start == new->user - new->start &&
	       (old->perm & ~new->perm);
}

/* Does @new permit what @old does not, so that @old must be cut at its ends? */
static bool cuts(const struct ring_range *old, const struct ring_range *new)
{
	return new->perm & ~old->perm;
}

static bool touches(const struct ring_iotlb *tlb, u32 at,
		    const struct ring_range *range)
{
	return at != NONE && tlb->node[at].range.start <= range->last;
}

/* How many entries there will be with @new in; see drop_replaced(), fill(). */
static u32 count_with(const struct ring_iotlb *tlb, const struct ring_range *new)
{
	u32 count = tlb->count, at = first_reaching(tlb, new->start);
	u64 from = new->start;

	for (; touches(tlb, at, new); at = next_by_iova(tlb->node, at)) {
		const struct ring_range *old = &tlb->node[at].range;

		if (!adds_up(old, new)) {
			count--;
			continue;
		}
		count += old->start > from;
		if (cuts(old, new))
			count += (old->start < new->start) +
				 (old->last > new->last);
		if (old->last >= new->last)
			return count;
		from = old->last + 1;
	}
	return count + 1;
}

/* Drop what @new touches and does not add up with. */
static void drop_replaced(struct ring_iotlb *tlb, const struct ring_range *new)
{
	u32 at = first_reaching(tlb, new->start);

	while (touches(tlb, at, new)) {
		u32 next = next_by_iova(tlb->node, at);

		if (!adds_up(&tlb->node[at].range, new))
			drop(tlb, at);
		at = next;
	}
}

/* Add [@start, @last] of the translation @like; there is room. */
static void add_part(struct ring_iotlb *tlb, const struct ring_range *like,
		     u64 start, u64 last, enum ring_access perm)
{
	const struct ring_range part = {
		.start = start,
		.last = last,
		.user = like->user + (start - like->start),
		.perm = perm,
	};

	add(tlb, &part);
}

/* Add @old again: where @new overlaps it, with what both of them permit. */
static void add_merged(struct ring_iotlb *tlb, const struct ring_range *old,
		       const struct ring_range *new)
{
	u64 start = old->start, last = old->last;

	if (cuts(old, new) && start < new->start) {
		start = new->start;
		add_part(tlb, old, old->start, start - 1, old->perm);
	}
	if (cuts(old, new) && last > new->last) {
		last = new->last;
		add_part(tlb, old, last + 1, old->last, old->perm);
	}
	add_part(tlb, old, start, last, old->perm | new->perm);
}

/*
 * Drop up to @n of the oldest entries, but none that @new touches: evicting
 * those would undo what is about to be done. Return: how many are lacking.
 */
static u32 evict(struct ring_iotlb *tlb, const struct ring_range *new, u32 n)
{
	u32 at = oldest(tlb);

	while (n && at != NONE) {
		u32 next = tlb->node[at].newer;
		const struct ring_range *r = &tlb->node[at].range;

		if (r->start > new->last || r->last < new->start) {
			drop(tlb, at);
			n--;
		}
		at = next;
	}
	return n;
}

/* What an entry that holds all of @new, and adds up with it, permits; or 0. */
static unsigned int permitted_to_all(const struct ring_iotlb *tlb,
				     const struct ring_range *new)
{
	u32 at = first_reaching(tlb, new->start);
	const struct ring_range *old = &tlb->node[at].range;

	if (!touches(tlb, at, new) || !adds_up(old, new) ||
	    old->start > new->start || old->last < new->last)
		return 0;
	return old->perm;
}

/*
 * Add @new between the entries that it adds up with, and merge it with those.
 * An entry added here is behind "from", or all is done.
 */
static void fill(struct ring_iotlb *tlb, const struct ring_range *new)
{
	u64 from = new->start;
	u32 at;

	while (touches(tlb, at = first_reaching(tlb, from), new)) {
		const struct ring_range old = tlb->node[at].range;

		drop(tlb, at);
		if (old.start > from)
			add_part(tlb, new, from, old.start - 1, new->perm);
		add_merged(tlb, &old, new);
		if (old.last >= new->last)
			return;
		from = old.last + 1;
	}
	add_part(tlb, new, from, new->last, new->perm);
}

/* ---- the IOTLB -------------------------------------------------------- */

size_t ring_iotlb_bytes(u32 capacity)
{
	return ((size_t)capacity + 1) * sizeof(struct ring_iotlb_node);
}

void ring_iotlb_init(struct ring_iotlb *tlb, void *memory, u32 capacity,
		     enum ring_iotlb_full full, u64 gen)
{
	struct ring_iotlb_node *node = memory;

	node[NONE] = (struct ring_iotlb_node){ .height = 0 };
	for (u32 i = 1; i <= capacity; i++)
		node[i] = (struct ring_iotlb_node){
			.newer = i < capacity ? i + 1 : NONE,
		};

	*tlb = (struct ring_iotlb){
		.gen = gen,
		.capacity = capacity,
		.full = full,
		.root = NONE,
		.node = node,
		.free = 1,
	};
}

bool ring_iotlb_moves(const struct ring_iotlb *tlb, const struct ring_range *range)
{
	u32 at = first_reaching(tlb, range->start);

	for (; touches(tlb, at, range); at = next_by_iova(tlb->node, at)) {
		const struct ring_range *old = &tlb->node[at].range;

		if (old->user - old->start != range->user - range->start)
			return true;
	}
	return false;
}

enum ring_cause ring_iotlb_insert(struct ring_iotlb *tlb,
				  const struct ring_range *range)
{
	struct ring_range new = *range;	/* may be one of our entries */
	enum ring_cause cause = check_range(&new);
	u32 count;

	if (cause != RING_OK)
		return cause;

	/* What it replaces makes room for it. Reject before any change. */
	count = count_with(tlb, &new);
	if (tlb->full == RING_IOTLB_REJECT && count > tlb->capacity)
		return RING_BAD_NUM;

	/* More entries than there is room for: replace all that it touches instead. */
	if (count > tlb->capacity && evict(tlb, &new, count - tlb->capacity)) {
		new.perm |= permitted_to_all(tlb, &new);
		drop_touching(tlb, new.start, new.last);
	}
	drop_replaced(tlb, &new);
	fill(tlb, &new);
	tlb->gen++;
	return RING_OK;
}

u32 ring_iotlb_invalidate(struct ring_iotlb *tlb, u64 start, u64 last)
{
	u32 dropped;

	if (last < start)
		return 0;
	dropped = drop_touching(tlb, start, last);
	if (dropped > 0)
		tlb->gen++;
	return dropped;
}

const struct ring_range *ring_iotlb_find(const struct ring_iotlb *tlb,
					 u64 iova)
{
	const struct ring_iotlb_node *node = tlb->node;
	u32 at = tlb->root;

	while (at != NONE) {
		const struct ring_range *r = &node[at].range;

		if (iova < r->start)
			at = node[at].child[LEFT];
		else if (iova > r->last)
			at = node[at].child[RIGHT];
		else
			return r;
	}
	return NULL;
}
