// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIDs, who may have them; starting and stopping.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests.h"

static void cids(void)
{
	static const uint64_t bad[] = { 0, 1, 2, 0xffffffff, 0x100000003ull,
					~0ull };
	struct guest a, b;

	guest_open(&a, F_V1);
	guest_open(&b, F_V1);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		went(guest_set_cid(&a, bad[i]), EINVAL, "reserved CID");
	went(guest_set_cid(&a, 77), 0, "CID 77");
	went(guest_set_cid(&a, 77), 0, "the same again");
	went(guest_set_cid(&b, 77), EADDRINUSE, "another's CID");
	went(guest_set_cid(&a, 78), 0, "a new one");
	went(guest_set_cid(&b, 77), 0, "the one that is free now");
	guest_close(&a);
	went(guest_set_cid(&b, 78), 0, "one whose guest has gone");
	guest_close(&b);
}

static void after_reset_owner(struct guest *g)
{
	int s = host_socket(SOCK_STREAM, false);

	went(cmd(g->d.fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	went(host_connect(s, 99), ENODEV, "connect after RESET_OWNER");
	close(s);
}

static void running(void)
{
	int fd = open("/dev/vhost-vsock", O_RDWR), on = 1, s;
	struct guest g;

	went(cmd(fd, VHOST_VSOCK_SET_RUNNING, &on), EPERM, "no owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	went(cmd(fd, VHOST_VSOCK_SET_RUNNING, &on), EFAULT, "no rings");
	close(fd);

	s = host_socket(SOCK_STREAM, false);
	went(host_connect(s, 99), ENODEV, "connect to nobody");
	guest_open(&g, F_V1);
	guest_set_cid(&g, 99);
	close(s);
	s = host_socket(SOCK_STREAM, false);
	if (is_kernels_own())
		report_skip("not in all kernels", "connect before it runs");
	else
		went(host_connect(s, 99), EHOSTUNREACH,
		     "connect before it runs");
	went(guest_set_running(&g, 1), 0, "start");
	went(guest_set_running(&g, 1), 0, "start again");
	close(s);
	s = host_socket(SOCK_STREAM, false);
	went(host_connect(s, 99), EINPROGRESS, "connect while it runs");
	went(guest_set_running(&g, 0), 0, "stop");
	went(guest_set_running(&g, 0), 0, "stop again");
	close(s);
	if (is_kernels_own())
		report_skip("has no RESET_OWNER", "connect after it");
	else
		after_reset_owner(&g);
	guest_close(&g);
}

void test_ioctls(void)
{
	cids();
	running();
}
