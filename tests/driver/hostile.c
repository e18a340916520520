// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile driver: the table of attacks, and what they are written with. The
 * attacks themselves are in hostile_chain.c, hostile_table.c, hostile_split.c
 * and hostile_packed.c.
 *
 * Runs in one thread while the device rests, but for hostile_scribble(), which
 * may run beside it.
 */
#include "driver_priv.h"
#include "hostile_priv.h"

/* ---- writing chains --------------------------------------------------- */

uint32_t hostile_slot(const struct hostile *h, uint32_t k)
{
	const struct drv_ring *r = h->ring;

	if (r->packed)
		return (r->next_avail + k) % r->num;
	/* Idle, so every descriptor is free; in-order must go on in turn. */
	return ((r->in_order ? r->next_desc : 0) + k) & (r->num - 1);
}

/* Available on the lap in which the k-th descriptor lies. */
static uint16_t lap_bits(const struct hostile *h, uint32_t k)
{
	const struct drv_ring *r = h->ring;
	bool wrap = r->avail_wrap ^ (r->next_avail + k >= r->num);

	return wrap ? WIRE_AVAIL : WIRE_USED;
}

static struct wire_desc split_desc(const struct hostile *h,
				   const struct hostile_link *l, uint16_t next)
{
	bool swap = h->ring->swap;

	return (struct wire_desc){
		.addr = wire64(swap, l->addr),
		.len = wire32(swap, l->len),
		.flags = wire16(swap, l->flags),
		.next = wire16(swap, next),
	};
}

static struct wire_pdesc packed_desc(const struct hostile *h,
				     const struct hostile_link *l,
				     uint16_t flags)
{
	bool swap = h->ring->swap;

	return (struct wire_pdesc){
		.addr = wire64(swap, l->addr),
		.len = wire32(swap, l->len),
		.flags = wire16(swap, flags),
	};
}

static void place_split(struct hostile *h, const struct hostile_link *l,
			uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		uint32_t to = l[k].next ? l[k].next : k + 1;
		uint16_t next = l[k].flags & N ? hostile_slot(h, to) : 0;
		struct wire_desc d = split_desc(h, &l[k], next);

		wire_store_desc(&h->ring->desc[hostile_slot(h, k)], &d);
	}
}

/* The flags of the first descriptor stay as they were until hostile_show(). */
static void place_packed(struct hostile *h, const struct hostile_link *l,
			 uint32_t n)
{
	struct drv_ring *r = h->ring;

	for (uint32_t k = 0; k < n; k++) {
		struct wire_pdesc *to = &r->pdesc[hostile_slot(h, k)];
		struct wire_pdesc d = packed_desc(h, &l[k], l[k].flags |
							    lap_bits(h, k));

		if (!k) {
			r->deferred_flags = d.flags;
			d.flags = wire_load(&to->flags);
		}
		wire_store_desc(to, &d);
	}
}

void hostile_place(struct hostile *h, const struct hostile_link *l, uint32_t n)
{
	if (h->ring->packed)
		place_packed(h, l, n);
	else
		place_split(h, l, n);
}

void hostile_next(struct hostile *h, uint32_t k, uint16_t next)
{
	struct drv_ring *r = h->ring;

	wire_store(&r->desc[hostile_slot(h, k)].next, wire16(r->swap, next));
}

void hostile_flags(struct hostile *h, uint32_t k, uint16_t flags)
{
	struct drv_ring *r = h->ring;

	wire_store(&r->pdesc[hostile_slot(h, k)].flags, wire16(r->swap, flags));
}

void hostile_id(struct hostile *h, uint32_t k, uint16_t id)
{
	struct drv_ring *r = h->ring;

	wire_store(&r->pdesc[hostile_slot(h, k)].id, wire16(r->swap, id));
}

void hostile_avail(struct hostile *h, uint16_t head, uint16_t n)
{
	struct drv_ring *r = h->ring;

	for (uint16_t i = 0; i < n && i < r->num; i++) {
		uint16_t slot = (r->next_avail + i) & (r->num - 1);

		wire_store(&r->avail->ring[slot], wire16(r->swap, head));
	}
	wire_store_release(&r->avail->idx, wire16(r->swap, r->next_avail + n));
}

void hostile_show(struct hostile *h)
{
	struct drv_ring *r = h->ring;

	if (r->packed)
		wire_store_release(&r->pdesc[r->next_avail].flags,
				   r->deferred_flags);
	else
		hostile_avail(h, hostile_slot(h, 0), 1);
}

struct hostile_link hostile_table(struct hostile *h,
				  const struct hostile_link *l, uint32_t n)
{
	const struct drv_mem *tables = &h->ring->cfg.tables;
	char *table = tables->host;

	for (uint32_t k = 0; k < n; k++, table += WIRE_DESC_BYTES) {
		uint16_t next = l[k].next ? l[k].next : k + 1;
		struct wire_desc d = split_desc(h, &l[k],
						l[k].flags & N ? next : 0);
		struct wire_pdesc p = packed_desc(h, &l[k], l[k].flags & ~N);

		memcpy(table, h->ring->packed ? (void *)&p : (void *)&d,
		       WIRE_DESC_BYTES);
	}
	return (struct hostile_link){
		.addr = tables->addr,
		.len = n * WIRE_DESC_BYTES,
		.flags = I,
	};
}

void hostile_strike_links(struct hostile *h, const struct hostile_link *l,
			  uint32_t n)
{
	hostile_place(h, l, n);
	hostile_show(h);
}

void hostile_strike_table(struct hostile *h, const struct hostile_link *l,
			  uint32_t n)
{
	struct hostile_link outer = hostile_table(h, l, n);

	hostile_strike_links(h, &outer, 1);
}

/* ---- scribbling ------------------------------------------------------- */

static void scribble_byte(struct hostile *h, void *area, size_t bytes)
{
	uint8_t *at = (uint8_t *)area + drv_random(&h->seed) % bytes;
	uint32_t r = drv_random(&h->seed);

	if (r & 1)
		wire_store(at, wire_load(at) ^ (1u << ((r >> 1) & 7)));
	else
		wire_store(at, r >> 8);
}

void hostile_scribble(struct hostile *h, uint32_t writes)
{
	const struct drv_config *cfg = &h->ring->cfg;
	size_t good = h->good.size < 4096 ? h->good.size : 4096;

	h->seed |= 1;
	while (writes--) {
		uint32_t a = drv_random(&h->seed) % (DRV_AREAS + 1);

		if (a == DRV_AREAS)
			scribble_byte(h, h->good.host, good);
		else
			scribble_byte(h, cfg->area[a],
				      drv_area_bytes(cfg->format, cfg->num, a,
						     h->ring->event_idx));
	}
}

/* A ring full of chains that may look like anything. */
ATTACK(storm)
{
	const struct hostile_link l[] = {
		hostile_good(h, 64, R | N), hostile_good(h, 64, W | N),
		hostile_good(h, 16, W),
	};

	hostile_place(h, l, h->ring->num < 3 ? 1 : 3);
	hostile_scribble(h, 64);
	hostile_show(h);
}

/* ---- the table -------------------------------------------------------- */

enum {
	IND = DRV_F_INDIRECT,
	EVT = DRV_F_EVENT_IDX,
	LOOP_NUM = RING_MAX_SEGS / 2,	/* below, the ring's size ends a loop
					 * before the limit of segments does */
	LONG_NUM = RING_MAX_SEGS * 2,
	SEGS_BYTES = (RING_MAX_SEGS + 1) * WIRE_DESC_BYTES,
	TOTAL_BYTES = 8 << 20,		/* 2^32 in half the segments allowed */
};

#define NAME(x) hostile_##x, #x

const struct hostile_attack hostile_attacks[] = {
	/* lengths */
	{ NAME(zero_length), HOSTILE_BOTH, .cause = RING_BAD_LENGTH },
	{ NAME(zero_length_tail), HOSTILE_BOTH, .min_num = 2,
	  .cause = RING_BAD_LENGTH },
	{ NAME(zero_length_table), HOSTILE_BOTH, .needs = IND,
	  .cause = RING_BAD_LENGTH },
	{ NAME(total_direct), HOSTILE_BOTH, .min_num = 1024,
	  .min_good = TOTAL_BYTES, .cause = RING_BAD_TOTAL },
	{ NAME(total_table), HOSTILE_BOTH, .needs = IND, .min_good = TOTAL_BYTES,
	  .min_tables = SEGS_BYTES, .cause = RING_BAD_TOTAL },
	{ NAME(segs_direct), HOSTILE_BOTH, .min_num = LONG_NUM,
	  .cause = RING_BAD_SEGS },
	{ NAME(segs_table), HOSTILE_BOTH, .needs = IND, .min_tables = SEGS_BYTES,
	  .cause = RING_BAD_SEGS },

	/* addresses */
	{ NAME(address_outside), HOSTILE_BOTH, .cause = RING_BAD_ADDRESS },
	{ NAME(address_outside_tail), HOSTILE_BOTH, .min_num = 2,
	  .cause = RING_BAD_ADDRESS },
	{ NAME(address_over_edge), HOSTILE_BOTH, .cause = RING_BAD_ADDRESS },
	{ NAME(address_read_only), HOSTILE_BOTH, .cause = RING_BAD_ACCESS },
	{ NAME(address_write_only), HOSTILE_BOTH, .cause = RING_BAD_ACCESS },
	{ NAME(address_wraps), HOSTILE_BOTH, .cause = RING_BAD_WRAP },
	{ NAME(address_top), HOSTILE_BOTH, .cause = RING_BAD_ADDRESS },

	/* order */
	{ NAME(order), HOSTILE_BOTH, .min_num = 2, .cause = RING_BAD_ORDER },
	{ NAME(order_table), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_ORDER },
	{ NAME(order_mixed), HOSTILE_SPLIT, .needs = IND, .min_num = 2,
	  .cause = RING_BAD_ORDER },

	/* tables */
	{ NAME(table_rejected), HOSTILE_BOTH, .lacks = IND,
	  .cause = RING_BAD_INDIRECT },
	{ NAME(table_empty), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_TABLE_SIZE },
	{ NAME(table_short), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_TABLE_SIZE },
	{ NAME(table_odd), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_TABLE_SIZE },
	{ NAME(table_huge), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_TABLE_SIZE },
	{ NAME(table_with_next), HOSTILE_BOTH, .needs = IND, .min_num = 2,
	  .cause = RING_BAD_INDIRECT_NEXT },
	{ NAME(table_outside), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_ADDRESS },
	{ NAME(table_wraps), HOSTILE_BOTH, .needs = IND, .cause = RING_BAD_WRAP },
	{ NAME(table_nested), HOSTILE_SPLIT, .needs = IND, .cause = RING_BAD_INDIRECT },
	{ NAME(table_loop), HOSTILE_SPLIT, .needs = IND, .cause = RING_BAD_LOOP },
	{ NAME(table_self_loop), HOSTILE_SPLIT, .needs = IND, .cause = RING_BAD_LOOP },
	{ NAME(table_next_range), HOSTILE_SPLIT, .needs = IND, .cause = RING_BAD_NEXT },
	{ NAME(table_next_far), HOSTILE_SPLIT, .needs = IND, .cause = RING_BAD_NEXT },
	{ NAME(table_in_list), HOSTILE_PACKED, .needs = IND, .min_num = 2,
	  .cause = RING_BAD_INDIRECT },
	{ NAME(table_write_flag), HOSTILE_BOTH, .needs = IND, .cause = RING_OK,
	  .chains = 1 },
	{ NAME(table_odd_flags), HOSTILE_PACKED, .needs = IND, .cause = RING_OK,
	  .chains = 1 },

	/* split rings */
	{ NAME(avail_jump), HOSTILE_SPLIT, .cause = RING_BAD_AVAIL_IDX },
	{ NAME(avail_far), HOSTILE_SPLIT, .cause = RING_BAD_AVAIL_IDX },
	{ NAME(avail_back), HOSTILE_SPLIT, .cause = RING_BAD_AVAIL_IDX },
	{ NAME(avail_beyond_free), HOSTILE_SPLIT, HOSTILE_ONE_FREE,
	  .min_num = 2, .cause = RING_BAD_AVAIL_IDX },
	{ NAME(avail_when_full), HOSTILE_SPLIT, HOSTILE_FULL,
	  .cause = RING_BAD_AVAIL_IDX },
	{ NAME(head_range), HOSTILE_SPLIT, .cause = RING_BAD_HEAD },
	{ NAME(head_far), HOSTILE_SPLIT, .cause = RING_BAD_HEAD },
	{ NAME(next_range), HOSTILE_SPLIT, .min_num = 2,
	  .cause = RING_BAD_NEXT },
	{ NAME(next_far), HOSTILE_SPLIT, .min_num = 2, .cause = RING_BAD_NEXT },
	{ NAME(loop), HOSTILE_SPLIT, .min_num = 2, .max_num = LOOP_NUM,
	  .cause = RING_BAD_LOOP },
	{ NAME(self_loop), HOSTILE_SPLIT, .max_num = LOOP_NUM,
	  .cause = RING_BAD_LOOP },
	{ hostile_loop, "loop_in_big_ring", HOSTILE_SPLIT,
	  .min_num = LONG_NUM, .cause = RING_BAD_SEGS },
	{ NAME(split_events), HOSTILE_SPLIT, .cause = RING_OK },
	{ NAME(split_used_area), HOSTILE_SPLIT, .cause = RING_OK },

	/* packed rings */
	{ NAME(list_of_whole_ring), HOSTILE_PACKED, .max_num = LOOP_NUM,
	  .cause = RING_BAD_LOOP },
	{ NAME(list_into_in_flight), HOSTILE_PACKED, HOSTILE_ONE_FREE,
	  .min_num = 2, .cause = RING_BAD_LOOP },
	{ NAME(head_when_full), HOSTILE_PACKED, HOSTILE_FULL,
	  .cause = RING_OK },
	{ NAME(list_other_lap), HOSTILE_PACKED, .min_num = 2,
	  .cause = RING_BAD_FLAGS },
	{ NAME(list_used), HOSTILE_PACKED, .min_num = 2,
	  .cause = RING_BAD_FLAGS },
	{ NAME(list_never), HOSTILE_PACKED, .min_num = 2,
	  .cause = RING_BAD_FLAGS },
	{ NAME(list_stale_tail), HOSTILE_PACKED, .min_num = 4,
	  .cause = RING_BAD_FLAGS },
	{ NAME(head_other_lap), HOSTILE_PACKED, .cause = RING_OK },
	{ NAME(head_used), HOSTILE_PACKED, .cause = RING_OK },
	{ NAME(id_range), HOSTILE_PACKED, .cause = RING_BAD_ID },
	{ NAME(id_far), HOSTILE_PACKED, .cause = RING_BAD_ID },
	{ NAME(id_range_list), HOSTILE_PACKED, .min_num = 3,
	  .cause = RING_BAD_ID },
	{ NAME(id_early), HOSTILE_PACKED, .min_num = 3, .cause = RING_OK,
	  .chains = 1 },
	{ NAME(packed_events), HOSTILE_PACKED, .cause = RING_OK },
	{ NAME(packed_reserved_event), HOSTILE_PACKED, .cause = RING_OK },
	{ NAME(packed_device_area), HOSTILE_PACKED, .cause = RING_OK },

	/* anything */
	{ NAME(storm), HOSTILE_BOTH, .cause = HOSTILE_ANY },
};

const uint32_t hostile_count =
	sizeof(hostile_attacks) / sizeof(hostile_attacks[0]);

static bool state_fits(const struct drv_ring *r, enum hostile_state state)
{
	if (r->unpublished)
		return false;
	switch (state) {
	case HOSTILE_IDLE:
		return !r->in_flight;
	case HOSTILE_ONE_FREE:
		return r->in_flight == r->num - 1u && r->free_slots == 1;
	default:
		return r->in_flight == r->num;
	}
}

static bool ring_fits(const struct drv_ring *r, const struct hostile_attack *a)
{
	uint32_t features = r->cfg.features;

	if (!(a->formats & (1u << r->cfg.format)))
		return false;
	if ((features & a->needs) != a->needs || (features & a->lacks))
		return false;
	return r->num >= a->min_num && (!a->max_num || r->num <= a->max_num);
}

static bool memory_fits(const struct hostile *h, const struct hostile_attack *a)
{
	const struct drv_config *cfg = &h->ring->cfg;

	if (a->strike == hostile_address_over_edge)
		return h->edge;
	if (a->strike == hostile_address_read_only)
		return h->read_only;
	if (a->strike == hostile_address_write_only)
		return h->write_only;
	if ((a->needs & IND) && (!h->ring->n_tables || cfg->table_len < 4))
		return false;
	return h->good.size >= (a->min_good ? a->min_good : 256) &&
	       cfg->tables.size >= a->min_tables;
}

bool hostile_fits(const struct hostile *h, const struct hostile_attack *a)
{
	return ring_fits(h->ring, a) && state_fits(h->ring, a->state) &&
	       memory_fits(h, a);
}

const struct hostile_attack *hostile_find(const char *name)
{
	for (uint32_t i = 0; i < hostile_count; i++)
		if (!strcmp(hostile_attacks[i].name, name))
			return &hostile_attacks[i];
	return NULL;
}
