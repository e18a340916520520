/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena home: for tests only. Every access is announced to the arena
 * (tests/arena/arena.h), which checks it against the memory that the test
 * lent the ring, counts it, and may refuse it or change what it finds.
 */
#ifndef RINGSIDE_SEAM_ARENA_H
#define RINGSIDE_SEAM_ARENA_H

#include "atomics.h"

enum arena_op {
	ARENA_READ,
	ARENA_WRITE,
	ARENA_LOG,
};

/* May @len bytes at @addr be touched? Provided by the test. */
bool arena_touch(uintptr_t addr, size_t len, enum arena_op op);

#define seam_begin_read(addr, len) true
#define seam_begin_write(addr, len) true
#define seam_end_read() ((void)0)
#define seam_end_write() ((void)0)

#define seam_get(dst, addr, bad) \
	do { \
		if (!arena_touch((addr), sizeof(dst), ARENA_READ)) \
			goto bad; \
		(dst) = seam_load((typeof(dst) *)(uintptr_t)(addr)); \
	} while (0)

#define seam_get_acquire(dst, addr, bad) \
	do { \
		if (!arena_touch((addr), sizeof(dst), ARENA_READ)) \
			goto bad; \
		(dst) = seam_load_acquire((typeof(dst) *)(uintptr_t)(addr)); \
	} while (0)

#define seam_put(addr, val, bad) \
	do { \
		if (!arena_touch((addr), sizeof(val), ARENA_WRITE)) \
			goto bad; \
		seam_store((typeof(val) *)(uintptr_t)(addr), (val)); \
	} while (0)

#define seam_put_release(addr, val, bad) \
	do { \
		if (!arena_touch((addr), sizeof(val), ARENA_WRITE)) \
			goto bad; \
		seam_store_release((typeof(val) *)(uintptr_t)(addr), (val)); \
	} while (0)

static inline bool seam_copy_in(void *dst, uintptr_t addr, size_t len)
{
	if (!arena_touch(addr, len, ARENA_READ))
		return false;
	seam_copy_bytes(dst, (const void *)addr, len);
	return true;
}

static inline bool seam_log_or(uintptr_t addr, u32 mask)
{
	if (!arena_touch(addr, sizeof(u32), ARENA_LOG))
		return false;
	seam_or((u32 *)addr, mask);
	return true;
}

#endif /* RINGSIDE_SEAM_ARENA_H */
