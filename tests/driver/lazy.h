/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lazy driver: honest, but it uses every freedom the specification leaves.
 * It publishes late, one by one or in great batches, reads used buffers late,
 * leaves its suppression at odd settings, scatters descriptors, ids and
 * tables, and cuts buffers at odd places.
 *
 * A device must serve it exactly as it serves a plain one. It breaks no rule;
 * for that see hostile.h. The same seed does the same again.
 *
 * One thread at a time, as for the ring underneath. The barriers are the
 * ring's.
 */
#ifndef RINGSIDE_TESTS_LAZY_H
#define RINGSIDE_TESTS_LAZY_H

#include "driver.h"

struct lazy_policy {
	uint32_t whims;		/* enum drv_whim, for the ring */
	uint32_t publish_max;	/* show chains after 1 to so many */
	uint32_t nap_max;	/* after emptying the used ring, take nothing
				 * for up to so many calls */
	uint32_t take_max;	/* take 1 to so many used buffers, then nap;
				 * 0: all there are */
	uint32_t fidget;	/* move the suppression at one call of so
				 * many; 0: never */
	uint32_t tables;	/* of 8 chains, how many use a table */
};

struct lazy {
	struct drv_ring *ring;
	struct lazy_policy policy;
	uint64_t random;
	uint32_t to_publish;	/* chains still to come before we publish */
	uint32_t nap;		/* calls still to sleep through */
	uint32_t to_take;	/* buffers before the next nap */
};

/** lazy_policy() - some policy or other */
struct lazy_policy lazy_policy(uint64_t seed);

/** lazy_init() - begin to be lazy on a ring; the ring's whims are set */
void lazy_init(struct lazy *l, struct drv_ring *ring,
	       const struct lazy_policy *policy, uint64_t seed);

/**
 * lazy_cut() - cut a range into buffers of odd sizes
 * @addr: first byte at the device's address; the range may span regions, and
 *	  then buffers will cross from one to the next
 * @len: bytes, at least @n
 * @buf: @n buffers
 */
void lazy_cut(struct lazy *l, uint64_t addr, uint32_t len, struct drv_buf *buf,
	      uint32_t n);

/**
 * lazy_add() - add a chain, and publish when we feel like it
 * @chain: n_table is ours to choose
 * @kick: set when the device must be kicked; never cleared
 *
 * Return: as drv_add(). When the ring is full everything is published.
 */
enum drv_result lazy_add(struct lazy *l, const struct drv_chain *chain,
			 bool *kick);

/** lazy_flush() - publish now; says whether the device must be kicked */
bool lazy_flush(struct lazy *l);

/**
 * lazy_get_used() - the next used buffer, if we feel like it
 *
 * Return: as drv_get_used(), but DRV_EMPTY need not mean that it is.
 */
enum drv_result lazy_get_used(struct lazy *l, struct drv_used *used);

/**
 * lazy_sleep() - stop being lazy and prepare to wait for the device
 * @kick: set when the device must be kicked; never cleared
 *
 * Publishes, ends any nap and enables calls. Only after this is a call sure to
 * come: odd suppression settings may swallow those before. A chain added later
 * needs lazy_flush() or another lazy_sleep().
 * Return: true: safe to wait; false: there is something to take.
 */
bool lazy_sleep(struct lazy *l, bool *kick);

/** lazy_fidget() - move our suppression to any setting the rules allow */
void lazy_fidget(struct lazy *l);

#endif /* RINGSIDE_TESTS_LAZY_H */
