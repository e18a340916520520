// SPDX-License-Identifier: GPL-2.0-only
/* A ring to measure; see rig.h. */
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

#define GUEST_BASE 0x40000000ull

enum { PAGE = 4096 };

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-ring: %s\n", what);
	exit(1);
}

static size_t page_up(size_t n)
{
	return (n + PAGE - 1) / PAGE * PAGE;
}

/* Guest memory: ring | tables | buffers. */
static void make_memory(struct rig *g, struct drv_config *dc)
{
	size_t ring = page_up(drv_layout(dc, (void *)PAGE, PAGE));
	size_t tables = page_up(drv_tables_bytes(RIG_DESCS, RIG_NUM));
	size_t size = ring + tables + RIG_BUFFERS + RIG_PAYLOAD;
	uint8_t *host = aligned_alloc(PAGE, page_up(size));

	need(host, "out of memory");
	memset(host, 1, size);
	g->mem = (struct drv_mem){ host, page_up(size), GUEST_BASE };
	drv_layout(dc, host, PAGE);
	dc->tables = (struct drv_mem){ host + ring, tables, GUEST_BASE + ring };
	g->src[0] = host + ring + tables;
}

/* Chains lie one behind the other and share the memory when it is short. */
static void place_buffers(struct rig *g)
{
	const struct rig_shape *s = &g->shape;
	uint32_t bytes = s->payload ? s->payload : RIG_NO_PAYLOAD;
	size_t stride = (bytes + 63) / 64 * 64;
	uint8_t *first = g->src[0];

	for (uint32_t c = 0; c < g->chains; c++) {
		uint8_t *at = first + c * stride % RIG_BUFFERS;

		for (uint32_t d = 0; d < s->descs; d++) {
			uint32_t i = c * s->descs + d, len = bytes / s->descs;

			g->src[i] = at + d * len;
			g->buf[i] = (struct drv_buf){
				drv_addr(&g->mem, g->src[i]), len
			};
		}
	}
}

static void make_space(struct rig *g)
{
	struct ring_region all = {
		g->mem.addr, g->mem.size, (uintptr_t)g->mem.host
	};

	g->tab_memory = malloc(ring_memtab_bytes(1));
	need(g->tab_memory, "out of memory");
	need(!ring_memtab_build(&g->tab, g->tab_memory, &all, 1, 1),
	     "memory table rejected");
	g->space.mem = &g->tab;
}

static void make_devices(struct rig *g, const struct drv_config *dc)
{
	g->ring_cfg.num = RIG_NUM;
	g->ring_cfg.flags = RING_F_INDIRECT;
	if (dc->format == DRV_PACKED)
		g->ring_cfg.flags |= RING_F_PACKED;
	for (int a = 0; a < RING_AREAS; a++)
		g->ring_cfg.area[a] = (uintptr_t)dc->area[a];
	g->batch = (struct ring_batch){
		.chain = g->chain,
		.seg = g->seg,
		.max_segs = RIG_BATCH * RIG_DESCS,
	};
	naive_init(&g->naive, dc, &g->mem, 1);
}

struct rig *rig_new(const struct rig_shape *shape)
{
	struct rig *g = calloc(1, sizeof(*g));
	struct drv_config dc = {
		.format = shape->format,
		.num = RIG_NUM,
		.features = DRV_F_INDIRECT,
		.table_len = RIG_DESCS,
	};

	need(g, "out of memory");
	g->shape = *shape;
	g->chains = shape->indirect ? RIG_NUM : RIG_NUM / shape->descs;
	g->round = shape->payload > PAGE ? RIG_BIG_ROUND : g->chains;
	g->sink = aligned_alloc(PAGE, RIG_PAYLOAD);
	need(g->sink, "out of memory");
	make_memory(g, &dc);
	need(drv_init(&g->drv, &dc), "driver rejected");
	place_buffers(g);
	make_space(g);
	make_devices(g, &dc);
	rig_restart(g);
	return g;
}

void rig_free(struct rig *g)
{
	drv_exit(&g->drv);
	free(g->tab_memory);
	free(g->mem.host);
	free(g->sink);
	free(g);
}

void rig_restart(struct rig *g)
{
	u32 base = ring_initial_base(g->ring_cfg.flags);

	drv_restart(&g->drv, 0, true);
	naive_restart(&g->naive, 0, true);
	g->next = 0;
	need(!ring_setup(&g->ring, &g->ring_cfg), "ring rejected");
	need(ring_start(&g->ring, &g->space, base) == RING_GOT,
	     "ring does not start");
}

uint32_t rig_add(struct rig *g, uint32_t n)
{
	struct drv_chain c = {
		.n_read = g->shape.descs,
		.n_table = g->shape.indirect ? g->shape.descs : 0,
	};
	uint32_t i;

	for (i = 0; i < n; i++) {
		c.buf = &g->buf[g->next * g->shape.descs];
		if (drv_add(&g->drv, &c) != DRV_GOT)
			break;
		if (++g->next == g->chains)
			g->next = 0;
	}
	drv_publish(&g->drv);
	return i;
}

uint32_t rig_reap(struct rig *g)
{
	struct drv_used used;
	uint32_t n = 0;

	while (drv_get_used(&g->drv, &used) == DRV_GOT)
		n++;
	need(!g->drv.fault, "the device broke a rule");
	return n;
}
