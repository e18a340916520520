/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings under an IOTLB that knows their areas only in small entries.
 *
 * The entries lie where the driver has them, so that both sides see the same
 * memory; but each has an entry of its own and the engine cannot tell.
 */
#ifndef RINGSIDE_TESTS_SCATTER_H
#define RINGSIDE_TESTS_SCATTER_H

#include "unit.h"

/* Map @len bytes of guest memory in entries of @entry bytes. */
static inline void scatter_map(struct fx *f, const void *host, size_t len,
			      size_t entry, enum ring_access perm)
{
	u64 start = fx_addr(f, host);

	for (size_t off = 0; off < len; off += entry) {
		size_t part = len - off < entry ? len - off : entry;

		fx_map(f, start + off, start + off + part - 1, perm);
	}
}

static inline size_t scatter_area_bytes(const struct fx *f, enum ring_area area)
{
	return drv_area_bytes(f->cfg.format, f->cfg.num, (enum drv_area)area,
			      f->cfg.features & DRV_F_EVENT_IDX);
}

/* What the engine needs of each area. */
static inline enum ring_access scatter_area_perm(const struct fx *f,
						enum ring_area area)
{
	if (area == RING_DEVICE)
		return RING_WRITE;
	return area == RING_DESC && f->cfg.format == DRV_PACKED ? RING_RW :
								  RING_READ;
}

/* Map the areas in entries, each as far as needed and no further. */
static inline void scatter_map_areas(struct fx *f, size_t entry)
{
	for (int a = 0; a < RING_AREAS; a++)
		scatter_map(f, f->drv.cfg.area[a], scatter_area_bytes(f, a), entry,
			   scatter_area_perm(f, a));
}

/* Map tables and payload, each as a whole. */
static inline void scatter_map_rest(struct fx *f)
{
	const u8 *tables = f->arena.base + f->ring_bytes;

	scatter_map(f, tables, f->payload - tables, f->guest_bytes, RING_READ);
	scatter_map(f, f->payload, f->payload_bytes, f->guest_bytes, RING_RW);
}

/* A running ring in entries. */
static inline void scatter_init(struct fx *f, const struct fx_config *cfg,
			       size_t entry)
{
	struct fx_config c = *cfg;

	c.iotlb = true;
	fx_init(f, &c);
	scatter_map_areas(f, entry);
	scatter_map_rest(f);
	assert_int_equal(ring_start(&f->ring, &f->space,
				    ring_initial_base(f->ring_cfg.flags)),
			 RING_GOT);
}

#endif /* RINGSIDE_TESTS_SCATTER_H */
