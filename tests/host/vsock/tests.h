/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of this program, a file each; a guest is lib/vsock_guest.h.
 */
#ifndef RINGSIDE_HOST_VSOCK_TESTS_H
#define RINGSIDE_HOST_VSOCK_TESTS_H

#include "lib/vsock_guest.h"

void test_ioctls(void);
void test_connections(void);
void test_reboot(void);
void test_dirty_log(void);
void test_hostile(void);
void test_bounds(void);

#endif /* RINGSIDE_HOST_VSOCK_TESTS_H */
