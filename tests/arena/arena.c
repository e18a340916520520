// SPDX-License-Identifier: GPL-2.0-only
/* The test arena; see arena.h. Not thread-safe: one arena per thread. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"
#include "mem/arena.h"

static _Thread_local struct arena *current;

void arena_init(struct arena *a, size_t size)
{
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		abort();
	*a = (struct arena){ .base = base, .size = size };
	arena_use(a);
}

void arena_exit(struct arena *a)
{
	if (current == a)
		arena_use(NULL);
	munmap(a->base, a->size);
	free(a->read_in);
	*a = (struct arena){ 0 };
}

void arena_use(struct arena *a)
{
	current = a;
}

void arena_allow(struct arena *a, const void *start, size_t len,
		 unsigned int perm)
{
	if (a->n_ranges == ARENA_RANGES)
		abort();
	a->range[a->n_ranges++] =
		(struct arena_range){ (uintptr_t)start, len, perm };
}

void arena_forbid_all(struct arena *a)
{
	a->n_ranges = 0;
	memset(a->hit, 0, sizeof(a->hit));
}

void arena_once(struct arena *a)
{
	if (!a->read_in)
		a->read_in = calloc(a->size, sizeof(*a->read_in));
	if (!a->read_in)
		abort();
	a->epoch++;
}

void arena_fail(struct arena *a, uint64_t n, bool on)
{
	a->fail_at = n ? a->accesses + n : 0;
	a->fail_on = on;
}

void arena_poison(struct arena *a, bool poison)
{
	a->poison = poison;
}

static bool range_holds(const struct arena_range *r, uintptr_t addr, size_t len)
{
	return addr >= r->start && addr - r->start < r->len &&
	       len <= r->len - (addr - r->start);
}

/* The range that @op hit last comes first; where ranges overlap, any will do. */
static bool permitted(struct arena *a, uintptr_t addr, size_t len,
		      enum arena_op op)
{
	static const unsigned int need[] = {
		[ARENA_READ] = ARENA_MAY_READ,
		[ARENA_WRITE] = ARENA_MAY_WRITE,
		[ARENA_LOG] = ARENA_MAY_LOG,
	};

	if (range_holds(&a->hit[op], addr, len))
		return true;
	for (unsigned int i = 0; i < a->n_ranges; i++) {
		const struct arena_range *r = &a->range[i];

		if (!(r->perm & need[op]) || !range_holds(r, addr, len))
			continue;
		a->hit[op] = *r;
		return true;
	}
	return false;
}

static bool violation(struct arena *a, uint64_t *count, uintptr_t addr)
{
	if (!arena_violations(a))
		a->first_bad = addr;
	(*count)++;
	return false;
}

/* Only arena memory is watched, and only its first reading in an epoch. */
static void watch_twice(struct arena *a, uintptr_t addr, size_t len)
{
	uint32_t *mark = a->read_in + (addr - (uintptr_t)a->base);
	bool again = false;

	for (size_t i = 0; i < len; i++) {
		again |= mark[i] == a->epoch;
		mark[i] = a->epoch;
	}
	if (again)
		violation(a, &a->twice, addr);
}

static bool rejected(struct arena *a)
{
	if (!a->fail_at || a->accesses < a->fail_at)
		return false;
	if (a->accesses > a->fail_at && !a->fail_on)
		return false;
	a->failed++;
	return true;
}

bool arena_touch(uintptr_t addr, size_t len, enum arena_op op)
{
	struct arena *a = current;

	a->accesses++;
	if (a->hook)
		a->hook(a->hook_arg, addr, len, op);
	if (a->poison)
		return violation(a, &a->poisoned, addr);
	if (!permitted(a, addr, len, op))
		return violation(a, &a->outside, addr);
	if (rejected(a))
		return false;
	a->reads += op == ARENA_READ;
	a->writes += op == ARENA_WRITE;
	a->log_writes += op == ARENA_LOG;
	if (a->epoch && op == ARENA_READ)
		watch_twice(a, addr, len);
	return true;
}
