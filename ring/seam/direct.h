/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct home: ring memory this program can address. Nothing can fail
 * here; whoever set the addresses vouches for them.
 */
#ifndef RINGSIDE_SEAM_DIRECT_H
#define RINGSIDE_SEAM_DIRECT_H

#include "atomics.h"

#define seam_begin_read(addr, len) true
#define seam_begin_write(addr, len) true
#define seam_end_read() ((void)0)
#define seam_end_write() ((void)0)

#define seam_get(dst, addr, bad) \
	do { \
		(dst) = seam_load((typeof(dst) *)(uintptr_t)(addr)); \
		if (0) \
			goto bad; \
	} while (0)

#define seam_get_acquire(dst, addr, bad) \
	do { \
		(dst) = seam_load_acquire((typeof(dst) *)(uintptr_t)(addr)); \
		if (0) \
			goto bad; \
	} while (0)

#define seam_put(addr, val, bad) \
	do { \
		seam_store((typeof(val) *)(uintptr_t)(addr), (val)); \
		if (0) \
			goto bad; \
	} while (0)

#define seam_put_release(addr, val, bad) \
	do { \
		seam_store_release((typeof(val) *)(uintptr_t)(addr), (val)); \
		if (0) \
			goto bad; \
	} while (0)

static __always_inline bool seam_copy_in(void *dst, uintptr_t addr, size_t len)
{
	seam_copy_bytes(dst, (const void *)addr, len);
	return true;
}

static __always_inline bool seam_log_or(uintptr_t addr, u32 mask)
{
	seam_or((u32 *)addr, mask);
	return true;
}

#endif /* RINGSIDE_SEAM_DIRECT_H */
