// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that overwrites its ring: descriptors, indices and indirect tables
 * become random bytes, or nearly right ones. Whatever they are, the device
 * gets no segment outside the table's regions, the engine writes nothing but
 * what the device owns in the ring, a broken ring has a cause and is left
 * alone, and a ring beside it goes on.
 *
 * One thread plays both sides. Each page of the table is mapped for itself, so
 * that reading across the end of a region faults.
 */
#include "test.h"

#include <linux/slab.h>

enum {
	SERVES = 6,		/* times that the device looks, in a round */
	KEPT_FLAGS = BIT(7) | BIT(15),	/* packed: AVAIL and USED */
};

/* A descriptor of either format, as it lies in memory. */
struct wire {
	__le64 addr;
	__le32 len;
	__le16 flags_or_id;
	__le16 next_or_flags;
};

struct hostile {
	struct rig *rig;
	struct rnd_state rnd;
	const char *wrong;	/* what went wrong, or NULL */
	u64 causes;		/* bit mask of those seen */
	u32 broken, chains;
	u8 sane[RING_AREAS][PAGE_SIZE];		/* what the driver code wrote */
	u8 before[RING_AREAS][PAGE_SIZE];	/* what the device met */
};

static u8 *area_page(const struct hostile *h, enum ring_area area)
{
	return (u8 *)(uintptr_t)(h->rig->config.area[area] & PAGE_MASK);
}

static void save_pages(struct hostile *h, u8 (*to)[PAGE_SIZE])
{
	for (int a = 0; a < RING_AREAS; a++)
		memcpy(to[a], area_page(h, a), PAGE_SIZE);
}

static void restore_pages(struct hostile *h)
{
	for (int a = 0; a < RING_AREAS; a++)
		memcpy(area_page(h, a), h->sane[a], PAGE_SIZE);
}

/* ---- random bytes ----------------------------------------------------- */

static u64 random_address(struct hostile *h)
{
	const struct arena *a = h->rig->arena;
	u64 end = a->phys + ARENA_PAGES * PAGE_SIZE;

	switch (below(&h->rnd, 24)) {
	case 0:
		return (u64)prandom_u32_state(&h->rnd) << 32 |
		       prandom_u32_state(&h->rnd);
	case 1:
		return virt_to_phys(area_page(h, RING_DESC));
	case 2:
		return end - below(&h->rnd, 64);
	case 3:
		return a->phys - below(&h->rnd, 64);
	default:
		return a->phys + below(&h->rnd, ARENA_PAGES * PAGE_SIZE);
	}
}

static u32 random_length(struct hostile *h)
{
	switch (below(&h->rnd, 16)) {
	case 0:
		return prandom_u32_state(&h->rnd);
	case 1:
		return below(&h->rnd, 3);
	case 2:
		return below(&h->rnd, 2 * ARENA_PAGES * PAGE_SIZE);
	default:
		return (1 + below(&h->rnd, 64)) * sizeof(struct wire);
	}
}

/* Mostly known bits; the ones that say whose a packed descriptor is survive. */
static u16 random_flags(struct hostile *h, u16 old)
{
	if (one_in(&h->rnd, 16))
		return prandom_u32_state(&h->rnd);
	return below(&h->rnd, 8) | (old & KEPT_FLAGS);
}

static void overwrite_descriptor(struct hostile *h, struct wire *d)
{
	u16 small = below(&h->rnd, rig_is_packed(h->rig) ? PACKED_NUM : SPLIT_NUM);

	d->addr = cpu_to_le64(random_address(h));
	d->len = cpu_to_le32(random_length(h));
	if (rig_is_packed(h->rig)) {
		d->flags_or_id = cpu_to_le16(small);
		d->next_or_flags = cpu_to_le16(random_flags(h, le16_to_cpu(d->next_or_flags)));
	} else {
		d->flags_or_id = cpu_to_le16(random_flags(h, 0));
		d->next_or_flags = cpu_to_le16(small);
	}
}

static void overwrite_bytes(struct hostile *h, u8 *at, u32 size)
{
	u32 len = 1 + below(&h->rnd, 8);
	u32 off = below(&h->rnd, size - len);

	prandom_bytes_state(&h->rnd, at + off, len);
}

/* Say that more is available than the driver code said, or less. */
static void overwrite_index(struct hostile *h)
{
	__le16 *idx = (__le16 *)(uintptr_t)h->rig->config.area[RING_DRIVER] + 1;

	*idx = cpu_to_le16(le16_to_cpu(*idx) + below(&h->rnd, 8));
	if (one_in(&h->rnd, 16))
		*idx = cpu_to_le16(prandom_u32_state(&h->rnd));
}

static void overwrite_something(struct hostile *h)
{
	const u64 *area = h->rig->config.area;
	struct wire *desc = (struct wire *)(uintptr_t)area[RING_DESC];
	u32 num = h->rig->config.num;

	switch (below(&h->rnd, 8)) {
	case 0:
		overwrite_bytes(h, (u8 *)desc, num * sizeof(*desc));
		break;
	case 1:
		overwrite_bytes(h, (u8 *)(uintptr_t)area[RING_DRIVER] +
				(rig_is_packed(h->rig) ? 0 : 4), 16);
		break;
	case 2:
		if (!rig_is_packed(h->rig))
			overwrite_index(h);
		break;
	default:
		overwrite_descriptor(h, &desc[below(&h->rnd, num)]);
	}
}

/* Indirect tables are found in the buffers. */
static void overwrite_buffers(struct hostile *h)
{
	struct arena *a = h->rig->arena;
	struct wire *d = (void *)(a->base + below(&h->rnd, ARENA_PAGES) * PAGE_SIZE);

	for (u32 i = 0; i < PAGE_SIZE / sizeof(*d); i++)
		overwrite_descriptor(h, &d[i]);
}

/* ---- the device ------------------------------------------------------- */

static void touch_chain(struct hostile *h, const struct ring_chain *c)
{
	struct rig *rig = h->rig;

	for (u32 i = 0; i < c->n_read + c->n_write; i++) {
		const struct ring_seg *s = &rig->seg[c->seg + i];

		if (!arena_holds(rig->arena, s->base, s->len)) {
			h->wrong = "a segment is in no region";
			return;
		}
		if (i >= c->n_read)
			memset((void *)s->base, 0x5a, s->len);
	}
}

static enum ring_result take_all(struct hostile *h)
{
	struct rig *rig = h->rig;
	struct ring_batch *b = &rig->batch;
	enum ring_result rc;

	b->n_chains = 0;
	b->n_segs = 0;
	b->max_chains = 1 + below(&h->rnd, BATCH_CHAINS);
	rc = ring_pop(&rig->ring, &rig->space, b);
	for (u32 i = 0; i < b->n_chains; i++) {
		const struct ring_chain *c = &b->chain[i];

		touch_chain(h, c);
		rig->held[i] = ring_done(c, below(&h->rnd, 4096));
	}
	h->chains += b->n_chains;
	if (rc == RING_GOT)
		rc = ring_push(&rig->ring, &rig->space, rig->held, b->n_chains);
	return rc;
}

static enum ring_result serve(struct hostile *h)
{
	struct ring *ring = &h->rig->ring;
	const struct ring_space *space = &h->rig->space;
	enum ring_result rc = ring_disable_kicks(ring, space);

	if (rc != RING_BROKEN)
		rc = take_all(h);
	if (rc != RING_BROKEN)
		rc = ring_publish(ring, space);
	ring_call_needed(ring, space);
	if (rc != RING_BROKEN)
		rc = ring_enable_kicks(ring, space);
	if (rc == RING_AGAIN)
		h->wrong = "a miss without an IOTLB";
	return rc;
}

/* ---- what may have changed -------------------------------------------- */

static bool is_within(uintptr_t at, u64 start, u32 bytes)
{
	return at >= start && at - start < bytes;
}

static bool device_may_write(const struct rig *rig, uintptr_t at)
{
	const struct ring_config *c = &rig->config;

	if (rig_is_packed(rig))
		return is_within(at, c->area[RING_DESC], c->num * sizeof(struct wire)) ||
		       is_within(at, c->area[RING_DEVICE], 4);
	return is_within(at, c->area[RING_DEVICE], 6 + 8 * c->num);
}

static bool page_is_sound(const struct hostile *h, enum ring_area area)
{
	const u8 *now = area_page(h, area), *before = h->before[area];

	for (u32 i = 0; i < PAGE_SIZE; i++) {
		if (now[i] != before[i] &&
		    !device_may_write(h->rig, (uintptr_t)&now[i]))
			return false;
	}
	return true;
}

static void check_pages(struct hostile *h)
{
	for (int a = 0; a < RING_AREAS; a++) {
		if (!page_is_sound(h, a))
			h->wrong = "the engine wrote to what the driver owns";
	}
}

/* No verb touches a broken ring, and each says that it is. */
static void check_broken(struct hostile *h)
{
	enum ring_cause cause = ring_fault(&h->rig->ring)->cause;

	if (cause == RING_OK || cause >= RING_CAUSES) {
		h->wrong = "broken without a cause";
		return;
	}
	h->causes |= BIT_ULL(cause);
	save_pages(h, h->before);
	if (serve(h) != RING_BROKEN)
		h->wrong = "a broken ring went on";
	for (int a = 0; a < RING_AREAS; a++) {
		if (memcmp(area_page(h, a), h->before[a], PAGE_SIZE))
			h->wrong = "the engine wrote to a broken ring";
	}
}

/* ---- rounds ----------------------------------------------------------- */

static void attack(struct hostile *h)
{
	for (u32 i = 0; i < SERVES; i++) {
		for (u32 n = below(&h->rnd, 4); n; n--)
			overwrite_something(h);
		save_pages(h, h->before);
		if (serve(h) != RING_BROKEN) {
			check_pages(h);
			continue;
		}
		check_pages(h);
		check_broken(h);
		h->broken++;
		return;
	}
}

/* A ring that the driver code fills, to be overwritten, and one that lives. */
static void attack_new_ring(struct hostile *h, struct arena *a, u64 features,
			    u32 seed)
{
	h->rig = rig_create(a, features, 0, seed);
	if (!h->rig) {
		h->wrong = "no memory";
		return;
	}
	/* the driver code keeps its tables elsewhere; these are ours */
	if (!one_in(&h->rnd, 4))
		h->rig->config.flags |= RING_F_INDIRECT;
	h->rig->requests = SLOTS;
	if (rig_start_ring(h->rig, ring_initial_base(h->rig->config.flags))) {
		driver_add(h->rig, SLOTS);
		save_pages(h, h->sane);
		overwrite_buffers(h);
		attack(h);
		restore_pages(h);
	}
	rig_destroy(h->rig);
}

static void run_rounds(struct hostile *h, struct arena *a, struct rig *healthy,
		       u32 rounds)
{
	for (u32 i = 0; i < rounds && !h->wrong; i++) {
		u64 event = one_in(&h->rnd, 2) ? BIT_ULL(VIRTIO_RING_F_EVENT_IDX) : 0;

		attack_new_ring(h, a, healthy->features | event, i);
		driver_run_one(healthy);
		if (healthy->failed)
			h->wrong = "a ring beside the hostile ones failed";
		cond_resched();
	}
}

void test_hostile(u64 format, u32 rounds, u32 seed)
{
	struct arena *a = arena_create(ARENA_ALONE);
	struct rig *healthy = a ? rig_create(a, format, 0, seed) : NULL;
	struct hostile *h = kvzalloc(sizeof(*h), GFP_KERNEL);

	if (!healthy || !h) {
		test_result(false, "hostile: no memory");
	} else {
		prandom_seed_state(&h->rnd, seed);
		if (!rig_start_ring(healthy, ring_initial_base(healthy->config.flags)))
			h->wrong = "the healthy ring does not start";
		run_rounds(h, a, healthy, rounds);
		test_result(!h->wrong && h->broken && h->chains,
			    "%s hostile: %u chains, %u of %u rings broken, %lu causes%s%s",
			    rig_is_packed(healthy) ? "packed" : "split", h->chains,
			    h->broken, rounds, hweight64(h->causes),
			    h->wrong ? ": " : "", h->wrong ?: "");
	}
	kvfree(h);
	rig_destroy(healthy);
	arena_destroy(a);
}
