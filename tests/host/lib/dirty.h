/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bitmap of a dirty log: bit n, lowest first, is page n of guest memory.
 */
#ifndef RINGSIDE_HOST_DIRTY_H
#define RINGSIDE_HOST_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

enum { DIRTY_PAGE = 4096 };

static inline bool dirty_get(const uint8_t *bits, uint64_t page)
{
	return bits[page / 8] >> page % 8 & 1;
}

/** dirty_mark() - set the bits of all pages that have one of these bytes */
static inline void dirty_mark(uint8_t *bits, uint64_t gpa, uint64_t len)
{
	if (!len)
		return;
	for (uint64_t p = gpa / DIRTY_PAGE; p <= (gpa + len - 1) / DIRTY_PAGE; p++)
		bits[p / 8] |= 1 << p % 8;
}

#endif /* RINGSIDE_HOST_DIRTY_H */
