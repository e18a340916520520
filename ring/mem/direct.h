/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct memory backend: ring memory that this program can address. Nothing can fail
 * here; the caller that set the addresses vouches for them.
 */
#ifndef RINGSIDE_MEM_DIRECT_H
#define RINGSIDE_MEM_DIRECT_H

#include "atomics.h"

#define mem_begin_read(addr, len) true
#define mem_begin_write(addr, len) true
#define mem_end_read() ((void)0)
#define mem_end_write() ((void)0)

#define mem_get(dst, addr, bad) \
	do { \
		(dst) = mem_load((typeof(dst) *)(uintptr_t)(addr)); \
		if (0) \
			goto bad; \
	} while (0)

#define mem_get_acquire(dst, addr, bad) \
	do { \
		(dst) = mem_load_acquire((typeof(dst) *)(uintptr_t)(addr)); \
		if (0) \
			goto bad; \
	} while (0)

#define mem_put(addr, val, bad) \
	do { \
		mem_store((typeof(val) *)(uintptr_t)(addr), (val)); \
		if (0) \
			goto bad; \
	} while (0)

#define mem_put_release(addr, val, bad) \
	do { \
		mem_store_release((typeof(val) *)(uintptr_t)(addr), (val)); \
		if (0) \
			goto bad; \
	} while (0)

static __always_inline bool mem_copy_in(void *dst, uintptr_t addr, size_t len)
{
	mem_copy_bytes(dst, (const void *)addr, len);
	return true;
}

static __always_inline bool mem_log_or(uintptr_t addr, u32 mask)
{
	mem_or((u32 *)addr, mask);
	return true;
}

#endif /* RINGSIDE_MEM_DIRECT_H */
