/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty log: no write is lost by a migration.
 *
 * The device writes a page WRITES times and sets the page's bit after each
 * (ring/log.c). A migration fetches and clears the bit, and copies the page
 * when it was set; once more after the device has stopped. Then the copy must
 * be the page. The bit is set by an atomic operation that orders nothing else,
 * as on ARM or POWER.
 *
 * prove  | the copy is the page               |
 * refute | without B7                         | -DNO_B7                  | assertion violated
 * refute | bit before write                   | -DBIT_FIRST              | assertion violated
 */
#define WRITES 3
#define PAGE 0
#define BIT 1
#define LOCATIONS 2

#include "memory.h"

#define DEVICE 0

bool stopped;
byte copy;

inline set_bit()
{
	memory[BIT] = 1
}

proctype device()
{
	byte n;

	do
	:: n < WRITES ->
		n++;
#ifdef BIT_FIRST
		set_bit();
#endif
		store(DEVICE, PAGE, n, RELAXED);
#ifndef NO_B7
		barrier(DEVICE);
#endif
#ifndef BIT_FIRST
		set_bit()
#endif
	:: else -> break
	od;
	barrier(DEVICE);	/* whoever stopped it waited for it */
	stopped = true
}

proctype migration()
{
	bool last, dirty;

	do
	:: !last ->
		last = stopped;
		atomic { dirty = memory[BIT]; memory[BIT] = 0 };
		if
		:: dirty -> copy = memory[PAGE]
		:: !dirty && !last -> memory[BIT] || stopped
		:: else
		fi
	:: else -> break
	od;
	assert(copy == WRITES)
}

init {
	atomic {
		run drain(DEVICE);
		run device();
		run migration()
	}
}
