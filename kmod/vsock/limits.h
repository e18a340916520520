/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds of what waits for a guest that does not consume: module parameters,
 * which root may change at any time. Read with READ_ONCE(), where they are used.
 * limits.c.
 */
#ifndef RINGSIDE_VSOCK_LIMITS_H
#define RINGSIDE_VSOCK_LIMITS_H

extern unsigned int vsock_max_replies;		/* packets */
extern unsigned int vsock_max_queued;		/* bytes of host programs */
extern unsigned int vsock_max_pair_bytes;	/* from one guest for another */
extern unsigned int vsock_max_guest_bytes;	/* and for all of its siblings */
extern unsigned int vsock_max_connections;	/* of one pair */

#endif /* RINGSIDE_VSOCK_LIMITS_H */
