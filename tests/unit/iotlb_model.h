/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IOTLB as simple as it can be: an array in the order of insertion,
 * searched from end to end. What the real one is compared with, in unit tests
 * and fuzzers.
 */
#ifndef RINGSIDE_TESTS_IOTLB_MODEL_H
#define RINGSIDE_TESTS_IOTLB_MODEL_H

#include "ring.h"

enum {
	MODEL_IOTLB_MAX = 128,
	MODEL_IOTLB_ROOM = 3 * MODEL_IOTLB_MAX + 2,	/* after one insertion */
};

struct model_iotlb {
	u32 count, capacity;
	enum ring_iotlb_full full;
	struct ring_range entry[MODEL_IOTLB_ROOM];	/* oldest first */
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

/* Same translation, and it permits what @r does not: kept besides @r. */
static inline bool model_adds_up(const struct ring_range *old,
				 const struct ring_range *r)
{
	return model_touches(old, r->start, r->last) &&
	       old->start - old->user == r->start - r->user &&
	       (old->perm | r->perm) != r->perm;
}

/* What one merged entry is replaced by, in the order of age. */
struct model_parts {
	u32 count;
	struct ring_range part[4];
};

/* The bytes of @from that are in [@start, @last], if any. */
static inline void model_part(struct model_parts *p,
			      const struct ring_range *from, u64 start, u64 last,
			      unsigned int perm)
{
	if (start > last)
		return;
	p->part[p->count++] = (struct ring_range){
		.start = start,
		.last = last,
		.user = from->user - from->start + start,
		.perm = (enum ring_access)perm,
	};
}

/* The lowest entry from @from on that adds up with @r, or NULL. */
static inline const struct ring_range *
model_next(const struct model_iotlb *m, const struct ring_range *r, u64 from)
{
	const struct ring_range *lowest = NULL;

	for (u32 i = 0; i < m->count; i++) {
		const struct ring_range *e = &m->entry[i];

		if (model_adds_up(e, r) && e->last >= from &&
		    (!lowest || e->start < lowest->start))
			lowest = e;
	}
	return lowest;
}

static inline void model_add(struct model_iotlb *m, const struct ring_range *r)
{
	m->entry[m->count++] = *r;
}

static inline void model_remove(struct model_iotlb *m, u32 i)
{
	for (m->count--; i < m->count; i++)
		m->entry[i] = m->entry[i + 1];
}

/* What becomes of @old, and of @r from @from up to its end. */
static inline struct model_parts model_merge(const struct ring_range *old,
					     const struct ring_range *r, u64 from)
{
	u64 start = old->start > r->start ? old->start : r->start;
	u64 last = old->last < r->last ? old->last : r->last;
	struct model_parts p = { 0 };

	if (old->start > from)
		model_part(&p, r, from, old->start - 1, r->perm);
	if ((old->perm | r->perm) == old->perm) {
		model_part(&p, old, old->start, old->last, old->perm);
		return p;
	}
	if (old->start < r->start)
		model_part(&p, old, old->start, r->start - 1, old->perm);
	if (old->last > r->last)
		model_part(&p, old, r->last + 1, old->last, old->perm);
	model_part(&p, old, start, last, RING_RW);
	return p;
}

/* Drop the oldest @n that @r does not touch; returns how many are lacking. */
static inline u32 model_evict(struct model_iotlb *m, const struct ring_range *r,
			      u32 n)
{
	for (u32 i = 0; n && i < m->count;) {
		if (model_touches(&m->entry[i], r->start, r->last)) {
			i++;
			continue;
		}
		model_remove(m, i);
		n--;
	}
	return n;
}

/* Replace what @r touches, there being room for everything. */
static inline void model_replace(struct model_iotlb *m,
				 const struct ring_range *r)
{
	const struct ring_range *old;
	struct model_parts p = { 0 };
	u64 from = r->start;

	for (u32 i = m->count; i-- > 0;)
		if (model_touches(&m->entry[i], r->start, r->last) &&
		    !model_adds_up(&m->entry[i], r))
			model_remove(m, i);
	while ((old = model_next(m, r, from))) {
		u64 last = old->last;

		p = model_merge(old, r, from);
		model_remove(m, old - m->entry);
		for (u32 i = 0; i < p.count; i++)
			model_add(m, &p.part[i]);
		if (last >= r->last)
			return;
		from = last + 1;
	}
	p.count = 0;
	model_part(&p, r, from, r->last, r->perm);
	model_add(m, &p.part[0]);
}

static inline enum ring_cause model_iotlb_insert(struct model_iotlb *m,
						 const struct ring_range *r)
{
	static struct model_iotlb tried;
	const struct ring_range *old;
	struct ring_range whole;

	if (r->last < r->start)
		return RING_BAD_LENGTH;
	if (r->last - r->start > ~r->user)
		return RING_BAD_WRAP;
	if (r->perm < RING_READ || r->perm > RING_RW)
		return RING_BAD_ACCESS;

	tried = *m;
	model_replace(&tried, r);
	if (tried.count <= m->capacity) {
		*m = tried;
		return RING_OK;
	}
	if (m->full == RING_IOTLB_REJECT)
		return RING_BAD_NUM;
	whole = *r;
	if (model_evict(m, r, tried.count - m->capacity)) {
		old = model_next(m, r, r->start);
		if (old && old->start <= r->start && old->last >= r->last)
			whole.perm |= old->perm;
		model_iotlb_invalidate(m, r->start, r->last);
	}
	model_replace(m, &whole);
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

/* The same result: both none, or both the same range. */
static inline bool model_same_range(const struct ring_range *a,
				    const struct ring_range *b)
{
	if (!a || !b)
		return !a && !b;
	return a->start == b->start && a->last == b->last &&
	       a->user == b->user && a->perm == b->perm;
}

#endif
