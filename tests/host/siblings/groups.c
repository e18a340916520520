// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of groups: what they take, what they reject, what they tell.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "siblings.h"

#define JOIN RINGSIDE_VSOCK_JOIN_GROUP
#define LEAVE RINGSIDE_VSOCK_LEAVE_GROUP

static void check(int err, int want, const char *what)
{
	report_ok(err == want, "%s: %s, want %s", what, errno_name(err),
		  errno_name(want));
}

static void names(struct guest *g)
{
	static const char *const bad[] = {
		"", "a b", "a/b", "\xc3\xa4", "new\n",
		"00000000000000000000000000000000",	/* 32 and no end */
	};
	struct ringside_vsock_group arg = { .name = "a" };

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(group_cmd(g->d.fd, JOIN, 0, bad[i]), EINVAL, "bad name");
	arg.name[5] = 'b';
	check(cmd(g->d.fd, JOIN, &arg), EINVAL, "bytes behind the name");
	arg = (struct ringside_vsock_group){ .name = "a", .index = 1 };
	check(cmd(g->d.fd, JOIN, &arg), EINVAL, "join with an index");
	check(cmd(g->d.fd, LEAVE, &arg), EINVAL, "leave with an index");
	arg = (struct ringside_vsock_group){ .name = "a", .reserved = 1 };
	check(cmd(g->d.fd, JOIN, &arg), EINVAL, "join, reserved");
	check(cmd(g->d.fd, RINGSIDE_VSOCK_GET_GROUP, &arg), EINVAL,
	      "get, reserved");
	check(group_cmd(g->d.fd, JOIN, 0, "A-z_0.9"), 0, "a good name");
	check(group_cmd(g->d.fd, JOIN, 0, "0000000000000000000000000000000"), 0,
	      "31 characters");
	check(group_cmd(g->d.fd, LEAVE, 0, "0000000000000000000000000000000"),
	      0, "leave it");
	check(group_cmd(g->d.fd, LEAVE, 0, "A-z_0.9"), 0, "leave");
	check(group_cmd(g->d.fd, LEAVE, 0, "A-z_0.9"), ENOENT, "leave again");
}

static int get(int fd, uint64_t cid, uint32_t index, char *name)
{
	struct ringside_vsock_group arg = { .guest_cid = cid, .index = index };
	int err = cmd(fd, RINGSIDE_VSOCK_GET_GROUP, &arg);

	memcpy(name, arg.name, sizeof(arg.name));
	return err;
}

/* Of one guest, through another one's file. */
static void members(struct guest *a, struct guest *b)
{
	char name[RINGSIDE_VSOCK_GROUP_NAME];

	check(group_cmd(a->d.fd, JOIN, CID_B, "one"), 0, "join another");
	check(group_cmd(a->d.fd, JOIN, CID_B, "one"), 0, "once more");
	check(group_cmd(b->d.fd, JOIN, 0, "two"), 0, "join itself");
	report_ok(!get(b->d.fd, 0, 0, name) && !strcmp(name, "one") &&
		  !get(a->d.fd, CID_B, 1, name) && !strcmp(name, "two"),
		  "one and two are notified");
	check(get(b->d.fd, 0, 2, name), ENOENT, "and no third");
	check(get(a->d.fd, 0, 0, name), ENOENT, "the other has none");
	check(group_cmd(a->d.fd, JOIN, 99, "one"), ENODEV, "nobody");
	check(group_cmd(a->d.fd, JOIN, CID_B | 1ull << 32, "one"), ENODEV,
	      "an upper bit");
	check(get(a->d.fd, 99, 0, name), ENODEV, "nobody's groups");
	for (int i = 2; i < RINGSIDE_VSOCK_MAX_GROUPS; i++) {
		snprintf(name, sizeof(name), "more-%d", i);
		group_cmd(b->d.fd, JOIN, 0, name);
	}
	report_ok(!get(b->d.fd, 0, RINGSIDE_VSOCK_MAX_GROUPS - 1, name),
		  "%d groups", RINGSIDE_VSOCK_MAX_GROUPS);
	check(group_cmd(b->d.fd, JOIN, 0, "too-many"), ENOSPC, "one more");
	check(cmd(b->d.fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	check(get(b->d.fd, 0, 0, name), ENOENT, "ends all memberships");
}

static void guests(int fd)
{
	uint64_t cid = 0;

	report_ok(!cmd(fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid) && cid == CID_A,
		  "the first guest");
	report_ok(!cmd(fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid) && cid == CID_B,
		  "the second");
	check(cmd(fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid), ENOENT, "no third");
}

/* Without CAP_NET_ADMIN one can ask about the guest whose file one has. */
static void unprivileged(struct guest *g)
{
	char name[RINGSIDE_VSOCK_GROUP_NAME];
	uint64_t cid = 0;
	int status = -1;

	if (!fork()) {
		int bad = 0;

		if (setgid(65534) || setuid(65534))
			_exit(100);
		bad += group_cmd(g->d.fd, JOIN, 0, "x") != EPERM;
		bad += group_cmd(g->d.fd, LEAVE, 0, "mine") != EPERM;
		bad += group_cmd(g->d.fd, JOIN, CID_B, "x") != EPERM;
		bad += get(g->d.fd, CID_A, 0, name) != EPERM;
		bad += cmd(g->d.fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid) != EPERM;
		bad += get(g->d.fd, 0, 0, name) != 0 || strcmp(name, "mine");
		_exit(bad);
	}
	wait(&status);
	report_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		  "%d of 6 wrong without rights", WEXITSTATUS(status));
}

/* The lab's programs run in one, and there no user namespace can be made. */
static bool leave_chroot(void)
{
	if (chdir("/") || chroot("/tmp"))
		return false;
	for (int i = 0; i < 20; i++)
		if (chdir(".."))
			return false;
	return !chroot(".");
}

/*
 * Anybody can have all rights in namespaces of his own. From there guests may
 * be reached, as by any program; but they are not his.
 */
static void own_namespaces(struct guest *g)
{
	char name[RINGSIDE_VSOCK_GROUP_NAME];
	uint64_t cid = 0;
	int status = -1;

	if (!fork()) {
		int bad = 0, err;

		if (!leave_chroot() || setgid(65534) || setuid(65534))
			_exit(100);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(101);
		bad += group_cmd(g->d.fd, JOIN, 0, "x") != EPERM;
		bad += group_cmd(g->d.fd, JOIN, CID_A, "x") != EPERM;
		bad += group_cmd(g->d.fd, JOIN, CID_B, "x") != EPERM;
		bad += group_cmd(g->d.fd, LEAVE, CID_A, "mine") != EPERM;
		bad += get(g->d.fd, CID_A, 0, name) != EPERM;
		err = cmd(g->d.fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid);
		bad += err != EPERM && err != ENOENT;
		_exit(bad);
	}
	wait(&status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 101) {
		report_skip("no user namespaces", "rights of one's own");
		return;
	}
	report_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		  "%d of 6 wrong with rights of one's own",
		  WEXITSTATUS(status));
}

void test_groups(void)
{
	struct guest a, b;

	pair_start(&a, &b, false);
	names(&a);
	guests(a.d.fd);
	check(group_cmd(a.d.fd, JOIN, 0, "mine"), 0, "join");
	unprivileged(&a);
	own_namespaces(&a);
	check(group_cmd(a.d.fd, LEAVE, 0, "mine"), 0, "leave");
	members(&a, &b);
	guest_close(&a);
	guest_close(&b);
}
