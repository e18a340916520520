// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: one ring, any sequence of calls, any driver. This file
 * turns an input into a configuration and commands; ring_fuzz.h says which file
 * has which command.
 *
 * An input is a configuration (3 bytes, see configure()) and then commands:
 * a byte that names one (its low 5 bits; see command[]), with 3 bits of its
 * own, and its arguments. What is missing at the end reads as zero. An honest
 * driver works on the same ring (tests/driver); other commands write to its
 * memory behind its back, move the address space, fail accesses, or change
 * memory between two accesses of the engine.
 *
 * What must hold:
 *  - each access is inside the areas, the mappings and the log (ring_world.c);
 *  - what a verb says fits the ring's state, and a broken or stopped ring is
 *    not touched any more;
 *  - chains are whole, translated right, and no more than the ring has;
 *  - a verb's accesses stay below a bound linear in what it was asked for;
 *  - as long as driver and owner were honest: nothing breaks, every buffer
 *    comes back, and a side that enabled notifications gets one.
 */
#include "ring_fuzz.h"

enum {
	MAX_COMMANDS = 200,
	TABLE_LEN = 16,
};

static void (*const command[32])(struct world *w, u8 arg) = {
	cmd_drain,			/* 0 */
	cmd_add,			/* shape, length, 8 places */
	cmd_publish_avail,
	cmd_get_used,
	cmd_enable_calls,		/* 4 */
	cmd_pop,			/* chains, segments */
	cmd_unpop,
	cmd_push,			/* order, bytes written */
	cmd_publish,			/* 8 */
	cmd_call,
	cmd_enable_kicks,
	cmd_disable_kicks,
	cmd_peek,			/* 12 */
	cmd_log_written,		/* bytes */
	cmd_log_flush,			/* or address, length, how */
	cmd_save_restore,
	cmd_start_anywhere,		/* 16: base */
	cmd_reset,
	cmd_setup_anything,		/* addresses, size, flags */
	cmd_poke,			/* place, value */
	cmd_poke_area,			/* 20: place, value */
	cmd_desc,			/* slot, next or id, address, length */
	cmd_table_desc,			/* the same */
	cmd_make_avail,			/* heads, or a step of the index */
	cmd_flip,			/* 24: when, place, value */
	cmd_chaos,
	cmd_fail,			/* when */
	cmd_map_missed,
	cmd_map_honest,			/* 28: address */
	cmd_map_any,			/* address, place, size, permission */
	cmd_unmap,			/* address, size */
	cmd_new_memory,			/* regions */
};

/* Two commands for which five bits had no number left. */
static void cmd_escape(struct world *w, u8 arg)
{
	if (arg & 4)
		cmd_log(w, arg);
	else
		cmd_translation(w, arg);
}

static const u16 split_num[] = { 1, 2, 4, 8, 16, 32, 64, 256 };
static const u16 packed_num[] = { 1, 2, 3, 5, 8, 33, 100, 255 };

static void set_up_driver(struct world *w, u8 features, u8 how, u8 size)
{
	struct drv_config *c = &(struct drv_config){
		.format = features & 1 ? DRV_PACKED : DRV_SPLIT,
		.num = (features & 1 ? packed_num : split_num)[size % 8],
		.features = features >> 1 & 7,
		.table_len = TABLE_LEN,
	};

	if (how & 16 && !(features & 1))
		c->features |= DRV_F_BIG_ENDIAN;
	drv_layout(c, w->guest, 64);
	c->tables = (struct drv_mem){
		.host = w->guest + WORLD_TABLES,
		.size = WORLD_CHUNK,
		.addr = world_iova(w, WORLD_TABLES),
	};
	REQUIRE(drv_init(&w->drv, c));
	drv_set_whims(&w->drv, size >> 3 & 7, 1 + size);
}

/*
 * First byte: packed, features, and how much is mapped. Second: the address
 * space and the log. Third: size and the driver's whims.
 */
static void configure(struct world *w)
{
	u8 features = take8(w), how = take8(w), size = take8(w);
	struct ring_config *c = &w->config;

	c->flags = (features & 1 ? RING_F_PACKED : 0) |
		   (features & 2 ? RING_F_INDIRECT : 0) |
		   (features & 4 ? RING_F_EVENT_IDX : 0) |
		   (features & 8 ? RING_F_IN_ORDER : 0) |
		   (features & 16 ? RING_F_NOTIFY_ON_EMPTY : 0) |
		   (how & 1 ? RING_F_IOVA : 0) | (how & 2 ? RING_F_LOG : 0) |
		   (how & 16 && !(features & 1) ? RING_F_BIG_ENDIAN : 0);
	w->shuffled = how & 8;
	world_default_memory(w);
	w->space.tlb = how & 1 ? &w->tlb : NULL;
	w->space.log = how & 4 ? &w->dirty : NULL;
	set_up_driver(w, features, how, size);
	c->num = w->drv.num;
	for (u32 a = 0; a < RING_AREAS; a++) {
		u32 offset = (u8 *)w->drv.cfg.area[a] - w->guest;

		c->area[a] = how & 1 ? world_iova(w, offset) :
				       (uintptr_t)w->drv.cfg.area[a];
	}
	c->log_desc = world_addr(w, (u8 *)w->drv.cfg.area[0] - w->guest);
	c->log_device = world_addr(w, (u8 *)w->drv.cfg.area[2] - w->guest);
	for (u32 i = 0; how & 1 && !(features & 32) && i < WORLD_CHUNKS; i++)
		world_map(w, world_iova(w, i * WORLD_CHUNK), WORLD_CHUNK,
			  RING_RW);
	REQUIRE(ring_setup(&w->ring, c) == RING_OK);
	dev_start(w, ring_initial_base(c->flags));
	w->known = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	world_begin(&w, data, size);
	dev_empty_batch();
	configure(&w);
	for (u32 i = 0; i < MAX_COMMANDS && w.in.left; i++) {
		u8 op = take8(&w);

		if (op == 0xe0)
			cmd_escape(&w, take8(&w) % 8);
		else
			command[op % 32](&w, op >> 5);
	}
	cmd_drain(&w, 0);
	world_end(&w);
	return 0;
}
