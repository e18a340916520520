/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a verb returns, and why a ring is broken. Included by ring.h.
 */
#ifndef RINGSIDE_RING_RESULT_H
#define RINGSIDE_RING_RESULT_H

#include "mem/types.h"

/*
 * What a verb says. RING_AGAIN: the IOTLB lacks a translation, see
 * ring_missed(), or an entry that permits less than is needed; nothing was
 * taken, call again once it is there.
 * RING_BROKEN: see ring_fault(); sticky until ring_setup() or ring_reset().
 */
enum ring_result {
	RING_GOT,
	RING_EMPTY,
	RING_AGAIN,
	RING_BROKEN,
};

/*
 * Why a ring is broken, or was rejected by ring_setup(). The comment says what
 * struct ring_fault holds as index and value.
 */
enum ring_cause {
	RING_OK,
	/* rejected by ring_setup(); index: which area, value: the value */
	RING_BAD_NUM,		/* 0, not a power of two (split), too big */
	RING_BAD_ALIGN,		/* an area is misaligned */
	RING_BAD_WRAP,		/* an area, or a buffer, wraps the address space */
	RING_BAD_OVERLAP,	/* two areas overlap */
	RING_BAD_FEATURES,	/* features that exclude each other */
	/* found by ring_start() */
	RING_BAD_BASE,		/* value: the base, impossible for this ring or
				 * for what is in its memory */
	RING_BAD_USED_IDX,	/* value: used index in memory, against base */
	/* found by the walkers; index: avail position or descriptor index */
	RING_BAD_AVAIL_IDX,	/* value: avail index, moved back or too far */
	RING_BAD_HEAD,		/* value: head, outside the table */
	RING_BAD_NEXT,		/* value: next, outside the table */
	RING_BAD_LOOP,		/* value: descriptors walked, more than exist */
	RING_BAD_SEGS,		/* value: segments, more than the limit */
	RING_BAD_INDIRECT,	/* value: flags; not negotiated, nested or mixed */
	RING_BAD_INDIRECT_NEXT,	/* value: flags; INDIRECT together with NEXT */
	RING_BAD_TABLE_SIZE,	/* value: bytes of the indirect table */
	RING_BAD_ORDER,		/* value: address; readable after writable */
	RING_BAD_TOTAL,		/* value: bytes; more than 2^32 - 1 */
	RING_BAD_LENGTH,	/* value: address of a buffer of no bytes */
	RING_BAD_ADDRESS,	/* value: address, in no region */
	RING_BAD_ACCESS,	/* value: address, permission rejects; not under
				 * an IOTLB, where it is a miss */
	RING_BAD_FLAGS,		/* value: packed flags, impossible here */
	RING_BAD_ID,		/* value: packed buffer id, out of range */
	/* found by any verb */
	RING_BAD_MEMORY,	/* value: address; access to ring memory failed */
	RING_BAD_LOG,		/* value: guest page the log has no bit for, or
				 * whose bit could not be written */
	RING_BAD_DONE,		/* value: more completions than chains taken;
				 * a mistake of our own caller */
	RING_CAUSES,
};

struct ring_fault {
	enum ring_cause cause;
	u32 index;
	u64 value;
};

/* Permission bits of a mapping, and of an access; as VHOST_ACCESS_RO/WO/RW. */
enum ring_access {
	RING_READ = 1,
	RING_WRITE = 2,
	RING_RW = 3,
};

struct ring_miss {
	u64 iova;
	enum ring_access access;	/* what no entry permits so far */
};

#endif /* RINGSIDE_RING_RESULT_H */
