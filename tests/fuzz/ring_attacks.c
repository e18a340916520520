// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of ring_fuzz.c that no honest driver gives: they write to the ring,
 * fail accesses, or change memory between two of them.
 */
#include <string.h>

#include "ring_fuzz.h"

static void poke(struct world *w, u32 at, u64 value, u32 len)
{
	w->hostile = true;
	if (at <= WORLD_GUEST - 8)
		memcpy(w->guest + at, &value, len);
}

void cmd_poke(struct world *w, u8 arg)
{
	u16 at = take16(w);
	u64 value = arg & 4 ? take64(w) : take16(w);

	poke(w, at, value, 1 << arg % 4);
}

/* A word of an area: its first words, or behind them. */
void cmd_poke_area(struct world *w, u8 arg)
{
	const u8 *area = w->drv.cfg.area[arg % DRV_AREAS];
	u16 at = take16(w);

	poke(w, area - w->guest + at, take16(w), 2);
}

static u32 take_len(struct world *w)
{
	u8 v = take8(w);

	switch (v % 8) {
	case 0:
		return 0;
	case 1:
		return ~0u - (v >> 3);
	case 2:
		return take64(w);
	case 3:
		return (v >> 3) * WORLD_CHUNK / 8;
	default:
		return 1 + (v >> 3) * 16 - v % 2;
	}
}

/* Write a descriptor that no honest driver has written. */
static void put_desc(struct world *w, u8 *to, u16 flags, u16 link)
{
	bool swap = w->drv.swap;
	u64 addr = wire64(swap, take_addr(w));
	u32 len = wire32(swap, take_len(w));
	u16 first = w->drv.packed ? link : flags;
	u16 second = w->drv.packed ? flags : link;

	w->hostile = true;
	first = wire16(swap, first);
	second = wire16(swap, second);
	memcpy(to, &addr, 8);
	memcpy(to + 8, &len, 4);
	memcpy(to + 12, &first, 2);
	memcpy(to + 14, &second, 2);
}

void cmd_desc(struct world *w, u8 arg)
{
	struct ring *r = &w->ring;
	u8 where = take8(w), link = take8(w);
	u32 slot = (r->next_avail + where) % w->drv.num;
	u16 flags = arg;	/* NEXT, WRITE, INDIRECT */
	bool wrap = r->avail_wrap ^
		    (r->next_avail % w->drv.num + where >= w->drv.num);

	if (w->drv.packed)
		flags |= wrap ? WIRE_AVAIL : WIRE_USED;
	put_desc(w, (u8 *)w->drv.cfg.area[DRV_DESC] + slot * 16, flags, link);
}

void cmd_table_desc(struct world *w, u8 arg)
{
	u8 where = take8(w), link = take8(w);
	u16 flags = arg & 4 && link & 0x80 ? arg : arg & 3;

	put_desc(w, w->guest + WORLD_TABLES + where * 16, flags, link);
}

/* Split: heads, and an avail index that goes with them, or not. */
void cmd_make_avail(struct world *w, u8 arg)
{
	u8 *avail = w->drv.cfg.area[DRV_DRIVER];
	bool swap = w->drv.swap;
	u16 idx;

	w->hostile = true;
	memcpy(&idx, avail + 2, 2);
	idx = wire16(swap, idx);
	for (u32 i = 0; i < arg; i++) {
		u16 head = wire16(swap, take8(w));

		memcpy(avail + 4 + idx++ % w->drv.num * 2, &head, 2);
	}
	if (!arg)
		idx += take16(w);
	idx = wire16(swap, idx);
	memcpy(avail + 2, &idx, 2);
}

void cmd_flip(struct world *w, u8 arg)
{
	struct flip *f = &w->flip[arg % WORLD_FLIPS];

	w->hostile = true;
	f->wait = w->arena.accesses + 1 + take8(w);
	f->at = take16(w) % (arg & 4 ? WORLD_CHUNK / 4 : WORLD_GUEST);
	f->value = take16(w);
}

void cmd_chaos(struct world *w, u8 arg)
{
	w->hostile = true;
	w->chaos = arg ? arg : 0;
}

void cmd_fail(struct world *w, u8 arg)
{
	w->hostile = true;
	arena_fail(&w->arena, take8(w), arg & 1);
}
