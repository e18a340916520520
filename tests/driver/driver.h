/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver side of a virtqueue, split or packed, for tests and benchmarks:
 * it adds chains, publishes them, decides about kicks and takes used buffers
 * back, to the letter of virtio 1.3, sections 2.7 and 2.8.
 *
 * It knows neither the engine nor any device; it moves no payload. It checks
 * what the device writes, and says DRV_BROKEN when that breaks the rules.
 *
 * One thread at a time per ring; the device may be another thread, a process
 * or a kernel. Nothing is allocated after drv_init(), and every call is O(1)
 * per descriptor. Its barriers are DRV-1 to DRV-6:
 *   DRV-1  split: chains before the avail index; pairs with the device's
 *	    acquire of the avail index
 *   DRV-2  packed: a chain before the flags of its first descriptor; pairs
 *	    with the device's acquire of these flags
 *   DRV-3  publishing before reading the device's suppression; pairs with the
 *	    device's fence between enabling kicks and looking again
 *   DRV-4  split: used index before used entries and buffers; pairs with the
 *	    device's release of the used index
 *   DRV-5  packed: flags of a used descriptor before the rest of it and the
 *	    buffers; pairs with the device's release of these flags
 *   DRV-6  enabling our calls before looking again; pairs with the
 *	    device's fence between publishing and reading our suppression
 */
#ifndef RINGSIDE_TESTS_DRIVER_H
#define RINGSIDE_TESTS_DRIVER_H

#include <stddef.h>

#include "wire.h"

/* ---- guest memory ----------------------------------------------------- */

/* A block of memory, and the address at which the device sees it. */
struct drv_mem {
	void *host;
	size_t size;
	uint64_t addr;		/* guest-physical, or IOVA: the test's choice */
};

/** drv_addr() - the device's address of a byte inside a block */
static inline uint64_t drv_addr(const struct drv_mem *mem, const void *host)
{
	return mem->addr + (uint64_t)((const char *)host - (char *)mem->host);
}

/* ---- configuration ---------------------------------------------------- */

enum drv_format { DRV_SPLIT, DRV_PACKED };

enum drv_feature {
	DRV_F_INDIRECT = 1 << 0,
	DRV_F_EVENT_IDX = 1 << 1,
	DRV_F_IN_ORDER = 1 << 2,
	DRV_F_BIG_ENDIAN = 1 << 3,	/* legacy split ring */
};

enum drv_area { DRV_DESC, DRV_DRIVER, DRV_DEVICE, DRV_AREAS };

struct drv_config {
	enum drv_format format;
	uint32_t num;			/* 1 to 32768; split: a power of two */
	uint32_t features;		/* enum drv_feature */
	void *area[DRV_AREAS];		/* where the areas are, for us */
	struct drv_mem tables;		/* memory for indirect tables */
	uint32_t table_len;		/* descriptors in the longest table */
};

/**
 * drv_area_bytes() - size of an area
 * @event_idx: with the event index behind it (split only)
 */
size_t drv_area_bytes(enum drv_format format, uint32_t num, enum drv_area area,
		      bool event_idx);

/** drv_area_align() - least alignment of an area's address, in bytes */
size_t drv_area_align(enum drv_format format, enum drv_area area);

/**
 * drv_layout() - place the three areas one behind the other
 * @cfg: format, num and features are read, area[] is written
 * @base: first byte, aligned to @align
 * @align: power of two, at least 16, the device area starts at a multiple of:
 *	   the queue align of the legacy layout, else whatever the test likes
 *
 * Touches no memory; with a made-up @base it only measures.
 * Return: bytes from @base to the end of the last area.
 */
size_t drv_layout(struct drv_config *cfg, void *base, size_t align);

/** drv_tables_bytes() - memory for @count tables of @table_len descriptors */
size_t drv_tables_bytes(uint32_t table_len, uint32_t count);

/* ---- the ring --------------------------------------------------------- */

enum drv_result {
	DRV_GOT,	/* done */
	DRV_EMPTY,	/* nothing used */
	DRV_FULL,	/* no descriptors or tables left now; later perhaps */
	DRV_REJECTED,	/* the chain can never be added to this ring */
	DRV_BROKEN,	/* the device broke a rule; see drv_ring.fault */
};

/* What the device did wrong. */
enum drv_fault {
	DRV_OK,
	DRV_BAD_USED_IDX,	/* used more than is in flight */
	DRV_BAD_USED_ID,	/* id out of range or not in flight */
	DRV_BAD_USED_LEN,	/* more bytes than the chain has room for */
	DRV_BAD_USED_BATCH,	/* in-order batch goes beyond what is used */
};

/* Freedoms that the specification leaves a driver; see drv_set_whims(). */
enum drv_whim {
	DRV_RANDOM_FREE = 1 << 0,	/* descriptors, ids, tables at random;
					 * IN_ORDER forbids it for the first */
	DRV_ODD_TABLES = 1 << 1,	/* tables at any byte address */
	DRV_MIXED_TABLES = 1 << 2,	/* split: next jumps within the table;
					 * not under IN_ORDER */
};

/* What we remember of a chain, by head (split) or buffer id (packed). */
struct drv_state {
	uint64_t token;
	uint32_t write_len;
	uint32_t table;		/* 1 + its table, 0: none */
	uint16_t slots;		/* 0: not in flight */
};

/* Only the driver's thread touches it; tests and attacks may look inside. */
struct drv_ring {
	/* read-only after drv_init() */
	struct wire_desc *desc;		/* split */
	struct wire_avail *avail;
	struct wire_used *used;
	struct wire_pdesc *pdesc;	/* packed */
	struct wire_event *driver_event, *device_event;
	bool packed, swap, in_order, event_idx;
	uint16_t num;
	struct drv_config cfg;

	/* how far we are */
	uint16_t next_avail;	/* split: free running; packed: slot */
	uint16_t next_used;
	bool avail_wrap, used_wrap;	/* packed */
	uint16_t used_seen;	/* split: used index last read */
	uint32_t free_slots;
	uint32_t in_flight;	/* chains added and not yet taken back */
	uint32_t unpublished;	/* chains of these the device cannot see */
	uint32_t held_slots;	/* packed: slots of these */
	uint32_t unasked;	/* chains (packed: slots) published since
				 * drv_kick_needed() */
	uint16_t deferred_slot, deferred_flags;	/* packed: first one not published */
	enum drv_fault fault;	/* the first one; sticky */

	/* in-order: the batch being taken back, and who is next */
	bool batch;
	uint16_t batch_last;
	uint32_t batch_len;
	uint16_t *order;
	uint16_t order_first, order_next;

	/* what is free, and what is taken */
	struct drv_state *state;
	uint16_t *chained;	/* split: the descriptor behind each one */
	uint16_t *free;		/* stack of free descriptors, or ids */
	uint32_t n_free;
	uint16_t next_desc;	/* split, in-order: instead of the stack */
	uint32_t *free_table;
	uint32_t n_free_tables, n_tables;

	uint32_t whims;
	uint64_t random;
};

/**
 * drv_init() - take a ring into use, from the very beginning
 * @cfg: copied; the areas are zeroed
 *
 * Return: false when the configuration is impossible or memory is short.
 */
bool drv_init(struct drv_ring *r, const struct drv_config *cfg);

/**
 * drv_move() - use these areas from now on
 * @area: hold what the areas before them held
 */
void drv_move(struct drv_ring *r, void *const area[DRV_AREAS]);

/** drv_exit() - give back what drv_init() allocated */
void drv_exit(struct drv_ring *r);

/**
 * drv_restart() - forget everything in flight and begin at a given place
 * @pos: split: the avail and used index; packed: the slot
 * @wrap: packed: both wrap counters; a new ring begins at 0, true
 *
 * Memory then looks like that of a ring with nothing in flight there.
 * Whims and configuration stay.
 */
void drv_restart(struct drv_ring *r, uint16_t pos, bool wrap);

/**
 * drv_set_whims() - use freedoms a plain driver would not
 * @whims: enum drv_whim
 */
void drv_set_whims(struct drv_ring *r, uint32_t whims, uint64_t seed);

/* ---- adding ----------------------------------------------------------- */

/* A contiguous part of a buffer, at the device's address. */
struct drv_buf {
	uint64_t addr;
	uint32_t len;
};

struct drv_chain {
	const struct drv_buf *buf;	/* readable ones, then writable ones */
	uint32_t n_read, n_write;
	uint32_t n_table;	/* the last so many go to an indirect table:
				 * 0 direct, all of them indirect, some of them
				 * mixed (split only) */
	uint64_t token;		/* comes back in struct drv_used */
};

/**
 * drv_add() - put a chain in; the device does not see it yet
 *
 * A chain through a table may be longer than the ring: real drivers do that,
 * though 2.7.5.3.1 says they must not.
 * Return: DRV_GOT, DRV_FULL, or DRV_REJECTED: no buffers at all, longer than
 * the ring or a table, or a table where none is allowed.
 */
enum drv_result drv_add(struct drv_ring *r, const struct drv_chain *chain);

/** drv_publish() - let the device see every chain added so far */
void drv_publish(struct drv_ring *r);

/**
 * drv_kick_needed() - must the device be kicked
 *
 * Covers everything published since it was last asked.
 */
bool drv_kick_needed(struct drv_ring *r);

/** drv_kick_prepare() - publish, and say whether the device must be kicked */
static inline bool drv_kick_prepare(struct drv_ring *r)
{
	drv_publish(r);
	return drv_kick_needed(r);
}

/* ---- taking back ------------------------------------------------------ */

struct drv_used {
	uint64_t token;
	uint32_t len;	/* bytes written; of a skipped one all it has room for */
	uint16_t id;	/* split: head; packed: buffer id */
	bool skipped;	/* in-order: it had no used entry of its own */
};

/**
 * drv_get_used() - the next used buffer
 *
 * Return: DRV_GOT, DRV_EMPTY or DRV_BROKEN.
 */
enum drv_result drv_get_used(struct drv_ring *r, struct drv_used *used);

/** drv_used_pending() - would drv_get_used() find something, or a fault */
bool drv_used_pending(struct drv_ring *r);

/**
 * drv_enable_calls() - ask for a call when the next buffer is used
 *
 * Return: true: something was used meanwhile and may go without a
 * notification, so take it; false: safe to sleep.
 */
bool drv_enable_calls(struct drv_ring *r);

/**
 * drv_enable_calls_after() - ask for a call, but only after some used buffers
 * @ahead: used entries (packed: slots, below num) that need no notification;
 *	   without EVENT_IDX as if 0
 */
bool drv_enable_calls_after(struct drv_ring *r, uint16_t ahead);

/** drv_disable_calls() - advise the device that we need no calls */
void drv_disable_calls(struct drv_ring *r);

/** drv_free_slots() - descriptors free for drv_add() */
static inline uint32_t drv_free_slots(const struct drv_ring *r)
{
	return r->free_slots;
}

/** drv_in_flight() - chains added and not yet taken back */
static inline uint32_t drv_in_flight(const struct drv_ring *r)
{
	return r->in_flight;
}

#endif /* RINGSIDE_TESTS_DRIVER_H */
