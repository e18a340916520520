/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rings look like in memory: the structures and constants of virtio
 * 1.3, sections 2.7 and 2.8, and how tests reach them.
 *
 * The tests have their own copy, written from the specification, so that a
 * mistake in the engine's layout cannot hide behind the same mistake here.
 *
 * Every access to a shared field is an atomic of the field's own size:
 * ThreadSanitizer pairs a release with an acquire only at the same address,
 * so the avail index, the used index and the packed flags must be published
 * and read as 16-bit fields, on both sides.
 */
#ifndef RINGSIDE_TESTS_WIRE_H
#define RINGSIDE_TESTS_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	WIRE_DESC_BYTES = 16,

	/* descriptor flags (2.7.5, 2.8.1) */
	WIRE_NEXT = 1 << 0,
	WIRE_WRITE = 1 << 1,
	WIRE_INDIRECT = 1 << 2,
	WIRE_AVAIL = 1 << 7,		/* packed only */
	WIRE_USED = 1 << 15,		/* packed only */

	WIRE_NO_INTERRUPT = 1,		/* split, avail flags */
	WIRE_NO_NOTIFY = 1,		/* split, used flags */

	/* packed event suppression (2.8.10) */
	WIRE_EVENT_ENABLE = 0,
	WIRE_EVENT_DISABLE = 1,
	WIRE_EVENT_DESC = 2,
	WIRE_EVENT_RESERVED = 3,
	WIRE_EVENT_FLAGS = 3,		/* the bits that mean something */
	WIRE_EVENT_WRAP = 1 << 15,	/* in off_wrap */
};

/* A split descriptor; in the ring it is aligned, in a table it need not be. */
struct wire_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct wire_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];	/* num entries, then used_event */
};

struct wire_used_elem {
	uint32_t id;
	uint32_t len;
};

struct wire_used {
	uint16_t flags;
	uint16_t idx;
	struct wire_used_elem ring[];	/* num entries, then avail_event */
};

struct wire_pdesc {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

struct wire_event {
	uint16_t off_wrap;
	uint16_t flags;
};

_Static_assert(sizeof(struct wire_desc) == WIRE_DESC_BYTES, "2.7.5");
_Static_assert(sizeof(struct wire_pdesc) == WIRE_DESC_BYTES, "2.8.13");
_Static_assert(sizeof(struct wire_used_elem) == 8, "2.7.8");
_Static_assert(sizeof(struct wire_event) == 4, "2.8.14");

/* Does a ring of this byte order need its fields swapped on this machine? */
static inline bool wire_swapped(bool big_endian)
{
	return big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/* Host order to ring order, and back. */
static inline uint16_t wire16(bool swap, uint16_t v)
{
	return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t wire32(bool swap, uint32_t v)
{
	return swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t wire64(bool swap, uint64_t v)
{
	return swap ? __builtin_bswap64(v) : v;
}

/* Relaxed accesses: no ordering, no tearing, no data race. */
#define wire_load(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define wire_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define wire_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define wire_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/*
 * Store a 16-byte descriptor into the ring as two words, as nothing in it is
 * looked at before the index or the head's flags are published.
 */
static inline void wire_store_desc(void *to, const void *desc)
{
	uint64_t word[2];

	memcpy(word, desc, sizeof(word));
	wire_store((uint64_t *)to, word[0]);
	wire_store((uint64_t *)to + 1, word[1]);
}

/* The packed event structure is read and written whole: its halves belong
 * together.
 */
static inline void wire_store_event(struct wire_event *to, struct wire_event e)
{
	uint32_t word;

	memcpy(&word, &e, sizeof(word));
	wire_store((uint32_t *)(void *)to, word);
}

static inline struct wire_event wire_load_event(struct wire_event *from)
{
	uint32_t word = wire_load((uint32_t *)(void *)from);
	struct wire_event e;

	memcpy(&e, &word, sizeof(e));
	return e;
}

/*
 * A full fence, for store-then-load races only. ThreadSanitizer knows no
 * fences (and gcc warns of that), so it gets an exchange nobody shares, which
 * is as strong in the hardware and orders nothing in its model.
 */
static inline void wire_fence(void)
{
#if defined(__SANITIZE_THREAD__)
#define WIRE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WIRE_TSAN 1
#endif
#endif
#ifdef WIRE_TSAN
	static _Thread_local uint32_t nobodys;

	__atomic_exchange_n(&nobodys, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif /* RINGSIDE_TESTS_WIRE_H */
