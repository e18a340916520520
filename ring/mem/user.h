/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user memory backend: guest memory through the owner's user addresses, in the
 * kernel. Runs in a task that has the owner's mm; may fault, so may sleep.
 *
 * Barriers are the virt_ ones: the other side is a guest on another CPU, even
 * when this kernel is built for one.
 */
#ifndef RINGSIDE_MEM_USER_H
#define RINGSIDE_MEM_USER_H

#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>

#define mem_user_ptr(type, addr) ((type __user *)(uintptr_t)(addr))

#define mem_begin_read(addr, len) \
	user_read_access_begin(mem_user_ptr(const void, addr), (len))
#define mem_begin_write(addr, len) \
	user_write_access_begin(mem_user_ptr(void, addr), (len))
#define mem_end_read() user_read_access_end()
#define mem_end_write() user_write_access_end()

#define mem_get(dst, addr, bad) \
	unsafe_get_user((dst), mem_user_ptr(typeof(dst), addr), bad)

#define mem_get_acquire(dst, addr, bad) \
	do { \
		unsafe_get_user((dst), mem_user_ptr(typeof(dst), addr), bad); \
		virt_rmb(); \
	} while (0)

#define mem_put(addr, val, bad) \
	unsafe_put_user((val), mem_user_ptr(typeof(val), addr), bad)

#define mem_put_release(addr, val, bad) \
	do { \
		virt_wmb(); \
		unsafe_put_user((val), mem_user_ptr(typeof(val), addr), bad); \
	} while (0)

#define mem_mb() virt_mb()

static inline bool mem_copy_in(void *dst, uintptr_t addr, size_t len)
{
	return !copy_from_user(dst, mem_user_ptr(const void, addr), len);
}

/*
 * User space clears log words with atomic exchanges while bits are set here,
 * so the or must be atomic on its memory: through the page itself.
 */
static noinline bool mem_log_or(uintptr_t addr, u32 mask)
{
	struct page *page;
	u8 *at;

	if (pin_user_pages_fast(addr & PAGE_MASK, 1, FOLL_WRITE, &page) != 1)
		return false;
	at = kmap_local_page(page);
	atomic_or(mask, (atomic_t *)(at + offset_in_page(addr)));
	kunmap_local(at);
	unpin_user_pages_dirty_lock(&page, 1, true);
	cond_resched();	/* the owner's aliases decide how many words a write has */
	return true;
}

#endif /* RINGSIDE_MEM_USER_H */
