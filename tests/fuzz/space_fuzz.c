// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: address spaces. Reads the input as messages of an owner (and
 * of a guest behind a virtual IOMMU) that wants the memory table and the IOTLB
 * to go wrong, and compares both with their naive models after each of them.
 *
 * An input is a sequence of messages, each a byte that names it (modulo their
 * number) and its arguments; see the table at the end. What is missing at the
 * end of the input reads as zero.
 *
 * Build: clang -g -O1 -fsanitize=fuzzer,address,undefined -Iring
 *	  tests/fuzz/space_fuzz.c ring/memtab.c ring/iotlb.c
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

#include "../unit/iotlb_model.h"
#include "../unit/memtab_model.h"

enum { MAX_REGIONS = 64, MAX_ENTRIES = 48, MAX_MESSAGES = 200 };

struct input {
	const u8 *byte;
	size_t left;
};

struct world {
	struct input in;
	struct ring_region region[MAX_REGIONS];
	u32 regions;
	struct ring_iotlb tlb;
	void *tlb_memory;
	struct model_iotlb model;
};

#define REQUIRE(x) require(x, #x, __LINE__)

static void require(bool holds, const char *what, int line)
{
	if (holds)
		return;
	fprintf(stderr, "space_fuzz.c:%d: does not hold: %s\n", line, what);
	abort();
}

/* ---- reading the input ------------------------------------------------ */

static u8 take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->byte++;
}

static u64 take_raw(struct input *in)
{
	u64 value = 0;

	for (u32 i = 0; i < 8; i++)
		value |= (u64)take_byte(in) << 8 * i;
	return value;
}

/*
 * A number in two bytes, for most of those at which things go wrong: small
 * ones, pages, ones close below 2^64 and around powers of two.
 */
static u64 take_number(struct input *in)
{
	u8 kind = take_byte(in);
	u8 value;

	if (kind % 8 == 7)
		return take_raw(in);
	value = take_byte(in);
	switch (kind % 8) {
	case 0:
		return value;
	case 1:
		return (u64)value << 12;
	case 2:
		return ~(u64)value;
	case 3:
		return ~((u64)value << 12);
	case 4:
		return 1ULL << value % 64;
	case 5:
		return (1ULL << value % 64) - 1;
	default:
		return ((u64)kind << 8 | value) >> 3;
	}
}

/* ---- the memory table ------------------------------------------------- */

static void message_region(struct world *w)
{
	struct ring_region r;

	r.guest = take_number(&w->in);
	r.size = take_number(&w->in);
	r.user = take_number(&w->in);
	if (w->regions < MAX_REGIONS)
		w->region[w->regions++] = r;
}

static void message_forget_regions(struct world *w)
{
	w->regions = 0;
}

static void check_find(const struct world *w, const struct ring_memtab *tab,
		       u64 guest)
{
	const struct ring_region *want =
		model_region_of(w->region, w->regions, guest);
	const struct ring_range *got = ring_memtab_find(tab, guest);

	REQUIRE(!want == !got);
	if (!want)
		return;
	REQUIRE(got->start == want->guest);
	REQUIRE(got->last - got->start == want->size - 1);
	REQUIRE(got->user == want->user);
	REQUIRE(got->perm == RING_RW);
}

static void check_each_guest(const struct world *w,
			     const struct ring_memtab *tab, u64 user, u64 len)
{
	const struct model_visits want =
		model_each_guest(w->region, w->regions, user, len);
	struct model_visits got = { 0 };
	u64 bytes = ring_memtab_each_guest(tab, user, len, model_visit, &got);

	REQUIRE(got.count == want.count);
	REQUIRE(got.bytes == want.bytes);
	REQUIRE(got.mix == want.mix);
	REQUIRE(bytes == want.bytes || bytes == ~0ULL);
}

static void check_table(struct world *w, const struct ring_memtab *tab)
{
	u64 user = take_number(&w->in);
	u64 len = take_number(&w->in);

	REQUIRE(tab->count == w->regions);
	check_find(w, tab, 0);
	check_find(w, tab, ~0ULL);
	check_each_guest(w, tab, user, len ? len : 1);
	check_each_guest(w, tab, 0, ~0ULL);
	for (u32 i = 0; i < w->regions; i++) {
		const struct ring_region *r = &w->region[i];

		check_find(w, tab, r->guest - 1);
		check_find(w, tab, r->guest);
		check_find(w, tab, r->guest + (r->size - 1));
		check_find(w, tab, r->guest + r->size);
		check_each_guest(w, tab, r->user, r->size);
		check_each_guest(w, tab, r->user - 1, 1);
		check_each_guest(w, tab, r->user + r->size, 1);
	}
}

static void message_build(struct world *w)
{
	struct ring_memtab tab, untouched;
	void *memory = malloc(ring_memtab_bytes(w->regions));
	enum ring_cause cause;

	memset(&tab, 0xa5, sizeof(tab));
	untouched = tab;
	cause = ring_memtab_build(&tab, memory, w->region, w->regions, 1);
	REQUIRE(model_may_reject(w->region, w->regions, cause));
	if (cause == RING_OK)
		check_table(w, &tab);
	else
		REQUIRE(memcmp(&tab, &untouched, sizeof(tab)) == 0);
	free(memory);
}

/* ---- the IOTLB -------------------------------------------------------- */

static void new_iotlb(struct world *w, u32 capacity, enum ring_iotlb_full full)
{
	free(w->tlb_memory);
	w->tlb_memory = malloc(ring_iotlb_bytes(capacity));
	ring_iotlb_init(&w->tlb, w->tlb_memory, capacity, full, 1);
	model_iotlb_init(&w->model, capacity, full);
}

static void check_iotlb_find(const struct world *w, u64 iova)
{
	REQUIRE(model_same_range(ring_iotlb_find(&w->tlb, iova),
				 model_iotlb_find(&w->model, iova)));
}

static void check_iotlb(const struct world *w)
{
	REQUIRE(w->tlb.count == w->model.count);
	REQUIRE(w->tlb.count <= w->tlb.capacity);
	check_iotlb_find(w, 0);
	check_iotlb_find(w, ~0ULL);
	for (u32 i = 0; i < w->model.count; i++) {
		const struct ring_range *r = &w->model.entry[i];

		check_iotlb_find(w, r->start - 1);
		check_iotlb_find(w, r->start);
		check_iotlb_find(w, r->last);
		check_iotlb_find(w, r->last + 1);
	}
}

static void message_new_iotlb(struct world *w)
{
	u8 value = take_byte(&w->in);

	new_iotlb(w, 1 + value / 2 % MAX_ENTRIES,
		  value % 2 ? RING_IOTLB_REJECT : RING_IOTLB_EVICT);
}

static void insert(struct world *w, const struct ring_range *r)
{
	u64 gen = w->tlb.gen;
	enum ring_cause want = model_iotlb_insert(&w->model, r);

	REQUIRE(ring_iotlb_insert(&w->tlb, r) == want);
	REQUIRE((w->tlb.gen > gen) == (want == RING_OK));
}

/* First and last come from the owner, and may be the wrong way round. */
static void message_insert(struct world *w)
{
	struct ring_range r;
	u8 how;

	r.start = take_number(&w->in);
	r.last = take_number(&w->in);
	r.user = take_number(&w->in);
	how = take_byte(&w->in);
	r.perm = (enum ring_access)(how % 5);
	/* translations that are alike may add up */
	if (how & 0x40)
		r.user = r.start + (how & 0x80 ? 0x10000 : 0x20000);
	insert(w, &r);
	check_iotlb(w);
}

/* Many in a row, as a guest maps its buffers: up or down, with gaps or not. */
static void message_insert_run(struct world *w)
{
	u64 start = take_number(&w->in);
	u8 how = take_byte(&w->in);
	u64 step = how % 2 ? 0x1000 : -0x1000ULL;

	for (u32 i = 0; i < 1U + how / 4; i++) {
		const struct ring_range r = {
			.start = start,
			.last = start + (how & 2 ? 0xfff : 0xf),
			.user = 0x10000,
			.perm = RING_RW,
		};

		insert(w, &r);
		check_iotlb_find(w, start - step);
		start += step;
	}
	check_iotlb(w);
}

static void message_invalidate(struct world *w)
{
	u64 start = take_number(&w->in);
	u64 last = take_number(&w->in);
	u64 gen = w->tlb.gen;
	u32 want = model_iotlb_invalidate(&w->model, start, last);

	REQUIRE(ring_iotlb_invalidate(&w->tlb, start, last) == want);
	REQUIRE((w->tlb.gen > gen) == (want > 0));
	check_iotlb(w);
}

static void message_find(struct world *w)
{
	check_iotlb_find(w, take_number(&w->in));
}

/* ---- messages --------------------------------------------------------- */

static void (*const message[])(struct world *w) = {
	message_region,		/* guest, size, user */
	message_build,		/* user, length to ask for */
	message_forget_regions,
	message_new_iotlb,	/* capacity and mode */
	message_insert,		/* start, last, user, permission */
	message_invalidate,	/* start, last */
	message_find,		/* iova */
	message_insert_run,	/* start, how */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	w = (struct world){ .in = { data, size } };
	new_iotlb(&w, 4, RING_IOTLB_EVICT);
	for (u32 i = 0; i < MAX_MESSAGES && w.in.left > 0; i++)
		message[take_byte(&w.in) % 8](&w);
	message_build(&w);
	free(w.tlb_memory);
	return 0;
}
