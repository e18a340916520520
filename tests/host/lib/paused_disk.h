/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block device whose I/O waits for as long as a test says: a linear
 * device-mapper table over a RAM disk. While it is suspended every request to
 * it waits; resumed, they go on. It can also fail them all.
 *
 * Needs the modules dm_mod and brd.
 */
#ifndef RINGSIDE_HOST_PAUSED_DISK_H
#define RINGSIDE_HOST_PAUSED_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct paused_disk {
	int control;		/* /dev/mapper/control */
	char name[32];
	char below[32];		/* the node of the RAM disk */
	char node[32];		/* what is to be opened */
	uint64_t sectors;
};

/** disk_possible() - has this kernel got what is needed */
bool disk_possible(void);

/** disk_open() - the device over RAM disk number @ram */
void disk_open(struct paused_disk *d, const char *name, int ram);

/** disk_close() - remove it; nothing may use it any more */
void disk_close(struct paused_disk *d);

void disk_pause(struct paused_disk *d);
void disk_resume(struct paused_disk *d);

/** disk_set_failing() - all I/O fails from now on, or none */
void disk_set_failing(struct paused_disk *d, bool on);

/** disk_resize() - so many sectors of the RAM disk only */
void disk_resize(struct paused_disk *d, uint64_t sectors);

#endif /* RINGSIDE_HOST_PAUSED_DISK_H */
