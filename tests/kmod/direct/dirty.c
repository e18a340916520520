// SPDX-License-Identifier: GPL-2.0-only
/* The dirty log of a case: nothing written is missing, nothing else is in it. */
#include "test.h"

static unsigned long *log_bits(const struct rig *rig)
{
	return (unsigned long *)(uintptr_t)rig->log.bits;
}

static bool range_is_logged(const struct rig *rig, u64 phys, u32 len)
{
	u64 last = (phys + len - 1) / RING_LOG_PAGE;

	for (u64 page = phys / RING_LOG_PAGE; page <= last; page++) {
		if (!test_bit(page, log_bits(rig)))
			return false;
	}
	return true;
}

bool log_has_request(const struct rig *rig, const struct request *rq, u32 len)
{
	u64 slot = virt_to_phys(rq->slot);

	for (u32 i = rq->n_out; i < rq->n_out + rq->n_in && len; i++) {
		u32 written = min(len, rq->entry[i].len);

		if (!range_is_logged(rig, slot + rq->entry[i].off, written))
			return false;
		len -= written;
	}
	return true;
}

static bool page_may_be_logged(const struct rig *rig, u64 page)
{
	u64 phys = page * RING_LOG_PAGE;

	if (phys - rig->arena->phys < ARENA_PAGES * PAGE_SIZE)
		return true;
	return page == rig->config.log_device / RING_LOG_PAGE ||
	       (rig_is_packed(rig) && page == rig->config.log_desc / RING_LOG_PAGE);
}

bool log_is_exact(const struct rig *rig)
{
	unsigned long page;

	for_each_set_bit(page, log_bits(rig), rig->log.pages) {
		if (!page_may_be_logged(rig, page))
			return false;
	}
	return range_is_logged(rig, rig->config.log_device, 1) &&
	       (!rig_is_packed(rig) || range_is_logged(rig, rig->config.log_desc, 1));
}
