/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the dirty log's bitmap share. */
#ifndef RINGSIDE_TESTS_LOG_HELP_H
#define RINGSIDE_TESTS_LOG_HELP_H

#include "unit.h"

enum {
	PAGE = RING_LOG_PAGE,
	PAGES = 256,		/* of payload */
};

static const struct shape log_split = { "split", DRV_SPLIT, 64, 0, false };

static inline void begin(struct fx *f)
{
	struct fx_config cfg = unit_config(&log_split);

	cfg.payload = PAGES * PAGE;
	fx_init(f, &cfg);
	fx_log_on(f, true);
}

/* Bit of a payload page, counted from the bitmap's first byte on. */
static inline u32 bit_of(const struct fx *f, u32 page)
{
	return (f->payload - f->arena.base) / PAGE + page;
}

static inline void log_pages(struct fx *f, u32 first, u32 n)
{
	u64 guest = fx_gpa(f, f->payload + first * PAGE);
	struct ring_seg seg = { 0, n * PAGE };

	assert_int_equal(ring_log_written(&f->ring, &f->space, &seg, &guest, 1,
					  n * PAGE), RING_GOT);
}

static inline void flush(struct fx *f)
{
	assert_int_equal(ring_log_flush(&f->ring, &f->space), RING_GOT);
}

#endif /* RINGSIDE_TESTS_LOG_HELP_H */
