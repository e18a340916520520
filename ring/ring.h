/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring engine: the device side of a virtqueue, split or packed
 * (virtio 1.3, sections 2.7 and 2.8).
 *
 * This is the engine's one public header; result.h, space.h and chain.h are parts
 * of it. The engine walks rings, validates what the driver wrote, translates
 * addresses, gives buffers back, decides about notifications and keeps the dirty
 * log. It moves no payload, takes no lock, allocates nothing and knows no device.
 *
 * Calling rules, for every function here unless it says otherwise:
 *  - One thread at a time per struct ring. Different rings are independent.
 *  - Any context in which the memory backend (below) may touch ring memory: the
 *    user backend may fault and so may sleep, the others never do.
 *  - Nothing the driver writes can make a verb crash, loop without bound, or
 *    touch memory outside the ring's areas and the address space it is given.
 *
 * Memory backends. Ring memory is reached through one of three, chosen when the
 * engine is compiled, so that each access is inline:
 *   user    the owner's user addresses, through uaccess (kernel only)
 *   direct  memory this program can address (kernel-mapped ring pages,
 *           software vDPA, threads sharing memory)
 *   arena   the bounds-checked test arena with fault injection
 * A program may hold several copies of the engine, one for each backend; RING_MEM
 * says which one the verbs named in a source file mean.
 */
#ifndef RINGSIDE_RING_H
#define RINGSIDE_RING_H

#include "mem/types.h"

#ifndef RING_MEM
#define RING_MEM direct
#endif
#define RING_NAME_(mem, verb) ring_##mem##_##verb
#define RING_NAME(mem, verb) RING_NAME_(mem, verb)

#define ring_setup RING_NAME(RING_MEM, setup)
#define ring_move RING_NAME(RING_MEM, move)
#define ring_start RING_NAME(RING_MEM, start)
#define ring_map_areas RING_NAME(RING_MEM, map_areas)
#define ring_untouched RING_NAME(RING_MEM, untouched)
#define ring_pop RING_NAME(RING_MEM, pop)
#define ring_in_flight RING_NAME(RING_MEM, in_flight)
#define ring_translate RING_NAME(RING_MEM, translate)
#define ring_unpop RING_NAME(RING_MEM, unpop)
#define ring_push RING_NAME(RING_MEM, push)
#define ring_publish RING_NAME(RING_MEM, publish)
#define ring_call_needed RING_NAME(RING_MEM, call_needed)
#define ring_enable_kicks RING_NAME(RING_MEM, enable_kicks)
#define ring_disable_kicks RING_NAME(RING_MEM, disable_kicks)
#define ring_peek RING_NAME(RING_MEM, peek)
#define ring_log_written RING_NAME(RING_MEM, log_written)
#define ring_log_guest RING_NAME(RING_MEM, log_guest)
#define ring_log_user RING_NAME(RING_MEM, log_user)
#define ring_log_flush RING_NAME(RING_MEM, log_flush)

enum {
	RING_MAX_NUM = 32768,	/* descriptors in a ring (2.7, 2.8) */
	RING_MAX_SEGS = 1024,	/* segments in one chain */
	RING_MAX_TABLE = 32768,	/* descriptors in one indirect table */
	RING_LOG_PAGE = 4096,	/* bytes that one bit of the dirty log stands for */
};

#include "result.h"
#include "space.h"
#include "chain.h"

/* ---- the ring --------------------------------------------------------- */

enum ring_flag {
	RING_F_PACKED = 1 << 0,
	RING_F_INDIRECT = 1 << 1,
	RING_F_EVENT_IDX = 1 << 2,
	RING_F_IN_ORDER = 1 << 3,
	RING_F_NOTIFY_ON_EMPTY = 1 << 4,
	RING_F_BIG_ENDIAN = 1 << 5,	/* legacy ring of a big-endian guest */
	RING_F_IOVA = 1 << 6,		/* the areas below are IOVAs */
	RING_F_LOG = 1 << 7,		/* log what the device writes to the
					 * areas, at log_desc and log_device */
};

/* The three areas (2.7, 2.8), in the order of their addresses below. */
enum ring_area {
	RING_DESC,	/* descriptor table, or descriptor ring */
	RING_DRIVER,	/* avail ring, or driver event suppression */
	RING_DEVICE,	/* used ring, or device event suppression */
	RING_AREAS,
};

struct ring_config {
	u64 area[RING_AREAS];	/* for the memory backend, or IOVAs */
	u64 log_desc;		/* guest-physical address of the areas that */
	u64 log_device;		/* the device writes; without RING_F_IOVA */
	u32 num;
	u32 flags;		/* enum ring_flag */
};

/**
 * ring_flags() - ring flags that go with negotiated virtio features
 * @features: virtio feature bits 0 to 63
 *
 * Without VERSION_1 a ring is in the guest's byte order, which only the owner
 * knows: add RING_F_BIG_ENDIAN where it applies.
 */
u32 ring_flags(u64 features);

enum ring_state {
	RING_STOPPED,	/* verbs touch nothing and say empty */
	RING_RUNNING,
	RING_FAILED,	/* verbs touch nothing and say broken */
};

/*
 * One virtqueue. The caller provides the memory and looks at it only through
 * the functions below. The first part is all a batch touches.
 */
struct ring {
	/* first cache line: where the ring is and how far we are */
	uintptr_t base[RING_AREAS];	/* 0: not contiguous, look it up */
	u16 flags;
	u8 state;
	bool swap;		/* ring fields are not in host order */
	union {			/* num - 1: */
		u16 mask;	/*   split: of a slot's position */
		u16 last;	/*   packed: the last slot */
	};
	u16 next_avail;		/* split: free running; packed: slot */
	u16 next_used;
	u16 seen;		/* ahead of next_avail, popped and given back:
				 * split: chains; packed: slots */
	u16 avail_idx;		/* split: the avail index last read */
	u8 avail_wrap, used_wrap;	/* packed: wrap counters */
	u8 kicks;		/* enum kick_state: what the driver can read */
	bool deferred;		/* packed: the first used flags are not written yet */
	u16 deferred_slot, deferred_flags;
	u16 published;		/* split: used index the driver can see */
	u16 pushed;		/* packed: slots used since publish */
	u32 uncalled;		/* used since the last notification decision */

	/* second cache line: the translation hit last */
	struct ring_range hit;
	u64 gen;			/* of the space that hit and base are from */
	bool mapped;			/* IOVA: every area translates there */

	/* the rest is off the fast path */
	u64 iova[RING_AREAS];
	u64 log_gpa[RING_AREAS];
	struct ring_dirty {
		u64 first, end;		/* pages; none when equal */
	} dirty[2];
	struct ring_fault fault;
	struct ring_miss miss;
};

/**
 * ring_setup() - check a configuration and stop the ring in it
 *
 * Touches no ring memory. Whatever the ring was before is forgotten.
 * Return: RING_OK, or why the configuration is rejected: the ring then is
 * stopped and unusable. See 2.7 and 2.8 for sizes and alignments.
 */
enum ring_cause ring_setup(struct ring *r, const struct ring_config *config);

/**
 * ring_move() - give a running ring other areas or features, where it is
 * @config: of the same format and size as it has; all else may differ
 *
 * What the ring knows of itself goes on: positions, chains in flight, pages
 * collected for the log. Nothing is read from the new areas, so the owner
 * may copy the memory before or after. Touches no ring memory.
 * Return: RING_OK, or why not: then the ring is broken by that cause.
 */
enum ring_cause ring_move(struct ring *r, const struct ring_config *config);

/**
 * ring_initial_base() - the base of a ring that was never used
 */
u32 ring_initial_base(u32 flags);

/**
 * ring_start() - let a set-up ring run from a base
 * @base: as VHOST_SET_VRING_BASE encodes it. Split: the next avail index.
 *	  Packed: bits 0-14 next avail slot, 15 its wrap counter, 16-30 next
 *	  used slot, 31 its wrap counter.
 *
 * A split ring's used index is read from memory. Chains in flight when the
 * base was saved stay in flight: they may still be pushed, and count against
 * the ring's size.
 *
 * Some owners send the lower half of a packed base alone. With bit 15 set and
 * bits 16-31 zero the used position is the available one: 0x8000 is a ring that
 * was never used, 0x8005 is slot 5; only where every slot of the ring is
 * available in the lap before is 0x8000 that whole lap in flight. A base with
 * both positions the same and both wrap counters 0 (0 above all, from an owner
 * that knows split rings only) is RING_BAD_BASE where the descriptor ring shows
 * that it was never used: the device would wait in it for ever.
 *
 * Return: RING_GOT when the ring runs, RING_AGAIN when it does not yet,
 * RING_BROKEN with RING_BAD_BASE, RING_BAD_USED_IDX or RING_BAD_MEMORY.
 */
enum ring_result ring_start(struct ring *r, const struct ring_space *space,
			    u32 base);

/**
 * ring_untouched() - has no device ever used the memory of this ring
 *
 * A ring that is at its initial base may be new, or have come around to it:
 * indices and wrap counters repeat. Its memory shows which: drivers zero a new
 * ring (2.7, 2.8), and of one that came around some used entry or used descriptor
 * is left that is not zero. But for a split ring in which every chain began at
 * descriptor 0 and had no byte written: a transmit queue of a driver that sends
 * one by one. So ask all the rings of a device: a receive queue has lengths.
 * Reads all of the ring, so it is not for fast paths.
 * Return: RING_GOT: nothing was ever used in it; RING_EMPTY: something was, or
 * the ring does not run; RING_AGAIN; RING_BROKEN.
 */
enum ring_result ring_untouched(struct ring *r, const struct ring_space *space);

/**
 * ring_base_without() - a base as if a chain had not been popped
 * @flags: of the ring, enum ring_flag; @num: its descriptors
 * @base: where it is, with @chain popped last
 *
 * For chains that are given back when the ring does not run any more.
 * Return: the base before @chain.
 */
u32 ring_base_without(u32 flags, u32 num, u32 base,
		      const struct ring_chain *chain);

/**
 * ring_base() - where the ring is, as VHOST_GET_VRING_BASE encodes it
 *
 * Publish first. Valid for a running, stopped or broken ring, until
 * ring_setup(). A chain that was popped counts as taken, unless given back.
 */
u32 ring_base(const struct ring *r);

/**
 * ring_position() - where both sides of the ring are, for those who only look
 *
 * The next avail and used index, or slot with its wrap counter, in either half
 * as in a packed base. Any thread may call it at any time: while a verb is at
 * work each half is of some moment, and a wrap counter may be a moment late.
 */
u32 ring_position(const struct ring *r);

/**
 * ring_reset() - stop and forget the ring (RING_RESET, 2.6.1)
 *
 * From here on no verb touches the old areas; a new life begins with
 * ring_setup(). Chains in flight must not be pushed any more.
 */
void ring_reset(struct ring *r);

/**
 * ring_map_areas() - does every byte of the ring's areas translate
 *
 * Until the IOTLB changes again, no verb of this ring then meets a miss in an
 * area; buffers and indirect tables may still be missing. Calling again with
 * an unchanged space costs two compares; touches no ring memory. A ring whose
 * areas are no IOVAs always returns RING_GOT. The ring must run, or be set up
 * to be started.
 * Return: RING_GOT; RING_AGAIN: ring_missed() has the first byte that does
 * not translate, by area and address; RING_EMPTY when the ring is not set up;
 * RING_BROKEN, also when the areas are IOVAs and @space has no IOTLB.
 */
enum ring_result ring_map_areas(struct ring *r, const struct ring_space *space);

/**
 * ring_pop() - take up to a batch of chains
 * @b: where to; see struct ring_batch
 *
 * Each chain comes complete: validated, translated, readable segments before
 * writable ones. A bad chain, or one that lacks a translation, ends the pop
 * before it, and is reported by the pop that meets it first of all.
 * Return: RING_GOT: chains were added, or the batch was full already and none
 * was; RING_EMPTY, RING_AGAIN or RING_BROKEN: none was added.
 */
enum ring_result ring_pop(struct ring *r, const struct ring_space *space,
			  struct ring_batch *b);

/**
 * ring_unpop() - give back the chains popped last, unused
 * @chain: the last @n chains popped, in the order they were popped
 *
 * The next pop finds them again. Touches no ring memory.
 */
void ring_unpop(struct ring *r, const struct ring_chain *chain, u32 n);

/**
 * ring_in_flight() - what was popped and is not unpopped or pushed yet
 *
 * Includes what was in flight at the base that the ring started from. Touches
 * no ring memory. Valid for a running, stopped or broken ring, like
 * ring_base().
 * Return: split: chains; packed: slots, see ring_chain.slots.
 */
u32 ring_in_flight(const struct ring *r);

/**
 * ring_translate() - translate a guest buffer again, for a chain kept long
 * @addr: first byte, as in ring_batch.guest: guest-physical, or an IOVA
 * @len: bytes
 * @access: what the device is about to do with it
 * @seg: the segments, in order
 * @n: in: room in @seg; out: segments filled, 0 unless RING_GOT
 *
 * For a device that uses a chain after the run that popped it: the address
 * space may have changed since.
 * Return: RING_GOT (for a @len of 0, too: no segments); RING_AGAIN; RING_EMPTY
 * when the memory table no longer has all of it, when it wraps, or when it
 * needs more segments than there is room for: that does not break the ring, nor
 * is it the driver's fault. RING_EMPTY and RING_BROKEN also as ring_pop().
 */
enum ring_result ring_translate(struct ring *r, const struct ring_space *space,
				u64 addr, u32 len, enum ring_access access,
				struct ring_seg *seg, u32 *n);

/**
 * ring_push() - write completions, not yet visible to the driver
 * @done: made with ring_done(); under IN_ORDER in the order of popping
 *
 * Under IN_ORDER, completions that wrote all they could need no entry of their
 * own when another one follows in the same call (2.7.9, 2.8.8).
 * Return: RING_GOT, RING_AGAIN (none was pushed) or RING_BROKEN.
 */
enum ring_result ring_push(struct ring *r, const struct ring_space *space,
			   const struct ring_done *done, u32 n);

/**
 * ring_publish() - show the driver everything pushed
 *
 * Also writes out the dirty log collected so far.
 * Return: RING_GOT when there was something, RING_EMPTY, RING_AGAIN (call
 * again) or RING_BROKEN.
 */
enum ring_result ring_publish(struct ring *r, const struct ring_space *space);

/**
 * ring_call_needed() - must the driver be notified of what was published
 *
 * Covers everything published since it was last asked. When suppression
 * cannot be read it returns true. Spec: 2.7.7, 2.7.10 and 2.8.10.
 */
bool ring_call_needed(struct ring *r, const struct ring_space *space);

/**
 * ring_enable_kicks() - ask for a kick when the driver adds a chain
 *
 * "Adds" is counted from the last chain a pop has ever taken: chains taken and
 * given back do not count as new, chains no pop has reached yet do.
 * Return: RING_EMPTY: enabled, nothing came meanwhile, sleep. RING_GOT: there is
 * more, pop again. RING_AGAIN, RING_BROKEN.
 */
enum ring_result ring_enable_kicks(struct ring *r, const struct ring_space *space);

/**
 * ring_disable_kicks() - advise the driver that kicks are not needed
 *
 * Return: RING_GOT, RING_AGAIN or RING_BROKEN.
 */
enum ring_result ring_disable_kicks(struct ring *r, const struct ring_space *space);

/**
 * ring_peek() - would a pop find anything; for busy polling
 *
 * Return: RING_GOT, RING_EMPTY, RING_AGAIN or RING_BROKEN.
 */
enum ring_result ring_peek(struct ring *r, const struct ring_space *space);

/**
 * ring_log_written() - log payload the device wrote into a chain
 * @seg: the chain's writable segments
 * @guest: their addresses from ring_batch.guest, or NULL: the log is then
 *	   found by user address
 * @n: segments
 * @bytes: bytes written, from the first segment on
 *
 * Call it after the write and before the push. Collects; ring_publish() or
 * ring_log_flush() writes. Does nothing when @space has no log.
 * Return: RING_GOT or RING_BROKEN.
 */
enum ring_result ring_log_written(struct ring *r, const struct ring_space *space,
				  const struct ring_seg *seg, const u64 *guest,
				  u32 n, u32 bytes);

/**
 * ring_log_guest() - log a write into a chain kept long, by guest address
 * @gpa: guest-physical address of the first byte written
 * @len: bytes
 *
 * As ring_log_written(), but clipped: the owner may have changed memory and
 * log since the chain was popped, so pages that the log has no bit for are
 * left out and do not break the ring.
 * Return: RING_GOT, RING_BROKEN; RING_EMPTY when the ring does not run.
 */
enum ring_result ring_log_guest(struct ring *r, const struct ring_space *space,
				u64 gpa, u64 len);

/**
 * ring_log_user() - the same by user address, for a ring behind an IOTLB
 * @user: address that the memory backend wrote to
 *
 * All guest addresses of the written bytes are logged; bytes that are in no
 * region any more are left out.
 */
enum ring_result ring_log_user(struct ring *r, const struct ring_space *space,
			       u64 user, u64 len);

/** ring_log_flush() - write out the log collected; RING_GOT or RING_BROKEN. */
enum ring_result ring_log_flush(struct ring *r, const struct ring_space *space);

/**
 * ring_break() - the caller found the ring unusable
 * @cause: why; @value goes with it, see enum ring_cause
 *
 * As if a verb had found it. Return: RING_BROKEN.
 */
enum ring_result ring_break(struct ring *r, enum ring_cause cause, u64 value);

/** ring_fault() - why the ring is broken; cause RING_OK when it is not. */
static inline const struct ring_fault *ring_fault(const struct ring *r)
{
	return &r->fault;
}

/** ring_missed() - which translation the last RING_AGAIN was about. */
static inline const struct ring_miss *ring_missed(const struct ring *r)
{
	return &r->miss;
}

/** ring_cause_name() - a cause as a word for logs, counters and people. */
const char *ring_cause_name(enum ring_cause cause);

#endif /* RINGSIDE_RING_H */
