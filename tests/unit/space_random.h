/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small reproducible source of random numbers for the address space tests,
 * and addresses that like to be where mistakes are made.
 */
#ifndef RINGSIDE_TESTS_SPACE_RANDOM_H
#define RINGSIDE_TESTS_SPACE_RANDOM_H

#include "ring.h"

/* xorshift64*; @state must not be 0. */
static inline u64 random_u64(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline u64 random_below(u64 *state, u64 bound)
{
	return (random_u64(state) >> 16) % bound;
}

/* Mostly crowded small addresses, sometimes the very top, sometimes anywhere. */
static inline u64 random_address(u64 *state)
{
	switch (random_below(state, 8)) {
	case 0:
		return random_u64(state);
	case 1:
		return ~random_below(state, 64);
	case 2:
		return random_below(state, 64) << 58;
	default:
		return random_below(state, 1024);
	}
}

#endif
