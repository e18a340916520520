/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few names the ring engine takes from its surroundings: fixed-width
 * integers, bool, size_t, and branch hints. In the kernel they are the
 * kernel's own; elsewhere they come from the compiler's freestanding headers.
 */
#ifndef RINGSIDE_MEM_TYPES_H
#define RINGSIDE_MEM_TYPES_H

#ifdef __KERNEL__

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define U16_MAX ((u16)~0)
#define U32_MAX ((u32)~0)
#define U64_MAX ((u64)~0)

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef noinline
#define noinline __attribute__((noinline))
#endif
/* Kernels clear every local at its birth, unless it says that it need not be. */
#ifndef __uninitialized
#define __uninitialized
#endif

#endif /* __KERNEL__ */

#endif /* RINGSIDE_MEM_TYPES_H */
