/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a virtqueue looks like in memory: structures, offsets and flag bits of
 * virtio 1.3 sections 2.7 and 2.8. Nothing here reads or writes it.
 */
#ifndef RINGSIDE_RING_LAYOUT_H
#define RINGSIDE_RING_LAYOUT_H

#include "mem/types.h"

/* One split descriptor (2.7.5), also each entry of a split indirect table. */
struct split_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* One used element (2.7.8). */
struct split_used {
	u32 id;
	u32 len;
};

/* One packed descriptor (2.8.13), also each entry of an indirect table. */
struct packed_desc {
	u64 addr;
	u32 len;
	u16 id;
	u16 flags;
};

enum desc_flag {
	DESC_NEXT = 1 << 0,
	DESC_WRITE = 1 << 1,
	DESC_INDIRECT = 1 << 2,
	DESC_AVAIL = 1 << 7,	/* packed only */
	DESC_USED = 1 << 15,	/* packed only */
};

enum {
	DESC_BYTES = 16,	/* split and packed alike */
};

/* Avail ring (2.7.6): flags, idx, ring[num], used_event. */
enum {
	AVAIL_FLAGS = 0,
	AVAIL_IDX = 2,
	AVAIL_RING = 4,
	AVAIL_ENTRY = 2,
	AVAIL_NO_INTERRUPT = 1,
};

/* Used ring (2.7.8): flags, idx, ring[num], avail_event. */
enum {
	USED_FLAGS = 0,
	USED_IDX = 2,
	USED_RING = 4,
	USED_ENTRY = 8,
	USED_NO_NOTIFY = 1,
};

/* Event suppression (2.8.14): offset and wrap, then flags. */
enum {
	EVENT_OFF_WRAP = 0,
	EVENT_FLAGS = 2,
	EVENT_BYTES = 4,
	EVENT_WRAP_BIT = 1 << 15,
};

enum event_mode {
	EVENT_ENABLE = 0,
	EVENT_DISABLE = 1,
	EVENT_DESC = 2,
	EVENT_MODE_MASK = 3,
};

static inline u32 avail_event_offset(u32 num)
{
	return USED_RING + USED_ENTRY * num;
}

static inline u32 used_event_offset(u32 num)
{
	return AVAIL_RING + AVAIL_ENTRY * num;
}

#endif /* RINGSIDE_RING_LAYOUT_H */
