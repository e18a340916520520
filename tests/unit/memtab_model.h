/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory table as simple as it can be: the owner's own array, searched from
 * end to end. What the real one is compared with, in unit tests and fuzzers.
 */
#ifndef RINGSIDE_TESTS_MEMTAB_MODEL_H
#define RINGSIDE_TESTS_MEMTAB_MODEL_H

#include "ring.h"

static inline bool model_holds(u64 start, u64 size, u64 address)
{
	return address >= start && address - start < size;
}

static inline const struct ring_region *
model_region_of(const struct ring_region *region, u32 count, u64 guest)
{
	for (u32 i = 0; i < count; i++)
		if (model_holds(region[i].guest, region[i].size, guest))
			return &region[i];
	return NULL;
}

static inline bool model_wraps(u64 start, u64 size)
{
	return size - 1 > ~start;
}

/* May ring_memtab_build() say @cause? More than one may be right. */
static inline bool model_may_reject(const struct ring_region *region, u32 count,
				    enum ring_cause cause)
{
	bool empty = false, wraps = false, overlaps = false;

	for (u32 i = 0; i < count; i++) {
		const struct ring_region *r = &region[i];

		if (r->size == 0) {
			empty = true;
			continue;
		}
		if (model_wraps(r->guest, r->size) ||
		    model_wraps(r->user, r->size))
			wraps = true;
		for (u32 k = 0; k < i; k++)
			if (region[k].size > 0 &&
			    (model_holds(r->guest, r->size, region[k].guest) ||
			     model_holds(region[k].guest, region[k].size,
					 r->guest)))
				overlaps = true;
	}

	switch (cause) {
	case RING_OK:
		return !empty && !wraps && !overlaps;
	case RING_BAD_LENGTH:
		return empty;
	case RING_BAD_WRAP:
		return wraps;
	case RING_BAD_OVERLAP:
		return overlaps;
	default:
		return false;
	}
}

/* What was visited, whatever the order. */
struct model_visits {
	u32 count;
	u64 bytes;
	u64 mix;
};

static inline void model_visit(void *arg, u64 guest, u64 len)
{
	struct model_visits *v = arg;

	v->count++;
	v->bytes += len;
	v->mix += (guest + 1) * 0x9e3779b97f4a7c15ULL ^
		  (len + 3) * 0xc2b2ae3d27d4eb4fULL;
}

/* Visit the guest ranges behind user addresses, one region after another. */
static inline struct model_visits
model_each_guest(const struct ring_region *region, u32 count, u64 user, u64 len)
{
	u64 last = model_wraps(user, len) ? ~0ULL : user + (len - 1);
	struct model_visits v = { 0 };

	for (u32 i = 0; i < count; i++) {
		const struct ring_region *r = &region[i];
		u64 r_last = r->user + (r->size - 1);
		u64 from = r->user > user ? r->user : user;
		u64 to = r_last < last ? r_last : last;

		if (from <= to)
			model_visit(&v, r->guest + (from - r->user),
				    to - from + 1);
	}
	return v;
}

#endif
