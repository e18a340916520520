/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world of ring_fuzz.c: 64 KiB of guest memory that one process uses again
 * for each input, the address spaces over it, the attacks on it, and the checks
 * of every access of the engine. It calls no verb of the engine.
 */
#ifndef RINGSIDE_TESTS_RING_WORLD_H
#define RINGSIDE_TESTS_RING_WORLD_H

#define RING_MEM arena
#include "ring.h"
#include "arena/arena.h"
#include "driver/driver.h"
#include "driver/driver_priv.h"
#include "unit/iotlb_model.h"

enum {
	WORLD_CHUNK = 16 << 10,		/* the default regions */
	WORLD_CHUNKS = 4,
	WORLD_GUEST = WORLD_CHUNK * WORLD_CHUNKS,
	WORLD_TABLES = WORLD_CHUNK,	/* offset of the indirect tables */
	WORLD_PAYLOAD = 2 * WORLD_CHUNK,
	WORLD_LOG = 64,			/* bytes of the dirty log */
	WORLD_REGIONS = 8,
	WORLD_IOTLB = 16,
	WORLD_FLIPS = 4,
	WORLD_INFLIGHT = 256,
};

#define WORLD_GPA 0x10000ull		/* of the first chunk */
#define WORLD_IOVA 0x7f0000000000ull	/* IOVA - guest-physical address */

struct input {
	const u8 *byte;
	size_t left;
};

/* Before the access that comes after "wait" others, 16 bits change. */
struct flip {
	u64 wait;	/* accesses of the arena; 0: no flip */
	u16 at;
	u16 value;
};

struct world {
	struct input in;

	/* set once a process */
	struct arena arena;
	u8 *guest, *log;

	/* the address spaces, and what they are known to hold */
	struct ring_space space;
	struct ring_memtab mem;
	struct ring_iotlb tlb;
	struct ring_log dirty;
	struct model_iotlb shadow;
	struct ring_region region[WORLD_REGIONS];
	u32 regions;
	u32 spare;		/* which of two blocks the next table takes */
	u64 mem_gen;
	bool shuffled;		/* chunks are not in guest order */

	/* the two sides */
	struct drv_ring drv;
	struct ring ring;
	struct ring_config config;
	bool hostile;		/* only safety is promised from here on */
	bool starting;		/* in ring_start() */

	/* attacks under way */
	struct flip flip[WORLD_FLIPS];
	u64 chaos;		/* not 0: change what is read, at random */

	/* what the device holds */
	struct ring_chain chain[WORLD_INFLIGHT];	/* by order of popping */
	u32 chains;
	u32 newest;		/* so many at the end can be unpopped */
	bool known;		/* chain[] is all that is in flight */
	bool device_sleeps;	/* kicks enabled, and none came since */
	bool driver_sleeps;
};

#define REQUIRE(x) world_require((x), #x, __FILE__, __LINE__)

/** world_require() - abort, saying where, unless @holds */
void world_require(bool holds, const char *what, const char *file, int line);

/** world_begin() - take the world into use for one input */
void world_begin(struct world *w, const u8 *byte, size_t len);

/** world_end() - give back what the input took */
void world_end(struct world *w);

/** world_default_memory() - the memory table that honest drivers know */
void world_default_memory(struct world *w);

/** world_new_memory() - another memory table, if it is a possible one */
void world_new_memory(struct world *w);

/** world_addr() - the guest-physical address of an offset */
u64 world_addr(const struct world *w, u32 offset);

/** world_iova() - the address a driver writes for an offset */
u64 world_iova(const struct world *w, u32 offset);

/** world_map() - put the truth about @iova into the IOTLB, up to @size bytes
 * around it */
void world_map(struct world *w, u64 iova, u64 size, enum ring_access perm);

/** world_map_any() - put something into the IOTLB; leads into the guest */
void world_map_any(struct world *w);

/** world_unmap() - invalidate a range */
void world_unmap(struct world *w, u64 start, u64 last);

/** world_max_ranges() - regions or entries that a buffer can lie in, at most */
u32 world_max_ranges(const struct world *w);

/** world_check_seg() - is a segment what its address means now */
void world_check_seg(const struct world *w, const struct ring_seg *seg,
		     u64 addr, enum ring_access access);

/* What the input says next; zeros behind its end. */
u8 take8(struct world *w);
u16 take16(struct world *w);
u64 take64(struct world *w);

/** take_addr() - an address, most often one that something is at */
u64 take_addr(struct world *w);

#endif /* RINGSIDE_TESTS_RING_WORLD_H */
