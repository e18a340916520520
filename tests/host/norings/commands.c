// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands: no thread is made; those that the device makes of the core's stages
 * and its own report the core's errors first, then its own.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <unistd.h>

#include "lib/iotlb.h"
#include "lib/workers.h"
#include "norings/tests.h"

/* ---- threads ------------------------------------------------------------ */

static int count_tasks(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	if (!dir)
		report_die("/proc/self/task");
	while ((e = readdir(dir)))
		n += isdigit(*e->d_name) != 0;
	closedir(dir);
	return n;
}

static bool no_workers(void)
{
	unsigned int count = 0;

	find_worker("/proc", &count);
	find_worker("/proc/self/task", &count);
	return !count;
}

static void check_no_threads(int fd, const char *when)
{
	struct notify n = notify_fds(fd, 0);

	event_add(n.kick);
	report_ok(event_wait(n.call, 1000) == 1, "a kick causes a call, %s", when);
	report_ok(count_tasks() == 1 && no_workers(), "no thread was made, %s",
		  when);
	notify_close(&n);
}

static void check_worker_cmds(int fd, int want, const char *who)
{
	struct uapi_worker w = { 0 };
	struct uapi_vring_worker vw = { 0, 0 };

	report_note("%s", who);
	went(cmd(fd, VHOST_NEW_WORKER, &w), want, "NEW_WORKER");
	went(cmd(fd, VHOST_FREE_WORKER, &w), want, "FREE_WORKER");
	went(cmd(fd, VHOST_ATTACH_VRING_WORKER, &vw), want,
	     "ATTACH_VRING_WORKER");
	went(cmd(fd, VHOST_GET_VRING_WORKER, &vw), want, "GET_VRING_WORKER");
}

void test_threads(void)
{
	uint8_t mode = VHOST_FORK_OWNER_KTHREAD;
	int fd = node_open();

	check_worker_cmds(fd, EPERM, "without an owner");
	went(cmd(fd, VHOST_SET_OWNER, NULL), 0, "SET_OWNER");
	went(cmd(fd, VHOST_SET_OWNER, NULL), EBUSY, "SET_OWNER again");
	check_no_threads(fd, "as tasks of the owner");
	check_worker_cmds(fd, EINVAL, "by the owner");
	went(cmd(fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	went(cmd(fd, VHOST_SET_FORK_FROM_OWNER, &mode), 0, "kernel threads");
	went(cmd(fd, VHOST_SET_OWNER, NULL), 0, "SET_OWNER");
	check_no_threads(fd, "as kernel threads");
	check_worker_cmds(fd, EINVAL, "by the owner");
	close(fd);
}

/* ---- one queue ---------------------------------------------------------- */

static void check_num(int fd)
{
	const unsigned long nr = VHOST_SET_VRING_NUM;

	went(set_state(fd, nr, 0, 0), EINVAL, "NUM 0");
	went(set_state(fd, nr, 0, 96), EINVAL, "NUM 96, split");
	went(set_state(fd, nr, 0, 65536), EINVAL, "NUM 65536");
	went(set_state(fd, nr, 0, 512), E2BIG, "NUM 512: the device's own bound");
	went(set_state(fd, nr, NORINGS_QUEUES, 64), ENOBUFS, "NUM of no queue");
	report_ok(!node_read(fd, 0).queue.num, "nothing of this was recorded");
	went(set_state(fd, nr, 0, 256), 0, "NUM 256");
	went(set_state(fd, nr, 1, 64), 0, "NUM 64 of another queue");
	report_ok(node_read(fd, 0).queue.num == 256 &&
		  node_read(fd, 1).queue.num == 64, "both are recorded");
}

static int set_addr(int fd, uint64_t desc, unsigned int flags)
{
	struct vhost_vring_addr a = {
		.index = 1,
		.flags = flags,
		.desc_user_addr = desc,
		.avail_user_addr = 0x20000,
		.used_user_addr = 0x30000,
	};

	return cmd(fd, VHOST_SET_VRING_ADDR, &a);
}

static void check_addr(int fd)
{
	/* no address of ours: nobody may follow it */
	const uint64_t addr = 0xfffffffffff10000;

	went(set_addr(fd, addr + 8, 0), EINVAL, "ADDR not aligned");
	went(set_addr(fd, addr, 2), EOPNOTSUPP, "ADDR with an unknown flag");
	went(set_addr(fd, addr, 1 << VHOST_VRING_F_LOG), EXDEV,
	     "ADDR with a log: the device's own error");
	report_ok(!node_read(fd, 1).queue.addrs, "nothing of this was recorded");
	went(set_addr(fd, addr, 0), 0, "ADDR that is no user address");
	report_ok(node_read(fd, 1).queue.addrs == 1 &&
		  node_read(fd, 1).queue.desc == addr, "it is recorded");
}

static void kick_times(int fd, unsigned int queue, int times)
{
	struct notify n = notify_fds(fd, queue);

	for (int i = 0; i < times; i++)
		event_add(n.kick);
	if (!event_wait(n.call, 1000))
		report_ok(false, "no call");
	notify_close(&n);
}

static void check_base(int fd)
{
	const unsigned long nr = VHOST_SET_VRING_BASE;

	report_ok(base_of(fd, 2) == 0, "the base of a new queue");
	went(set_state(fd, nr, 2, 65536), EINVAL, "BASE 65536, split");
	went(set_state(fd, nr, 2, 65533), 0, "BASE 65533");
	report_ok(base_of(fd, 2) == 65533, "it is read back");
	kick_times(fd, 2, 5);
	report_ok(base_of(fd, 2) == 2, "the device has moved on, to %u",
		  base_of(fd, 2));
	went(set_state(fd, nr, 2, 7), 0, "BASE 7");
	report_ok(base_of(fd, 2) == 7, "it begins there");
}

static void check_call(int fd)
{
	const unsigned long nr = VHOST_SET_VRING_CALL;
	uint32_t before = node_read(fd, 0).queue.call_fds;
	int event = event_new();

	went(set_file(fd, nr, 0, 9999), EBADF, "CALL without a file");
	went(set_file(fd, nr, 0, fd), EINVAL, "CALL that is no eventfd");
	went(set_file(fd, nr, NORINGS_QUEUES, event), ENOBUFS,
	     "CALL of no queue");
	report_ok(node_read(fd, 0).queue.call_fds == before,
		  "nothing of this was recorded");
	went(set_file(fd, nr, 0, event), 0, "CALL");
	went(set_file(fd, nr, 0, -1), 0, "CALL -1");
	report_ok(node_read(fd, 0).queue.call_fds == before + 2,
		  "both are recorded");
	close(event);
}

static int owned_commands(int fd)
{
	struct vhost_vring_state s = { 0, 64 };
	struct vhost_vring_addr a = { 0 };
	struct vhost_vring_file f = { 0, -1 };

	if (cmd(fd, VHOST_SET_VRING_NUM, &s) != EPERM ||
	    cmd(fd, VHOST_SET_VRING_ADDR, &a) != EPERM ||
	    cmd(fd, VHOST_SET_VRING_BASE, &s) != EPERM ||
	    cmd(fd, VHOST_GET_VRING_BASE, &s) != EPERM ||
	    cmd(fd, VHOST_SET_VRING_CALL, &f) != EPERM ||
	    cmd(fd, VHOST_SET_VRING_KICK, &f) != EPERM ||
	    cmd(fd, VHOST_RESET_OWNER, NULL) != EPERM)
		return 1;
	return 0;
}

void test_commands(void)
{
	int fd = node_open();

	report_ok(!owned_commands(fd), "EPERM without an owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	check_num(fd);
	check_addr(fd);
	check_base(fd);
	check_call(fd);
	report_ok(!in_child(owned_commands, fd), "EPERM for another process");
	close(fd);
}

/* ---- features ----------------------------------------------------------- */

static int set_features(int fd, uint64_t features)
{
	return cmd(fd, VHOST_SET_FEATURES, &features);
}

static int set_array(int fd, uint64_t features)
{
	uint64_t array[3] = { 2, features, 0 };

	return cmd(fd, VHOST_SET_FEATURES_ARRAY, array);
}

static bool is_packed(int fd)
{
	return !set_state(fd, VHOST_SET_VRING_NUM, 0, 3);
}

/* A reader would wait for ever in a device that can never have a miss. */
static int read_miss(int fd)
{
	char bytes[IOTLB_MSG_BYTES];

	return read(fd, bytes, sizeof(bytes)) < 0 ? errno : 255;
}

void test_features(void)
{
	int fd = node_owned();
	uint64_t offered;

	went(cmd(fd, VHOST_GET_FEATURES, &offered), 0, "GET_FEATURES");
	report_ok(offered == (F_V1 | F_PACKED | F_IOMMU), "what is offered");
	went(set_features(fd, offered), 0, "all that is offered");
	report_ok(is_packed(fd), "the queues know of it");
	went(set_state(fd, VHOST_SET_VRING_BASE, 0, 0x80008000), 0,
	     "BASE of a packed ring");
	report_ok(base_of(fd, 0) == 0x80008000, "it is read back");
	went(in_child(read_miss, fd), EBADFD, "read: no misses, no IOTLB");
	went(set_features(fd, F_V1), 0, "fewer features");
	report_ok(!is_packed(fd), "the queues know of it");
	went(set_features(fd, F_V1 | F_EVENT), EOPNOTSUPP, "one not offered");

	went(cmd(fd, NORINGS_FEATURES_OK, NULL), 0, "FEATURES_OK");
	went(set_features(fd, offered), EBUSY, "features after that");
	went(set_array(fd, offered), EBUSY, "the same, as an array");
	went(set_features(fd, F_V1 | F_EVENT), EOPNOTSUPP, "one not offered");
	went(set_array(fd, F_V1 | F_EVENT), EOPNOTSUPP, "the same, as an array");
	report_ok(!is_packed(fd), "nothing has changed");
	cmd(fd, VHOST_RESET_OWNER, NULL);
	cmd(fd, VHOST_SET_OWNER, NULL);
	went(set_array(fd, offered), 0, "after RESET_OWNER, as an array");
	report_ok(is_packed(fd), "the queues know of it");
	close(fd);
}
