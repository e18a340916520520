/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that talk to each other: what the tests of this program share.
 */
#ifndef RINGSIDE_HOST_SIBLINGS_H
#define RINGSIDE_HOST_SIBLINGS_H

#include <endian.h>
#include <ringside/vsock.h>

#include "lib/vsock_guest.h"

#define CID_A 100ull
#define CID_B 101ull
#define CID_C 0xfffffffeull	/* the highest there is */

/* A group command about the guest at @cid (0: of @fd itself): the errno. */
int group_cmd(int fd, unsigned long nr, uint64_t cid, const char *name);

/* A header of a stream packet from @from to @to; ports GUEST_PORT. */
struct virtio_vsock_hdr sibling_hdr(const struct guest *from, uint64_t to,
				    uint16_t op);
/* Send a packet without payload. */
void say(struct guest *from, uint64_t to, uint16_t op, uint32_t port);
/* Does @to get this next: from @from's CID and @port? */
bool hears(struct guest *to, uint64_t from, uint16_t op, uint32_t port);
/* Nothing comes. */
bool hears_nothing(struct guest *g);
/* A connection from @port of @from to GUEST_PORT of @to, both in a group. */
bool connected(struct guest *from, struct guest *to, uint32_t port);
/* Guests A and B, in group "test" or in none. */
void pair_start(struct guest *a, struct guest *b, bool group);

/* How long a test runs that has no end of its own. */
static inline uint64_t test_seconds(void)
{
	return env_number("VSOCK_ROUNDS", 5000) / 2500;
}

void test_groups(void);
void test_policy(void);
void test_talk(void);
void test_apart(void);
void test_ends(void);
void test_bounds(void);
void test_storm(void);
void test_late(void);
void test_reboots(void);
void test_full(void);
void test_nomem(void);
void test_mutual(void);

#endif /* RINGSIDE_HOST_SIBLINGS_H */
