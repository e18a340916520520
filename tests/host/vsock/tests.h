/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of this program, a file each; a guest is lib/vsock_guest.h.
 */
#ifndef RINGSIDE_HOST_VSOCK_TESTS_H
#define RINGSIDE_HOST_VSOCK_TESTS_H

#include <stdlib.h>
#include <string.h>

#include "lib/parts.h"
#include "lib/vsock_guest.h"

#define F_SEQ BIT64(VIRTIO_VSOCK_F_SEQPACKET)

void test_commands(void);	/* a table of commands and errnos */
void test_ioctls(void);		/* CIDs, starting, stopping */
void test_partial(void);	/* one queue of two */
void test_workers(void);
void test_busy(void);		/* busy polling */
void test_resets(void);		/* rings that begin anew */
void test_iotlb(void);
void test_pending(void);	/* an IOTLB miss that waits at a stop */
void test_connections(void);
void test_reboot(void);		/* the guest forgets everything */
void test_endings(void);	/* what it sent last, and that it is gone */
void test_connecting(void);	/* it goes while sockets connect */
void test_stuck(void);		/* programs that hold their sockets; many */
void test_pause(void);		/* it goes on where it was */
void test_messages(void);	/* SEQPACKET */
void test_options(void);	/* SO_VM_SOCKETS_... */
void test_linger(void);		/* SO_LINGER */
void test_zerocopy(void);
void test_capture(void);	/* vsockmon */
void test_dirty_log(void);
void test_merge(void);		/* packets that are joined */
void test_hostile(void);	/* malformed packets */
void test_rings(void);		/* malformed rings */
void test_credit(void);		/* lies about it */
void test_bounds(void);		/* what a guest that does not consume can make us queue */
void test_budget(void);		/* bytes of one run */
void test_floods(void);		/* what a program can make us queue */
void test_cves(void);		/* a test for each that can be had here */
void test_nomem(void);		/* allocations that fail */
void test_net_ns(void);		/* network namespaces */

#endif /* RINGSIDE_HOST_VSOCK_TESTS_H */
