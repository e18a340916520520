// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where user addresses may lie.
 */
#include <linux/uaccess.h>

#include "core/memory.h"

bool vhost_user_range_ok(u64 start, u64 len)
{
	u64 last = start + (len - 1);

	/* 32 bits: a length of 2^32 must not become 0 below */
	if (last < start || (uintptr_t)last != last || (uintptr_t)len != len)
		return false;
	return access_ok((void __user *)(uintptr_t)start, (uintptr_t)len);
}
