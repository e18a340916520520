// SPDX-License-Identifier: GPL-2.0-only
/* Commands of ring_fuzz.c for the owner: memory table, IOTLB and dirty log. */
#include "ring_fuzz.h"

void cmd_map_missed(struct world *w, u8 arg)
{
	static const u16 size[] = { 4096, 16384, 16, 64, 256, 4096, 1, 2 };

	/* parts of descriptors are rejected, and so are very many segments */
	w->hostile |= size[arg] < 256;
	if (w->config.flags & RING_F_IOVA)
		world_map(w, ring_missed(&w->ring)->iova, size[arg], RING_RW);
}

void cmd_map_honest(struct world *w, u8 arg)
{
	world_map(w, take_addr(w), WORLD_CHUNK >> (arg & 4),
		  arg % 4 ? (enum ring_access)(arg % 4) : RING_RW);
}

void cmd_map_any(struct world *w, u8 arg)
{
	(void)arg;
	w->hostile = true;
	world_map_any(w);
}

void cmd_unmap(struct world *w, u8 arg)
{
	u64 start = take_addr(w);

	world_unmap(w, start, arg == 7 ? U64_MAX : start + take16(w));
}

void cmd_new_memory(struct world *w, u8 arg)
{
	if (arg & 1) {
		world_default_memory(w);
		return;
	}
	w->hostile = true;
	world_new_memory(w);
}

void cmd_log(struct world *w, u8 arg)
{
	/* the log of an honest owner covers all of its memory */
	w->space.log = arg & 1 ? &w->dirty : NULL;
	w->dirty.pages = arg & 2 ? take8(w) : WORLD_LOG * 8;
	w->hostile |= arg & 2;
}

void cmd_translation(struct world *w, u8 arg)
{
	w->hostile = true;
	w->space.tlb = arg & 1 && w->config.flags & RING_F_IOVA ? &w->tlb : NULL;
}
