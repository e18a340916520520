/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single memory accesses and barriers for the memory backends that can
 * address ring memory. In the kernel they are the kernel's, elsewhere the compiler's.
 */
#ifndef RINGSIDE_MEM_ATOMICS_H
#define RINGSIDE_MEM_ATOMICS_H

#include "types.h"

#ifdef __KERNEL__

#include <linux/atomic.h>
#include <linux/string.h>
#include <asm/barrier.h>

#define mem_load(p) READ_ONCE(*(p))
#define mem_load_acquire(p) virt_load_acquire(p)
#define mem_store(p, v) WRITE_ONCE(*(p), (v))
#define mem_store_release(p, v) virt_store_release((p), (v))
#define mem_mb() virt_mb()
#define mem_copy_bytes(d, s, n) memcpy((d), (s), (n))

static __always_inline void mem_or(u32 *p, u32 mask)
{
	atomic_or(mask, (atomic_t *)p);
}

#else

#ifdef __SANITIZE_THREAD__
/*
 * ThreadSanitizer knows no fences, and gcc warns of each. An exchange that nobody
 * shares is as strong in the hardware it runs on, and orders nothing in its
 * model, where acquire and release alone must do.
 */
static __always_inline void mem_mb(void)
{
	u32 nobodys = 0;

	__atomic_exchange_n(&nobodys, 1, __ATOMIC_SEQ_CST);
}
#else
#define mem_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

#define mem_load(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define mem_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define mem_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define mem_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define mem_copy_bytes(d, s, n) __builtin_memcpy((d), (s), (n))

static __always_inline void mem_or(u32 *p, u32 mask)
{
	__atomic_fetch_or(p, mask, __ATOMIC_RELAXED);
}

#endif /* __KERNEL__ */

#endif /* RINGSIDE_MEM_ATOMICS_H */
