/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: memory table, IOTLB and dirty log, and what a ring sees of
 * them. Included by ring.h.
 */
#ifndef RINGSIDE_RING_SPACE_H
#define RINGSIDE_RING_SPACE_H

#include "result.h"

struct ring_range {
	u64 start, last;	/* inclusive on both sides */
	u64 user;		/* where the memory backend finds the byte at start */
	enum ring_access perm;
};

/*
 * The memory table: guest-physical regions, sorted, immutable once built. A
 * new table replaces it as a whole, while readers of the old one go on.
 */
struct ring_memtab {
	u64 gen;
	u32 count;
	struct ring_range *region;	/* by start */
	struct ring_user_order {
		u32 region;
		u64 max_last;	/* highest user address up to this place */
	} *by_user;			/* by user address, for the dirty log */
};

/* One region as the owner describes it (struct vhost_memory_region). */
struct ring_region {
	u64 guest, size, user;
};

/**
 * ring_memtab_bytes() - memory that a table of @count regions needs
 * @count: regions, 0 to 65535
 *
 * Return: bytes, to hand to ring_memtab_build(), aligned for u64.
 */
size_t ring_memtab_bytes(u32 count);

/**
 * ring_memtab_build() - check regions and build a table of them
 * @tab: the table, written only on success
 * @memory: ring_memtab_bytes(@count) bytes; must live as long as @tab
 * @region: the regions in any order; not kept
 * @count: how many, 0 to 65535
 * @gen: a number never used before for a table or IOTLB of the same rings
 *
 * Return: RING_OK; RING_BAD_LENGTH for a region of no bytes; RING_BAD_WRAP
 * when one wraps on the guest's or the user's side; RING_BAD_OVERLAP when two
 * share guest addresses; RING_BAD_NUM when @count is too big.
 * Context: no lock needed; sleeps never; O(n log n).
 */
enum ring_cause ring_memtab_build(struct ring_memtab *tab, void *memory,
				  const struct ring_region *region, u32 count,
				  u64 gen);

/**
 * ring_memtab_find() - the region that holds a guest-physical address
 *
 * Return: the region or NULL. Context: any number of readers; O(log n).
 */
const struct ring_range *ring_memtab_find(const struct ring_memtab *tab,
					  u64 guest);

/**
 * ring_memtab_each_guest() - guest-physical ranges behind user addresses
 * @user: first user address
 * @len: bytes, at least 1
 * @visit: called with each guest range, in no particular order
 *
 * One user page may stand at several guest addresses; each is visited.
 * Return: bytes visited: below @len when some belong to no region; aliases
 * count again, so at least @len does not prove that none was missing.
 * Context: any number of readers. O(log n + regions visited) while regions do
 * not overlap in user addresses; where the owner lets them, up to O(n).
 */
u64 ring_memtab_each_guest(const struct ring_memtab *tab, u64 user, u64 len,
			   void (*visit)(void *arg, u64 guest, u64 len),
			   void *arg);

/*
 * The IOTLB: IOVA ranges that never overlap. A cache: entries may vanish at
 * any time, a miss asks the owner again. Changing it needs all its rings
 * stopped or locked out; lookups may run side by side.
 */
enum ring_iotlb_full {
	RING_IOTLB_EVICT,	/* a full IOTLB drops its oldest entry */
	RING_IOTLB_REJECT,	/* a full IOTLB rejects the new one */
};

struct ring_iotlb_node;

struct ring_iotlb {
	u64 gen;		/* moves with every change */
	u32 count, capacity;
	enum ring_iotlb_full full;
	u32 root;		/* of the balanced tree by IOVA; 0: empty */
	struct ring_iotlb_node *node;	/* node[0] is "none" and heads the
					 * list by age; entries are 1... */
	u32 free;		/* spare nodes, linked; 0: the IOTLB is full */
};

/**
 * ring_iotlb_bytes() - memory that an IOTLB of @capacity entries needs
 * @capacity: entries, 1 to 2^20
 */
size_t ring_iotlb_bytes(u32 capacity);

/**
 * ring_iotlb_init() - an empty IOTLB
 * @memory: ring_iotlb_bytes(@capacity) bytes, aligned for u64
 * @gen: a number never used before for a table or IOTLB of the same rings,
 *	 with none used above it: the IOTLB counts on from here
 */
void ring_iotlb_init(struct ring_iotlb *tlb, void *memory, u32 capacity,
		     enum ring_iotlb_full full, u64 gen);

/**
 * ring_iotlb_moves() - would an insertion change a translation that there is
 *
 * More of the same translation, or more access, changes none.
 * Return: true when addresses in @range translate to something else now.
 */
bool ring_iotlb_moves(const struct ring_iotlb *tlb, const struct ring_range *range);

/**
 * ring_iotlb_insert() - add a translation (VHOST_IOTLB_UPDATE)
 * @range: IOVA range and where it leads
 *
 * It replaces every entry it touches, as a whole, but for those that have the
 * same translation (IOVA and user address differ by as much) and permit
 * something that @range does not: with these it adds up. The bytes in both then
 * permit what either does, those in one of them what that one did; entries are
 * split where that differs. So it does not matter whether the owner replies to
 * a miss for reading and writing at once or one by one, nor for which ranges.
 *
 * One insertion may thus need several entries. With RING_IOTLB_EVICT the oldest
 * of those that it does not touch make room, and where that does not suffice it
 * replaces all it touches after all; with RING_IOTLB_REJECT it takes place as a
 * whole or not.
 * Return: RING_OK; RING_BAD_LENGTH when last < start; RING_BAD_WRAP when the
 * user side wraps; RING_BAD_ACCESS for a permission that is none of the three;
 * RING_BAD_NUM when the IOTLB is full and rejects. O((touched + 1) log n).
 */
enum ring_cause ring_iotlb_insert(struct ring_iotlb *tlb,
				  const struct ring_range *range);

/**
 * ring_iotlb_invalidate() - drop every entry that touches [@start, @last]
 *
 * An entry goes as a whole even where only a part is named: it is a cache.
 * Return: entries dropped. O(log n + dropped).
 */
u32 ring_iotlb_invalidate(struct ring_iotlb *tlb, u64 start, u64 last);

/** ring_iotlb_find() - the entry that holds @iova, or NULL. O(log n). */
const struct ring_range *ring_iotlb_find(const struct ring_iotlb *tlb,
					 u64 iova);

/*
 * The dirty log: a bitmap, one bit per RING_LOG_PAGE of guest-physical
 * memory, lowest page in the lowest bit of the first byte.
 */
struct ring_log {
	u64 bits;	/* address of the bitmap, for the memory backend; immutable */
	u64 pages;	/* pages it covers; immutable */
};

/*
 * What a ring's addresses mean right now. The caller hands it to each verb,
 * and may hand another one to the next (a new table, an IOTLB, a log).
 */
struct ring_space {
	const struct ring_memtab *mem;
	const struct ring_iotlb *tlb;	/* not NULL: addresses are IOVAs */
	const struct ring_log *log;	/* not NULL: log what is written */
};

#endif /* RINGSIDE_RING_SPACE_H */
