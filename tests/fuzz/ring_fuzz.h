/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the ring fuzzer (ring_fuzz.c): checks of verbs, the device, and
 * the commands, each declared under the file that has it. A new command goes
 * to the file of the side that gives it, and gets a number in command[].
 *
 * All of it runs in one thread. A check that fails aborts (REQUIRE()).
 */
#ifndef RINGSIDE_TESTS_RING_FUZZ_H
#define RINGSIDE_TESTS_RING_FUZZ_H

#include "ring_world.h"

enum {
	BATCH_CHAINS = 64,
	BATCH_SEGS = 1100,	/* more than a chain may have */
	FIXED_COST = 16,	/* accesses of a verb that handles no chain */
};

/* ---- checks of verbs (ring_checks.c) ---------------------------------- */

/* The ring and the arena before a verb. */
struct verb_before {
	struct ring ring;
	u64 accesses;		/* of the arena, since the world began */
};

/** verb_begin() - remember what verb_check() compares with */
struct verb_before verb_begin(const struct world *w);

/**
 * verb_check() - check what a verb left
 * @b: from before the verb
 * @rc: its result
 * @bound: accesses it may have made
 *
 * A stopped or broken ring must not have been touched. A ring must not break
 * while driver and owner are honest, and what is reported missing must be.
 */
void verb_check(const struct world *w, const struct verb_before *b,
		enum ring_result rc, u64 bound);

/** verb_check_ring() - check that the ring counts what the device has */
void verb_check_ring(const struct world *w);

/**
 * verb_log_cost() - accesses that logging may take
 * @writes: writes to log, each of which may be at a place in every region
 *
 * Return: a bound; 0 without a log.
 */
u64 verb_log_cost(const struct world *w, u64 writes);

/** slots_in_flight() - chains (split) or descriptors (packed) the ring counts as
 * in flight */
u32 slots_in_flight(const struct ring *r);

/** slots_at_device() - the same, of the chains the device knows it has */
u32 slots_at_device(const struct world *w);

/* ---- the device (ring_device.c) --------------------------------------- */

/** dev_empty_batch() - let the next pop begin anew */
void dev_empty_batch(void);

/** dev_forget_chains() - what is in flight is not known any more */
void dev_forget_chains(struct world *w);

/**
 * dev_pop() - pop into the batch, and check each chain
 * @max_chains: chains to add, @max_segs: segments to add; both are clipped to
 *		what the batch has room for
 * @fresh: empty the batch first
 */
enum ring_result dev_pop(struct world *w, u32 max_chains, u32 max_segs,
			 bool fresh);

/**
 * dev_push() - push some of what is in flight
 * @n: chains, clipped to those in flight
 * @order: which come first; without effect where the ring is in order
 * @written: bytes written into the first one; others get fewer
 */
enum ring_result dev_push(struct world *w, u32 n, u8 order, u32 written);

void dev_publish(struct world *w);

/** dev_call() - decide on a call; a driver that sleeps must not miss one */
void dev_call(struct world *w);

/*
 * Commands. @arg: the three bits that came with the number; further arguments
 * are taken from the input.
 */
void cmd_pop(struct world *w, u8 arg);
void cmd_unpop(struct world *w, u8 arg);
void cmd_push(struct world *w, u8 arg);
void cmd_publish(struct world *w, u8 arg);
void cmd_call(struct world *w, u8 arg);
void cmd_enable_kicks(struct world *w, u8 arg);
void cmd_disable_kicks(struct world *w, u8 arg);
void cmd_peek(struct world *w, u8 arg);
void cmd_log_written(struct world *w, u8 arg);
void cmd_log_flush(struct world *w, u8 arg);

/* ---- starting again (ring_restart.c) ----------------------------------- */

/** dev_start() - start the ring at @base, which may be impossible */
void dev_start(struct world *w, u32 base);

void cmd_save_restore(struct world *w, u8 arg);
void cmd_start_anywhere(struct world *w, u8 arg);
void cmd_reset(struct world *w, u8 arg);
void cmd_setup_anything(struct world *w, u8 arg);

/* ---- the honest driver (ring_honest.c) --------------------------------- */

void cmd_add(struct world *w, u8 arg);
void cmd_publish_avail(struct world *w, u8 arg);
void cmd_get_used(struct world *w, u8 arg);
void cmd_enable_calls(struct world *w, u8 arg);
void cmd_drain(struct world *w, u8 arg);

/* ---- attacks (ring_attacks.c) ------------------------------------------ */

void cmd_poke(struct world *w, u8 arg);
void cmd_poke_area(struct world *w, u8 arg);
void cmd_desc(struct world *w, u8 arg);
void cmd_table_desc(struct world *w, u8 arg);
void cmd_make_avail(struct world *w, u8 arg);
void cmd_flip(struct world *w, u8 arg);
void cmd_chaos(struct world *w, u8 arg);
void cmd_fail(struct world *w, u8 arg);

/* ---- the owner (ring_owner.c) ------------------------------------------ */

void cmd_map_missed(struct world *w, u8 arg);
void cmd_map_honest(struct world *w, u8 arg);
void cmd_map_any(struct world *w, u8 arg);
void cmd_unmap(struct world *w, u8 arg);
void cmd_new_memory(struct world *w, u8 arg);
void cmd_log(struct world *w, u8 arg);
void cmd_translation(struct world *w, u8 arg);

#endif /* RINGSIDE_TESTS_RING_FUZZ_H */
