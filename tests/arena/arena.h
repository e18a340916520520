/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test arena: memory lent to a ring with the arena memory backend, with every access
 * of the engine checked and counted, and faults on request.
 *
 * One arena is current per thread; arena_touch() (ring/mem/arena.h) asks it.
 * The arena records what the engine did wrong instead of aborting, so that a
 * test names it: see "violations".
 */
#ifndef RINGSIDE_TESTS_ARENA_H
#define RINGSIDE_TESTS_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ARENA_RANGES = 64,
};

enum arena_perm {
	ARENA_MAY_READ = 1,
	ARENA_MAY_WRITE = 2,
	ARENA_MAY_LOG = 4,
};

struct arena_range {
	uintptr_t start;
	size_t len;
	unsigned int perm;	/* enum arena_perm */
};

struct arena {
	/* the memory, and what of it the engine may touch */
	uint8_t *base;
	size_t size;
	struct arena_range range[ARENA_RANGES];
	unsigned int n_ranges;
	struct arena_range hit[3];	/* by operation: the one hit last */

	/* faults on request */
	uint64_t fail_at;	/* reject the n-th access from here; 0: none */
	bool fail_on;		/* and all that follow it */
	void (*hook)(void *arg, uintptr_t addr, size_t len, int op);
	void *hook_arg;		/* the hook runs before the access */

	/* what was seen */
	uint64_t accesses;
	uint64_t reads, writes, log_writes;
	uint64_t failed;	/* accesses rejected on request */

	/* violations: anything but 0 is a bug of the engine */
	uint64_t outside;	/* outside every range, or without permission */
	uint64_t poisoned;	/* after arena_poison() */
	uint64_t twice;		/* read again since arena_once() */
	uintptr_t first_bad;	/* address of the first violation */

	bool poison;
	uint32_t epoch;		/* 0: reading twice is not watched */
	uint32_t *read_in;	/* per byte: epoch of the last read */
};

/** arena_init() - an arena of @size bytes, zeroed, page-aligned, and current */
void arena_init(struct arena *a, size_t size);

/** arena_exit() - give everything back; no arena is current afterwards */
void arena_exit(struct arena *a);

/** arena_use() - make @a current in this thread (NULL: none) */
void arena_use(struct arena *a);

/** arena_allow() - let the engine touch a range in the ways @perm names, and in
 * those that other ranges name
 */
void arena_allow(struct arena *a, const void *start, size_t len,
		 unsigned int perm);

/** arena_forbid_all() - forget every range */
void arena_forbid_all(struct arena *a);

/** arena_once() - from now on nothing may be read twice, until called again */
void arena_once(struct arena *a);

/** arena_fail() - reject the @n-th access from now; @on: and all after it */
void arena_fail(struct arena *a, uint64_t n, bool on);

/** arena_poison() - from now on any access is a violation */
void arena_poison(struct arena *a, bool poison);

/** arena_violations() - how many there were */
static inline uint64_t arena_violations(const struct arena *a)
{
	return a->outside + a->poisoned + a->twice;
}

#endif /* RINGSIDE_TESTS_ARENA_H */
