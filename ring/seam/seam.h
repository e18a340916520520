/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam: how the engine reaches ring memory. Only the engine includes it.
 *
 * A home provides, all inline:
 *
 *   seam_begin_read(addr, len)   open a window for the accesses below; false
 *   seam_begin_write(addr, len)  when the range cannot be touched at all
 *   seam_end_read()
 *   seam_end_write()
 *   seam_get(dst, addr, bad)     read sizeof(dst) bytes, naturally aligned,
 *                                once, as one access; goto bad when it fails
 *   seam_put(addr, val, bad)     write sizeof(val) bytes likewise
 *   seam_get_acquire(dst, addr, bad)  later accesses stay behind this read
 *   seam_put_release(addr, val, bad)  earlier accesses stay before this write
 *   seam_mb()                    earlier writes before later reads
 *   seam_copy_in(dst, addr, len) read bytes of any alignment; false when some
 *                                could not be read; outside of windows
 *   seam_log_or(addr, mask)      set bits in an aligned u32 of the dirty log,
 *                                atomically; false when it fails; no window
 *
 * Inside a window the engine calls no function that is not inlined (the
 * kernel's user-access windows demand it) and every exit path closes it. Nor
 * does it index an array there by a variable: CONFIG_UBSAN_BOUNDS makes a call
 * of each such index that the compiler cannot prove to be inside.
 */
#ifndef RINGSIDE_SEAM_H
#define RINGSIDE_SEAM_H

#include "types.h"

#define SEAM_HOME_arena 1
#define SEAM_HOME_direct 2
#define SEAM_HOME_user 3
#define SEAM_HOME_(home) SEAM_HOME_##home
#define SEAM_HOME(home) SEAM_HOME_(home)

#if SEAM_HOME(RING_HOME) == SEAM_HOME_arena
#include "arena.h"
#elif SEAM_HOME(RING_HOME) == SEAM_HOME_direct
#include "direct.h"
#elif SEAM_HOME(RING_HOME) == SEAM_HOME_user
#include "user.h"
#else
#error "RING_HOME names no home"
#endif

#endif /* RINGSIDE_SEAM_H */
