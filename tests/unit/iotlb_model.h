/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IOTLB as simple as it can be: an array in the order of insertion,
 * searched from end to end. What the real one is compared with, in unit tests
 * and fuzzers.
 */
#ifndef RINGSIDE_TESTS_IOTLB_MODEL_H
#define RINGSIDE_TESTS_IOTLB_MODEL_H

#include "ring.h"

enum { MODEL_IOTLB_MAX = 128 };

struct model_iotlb {
	u32 count, capacity;
	enum ring_iotlb_full full;
	struct ring_range entry[MODEL_IOTLB_MAX];	/* oldest first */
};

static inline void model_iotlb_init(struct model_iotlb *m, u32 capacity,
				    enum ring_iotlb_full full)
{
	m->count = 0;
	m->capacity = capacity;
	m->full = full;
}

static inline bool model_touches(const struct ring_range *r, u64 start,
				 u64 last)
{
	return r->start <= last && r->last >= start;
}

static inline u32 model_iotlb_invalidate(struct model_iotlb *m, u64 start,
					 u64 last)
{
	u32 kept = 0, dropped;

	if (last < start)
		return 0;
	for (u32 i = 0; i < m->count; i++)
		if (!model_touches(&m->entry[i], start, last))
			m->entry[kept++] = m->entry[i];
	dropped = m->count - kept;
	m->count = kept;
	return dropped;
}

static inline enum ring_cause model_iotlb_insert(struct model_iotlb *m,
						 const struct ring_range *r)
{
	u32 touched = 0;

	if (r->last < r->start)
		return RING_BAD_LENGTH;
	if (r->last - r->start > ~r->user)
		return RING_BAD_WRAP;
	if (r->perm < RING_READ || r->perm > RING_RW)
		return RING_BAD_ACCESS;

	for (u32 i = 0; i < m->count; i++)
		touched += model_touches(&m->entry[i], r->start, r->last);
	if (m->count == m->capacity && touched == 0 &&
	    m->full == RING_IOTLB_REFUSE)
		return RING_BAD_NUM;

	model_iotlb_invalidate(m, r->start, r->last);
	if (m->count == m->capacity) {
		for (u32 i = 1; i < m->count; i++)
			m->entry[i - 1] = m->entry[i];
		m->count--;
	}
	m->entry[m->count++] = *r;
	return RING_OK;
}

static inline const struct ring_range *
model_iotlb_find(const struct model_iotlb *m, u64 iova)
{
	for (u32 i = 0; i < m->count; i++)
		if (model_touches(&m->entry[i], iova, iova))
			return &m->entry[i];
	return NULL;
}

/* The same answer: both none, or both the same range. */
static inline bool model_same_range(const struct ring_range *a,
				    const struct ring_range *b)
{
	if (!a || !b)
		return !a && !b;
	return a->start == b->start && a->last == b->last &&
	       a->user == b->user && a->perm == b->perm;
}

#endif
