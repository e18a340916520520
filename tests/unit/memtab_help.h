/* SPDX-License-Identifier: GPL-2.0-only */
/* What the memory table's unit tests share. Includes cmocka. */
#ifndef RINGSIDE_TESTS_MEMTAB_HELP_H
#define RINGSIDE_TESTS_MEMTAB_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ring.h"

enum { TEST_GEN = 7 };

#define TOP (~0ULL)

/* A table with memory of exactly the size asked for, so that ASan sees more. */
struct test_table {
	struct ring_memtab tab;
	void *memory;
	enum ring_cause cause;
};

static inline struct test_table build(const struct ring_region *region,
				      u32 count)
{
	struct test_table t = { .memory = malloc(ring_memtab_bytes(count)) };

	assert_non_null(t.memory);
	t.cause = ring_memtab_build(&t.tab, t.memory, region, count, TEST_GEN);
	return t;
}

static inline struct test_table build_ok(const struct ring_region *region,
					 u32 count)
{
	struct test_table t = build(region, count);

	assert_int_equal(t.cause, RING_OK);
	return t;
}

static inline void drop_table(struct test_table *t)
{
	free(t->memory);
}

static inline enum ring_cause cause_of(const struct ring_region *region,
				       u32 count)
{
	struct test_table t = build(region, count);

	drop_table(&t);
	return t.cause;
}

static inline void assert_leads_to(const struct ring_memtab *tab, u64 guest,
				   u64 user)
{
	const struct ring_range *r = ring_memtab_find(tab, guest);

	assert_non_null(r);
	assert_true(r->start <= guest && guest <= r->last);
	assert_int_equal(r->user + (guest - r->start), user);
	assert_int_equal(r->perm, RING_RW);
}

static inline void assert_leads_nowhere(const struct ring_memtab *tab,
					u64 guest)
{
	assert_null(ring_memtab_find(tab, guest));
}

#endif
