// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parent is like, groups, and parents that lack optional things.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "vdpa/tests.h"

static uint16_t num_max(int fd)
{
	uint16_t num = 0;

	cmd(fd, VHOST_VDPA_GET_VRING_NUM, &num);
	return num;
}

void test_info(void)
{
	uint32_t id = parent_new(USUAL, 3, 5, 4);
	struct vhost_vdpa_iova_range range = {};
	int fd = node_open(id);

	report_ok(get_u32(fd, VHOST_VDPA_GET_DEVICE_ID) == PARENT_DEVICE_ID,
		  "device id");
	report_ok(get_u32(fd, VHOST_VDPA_GET_VQS_COUNT) == 3, "queues");
	report_ok(get_u32(fd, VHOST_VDPA_GET_GROUP_NUM) == 5, "groups");
	report_ok(get_u32(fd, VHOST_VDPA_GET_AS_NUM) == 4, "address spaces");
	report_ok(get_u32(fd, VHOST_VDPA_GET_CONFIG_SIZE) ==
		  PARENT_CONFIG_BYTES, "size of the configuration");
	report_ok(num_max(fd) == PARENT_NUM_MAX, "largest queue");
	report_ok(!cmd(fd, VHOST_VDPA_GET_IOVA_RANGE, &range) &&
		  range.first == PARENT_IOVA_FIRST &&
		  range.last == PARENT_IOVA_LAST, "range of addresses");
	report_ok(get_state(fd, VHOST_VDPA_GET_VRING_SIZE, 2) ==
		  PARENT_NUM_MAX >> 2, "size of queue 2");
	went(-get_state(fd, VHOST_VDPA_GET_VRING_SIZE, 3), ENOBUFS,
	     "size of queue 3, which is not there");
	report_ok(get_u64(fd, VHOST_GET_BACKEND_FEATURES) ==
		  (BIT64(B_MSG_V2) | BIT64(B_BATCH) | BIT64(B_ASID) |
		   BIT64(B_SUSPEND) | BIT64(B_RESUME) | BIT64(B_DESC_ASID)),
		  "backend features");
	went(cmd(fd, VHOST_VDPA_GET_IOVA_RANGE, (void *)8), EFAULT,
	     "nowhere to write to");
	close(fd);
	parent_end(id);
}

/* What the parent does not have, and what then holds instead. */
void test_bare(void)
{
	uint32_t id = parent_new(PARENT_BARE, 2, 2, 2);
	struct vhost_vdpa_iova_range range = {};
	int fd = node_owned(id);

	report_ok(!cmd(fd, VHOST_VDPA_GET_IOVA_RANGE, &range) &&
		  !range.first && range.last == UINT64_MAX, "all addresses");
	report_ok(get_state(fd, VHOST_VDPA_GET_VRING_SIZE, 1) ==
		  PARENT_NUM_MAX, "size of a queue: the largest");
	went(-get_state(fd, VHOST_VDPA_GET_VRING_GROUP, 0), EOPNOTSUPP,
	     "no groups");
	went(-get_state(fd, VHOST_VDPA_GET_VRING_DESC_GROUP, 0), EOPNOTSUPP,
	     "no descriptor groups");
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 0, 1), EOPNOTSUPP,
	     "no choice of an address space");
	went(cmd(fd, VHOST_VDPA_SUSPEND, NULL), EOPNOTSUPP, "no SUSPEND");
	went(cmd(fd, VHOST_VDPA_RESUME, NULL), EOPNOTSUPP, "no RESUME");
	went(set_state(fd, VHOST_SET_VRING_NUM, 0, 1), 0, "smallest queue: 1");
	report_ok(get_u64(fd, VHOST_GET_BACKEND_FEATURES) ==
		  (BIT64(B_MSG_V2) | BIT64(B_BATCH) | BIT64(B_ASID)),
		  "backend features");
	close(fd);
	parent_end(id);
}

static void check_groups(uint32_t id, int fd)
{
	report_ok(get_state(fd, VHOST_VDPA_GET_VRING_GROUP, 1) == 1 &&
		  get_state(fd, VHOST_VDPA_GET_VRING_DESC_GROUP, 1) == 1,
		  "group of a queue");
	went(-get_state(fd, VHOST_VDPA_GET_VRING_GROUP, 2), ENOBUFS,
	     "group of a queue that is not there");
	/* CVE-2026-43248: the first group that is not there */
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 6, 0), EINVAL,
	     "group == number of groups");
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, -1u, 0), EINVAL,
	     "group 2^32 - 1");
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 0, 3), EINVAL,
	     "address space == their number");
	/* 2 queues, 6 groups: all 6 can be set */
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 5, 2), 0,
	     "a group with a number beyond the queues'");
	report_ok(parent_read(id).group_asid[5] == 2, "the parent knows");
	parent_do(id, PARENT_GROUP, 6);
	went(-get_state(fd, VHOST_VDPA_GET_VRING_GROUP, 0), EIO,
	     "a parent that names a group there is not");
	parent_do(id, PARENT_GROUP, -1);
}

void test_groups(void)
{
	uint32_t id = parent_new(USUAL, 2, 6, 3);
	int fd = node_open(id);

	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 0, 1), EPERM,
	     "SET_GROUP_ASID without an owner");
	close(fd);
	fd = node_owned(id);
	check_groups(id, fd);
	node_run(fd);
	went(set_state(fd, VHOST_VDPA_SET_GROUP_ASID, 0, 1), EBUSY,
	     "SET_GROUP_ASID of a running device");
	close(fd);
	parent_end(id);
}
