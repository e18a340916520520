/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena memory backend: for tests only. Every access is announced to the arena
 * (tests/arena/arena.h), which checks it against the memory that the test
 * lent the ring, counts it, and may reject it or change what it finds.
 */
#ifndef RINGSIDE_MEM_ARENA_H
#define RINGSIDE_MEM_ARENA_H

#include "atomics.h"

enum arena_op {
	ARENA_READ,
	ARENA_WRITE,
	ARENA_LOG,
};

/* May @len bytes at @addr be touched? Provided by the test. */
bool arena_touch(uintptr_t addr, size_t len, enum arena_op op);

#define mem_begin_read(addr, len) true
#define mem_begin_write(addr, len) true
#define mem_end_read() ((void)0)
#define mem_end_write() ((void)0)

#define mem_get(dst, addr, bad) \
	do { \
		if (!arena_touch((addr), sizeof(dst), ARENA_READ)) \
			goto bad; \
		(dst) = mem_load((typeof(dst) *)(uintptr_t)(addr)); \
	} while (0)

#define mem_get_acquire(dst, addr, bad) \
	do { \
		if (!arena_touch((addr), sizeof(dst), ARENA_READ)) \
			goto bad; \
		(dst) = mem_load_acquire((typeof(dst) *)(uintptr_t)(addr)); \
	} while (0)

#define mem_put(addr, val, bad) \
	do { \
		if (!arena_touch((addr), sizeof(val), ARENA_WRITE)) \
			goto bad; \
		mem_store((typeof(val) *)(uintptr_t)(addr), (val)); \
	} while (0)

#define mem_put_release(addr, val, bad) \
	do { \
		if (!arena_touch((addr), sizeof(val), ARENA_WRITE)) \
			goto bad; \
		mem_store_release((typeof(val) *)(uintptr_t)(addr), (val)); \
	} while (0)

static inline bool mem_copy_in(void *dst, uintptr_t addr, size_t len)
{
	if (!arena_touch(addr, len, ARENA_READ))
		return false;
	mem_copy_bytes(dst, (const void *)addr, len);
	return true;
}

static inline bool mem_log_or(uintptr_t addr, u32 mask)
{
	if (!arena_touch(addr, sizeof(u32), ARENA_LOG))
		return false;
	mem_or((u32 *)addr, mask);
	return true;
}

#endif /* RINGSIDE_MEM_ARENA_H */
