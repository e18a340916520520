// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver side of a virtqueue: set-up, and what both formats share. The
 * formats themselves are in split.c and packed.c.
 *
 * Runs in the one thread that owns the ring. No barriers here.
 */
#include <stdlib.h>
#include <string.h>

#include "driver_priv.h"

enum {
	MAX_NUM = 32768,
	TABLE_SLACK = WIRE_DESC_BYTES,	/* room to misplace a table by */
};

size_t drv_area_bytes(enum drv_format format, uint32_t num, enum drv_area area,
		      bool event_idx)
{
	size_t event = event_idx ? sizeof(uint16_t) : 0;

	if (area == DRV_DESC)
		return (size_t)num * WIRE_DESC_BYTES;
	if (format == DRV_PACKED)
		return sizeof(struct wire_event);
	if (area == DRV_DRIVER)
		return sizeof(struct wire_avail) + num * sizeof(uint16_t) +
		       event;
	return sizeof(struct wire_used) + num * sizeof(struct wire_used_elem) +
	       event;
}

size_t drv_area_align(enum drv_format format, enum drv_area area)
{
	if (area == DRV_DESC)
		return 16;
	return format == DRV_SPLIT && area == DRV_DRIVER ? 2 : 4;
}

static uintptr_t round_up(uintptr_t at, size_t align)
{
	return (at + align - 1) & ~((uintptr_t)align - 1);
}

size_t drv_layout(struct drv_config *cfg, void *base, size_t align)
{
	bool event_idx = cfg->features & DRV_F_EVENT_IDX;
	uintptr_t at = (uintptr_t)base;

	for (int a = 0; a < DRV_AREAS; a++) {
		at = round_up(at, a == DRV_DEVICE ? align :
					drv_area_align(cfg->format, a));
		cfg->area[a] = (void *)at;
		at += drv_area_bytes(cfg->format, cfg->num, a, event_idx);
	}
	return at - (uintptr_t)base;
}

static size_t table_stride(uint32_t table_len)
{
	return (size_t)table_len * WIRE_DESC_BYTES + TABLE_SLACK;
}

size_t drv_tables_bytes(uint32_t table_len, uint32_t count)
{
	return table_stride(table_len) * count;
}

static bool config_possible(const struct drv_config *cfg)
{
	bool packed = cfg->format == DRV_PACKED;

	if (!cfg->num || cfg->num > MAX_NUM)
		return false;
	if (!packed && (cfg->num & (cfg->num - 1)))
		return false;
	return !packed || !(cfg->features & DRV_F_BIG_ENDIAN);
}

void drv_move(struct drv_ring *r, void *const area[DRV_AREAS])
{
	memmove(r->cfg.area, area, sizeof(r->cfg.area));
	if (r->packed) {
		r->pdesc = area[DRV_DESC];
		r->driver_event = area[DRV_DRIVER];
		r->device_event = area[DRV_DEVICE];
	} else {
		r->desc = area[DRV_DESC];
		r->avail = area[DRV_DRIVER];
		r->used = area[DRV_DEVICE];
	}
}

static bool allocate(struct drv_ring *r)
{
	size_t n = r->num;

	r->state = calloc(n, sizeof(*r->state));
	r->chained = calloc(n, sizeof(*r->chained));
	r->free = calloc(n, sizeof(*r->free));
	r->order = calloc(n, sizeof(*r->order));
	r->free_table = calloc(r->n_tables + 1, sizeof(*r->free_table));
	return r->state && r->chained && r->free && r->order && r->free_table;
}

bool drv_init(struct drv_ring *r, const struct drv_config *cfg)
{
	*r = (struct drv_ring){ .cfg = *cfg, .random = drv_seed(0) };
	if (!config_possible(cfg))
		return false;
	r->num = cfg->num;
	r->packed = cfg->format == DRV_PACKED;
	r->swap = wire_swapped(cfg->features & DRV_F_BIG_ENDIAN);
	r->in_order = cfg->features & DRV_F_IN_ORDER;
	r->event_idx = cfg->features & DRV_F_EVENT_IDX;
	if ((cfg->features & DRV_F_INDIRECT) && cfg->table_len)
		r->n_tables = cfg->tables.size / table_stride(cfg->table_len);
	drv_move(r, r->cfg.area);
	if (!allocate(r)) {
		drv_exit(r);
		return false;
	}
	drv_restart(r, 0, true);
	return true;
}

void drv_exit(struct drv_ring *r)
{
	free(r->state);
	free(r->chained);
	free(r->free);
	free(r->order);
	free(r->free_table);
	*r = (struct drv_ring){ 0 };
}

/* Everything free; the lowest comes out of each stack first. */
static void free_everything(struct drv_ring *r)
{
	memset(r->state, 0, r->num * sizeof(*r->state));
	r->n_free = r->num;
	r->free_slots = r->num;
	for (uint32_t i = 0; i < r->num; i++)
		r->free[i] = r->num - 1 - i;
	r->n_free_tables = r->n_tables;
	for (uint32_t i = 0; i < r->n_tables; i++)
		r->free_table[i] = r->n_tables - 1 - i;
}

void drv_restart(struct drv_ring *r, uint16_t pos, bool wrap)
{
	for (int a = 0; a < DRV_AREAS; a++)
		memset(r->cfg.area[a], 0,
		       drv_area_bytes(r->cfg.format, r->num, a, r->event_idx));
	free_everything(r);
	r->next_avail = pos;
	r->next_used = pos;
	r->used_seen = pos;
	r->in_flight = 0;
	r->unpublished = 0;
	r->held_slots = 0;
	r->unasked = 0;
	r->fault = DRV_OK;
	r->batch = false;
	r->order_first = 0;
	r->order_next = 0;
	r->next_desc = 0;
	if (r->packed)
		drv_packed_restart(r, pos, wrap);
	else
		drv_split_restart(r, pos);
}

void drv_set_whims(struct drv_ring *r, uint32_t whims, uint64_t seed)
{
	r->whims = whims;
	r->random = drv_seed(seed);
}

struct drv_table drv_table_take(struct drv_ring *r)
{
	if (r->whims & DRV_RANDOM_FREE)
		drv_shuffle_top(r, r->free_table, r->n_free_tables);

	uint32_t index = r->free_table[--r->n_free_tables];
	size_t at = index * table_stride(r->cfg.table_len);

	if (r->whims & DRV_ODD_TABLES)
		at += drv_random(&r->random) % TABLE_SLACK;
	return (struct drv_table){
		.addr = r->cfg.tables.addr + at,
		.host = (char *)r->cfg.tables.host + at,
		.index = index,
	};
}

/* Rules for tables: 2.7.5.3 and 2.8.19. */
static bool table_allowed(const struct drv_ring *r, const struct drv_chain *c,
			  uint32_t n)
{
	if (!r->n_tables || c->n_table > r->cfg.table_len || c->n_table > n)
		return false;
	return !r->packed || c->n_table == n;
}

enum drv_result drv_add(struct drv_ring *r, const struct drv_chain *c)
{
	uint32_t n = c->n_read + c->n_write;
	uint32_t slots = n;

	if (c->n_table) {
		if (!table_allowed(r, c, n))
			return DRV_REJECTED;
		slots -= c->n_table - 1;
	}
	if (!n || slots > r->num)
		return DRV_REJECTED;
	if (slots > r->free_slots || (c->n_table && !r->n_free_tables))
		return DRV_FULL;
	if (r->packed)
		drv_packed_put(r, c, slots);
	else
		drv_split_put(r, c, slots);
	return DRV_GOT;
}

void drv_publish(struct drv_ring *r)
{
	if (!r->unpublished)
		return;
	if (r->packed)
		drv_packed_publish(r);
	else
		drv_split_publish(r);
	r->unpublished = 0;
}

bool drv_kick_needed(struct drv_ring *r)
{
	if (!r->unasked)
		return false;

	bool kick = r->packed ? drv_packed_kick(r) : drv_split_kick(r);

	r->unasked = 0;
	return kick;
}

enum drv_result drv_get_used(struct drv_ring *r, struct drv_used *u)
{
	if (r->fault)
		return DRV_BROKEN;
	return r->packed ? drv_packed_get(r, u) : drv_split_get(r, u);
}

bool drv_used_pending(struct drv_ring *r)
{
	if (r->batch || r->fault)
		return true;
	return r->packed ? drv_packed_pending(r) : drv_split_pending(r);
}

bool drv_enable_calls_after(struct drv_ring *r, uint16_t ahead)
{
	if (r->packed)
		drv_packed_enable_calls(r, ahead);
	else
		drv_split_enable_calls(r, ahead);
	/*
	 * DRV-6: our suppression (above) before the look at what is used
	 * (below). Pairs with the device's fence between publishing used
	 * entries and reading our suppression: one of us sees the other.
	 */
	wire_fence();
	return drv_used_pending(r);
}

bool drv_enable_calls(struct drv_ring *r)
{
	return drv_enable_calls_after(r, 0);
}

void drv_disable_calls(struct drv_ring *r)
{
	if (r->packed)
		drv_packed_disable_calls(r);
	else
		drv_split_disable_calls(r);
}
