// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIDs, who may have them; starting and stopping.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests.h"

static void check_err(int err, int want, const char *what)
{
	report_ok(err == want, "%s: %s, want %s", what, errno_name(err),
		  errno_name(want));
}

static void cids(void)
{
	static const uint64_t bad[] = { 0, 1, 2, 0xffffffff, 0x100000003ull,
					~0ull };
	struct guest a, b;

	guest_open(&a, F_V1);
	guest_open(&b, F_V1);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_err(guest_set_cid(&a, bad[i]), EINVAL, "reserved CID");
	check_err(guest_set_cid(&a, 77), 0, "CID 77");
	check_err(guest_set_cid(&a, 77), 0, "the same again");
	check_err(guest_set_cid(&b, 77), EADDRINUSE, "another's CID");
	check_err(guest_set_cid(&a, 78), 0, "a new one");
	check_err(guest_set_cid(&b, 77), 0, "the one that is free now");
	guest_close(&a);
	check_err(guest_set_cid(&b, 78), 0, "one whose guest has gone");
	guest_close(&b);
}

static void running(void)
{
	int fd = open("/dev/vhost-vsock", O_RDWR), on = 1, s;
	struct guest g;

	check_err(cmd(fd, VHOST_VSOCK_SET_RUNNING, &on), EPERM, "no owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	check_err(cmd(fd, VHOST_VSOCK_SET_RUNNING, &on), EFAULT, "no rings");
	close(fd);

	s = host_socket(SOCK_STREAM, false);
	check_err(host_connect(s, 99), ENODEV, "connect to nobody");
	guest_open(&g, F_V1);
	guest_set_cid(&g, 99);
	close(s);
	s = host_socket(SOCK_STREAM, false);
	check_err(host_connect(s, 99), EHOSTUNREACH, "connect before it runs");
	check_err(guest_set_running(&g, 1), 0, "start");
	check_err(guest_set_running(&g, 1), 0, "start again");
	close(s);
	s = host_socket(SOCK_STREAM, false);
	check_err(host_connect(s, 99), EINPROGRESS, "connect while it runs");
	check_err(guest_set_running(&g, 0), 0, "stop");
	check_err(guest_set_running(&g, 0), 0, "stop again");
	check_err(cmd(g.d.fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	close(s);
	s = host_socket(SOCK_STREAM, false);
	check_err(host_connect(s, 99), ENODEV, "connect after RESET_OWNER");
	close(s);
	guest_close(&g);
}

void test_ioctls(void)
{
	cids();
	running();
}
