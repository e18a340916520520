// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhostctl: the tool, on devices that have a CID and no guest behind it. With
 * the kernel's own module it must say that there are no groups.
 *
 * "guest NUMBER CID" is what it runs for a guest, with its device.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vhost.h>
#include <ringside/vsock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/parts.h"
#include "lib/report.h"
#include "run.h"

int vsock_device(uint64_t cid)
{
	int fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &cid))
		report_die("a device with CID %llu", (unsigned long long)cid);
	return fd;
}

static void join(int fd, const char *name)
{
	struct ringside_vsock_group arg = {};

	strcpy(arg.name, name);
	if (ioctl(fd, RINGSIDE_VSOCK_JOIN_GROUP, &arg))
		report_die("join %s", name);
}

/* ---- the kernel's own module ------------------------------------------ */

static void no_groups(void)
{
	const char *why = "vhostctl: /dev/vhost-vsock: this is the kernel's own vhost_vsock, which knows no groups\n";
	int fd = vsock_device(100);

	expect("vsock list", 1, "", why);
	expect("vsock join 100 left", 1, "", why);
	expect("vsock leave 100 left", 1, "", why);
	expect("vsock exec -g left -- echo {}", 1, "", why);
	close(fd);
	see_not();
}

/* ---- members ---------------------------------------------------------- */

static void members(void)
{
	int a, b;

	expect("vsock list", 0, TABLE, "");
	expect("vsock list --json", 0, "[]\n", "");
	a = vsock_device(100);
	b = vsock_device(0x100);
	expect("vsock join 100 left right", 0, "", "");
	expect("vsock join 100 right", 0, "", "");
	expect("vsock join 0x100 A-z_0.9", 0, "", "");
	expect("vsock list", 0, TABLE "100         left right\n"
	       "256         A-z_0.9\n", "");
	expect("vsock list -j", 0,
	       "[\n  {\"cid\": 100, \"groups\": [\"left\", \"right\"]},\n"
	       "  {\"cid\": 256, \"groups\": [\"A-z_0.9\"]}\n]\n", "");
	expect("vsock leave 100 left right", 0, "", "");
	expect("vsock list", 0, TABLE "100         -\n"
	       "256         A-z_0.9\n", "");
	expect("vsock leave 100 left", 1, "",
	       "vhostctl: guest 100: no member of left\n");
	close(a);
	close(b);
	expect("vsock list", 0, TABLE, "");
	expect("vsock join 100 left", 1, "",
	       "vhostctl: guest 100: no such guest\n");
	expect("vsock leave 100 left", 1, "",
	       "vhostctl: guest 100: no such guest\n");
}

/* CIDs have 32 bits. */
static void highest_cid(void)
{
	int a = vsock_device(UINT32_MAX - 1);

	expect("vsock join 4294967294 top", 0, "", "");
	expect("vsock list", 0, TABLE "4294967294  top\n", "");
	expect("vsock leave 4294967294 top", 0, "", "");
	close(a);
}

/* What failed ends a list of groups; those before it stay. */
static void first_failure(void)
{
	int a = vsock_device(100);

	expect("vsock join 100 left right", 0, "", "");
	expect("vsock leave 100 left nothing right", 1, "",
	       "vhostctl: guest 100: no member of nothing\n");
	expect("vsock list", 0, TABLE "100         right\n", "");
	expect("vsock join 100 good b/d", 2, "", "vhostctl: 'b/d': no name");
	expect("vsock list", 0, TABLE "100         right\n", "");
	close(a);
}

static void unprivileged(void)
{
	int a = vsock_device(100);

	run_unprivileged(true);
	expect("vsock list", 1, "", "vhostctl: the guests of this host: not permitted: that needs CAP_NET_ADMIN\n");
	expect("vsock join 100 left", 1, "", "vhostctl: guest 100: not permitted: that needs CAP_NET_ADMIN\n");
	expect("vsock leave 100 left", 1, "", "vhostctl: guest 100: not permitted: that needs CAP_NET_ADMIN\n");
	expect("vsock exec -g left -- echo {}", 1, "", "vhostctl: the new device: not permitted: that needs CAP_NET_ADMIN\n");
	run_unprivileged(false);
	expect("vsock list", 0, TABLE "100         -\n", "");
	close(a);
}

/* ---- limits ----------------------------------------------------------- */

static void many_groups(void)
{
	int a = vsock_device(100);

	expect("vsock join 100 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", 0, "",
	       "");
	expect("vsock list", 0, TABLE
	       "100         1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", "");
	expect("vsock join 100 17", 1, "", "vhostctl: guest 100: cannot join 17: it is in 16 groups, more are not possible\n");
	expect("vsock leave 100 7", 0, "", "");
	expect("vsock join 100 17", 0, "", "");
	close(a);
}

static void many_members(void)
{
	int fd[RINGSIDE_VSOCK_MAX_MEMBERS];
	int a = vsock_device(100);

	for (int i = 0; i < RINGSIDE_VSOCK_MAX_MEMBERS; i++) {
		fd[i] = vsock_device(1000 + i);
		join(fd[i], "crowd");
	}
	expect("vsock join 100 crowd", 1, "", "vhostctl: guest 100: cannot join crowd: the group has 256 members, more are not possible\n");
	expect("vsock exec -g crowd -- echo {}", 1, "", "vhostctl: the new device: cannot join crowd: the group has 256 members");
	expect("vsock leave 1255 crowd", 0, "", "");
	expect("vsock join 100 crowd", 0, "", "");
	for (int i = 0; i < RINGSIDE_VSOCK_MAX_MEMBERS; i++)
		close(fd[i]);
	expect("vsock list", 0, TABLE "100         crowd\n", "");
	close(a);
}

/* ---- exec ------------------------------------------------------------- */

/* What runs with the device: give it a CID, and see what the tool says then. */
static int be_guest(const char *number, const char *cid)
{
	uint64_t value = strtoull(cid, NULL, 0);

	run_begin();
	if (ioctl(atoi(number), VHOST_VSOCK_SET_GUEST_CID, &value))
		return 100;
	execl(tool_path, "vhostctl", "vsock", "list", NULL);
	return 101;
}

static void exec(void)
{
	char words[8192];

	snprintf(words, sizeof(words),
		 "vsock exec -g left --group right -- %s guest {} 200",
		 self_path);
	expect(words, 0, TABLE "200         left right\n", "");
	expect("vsock list", 0, TABLE, "");
	expect("vsock exec -g left -- readlink /proc/self/fd/{}", 0,
	       "/dev/vhost-vsock\n", "");
	expect("vsock exec -g left -- echo {} a={},b={}{} {}c { }", 0,
	       "3 a=3,b=33 3c { }\n", "");
	snprintf(words, sizeof(words),
		 "vsock exec -g left -p pin=201 -- %s guest {} 200", self_path);
	expect(words, 100, "", "");
	snprintf(words, sizeof(words),
		 "vsock exec -g left -p pin=201 -- %s guest {} 201", self_path);
	expect(words, 0, TABLE "201         left\n", "");
	expect("vsock exec -g left -- test {} = x", 1, "", "");
	expect("vsock exec -g left -- timeout 0.1 sleep {}", 124, "", "");
	expect("vsock exec -g left -- /nothing/here {}", 1, "",
	       "vhostctl: /nothing/here: No such file or directory\n");
	expect("vsock list", 0, TABLE, "");
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "guest"))
		return be_guest(argv[2], argv[3]);
	if (access("/dev/vhost-vsock", F_OK))
		return 77;
	report_begin(120);
	run_begin();
	if (is_kernels_own()) {
		no_groups();
		return report_end();
	}
	see();
	members();
	highest_cid();
	first_failure();
	unprivileged();
	many_groups();
	many_members();
	exec();
	apply();
	return report_end();
}
