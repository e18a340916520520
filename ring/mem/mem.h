/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory backends: how the engine reaches ring memory. Only the engine includes it.
 *
 * A backend provides these accessors, all inline:
 *
 *   mem_begin_read(addr, len)   open a window for the accesses below; false
 *   mem_begin_write(addr, len)  when the range cannot be touched at all
 *   mem_end_read()
 *   mem_end_write()
 *   mem_get(dst, addr, bad)     read sizeof(dst) bytes, naturally aligned,
 *                                once, as one access; goto bad when it fails
 *   mem_put(addr, val, bad)     write sizeof(val) bytes in the same way
 *   mem_get_acquire(dst, addr, bad)  later accesses stay behind this read
 *   mem_put_release(addr, val, bad)  earlier accesses stay before this write
 *   mem_mb()                    earlier writes before later reads
 *   mem_copy_in(dst, addr, len) read bytes of any alignment; false when some
 *                                could not be read; outside of windows
 *   mem_log_or(addr, mask)      set bits in an aligned u32 of the dirty log,
 *                                atomically; false when it fails; no window
 *
 * Inside a window the engine calls no function that is not inlined (the
 * kernel's user-access windows demand it) and every exit path closes it. Nor
 * does it index an array there by a variable: CONFIG_UBSAN_BOUNDS makes a call
 * of each such index that the compiler cannot prove to be inside.
 */
#ifndef RINGSIDE_MEM_H
#define RINGSIDE_MEM_H

#include "types.h"

#define MEM_BACKEND_arena 1
#define MEM_BACKEND_direct 2
#define MEM_BACKEND_user 3
#define MEM_BACKEND_(mem) MEM_BACKEND_##mem
#define MEM_BACKEND(mem) MEM_BACKEND_(mem)

#if MEM_BACKEND(RING_MEM) == MEM_BACKEND_arena
#include "arena.h"
#elif MEM_BACKEND(RING_MEM) == MEM_BACKEND_direct
#include "direct.h"
#elif MEM_BACKEND(RING_MEM) == MEM_BACKEND_user
#include "user.h"
#else
#error "RING_MEM names no memory backend"
#endif

#endif /* RINGSIDE_MEM_H */
