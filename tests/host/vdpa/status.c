// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status in every order, features, suspend and resume.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "vdpa/tests.h"

enum { ALL = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK };

/* 0 resets, more bits are added, fewer are rejected. */
static bool follows(int fd, uint8_t from, uint8_t to)
{
	int err;

	set_status(fd, 0);
	if (from && set_status(fd, from))
		return false;
	err = set_status(fd, to);
	if (to && (from & ~to))
		return err == EINVAL && status_of(fd) == from;
	return !err && status_of(fd) == to;
}

void test_status(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1), wrong = 0, resets;
	int fd = node_open(id);

	/* each bit is in some of them, in some order */
	for (unsigned int from = 0; from < 256; from += 3)
		for (unsigned int to = 0; to < 256; to += 5)
			wrong += !follows(fd, from, to);
	report_ok(!wrong, "%u of all steps of status went wrong", wrong);
	set_status(fd, 0);
	resets = parent_read(id).resets;
	set_status(fd, 0);
	report_ok(parent_read(id).resets == resets + 1, "0 resets the parent");
	parent_do(id, PARENT_FAIL_RESET, 1);
	went(set_status(fd, 0), EIO, "a parent that cannot");
	close(fd);
	parent_do(id, PARENT_FAIL_RESET, 1);
	went(-node_try(id), EIO, "open of a parent that cannot be reset");
	fd = node_try(id);
	report_ok(fd >= 0, "and of one that can again");
	close(fd);
	parent_end(id);
}

void test_features(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1);
	int fd = node_open(id);
	uint64_t f = get_u64(fd, VHOST_GET_FEATURES), bad;

	report_ok(f == (F_V1 | F_IOMMU | F_PACKED | F_EVENT),
		  "the parent's features");
	went(set_features(fd, f | F_RESET), EOPNOTSUPP, "what is not offered");
	went(set_features(fd, f | F_LOG_ALL), EOPNOTSUPP,
	     "LOG_ALL of a parent that cannot");
	went(set_features(fd, F_V1), EINVAL, "what the parent does not take");
	went(set_features(fd, f), 0, "all");
	report_ok(parent_read(id).features == f, "the parent has them");
	set_status(fd, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	went(set_features(fd, f), EBUSY, "after FEATURES_OK");
	went(cmd(fd, VHOST_SET_OWNER, NULL), 0, "SET_OWNER");
	bad = BIT64(B_DESC_ASID);
	went(cmd(fd, VHOST_SET_BACKEND_FEATURES, &bad), EINVAL,
	     "DESC_ASID without ASID");
	bad = BIT64(B_PERSIST);
	went(cmd(fd, VHOST_SET_BACKEND_FEATURES, &bad), EOPNOTSUPP,
	     "PERSIST of a parent that does not");
	bad = (uintptr_t)fresh_memory(PAGE);
	went(cmd(fd, VHOST_SET_LOG_BASE, &bad), ENOTTY, "SET_LOG_BASE");
	went(cmd(fd, VHOST_SET_LOG_FD, &fd), ENOTTY, "SET_LOG_FD");
	went(cmd(fd, VHOST_NEW_WORKER, &bad), EINVAL, "there are no workers");
	close(fd);
	parent_end(id);
}

/* ---- suspend and resume --------------------------------------------------- */

static bool counted(uint32_t id, uint32_t suspends, uint32_t resumes)
{
	struct parent_record r = parent_read(id);

	return r.suspends == suspends && r.resumes == resumes;
}

/* The calls that programs make and that must change nothing. */
static void check_needless(uint32_t id, int fd)
{
	static const uint8_t steps[] = { 0, 1, 3, 11, 15 };

	for (unsigned int i = 0; i < sizeof(steps); i++) {
		if (steps[i])
			set_status(fd, steps[i]);
		went(cmd(fd, VHOST_VDPA_RESUME, NULL), 0,
		     "RESUME of what was not suspended");
		if (!(steps[i] & DRIVER_OK))
			went(cmd(fd, VHOST_VDPA_SUSPEND, NULL), 0,
			     "SUSPEND of what does not run");
	}
	report_ok(counted(id, 0, 0), "the parent was not bothered");
}

static void check_suspended(uint32_t id, int fd)
{
	went(set_state(fd, VHOST_SET_VRING_BASE, 0, 7), EBUSY,
	     "SET_VRING_BASE of a running queue");
	went(cmd(fd, VHOST_VDPA_SUSPEND, NULL), 0, "SUSPEND");
	went(cmd(fd, VHOST_VDPA_SUSPEND, NULL), 0, "SUSPEND again");
	report_ok(counted(id, 1, 0), "the parent was suspended once");
	went(set_state(fd, VHOST_SET_VRING_BASE, 0, 7), 0, "SET_VRING_BASE");
	report_ok(get_state(fd, VHOST_GET_VRING_BASE, 0) == 7,
		  "GET_VRING_BASE");
}

void test_suspend(void)
{
	uint32_t id = parent_new(USUAL, 2, 1, 1), kicks;
	int fd = node_owned(id);

	check_needless(id, fd);
	set_status(fd, 0);
	node_run(fd);
	check_suspended(id, fd);
	kicks = parent_read(id).kicks[0];
	went(cmd(fd, VHOST_VDPA_RESUME, NULL), 0, "RESUME");
	report_ok(parent_read(id).kicks[0] > kicks && !parent_read(id).kicks[1],
		  "the ready queue is kicked, as nobody else will");
	went(cmd(fd, VHOST_VDPA_RESUME, NULL), 0, "RESUME again");
	report_ok(counted(id, 1, 1), "the parent was resumed once");
	cmd(fd, VHOST_VDPA_SUSPEND, NULL);
	went(set_status(fd, 0), 0, "a reset while suspended");
	node_run(fd);
	report_ok(!get_state(fd, VHOST_GET_VRING_BASE, 0),
		  "the base is the first one");
	went(cmd(fd, VHOST_VDPA_SUSPEND, NULL), 0, "SUSPEND");
	report_ok(counted(id, 3, 1), "a new life, suspended anew");
	close(fd);
	parent_end(id);
}
