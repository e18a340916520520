// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device /dev/vhost-vsock, opened by somebody who is no guest's owner: its
 * group commands, and what their errors mean.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhostctl.h"

static const char device[] = "/dev/vhost-vsock";

/* ---- the commands ----------------------------------------------------- */

int vsock_group(int fd, unsigned long nr, uint32_t cid, const char *name)
{
	struct ringside_vsock_group arg = { .guest_cid = cid };

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	return ioctl(fd, nr, &arg) ? errno : 0;
}

int vsock_group_name(int fd, uint32_t cid, uint32_t index,
		     char name[RINGSIDE_VSOCK_GROUP_NAME])
{
	struct ringside_vsock_group arg = { .guest_cid = cid, .index = index };

	if (ioctl(fd, RINGSIDE_VSOCK_GET_GROUP, &arg))
		return errno;
	memcpy(name, arg.name, sizeof(arg.name));
	name[sizeof(arg.name) - 1] = 0;
	return 0;
}

/* ---- opening ---------------------------------------------------------- */

/*
 * A new device is in no group, and everybody may ask it for its first one. The
 * kernel's own module rejects what it does not know: by ENOTTY, or by EPERM as
 * long as the device has no owner.
 */
static bool knows_groups(int fd)
{
	char name[RINGSIDE_VSOCK_GROUP_NAME];

	return vsock_group_name(fd, 0, 0, name) == ENOENT;
}

static const char *why_not_open(int err)
{
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return ": is the module vhost_vsock loaded?";
	return "";
}

/* A program that is run with it has standard descriptors of its own. */
static int above_standard(int fd)
{
	int above;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return above;
}

int vsock_open(void)
{
	int fd = above_standard(open(device, O_RDWR | O_CLOEXEC));

	if (fd < 0) {
		say_failed("%s: %s%s", device, strerror(errno),
			   why_not_open(errno));
		return -1;
	}
	if (knows_groups(fd))
		return fd;
	say_failed("%s: this is the kernel's own vhost_vsock, which knows no groups",
		   device);
	close(fd);
	return -1;
}

/* ---- errors ----------------------------------------------------------- */

/* Which of the two limits. */
static enum status say_no_space(int fd, uint32_t cid, const char *who,
				const char *group)
{
	char name[RINGSIDE_VSOCK_GROUP_NAME];

	if (!vsock_group_name(fd, cid, RINGSIDE_VSOCK_MAX_GROUPS - 1, name))
		return say_failed("%s: cannot join %s: it is in %d groups, more are not possible",
				  who, group, RINGSIDE_VSOCK_MAX_GROUPS);
	return say_failed("%s: cannot join %s: the group has %d members, more are not possible",
			  who, group, RINGSIDE_VSOCK_MAX_MEMBERS);
}

enum status vsock_say_failed(int fd, uint32_t cid, const char *group, int err)
{
	char who[32] = "the new device";

	if (cid)
		snprintf(who, sizeof(who), "guest %u", cid);
	switch (err) {
	case ENODEV:
		return say_failed("%s: no such guest", who);
	case EPERM:
		return say_failed("%s: not permitted: that needs CAP_NET_ADMIN",
				  who);
	case ENOENT:
		return say_failed("%s: no member of %s", who, group);
	case ENOSPC:
		return say_no_space(fd, cid, who, group);
	default:
		return say_failed("%s, group %s: %s", who, group,
				  strerror(err));
	}
}

/* ---- words of the command line ---------------------------------------- */

bool vsock_is_cid(const char *word, uint32_t *cid)
{
	int base = strncmp(word, "0x", 2) ? 10 : 16;
	unsigned long long value;
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	value = strtoull(word, &end, base);
	/* 0 to 2 and the highest are nobody's */
	if (errno || *end || value < 3 || value >= UINT32_MAX)
		return false;
	*cid = value;
	return true;
}

bool vsock_is_group(const char *word)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(word);

	return len && len < RINGSIDE_VSOCK_GROUP_NAME &&
	       strspn(word, characters) == len;
}

bool vsock_are_groups(const struct command *c, char **words, int n)
{
	for (int i = 0; i < n; i++) {
		if (vsock_is_group(words[i]))
			continue;
		say_usage(c, "'%s': no name of a group: that is 1 to %d of A-Z a-z 0-9 . _ -",
			  words[i], RINGSIDE_VSOCK_GROUP_NAME - 1);
		return false;
	}
	return true;
}
