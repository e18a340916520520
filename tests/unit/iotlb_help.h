/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IOTLB's unit tests share. Includes cmocka. */
#ifndef RINGSIDE_TESTS_IOTLB_HELP_H
#define RINGSIDE_TESTS_IOTLB_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ring.h"

enum { TEST_GEN = 100 };

#define TOP (~0ULL)

/* An IOTLB with memory of exactly the size asked for, so that ASan sees more. */
static inline struct ring_iotlb make_iotlb(u32 capacity,
					   enum ring_iotlb_full full)
{
	void *memory = malloc(ring_iotlb_bytes(capacity));
	struct ring_iotlb tlb;

	assert_non_null(memory);
	ring_iotlb_init(&tlb, memory, capacity, full, TEST_GEN);
	return tlb;
}

static inline void drop_iotlb(struct ring_iotlb *tlb)
{
	free(tlb->node);
}

static inline enum ring_cause map(struct ring_iotlb *tlb, u64 start, u64 last,
				  u64 user)
{
	const struct ring_range r = {
		.start = start, .last = last, .user = user, .perm = RING_RW,
	};

	return ring_iotlb_insert(tlb, &r);
}

static inline void map_ok(struct ring_iotlb *tlb, u64 start, u64 last, u64 user)
{
	assert_int_equal(map(tlb, start, last, user), RING_OK);
}

static inline void assert_mapped(const struct ring_iotlb *tlb, u64 iova,
				 u64 user)
{
	const struct ring_range *r = ring_iotlb_find(tlb, iova);

	assert_non_null(r);
	assert_true(r->start <= iova && iova <= r->last);
	assert_int_equal(r->user + (iova - r->start), user);
}

static inline void assert_unmapped(const struct ring_iotlb *tlb, u64 iova)
{
	assert_null(ring_iotlb_find(tlb, iova));
}

#endif
