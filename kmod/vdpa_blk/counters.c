// SPDX-License-Identifier: GPL-2.0-only
/* Showing a device's counters. */
#include <linux/sysfs.h>

#include "blk.h"

static const char * const names[VBLK_COUNTS] = {
#define X(name) [VBLK_COUNT_##name] = #name,
	VBLK_COUNTERS(X)
#undef X
};

static u64 sum_over_queues(struct vblk_dev *dev, enum vblk_counter i)
{
	u64 sum = 0;

	for (u32 q = 0; q < dev->num_queues; q++)
		sum += READ_ONCE(dev->vq[q].count[i]);
	return sum;
}

int vblk_counters_show(struct vblk_dev *dev, char *page)
{
	int len = 0;

	for (u32 i = 0; i < VBLK_COUNTS; i++)
		len += sysfs_emit_at(page, len, "%s %llu\n", names[i],
				     sum_over_queues(dev, i));
	return len;
}
