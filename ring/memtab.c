// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory table: guest-physical regions to user addresses, and back.
 *
 * Builds a table out of what the owner sent and looks addresses up in it. It
 * is not the place that replaces tables under running readers, nor the one
 * that cuts buffers at region borders: the owner's side and space.c do that.
 *
 * A table never changes once built, so any number of threads may look things
 * up without a lock. Nothing here recurses, allocates or sleeps. Regions come
 * from an owner that may be hostile: their order must not make the build slow
 * (hence heapsort), and no sum is formed before it is known not to wrap (hence
 * inclusive ends throughout: 2^64 itself does not fit a u64).
 */
#include "ring.h"

enum { MAX_REGIONS = 65535 };

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

size_t ring_memtab_bytes(u32 count)
{
	return count * (sizeof(struct ring_range) +
			sizeof(struct ring_user_order));
}

/* ---- sorting ---------------------------------------------------------- */

/*
 * While a table is being built, an element of by_user is a sort record: the
 * number of a region, and the key to sort it by in the place of max_last. That
 * lets one sort without callbacks serve both orders, and needs no memory
 * besides the table's own.
 */
static void set_record(struct ring_user_order *record, u32 region, u64 key)
{
	record->region = region;
	record->max_last = key;
}

static u64 sort_key(const struct ring_user_order *record)
{
	return record->max_last;
}

/* Let the record at @at sink until no child has a greater key. */
static void sift_down(struct ring_user_order *heap, u32 at, u32 count)
{
	const struct ring_user_order sinking = heap[at];
	u32 child;

	while ((child = 2 * at + 1) < count) {
		if (child + 1 < count &&
		    sort_key(&heap[child + 1]) > sort_key(&heap[child]))
			child++;
		if (sort_key(&heap[child]) <= sort_key(&sinking))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = sinking;
}

/* Heapsort: O(n log n) whatever the order, in place. */
static void sort_records(struct ring_user_order *record, u32 count)
{
	for (u32 i = count / 2; i > 0; i--)
		sift_down(record, i - 1, count);

	for (u32 end = count; end > 1; end--) {
		const struct ring_user_order greatest = record[0];

		record[0] = record[end - 1];
		record[end - 1] = greatest;
		sift_down(record, 0, end - 1);
	}
}

/* ---- building --------------------------------------------------------- */

static enum ring_cause check_region(const struct ring_region *r)
{
	if (r->size == 0)
		return RING_BAD_LENGTH;
	if (r->guest + (r->size - 1) < r->guest ||
	    r->user + (r->size - 1) < r->user)
		return RING_BAD_WRAP;
	return RING_OK;
}

static struct ring_range range_of(const struct ring_region *r)
{
	return (struct ring_range){
		.start = r->guest,
		.last = r->guest + (r->size - 1),
		.user = r->user,
		.perm = RING_RW,
	};
}

static u64 last_user(const struct ring_range *r)
{
	return r->user + (r->last - r->start);
}

/* Copy the regions, each of them checked before, in the order of @record. */
static enum ring_cause place_by_guest(struct ring_range *sorted,
				      const struct ring_user_order *record,
				      const struct ring_region *region,
				      u32 count)
{
	for (u32 i = 0; i < count; i++) {
		sorted[i] = range_of(&region[record[i].region]);
		if (i > 0 && sorted[i].start <= sorted[i - 1].last)
			return RING_BAD_OVERLAP;
	}
	return RING_OK;
}

/* Turn sorted records into what by_user is for readers. */
static void fill_max_last(struct ring_user_order *by_user,
			  const struct ring_range *region, u32 count)
{
	u64 max_last = 0;

	for (u32 i = 0; i < count; i++) {
		max_last = max_u64(max_last,
				   last_user(&region[by_user[i].region]));
		by_user[i].max_last = max_last;
	}
}

enum ring_cause ring_memtab_build(struct ring_memtab *tab, void *memory,
				  const struct ring_region *region, u32 count,
				  u64 gen)
{
	struct ring_range *sorted = memory;
	struct ring_user_order *by_user;
	enum ring_cause cause;

	if (count > MAX_REGIONS)
		return RING_BAD_NUM;

	/* As a number, since an empty table may have no memory to point at. */
	by_user = (void *)((uintptr_t)memory + count * sizeof(*sorted));

	for (u32 i = 0; i < count; i++) {
		cause = check_region(&region[i]);
		if (cause != RING_OK)
			return cause;
		set_record(&by_user[i], i, region[i].guest);
	}
	sort_records(by_user, count);
	cause = place_by_guest(sorted, by_user, region, count);
	if (cause != RING_OK)
		return cause;

	for (u32 i = 0; i < count; i++)
		set_record(&by_user[i], i, sorted[i].user);
	sort_records(by_user, count);
	fill_max_last(by_user, sorted, count);

	*tab = (struct ring_memtab){
		.gen = gen,
		.count = count,
		.region = sorted,
		.by_user = by_user,
	};
	return RING_OK;
}

/* ---- looking up ------------------------------------------------------- */

const struct ring_range *ring_memtab_find(const struct ring_memtab *tab,
					  u64 guest)
{
	u32 low = 0, high = tab->count;

	/* The regions before @low start at @guest or below it. */
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (tab->region[mid].start <= guest)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || tab->region[low - 1].last < guest)
		return NULL;
	return &tab->region[low - 1];
}

/* How many regions, in the user's order, start at @user or below it. */
static u32 count_starting_to(const struct ring_memtab *tab, u64 user)
{
	u32 low = 0, high = tab->count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (tab->region[tab->by_user[mid].region].user <= user)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Walks down from the last region that starts within the range, and stops
 * where max_last says that nothing further down reaches it. Where regions do
 * not share user addresses, that is the first region which does not; a region
 * that many others alias makes the walk look at those in vain.
 */
u64 ring_memtab_each_guest(const struct ring_memtab *tab, u64 user, u64 len,
			   void (*visit)(void *arg, u64 guest, u64 len),
			   void *arg)
{
	u64 last = user + (len - 1);
	u64 visited = 0;

	if (last < user)
		last = ~0ULL;	/* no region lies beyond, see check_region() */

	for (u32 i = count_starting_to(tab, last); i > 0; i--) {
		const struct ring_user_order *o = &tab->by_user[i - 1];
		const struct ring_range *r = &tab->region[o->region];
		u64 from, bytes;

		if (o->max_last < user)
			break;
		if (last_user(r) < user)
			continue;
		from = max_u64(user, r->user);
		bytes = min_u64(last, last_user(r)) - from + 1;
		visit(arg, r->start + (from - r->user), bytes);
		/* Aliases can sum up past 2^64; it must not look like few. */
		visited = bytes > ~visited ? ~0ULL : visited + bytes;
	}
	return visited;
}
