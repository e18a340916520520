/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsock-storm: a great many packets, connections, CIDs and ends. What counts is
 * that everything goes on, and that the host's memory does not grow.
 *
 * VSOCK_ROUNDS says how many of each; 100000 take two minutes.
 */
#ifndef RINGSIDE_HOST_VSOCK_STORM_H
#define RINGSIDE_HOST_VSOCK_STORM_H

#include "lib/hostmem.h"
#include "lib/vsock_guest.h"

enum {
	LOT = 5000,
	SLACK = 768,	/* KiB by which memory may differ for no reason */
};

/** rounds() - how many of each */
static inline uint32_t rounds(void)
{
	return env_number("VSOCK_ROUNDS", LOT);
}

/* What the host had before, to be compared with. */
struct ledger {
	long slab, free, uses;
	int files;
	long slab_peak, free_least;
};

/** ledger_open() - note what is in use */
void ledger_open(struct ledger *l);

/** ledger_look() - note how far it is from there now */
void ledger_look(struct ledger *l);

/** ledger_close() - report whether all of it is back, and the peaks */
void ledger_close(struct ledger *l, const char *what);

void storm_floods(void);	/* packets that carry nothing */
void storm_charge(void);	/* who pays */
void storm_memory(void);	/* streams of an owner without memory */
void storm_mutual(void);	/* both sides reply to the other */
void storm_churn(void);		/* connections that come and go */
void storm_cids(void);		/* two guests, one CID */
void storm_ends(void);		/* devices that go while sockets send */
void storm_many(void);		/* connections of one that is reset */

#endif /* RINGSIDE_HOST_VSOCK_STORM_H */
