// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock join, vsock leave: groups of a guest that is there. They are taken in
 * the order given; the first that fails ends it.
 */
#include <unistd.h>

#include "vhostctl.h"

static enum status for_each_group(unsigned long nr, uint32_t cid, char **groups,
				  int n)
{
	enum status status = DONE;
	int fd = vsock_open();

	if (fd < 0)
		return FAILED;
	for (int i = 0; status == DONE && i < n; i++) {
		int err = vsock_group(fd, nr, cid, groups[i]);

		if (err)
			status = vsock_say_failed(fd, cid, groups[i], err);
	}
	close(fd);
	return status;
}

static enum status change(const struct command *self, unsigned long nr,
			  int argc, char **argv)
{
	uint32_t cid;

	if (argc < 3)
		return say_usage(self, "a guest and its groups are missing");
	if (!vsock_is_cid(argv[1], &cid))
		return say_usage(self, "'%s': no CID of a guest: that is 3 to %u",
				 argv[1], UINT32_MAX - 1);
	if (!vsock_are_groups(self, argv + 2, argc - 2))
		return USAGE;
	return for_each_group(nr, cid, argv + 2, argc - 2);
}

enum status vsock_join(const struct command *self, int argc, char **argv)
{
	return change(self, RINGSIDE_VSOCK_JOIN_GROUP, argc, argv);
}

enum status vsock_leave(const struct command *self, int argc, char **argv)
{
	return change(self, RINGSIDE_VSOCK_LEAVE_GROUP, argc, argv);
}
