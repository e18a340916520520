// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block device that waits; see paused_disk.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "paused_disk.h"
#include "report.h"

#define CONTROL "/dev/mapper/control"

struct dm_arg {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char params[64];
};

bool disk_possible(void)
{
	return !access(CONTROL, R_OK | W_OK) && !access("/dev/ram0", R_OK);
}

static int dm(struct paused_disk *d, unsigned long nr, struct dm_arg *a,
	      uint32_t flags)
{
	a->head.version[0] = DM_VERSION_MAJOR;
	a->head.data_size = sizeof(*a);
	a->head.data_start = offsetof(struct dm_arg, target);
	a->head.flags = flags;
	snprintf(a->head.name, sizeof(a->head.name), "%s", d->name);
	return ioctl(d->control, nr, a) ? errno : 0;
}

static void must(struct paused_disk *d, unsigned long nr, struct dm_arg *a,
		 uint32_t flags, const char *what)
{
	errno = dm(d, nr, a, flags);
	if (errno)
		report_die("device-mapper, %s: %s", d->name, what);
}

static void load(struct paused_disk *d, const char *type, const char *params)
{
	struct dm_arg a = { .head.target_count = 1 };

	a.target.length = d->sectors;
	snprintf(a.target.target_type, sizeof(a.target.target_type), "%s",
		 type);
	snprintf(a.params, sizeof(a.params), "%s", params);
	must(d, DM_TABLE_LOAD, &a, 0, "load");
}

static void load_linear(struct paused_disk *d)
{
	char params[64];

	snprintf(params, sizeof(params), "%s 0", d->below);
	load(d, "linear", params);
}

static void suspend(struct paused_disk *d)
{
	struct dm_arg a = { 0 };

	must(d, DM_DEV_SUSPEND, &a, DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG,
	     "suspend");
}

static void resume(struct paused_disk *d)
{
	struct dm_arg a = { 0 };

	must(d, DM_DEV_SUSPEND, &a, 0, "resume");
}

/* devtmpfs makes dm-N; the name that udev would give it is not there. */
void disk_open(struct paused_disk *d, const char *name, int ram)
{
	struct dm_arg a = { 0 };
	uint64_t bytes = 0;
	int fd;

	*d = (struct paused_disk){ .control = open(CONTROL, O_RDWR) };
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->below, sizeof(d->below), "/dev/ram%d", ram);
	fd = open(d->below, O_RDONLY);
	if (d->control < 0 || fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		report_die("%s", d->below);
	close(fd);
	d->sectors = bytes / 512;
	must(d, DM_DEV_CREATE, &a, 0, "create");
	snprintf(d->node, sizeof(d->node), "/dev/dm-%u", minor(a.head.dev));
	load_linear(d);
	resume(d);
}

void disk_close(struct paused_disk *d)
{
	struct dm_arg a = { 0 };

	must(d, DM_DEV_REMOVE, &a, 0, "remove");
	close(d->control);
}

void disk_pause(struct paused_disk *d)
{
	suspend(d);
}

void disk_resume(struct paused_disk *d)
{
	resume(d);
}

void disk_set_failing(struct paused_disk *d, bool on)
{
	if (on)
		load(d, "error", "");
	else
		load_linear(d);
	suspend(d);
	resume(d);
}

void disk_resize(struct paused_disk *d, uint64_t sectors)
{
	d->sectors = sectors;
	load_linear(d);
	suspend(d);
	resume(d);
}
