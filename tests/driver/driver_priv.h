/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What driver.c and the two formats share. Not for tests.
 */
#ifndef RINGSIDE_TESTS_DRIVER_PRIV_H
#define RINGSIDE_TESTS_DRIVER_PRIV_H

#include "driver.h"

/* Where a chain's indirect table lies. */
struct drv_table {
	uint64_t addr;
	char *host;
	uint32_t index;
};

/* driver.c */
struct drv_table drv_table_take(struct drv_ring *r);

/* split.c; the caller made sure that there is room */
void drv_split_put(struct drv_ring *r, const struct drv_chain *c,
		   uint32_t slots);
void drv_split_publish(struct drv_ring *r);
bool drv_split_kick(struct drv_ring *r);
enum drv_result drv_split_get(struct drv_ring *r, struct drv_used *u);
bool drv_split_pending(struct drv_ring *r);
void drv_split_enable_calls(struct drv_ring *r, uint16_t ahead);
void drv_split_disable_calls(struct drv_ring *r);
void drv_split_restart(struct drv_ring *r, uint16_t pos);

/* packed.c; the same */
void drv_packed_put(struct drv_ring *r, const struct drv_chain *c,
		    uint32_t slots);
void drv_packed_publish(struct drv_ring *r);
bool drv_packed_kick(struct drv_ring *r);
enum drv_result drv_packed_get(struct drv_ring *r, struct drv_used *u);
bool drv_packed_pending(struct drv_ring *r);
void drv_packed_enable_calls(struct drv_ring *r, uint16_t ahead);
void drv_packed_disable_calls(struct drv_ring *r);
void drv_packed_restart(struct drv_ring *r, uint16_t pos, bool wrap);

/* xorshift64*: cheap, and the same on every machine. */
static inline uint32_t drv_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (uint32_t)((x * 0x2545f4914f6cdd1dull) >> 32);
}

/* A good first state from any seed (one step of splitmix64), never 0. */
static inline uint64_t drv_seed(uint64_t seed)
{
	uint64_t z = seed + 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) | 1;
}

/* Bring a random one to the top of a stack of n. */
#define drv_shuffle_top(r, stack, n)					\
	do {								\
		uint32_t at_ = drv_random(&(r)->random) % (n);		\
		__typeof__(*(stack)) top_ = (stack)[(n) - 1];		\
									\
		(stack)[(n) - 1] = (stack)[at_];			\
		(stack)[at_] = top_;					\
	} while (0)

/* A free descriptor (split) or buffer id (packed); there is one. */
static inline uint16_t drv_take_free(struct drv_ring *r)
{
	if (r->whims & DRV_RANDOM_FREE)
		drv_shuffle_top(r, r->free, r->n_free);
	return r->free[--r->n_free];
}

static inline enum drv_result drv_break(struct drv_ring *r, enum drv_fault why)
{
	r->fault = why;
	return DRV_BROKEN;
}

static inline uint16_t drv_order_step(const struct drv_ring *r, uint16_t at)
{
	return at + 1 == r->num ? 0 : at + 1;
}

/* Remember a chain that was put in under this id. */
static inline void drv_remember(struct drv_ring *r, uint16_t id,
				const struct drv_state *state)
{
	r->state[id] = *state;
	r->free_slots -= state->slots;
	r->in_flight++;
	r->unpublished++;
	if (!r->in_order)
		return;
	r->order[r->order_next] = id;
	r->order_next = drv_order_step(r, r->order_next);
}

/* Is this id one the device may give back? */
static inline bool drv_id_known(const struct drv_ring *r, uint32_t id)
{
	return id < r->num && r->state[id].slots;
}

/* Tell the test about a chain and forget it; the format frees its slots. */
static inline void drv_forget(struct drv_ring *r, uint16_t id, uint32_t len,
			      struct drv_used *u)
{
	struct drv_state *state = &r->state[id];

	*u = (struct drv_used){ .token = state->token, .len = len, .id = id };
	if (state->table)
		r->free_table[r->n_free_tables++] = state->table - 1;
	r->free_slots += state->slots;
	r->in_flight--;
	state->slots = 0;
}

/*
 * In-order: the oldest chain of the open batch. The batch ends with the chain
 * that the used entry names; the ones before it were used completely (2.7.9,
 * 2.8.7).
 */
static inline void drv_batch_step(struct drv_ring *r, struct drv_used *u)
{
	uint16_t id = r->order[r->order_first];
	bool last = id == r->batch_last;

	r->order_first = drv_order_step(r, r->order_first);
	r->batch = !last;
	drv_forget(r, id, last ? r->batch_len : r->state[id].write_len, u);
	u->skipped = !last;
}

#endif /* RINGSIDE_TESTS_DRIVER_PRIV_H */
