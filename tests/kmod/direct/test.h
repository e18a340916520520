/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ringside_test_direct: rings that Linux's own virtio driver code (virtio_ring)
 * fills are served by the engine with the direct memory backend, within one
 * kernel. A driver thread and a device thread share a ring and sleep until
 * notified; the module's init runs all cases and fails when one does.
 *
 *	main.c		the cases, and the list of results in the log
 *	arena.c		memory for buffers, and the table that leads to it
 *	rig.c		one ring: the virtio device, its queue, the engine's end
 *	request.c	what a buffer holds before and after the device
 *	driver.c	the thread that adds buffers and checks what returns
 *	device.c	the thread that takes buffers, fills and completes them
 *	dirty.c		what the dirty log must and may hold
 *	hostile.c	a driver that overwrites its ring with random bytes
 */
#ifndef RINGSIDE_TEST_DIRECT_H
#define RINGSIDE_TEST_DIRECT_H

#undef pr_fmt	/* compat.h has brought one in */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <linux/wait.h>

#define RING_MEM direct
#include "ring.h"

enum {
	SLOTS = 32,			/* requests in flight at most */
	SLOT_BYTES = 4 * PAGE_SIZE,	/* room for the buffers of one */
	ARENA_PAGES = SLOTS * SLOT_BYTES / PAGE_SIZE,
	MAX_ENTRIES = 16,		/* scatterlist entries of a request */
	SPLIT_NUM = 64,
	PACKED_NUM = 50,		/* need not be a power of two */
	BATCH_CHAINS = 16,
	BATCH_SEGS = 256,
	TLB_ENTRIES = 64,		/* less than there are pages */
	STALL = 20 * HZ,		/* a notification that takes so long is lost */
};

/* ---- memory ----------------------------------------------------------- */

/*
 * Buffers lie in pages that follow each other in guest-physical memory, while
 * the device finds each page at a virtual address of its own, between guard
 * pages: an access beyond an end of a region faults.
 */
struct arena {
	u8 *base;			/* as the driver sees it */
	u64 phys;			/* "guest-physical" address of it */
	u8 *alias[ARENA_PAGES];		/* as the device sees its pages */
	struct ring_memtab tab;
	void *tab_memory;
};

/* What the memory table has besides the arena. */
enum arena_surroundings {
	ARENA_ALONE,			/* nothing */
	ARENA_IN_MEMORY,		/* all memory: tables of the driver */
};

struct arena *arena_create(enum arena_surroundings around);
void arena_destroy(struct arena *a);
/* Is [@base, @base + @len) within what the device may use of the arena? */
bool arena_holds(const struct arena *a, uintptr_t base, size_t len);
/* Where the device finds the page that @phys is in. */
u64 arena_device_page(const struct arena *a, u64 phys);

/* ---- requests --------------------------------------------------------- */

/* A buffer chain that the driver adds: first what is read, then written. */
struct request {
	u64 seed;			/* of the bytes to read */
	u8 *slot;			/* its memory, as the driver sees it */
	u32 n_out, n_in;
	u32 read_len, write_len;
	struct request_entry {
		u32 off, len;
	} entry[MAX_ENTRIES];
	bool busy;
};

void request_shape(struct request *rq, struct rnd_state *rnd, u32 max_entries);
void request_fill(const struct request *rq, u8 *slot);
/* Does the slot hold what the device must have left? @scratch: two slots. */
bool request_echoed(const struct request *rq, u32 len, u8 *scratch);

/* What a device responds to @read: how many bytes, and which. */
u32 echo_length(const u8 *read, u32 read_len, u32 write_len);
u8 echo_byte(const u8 *read, u32 read_len, u32 i);

/* ---- one ring --------------------------------------------------------- */

/* What a case does besides sending requests. */
enum rig_way {
	RIG_POLL = 1 << 0,	/* both sides poll, notifications are off */
	RIG_RESTART = 1 << 1,	/* the device stops and starts from its base */
	RIG_RESET = 1 << 2,	/* the driver resets its queue */
	RIG_LOG = 1 << 3,	/* the device keeps a dirty log */
	RIG_IOTLB = 1 << 4,	/* the ring's addresses are IOVAs */
};

/* A notification: remembered until somebody waits for it. */
struct bell {
	wait_queue_head_t wait;
	bool rung;
	u32 count;
};

struct rig {
	/* immutable while threads run */
	struct arena *arena;
	u64 features;
	u32 ways;
	u32 requests;
	u32 seed;
	struct virtio_device vdev;
	struct virtqueue *vq;

	struct bell kick, call;
	bool failed;		/* set once, by rig_fail() */

	/* the device's, under lock; a queue reset takes it too */
	struct mutex lock;
	bool live;		/* the ring was started and not reset since */
	bool kicks_on;		/* kicks are not known to be off */
	struct ring ring;
	struct ring_config config;
	struct ring_space space;
	struct ring_iotlb tlb;
	void *tlb_memory;
	struct ring_log log;
	struct rnd_state device_rnd;
	struct ring_batch batch;
	struct ring_chain chain[BATCH_CHAINS];
	struct ring_seg seg[BATCH_SEGS];
	u64 guest[BATCH_SEGS];
	struct ring_done held[SPLIT_NUM];	/* processed, not pushed yet */
	u32 n_held;
	u32 misses, restarts;
	u8 device_scratch[SLOT_BYTES];

	/* the driver's */
	struct rnd_state driver_rnd;
	struct request request[SLOTS];
	u32 added, returned, resets;
	u8 driver_scratch[2 * SLOT_BYTES];
};

struct rig *rig_create(struct arena *a, u64 features, u32 ways, u32 seed);
void rig_destroy(struct rig *rig);
bool rig_is_packed(const struct rig *rig);
/* Start the device's end of the ring from @base. Caller holds rig->lock. */
bool rig_start_ring(struct rig *rig, u32 base);
/* Put the translation that the ring lacks into its IOTLB. */
bool rig_resolve_miss(struct rig *rig);
/* Say why a case failed, the first time, and end its threads. */
__printf(2, 3) void rig_fail(struct rig *rig, const char *fmt, ...);
/* Sleep until the bell rings; false when it does not, or the case failed. */
bool rig_wait(struct rig *rig, struct bell *bell);
void bell_ring(struct bell *bell);

/* A verb, again and again until no translation is missing. */
#define with_misses(rig, verb) \
({ \
	enum ring_result rc_; \
	do { \
		rc_ = (verb); \
	} while (rc_ == RING_AGAIN && rig_resolve_miss(rig)); \
	rc_; \
})

/* ---- threads ---------------------------------------------------------- */

enum device_step {
	DEVICE_BUSY,		/* there may be more */
	DEVICE_IDLE,		/* nothing, and kicks are on (or it polls) */
};

enum device_step device_step(struct rig *rig);
int device_thread(void *rig);

void driver_run(struct rig *rig);
/* One request and back, the device's part included, without threads. */
void driver_run_one(struct rig *rig);
/* Add up to @burst requests, notify the device if it asks; how many. */
u32 driver_add(struct rig *rig, u32 burst);

/* ---- dirty log -------------------------------------------------------- */

/* Is all that @len bytes of the response touched in the log? */
bool log_has_request(const struct rig *rig, const struct request *rq, u32 len);
/* Does the log name the ring and the arena, and nothing else? */
bool log_is_exact(const struct rig *rig);

/* ---- cases ------------------------------------------------------------ */

/* Print the result of a case and count it. */
__printf(2, 3) void test_result(bool ok, const char *fmt, ...);

/* Rings that break, beside one that does not; @rounds of them. */
void test_hostile(u64 format, u32 rounds, u32 seed);

static inline u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

static inline bool one_in(struct rnd_state *rnd, u32 n)
{
	return below(rnd, n) == 0;
}

#endif /* RINGSIDE_TEST_DIRECT_H */
