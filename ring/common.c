// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of ring.h that touch no ring memory and so need no memory backend.
 */
#include "ring.h"

/* Virtio feature bits that change how a ring works (virtio 1.3, 6). */
enum {
	F_NOTIFY_ON_EMPTY = 24,
	F_INDIRECT_DESC = 28,
	F_EVENT_IDX = 29,
	F_ACCESS_PLATFORM = 33,
	F_RING_PACKED = 34,
	F_IN_ORDER = 35,
};

static const struct {
	u8 feature;
	u16 flag;
} flag_of_feature[] = {
	{ F_NOTIFY_ON_EMPTY, RING_F_NOTIFY_ON_EMPTY },
	{ F_INDIRECT_DESC, RING_F_INDIRECT },
	{ F_EVENT_IDX, RING_F_EVENT_IDX },
	{ F_ACCESS_PLATFORM, RING_F_IOVA },
	{ F_RING_PACKED, RING_F_PACKED },
	{ F_IN_ORDER, RING_F_IN_ORDER },
};

u32 ring_flags(u64 features)
{
	u32 flags = 0;

	for (u32 i = 0; i < sizeof(flag_of_feature) / sizeof(*flag_of_feature); i++) {
		if (features >> flag_of_feature[i].feature & 1)
			flags |= flag_of_feature[i].flag;
	}
	return flags;
}

u32 ring_initial_base(u32 flags)
{
	/* both wrap counters start at 1 (2.8.1) */
	return flags & RING_F_PACKED ? 0x80008000 : 0;
}

u32 ring_base(const struct ring *r)
{
	u32 avail = r->next_avail | (u32)r->avail_wrap << 15;
	u32 used = r->next_used | (u32)r->used_wrap << 15;

	return r->flags & RING_F_PACKED ? avail | used << 16 : r->next_avail;
}

u32 ring_position(const struct ring *r)
{
	u32 avail = r->next_avail, used = r->next_used;

	if (r->flags & RING_F_PACKED) {
		avail |= (u32)r->avail_wrap << 15;
		used |= (u32)r->used_wrap << 15;
	}
	return avail | used << 16;
}

u32 ring_base_without(u32 flags, u32 num, u32 base,
		      const struct ring_chain *chain)
{
	u32 slot = base & 0x7fff;

	if (!(flags & RING_F_PACKED))
		return (u16)(base - 1);
	if (slot >= chain->slots)
		return base - chain->slots;
	/* back over the ring's end, to the lap before */
	return ((base & ~0x7fffu) | (slot + num - chain->slots)) ^ 0x8000;
}

void ring_reset(struct ring *r)
{
	*r = (struct ring){
		.state = RING_STOPPED,
		.hit = { .start = 1 },
		.gen = U64_MAX,
	};
}

enum ring_result ring_break(struct ring *r, enum ring_cause cause, u64 value)
{
	if (r->state != RING_FAILED)
		r->fault = (struct ring_fault){ .cause = cause, .value = value };
	r->state = RING_FAILED;
	return RING_BROKEN;
}

static const char *const cause_name[RING_CAUSES] = {
	[RING_OK] = "ok",
	[RING_BAD_NUM] = "bad ring size",
	[RING_BAD_ALIGN] = "misaligned area",
	[RING_BAD_WRAP] = "address wraps",
	[RING_BAD_OVERLAP] = "areas overlap",
	[RING_BAD_FEATURES] = "features exclude each other",
	[RING_BAD_BASE] = "impossible base",
	[RING_BAD_USED_IDX] = "used index does not fit the base",
	[RING_BAD_AVAIL_IDX] = "avail index moved too far",
	[RING_BAD_HEAD] = "head outside the table",
	[RING_BAD_NEXT] = "next outside the table",
	[RING_BAD_LOOP] = "descriptor loop",
	[RING_BAD_SEGS] = "too many segments",
	[RING_BAD_INDIRECT] = "indirect not allowed here",
	[RING_BAD_INDIRECT_NEXT] = "indirect with next",
	[RING_BAD_TABLE_SIZE] = "bad indirect table size",
	[RING_BAD_ORDER] = "readable after writable",
	[RING_BAD_TOTAL] = "chain too long",
	[RING_BAD_LENGTH] = "empty buffer",
	[RING_BAD_ADDRESS] = "address in no region",
	[RING_BAD_ACCESS] = "permission denied",
	[RING_BAD_FLAGS] = "impossible descriptor flags",
	[RING_BAD_ID] = "buffer id out of range",
	[RING_BAD_MEMORY] = "ring memory cannot be accessed",
	[RING_BAD_LOG] = "dirty log cannot be written",
	[RING_BAD_DONE] = "completed more than was taken",
};

const char *ring_cause_name(enum ring_cause cause)
{
	return (u32)cause < RING_CAUSES ? cause_name[cause] : "unknown";
}
