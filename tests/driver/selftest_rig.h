/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rig of the driver's self-test: a driver, plain or lazy, a naive device,
 * memory in scattered regions between them, and random traffic that is checked
 * byte by byte. For selftest.c alone.
 */
#ifndef RINGSIDE_TESTS_SELFTEST_RIG_H
#define RINGSIDE_TESTS_SELFTEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "driver.h"
#include "lazy.h"
#include "naive.h"

enum {
	SLOT_BYTES = 256,	/* data of one chain */
	MAX_BUFS = 8,
	MAX_HELD = 16,		/* chains the device holds back */
	TABLE_LEN = MAX_BUFS,
	REGION_BYTES = 1000,		/* bytes of a region of data */
};

#define GUEST 0x123450000ull	/* where the device sees ring and tables */
#define DATA 0x7f0000010000ull	/* and the data, in one stretch of regions */

/* A driver, a device, and the memory between them. */
struct rig {
	struct drv_config cfg;
	struct drv_ring ring;
	struct naive_dev dev;
	struct lazy lazy;
	bool be_lazy;
	struct drv_mem *mem;	/* ring and tables, then regions of data */
	uint32_t regions;
	uint8_t *data;		/* num slots of SLOT_BYTES, the last region
				 * first */
	uint64_t random;

	/* driver: what each slot was sent for */
	struct sent {
		uint32_t seq, read_len, write_len;
		bool taken;
	} *sent;
	uint32_t added, back;
	bool driver_asleep, device_asleep;

	/* device: chains popped and not pushed */
	struct naive_chain *held;
	uint32_t n_held;
	uint32_t popped;
};

static uint32_t rnd(struct rig *g, uint32_t below)
{
	g->random = g->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(g->random >> 33) % below;
}

/* Neighbours in the device's eyes, but not in ours. */
static void map_memory(struct rig *g, void *rings, size_t bytes)
{
	g->mem = calloc(g->regions + 1, sizeof(*g->mem));
	g->data = malloc((size_t)g->regions * REGION_BYTES);
	assert_non_null(g->mem);
	assert_non_null(g->data);
	g->mem[0] = (struct drv_mem){ rings, bytes, GUEST };
	for (uint32_t i = 0; i < g->regions; i++)
		g->mem[1 + i] = (struct drv_mem){
			.host = g->data + (size_t)(g->regions - 1 - i) * REGION_BYTES,
			.size = REGION_BYTES,
			.addr = DATA + (uint64_t)i * REGION_BYTES,
		};
}

/* Where we find a byte of a slot's data. */
static uint8_t *byte_at(const struct rig *g, uint32_t slot, uint32_t i)
{
	size_t at = (size_t)slot * SLOT_BYTES + i;

	return (uint8_t *)g->mem[1 + at / REGION_BYTES].host + at % REGION_BYTES;
}

static void rig_open(struct rig *g, enum drv_format format, uint32_t num,
		     uint32_t features)
{
	*g = (struct rig){
		.cfg = { .format = format, .num = num, .features = features,
			 .table_len = TABLE_LEN },
		.random = num * 8191 + features,
		.regions = num * SLOT_BYTES / REGION_BYTES + 1,
	};

	size_t rings = drv_layout(&g->cfg, (void *)4096, 64);
	size_t tables = drv_tables_bytes(TABLE_LEN, num);
	size_t size = (rings + tables + 4095) & ~(size_t)4095;
	char *base = aligned_alloc(4096, size);

	assert_non_null(base);
	memset(base, 0xee, size);
	map_memory(g, base, rings + tables);
	drv_layout(&g->cfg, base, 64);
	g->cfg.tables = (struct drv_mem){ base + rings, tables, GUEST + rings };
	g->sent = calloc(num, sizeof(*g->sent));
	g->held = calloc(MAX_HELD, sizeof(*g->held));
	assert_true(drv_init(&g->ring, &g->cfg));
	naive_init(&g->dev, &g->cfg, g->mem, 1 + g->regions);
}

static void rig_close(struct rig *g)
{
	drv_exit(&g->ring);
	free(g->mem[0].host);
	free(g->mem);
	free(g->data);
	free(g->sent);
	free(g->held);
}

static void rig_restart(struct rig *g, uint16_t pos, bool wrap)
{
	drv_restart(&g->ring, pos, wrap);
	naive_restart(&g->dev, pos, wrap);
}

/* ---- the driver's half of the traffic --------------------------------- */

static uint8_t read_byte(uint32_t seq, uint32_t i)
{
	return seq * 31 + i * 7 + 1;
}

/* Cut the slot's bytes from a place on into n buffers; their total. */
static uint32_t cut(struct rig *g, uint32_t slot, uint32_t from,
		    struct drv_buf *buf, uint32_t n)
{
	uint64_t addr = DATA + (uint64_t)slot * SLOT_BYTES + from;
	uint32_t total = n + rnd(g, SLOT_BYTES / 2 - MAX_BUFS);

	if (!n)
		return 0;
	lazy_cut(&g->lazy, addr, total, buf, n);
	return total;
}

static uint32_t pick_table(struct rig *g, uint32_t n)
{
	if (!(g->cfg.features & DRV_F_INDIRECT) || !rnd(g, 3))
		return 0;
	if (g->cfg.format == DRV_PACKED || rnd(g, 2))
		return n;
	return 1 + rnd(g, n);
}

static uint32_t free_slot(const struct rig *g)
{
	uint32_t slot = 0;

	while (slot < g->cfg.num && g->sent[slot].taken)
		slot++;
	return slot;
}

static uint32_t most_bufs(const struct rig *g)
{
	/* A lazy one also makes chains longer than the ring, with tables. */
	if (g->cfg.num >= MAX_BUFS ||
	    (g->be_lazy && (g->cfg.features & DRV_F_INDIRECT)))
		return MAX_BUFS;
	return g->cfg.num;
}

static enum drv_result add_chain(struct rig *g, struct drv_chain *c)
{
	enum drv_result res;
	bool kick = false;

	if (!g->be_lazy) {
		c->n_table = pick_table(g, c->n_read + c->n_write);
		return drv_add(&g->ring, c);
	}
	res = lazy_add(&g->lazy, c, &kick);
	if (kick)
		g->device_asleep = false;
	return res;
}

/* Data comes first, as a lazy driver may publish at once. */
static struct sent fill_slot(struct rig *g, uint32_t slot,
			     const struct drv_chain *c, struct drv_buf *buf)
{
	struct sent s = { .seq = g->added, .taken = true };

	s.read_len = cut(g, slot, 0, buf, c->n_read);
	s.write_len = cut(g, slot, s.read_len, buf + c->n_read, c->n_write);
	for (uint32_t i = 0; i < s.read_len; i++)
		*byte_at(g, slot, i) = read_byte(s.seq, i);
	for (uint32_t i = 0; i < s.write_len; i++)
		*byte_at(g, slot, s.read_len + i) = 0xcc;
	return s;
}

/* Add a random chain under a free slot; false when the ring has no room. */
static bool rig_add(struct rig *g)
{
	struct drv_buf buf[MAX_BUFS];
	uint32_t n = 1 + rnd(g, most_bufs(g)), slot = free_slot(g);
	struct drv_chain c = { .buf = buf, .token = slot };

	if (slot == g->cfg.num)
		return false;
	c.n_read = rnd(g, n + 1);
	c.n_write = n - c.n_read;

	struct sent s = fill_slot(g, slot, &c, buf);
	enum drv_result res = add_chain(g, &c);

	/* All tables may be taken while the chain is too long without. */
	if (res == DRV_FULL || (res == DRV_REJECTED && n > g->cfg.num))
		return false;
	assert_int_equal(res, DRV_GOT);
	g->sent[slot] = s;
	g->added++;
	return true;
}

/* What the device writes: depends on what it has read. */
static uint8_t written_byte(uint32_t sum, uint32_t i)
{
	return sum + i * 3;
}

static void check_used(struct rig *g, const struct drv_used *u)
{
	struct sent *s = &g->sent[u->token];
	uint32_t sum = 0;

	assert_true(s->taken);
	assert_true(u->len <= s->write_len);
	for (uint32_t i = 0; i < s->read_len; i++)
		sum += read_byte(s->seq, i);
	for (uint32_t i = 0; i < u->len; i++)
		assert_int_equal(*byte_at(g, u->token, s->read_len + i),
				 written_byte(sum, i));
	for (uint32_t i = u->len; i < s->write_len; i++)
		assert_int_equal(*byte_at(g, u->token, s->read_len + i), 0xcc);
	if (g->cfg.features & DRV_F_IN_ORDER)
		assert_int_equal(s->seq, g->back);
	s->taken = false;
	g->back++;
}

static void rig_take(struct rig *g)
{
	struct drv_used u;

	while (drv_get_used(&g->ring, &u) == DRV_GOT)
		check_used(g, &u);
	assert_int_equal(g->ring.fault, DRV_OK);
}

static void lazy_turn(struct rig *g)
{
	struct drv_used u;
	bool kick = false;

	for (uint32_t n = rnd(g, 12); n && rig_add(g); n--)
		;
	if (g->driver_asleep) {
		/* Who sleeps on chains nobody sees sleeps for ever. */
		if (lazy_flush(&g->lazy))
			g->device_asleep = false;
		return;
	}
	while (lazy_get_used(&g->lazy, &u) == DRV_GOT)
		check_used(g, &u);
	assert_int_equal(g->ring.fault, DRV_OK);
	if (!rnd(g, 3))
		g->driver_asleep = lazy_sleep(&g->lazy, &kick);
	if (kick)
		g->device_asleep = false;
}

static void driver_turn(struct rig *g)
{
	if (g->be_lazy) {
		lazy_turn(g);
		return;
	}
	for (uint32_t n = rnd(g, 12); n && rig_add(g); n--)
		if (!rnd(g, 3) && drv_kick_prepare(&g->ring))
			g->device_asleep = false;
	if (drv_kick_prepare(&g->ring))
		g->device_asleep = false;
	if (g->driver_asleep)
		return;
	rig_take(g);
	if (rnd(g, 2))
		drv_disable_calls(&g->ring);
	else
		g->driver_asleep = !drv_enable_calls(&g->ring);
}

/* ---- the device's half ------------------------------------------------ */

static uint32_t chain_sum(const struct naive_chain *c)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < c->n_read; i++)
		for (uint32_t k = 0; k < c->seg[i].len; k++)
			sum += ((uint8_t *)c->seg[i].base)[k];
	return sum;
}

static void write_chain(const struct naive_chain *c, uint32_t len)
{
	const struct naive_seg *s = &c->seg[c->n_read];
	uint32_t sum = chain_sum(c);

	for (uint32_t i = 0, at = 0; i < len; i++, at++) {
		if (at == s->len) {
			s++;
			at = 0;
		}
		((uint8_t *)s->base)[at] = written_byte(sum, i);
	}
}

/* In-order: the first n held chains with one entry, the last one in part. */
static void push_oldest(struct rig *g, uint32_t n)
{
	const struct naive_chain *last = &g->held[n - 1];
	uint32_t len = rnd(g, last->write_len + 1), slots = 0;

	for (uint32_t i = 0; i + 1 < n; i++) {
		write_chain(&g->held[i], g->held[i].write_len);
		slots += g->held[i].slots;
	}
	write_chain(last, len);
	naive_push_batch(&g->dev, last, len, n, slots + last->slots);
	g->n_held -= n;
	memmove(g->held, g->held + n, g->n_held * sizeof(*g->held));
}

static void push_any(struct rig *g)
{
	struct naive_chain *c = &g->held[rnd(g, g->n_held)];
	uint32_t len = rnd(g, c->write_len + 1);

	write_chain(c, len);
	naive_push(&g->dev, c, len);
	*c = g->held[--g->n_held];
}

static void rig_push(struct rig *g)
{
	if (g->cfg.features & DRV_F_IN_ORDER)
		push_oldest(g, 1 + rnd(g, g->n_held));
	else
		push_any(g);
	if (rnd(g, 3) && naive_call_needed(&g->dev))
		g->driver_asleep = false;
}

static void device_turn(struct rig *g)
{
	uint32_t keep = rnd(g, 2) ? rnd(g, MAX_HELD) : 0;

	if (g->device_asleep)
		return;
	while (g->n_held < MAX_HELD &&
	       naive_pop(&g->dev, &g->held[g->n_held])) {
		g->n_held++;
		g->popped++;
	}
	while (g->n_held > keep)
		rig_push(g);
	if (naive_call_needed(&g->dev))
		g->driver_asleep = false;
	if (rnd(g, 2))
		naive_disable_kicks(&g->dev);
	else if (!g->n_held)
		g->device_asleep = !naive_enable_kicks(&g->dev);
}

static uint32_t progress(const struct rig *g)
{
	return g->added + g->popped + g->back + g->n_held;
}

/* Run for a while; a lost notification makes it stand still. */
static void rig_traffic(struct rig *g, uint32_t chains)
{
	uint32_t until = g->added + chains, still = 0;

	while (g->added < until) {
		uint32_t before = progress(g);

		for (int i = 0; i < 40; i++) {
			if (rnd(g, 2))
				driver_turn(g);
			else
				device_turn(g);
		}
		still = progress(g) == before ? still + 1 : 0;
		if (still > (g->be_lazy ? 1000 : 1))
			fail_msg("standstill at %u", g->added);
	}
}

/* Get every chain back, whatever sleeps. */
static void rig_drain(struct rig *g)
{
	drv_publish(&g->ring);
	while (g->back != g->added) {
		g->device_asleep = false;
		device_turn(g);
		rig_take(g);
	}
	g->driver_asleep = false;
	g->device_asleep = false;
	assert_int_equal(drv_in_flight(&g->ring), 0);
	assert_int_equal(drv_free_slots(&g->ring), g->cfg.num);
}

#endif /* RINGSIDE_TESTS_SELFTEST_RIG_H */
