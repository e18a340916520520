/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of this program, a file each; a guest is lib/scsi_guest.h, its
 * target lib/lio.h.
 */
#ifndef RINGSIDE_HOST_SCSI_TESTS_H
#define RINGSIDE_HOST_SCSI_TESTS_H

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lio.h"
#include "lib/paused_disk.h"
#include "lib/parts.h"
#include "lib/scsi_guest.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define WWN "naa.6001405000000001"
#define OTHER_WWN "naa.6001405000000002"

enum { DISK_PAGES = 2048, DISK_BLOCKS = DISK_PAGES * 8 };

/* ---- rings to be tried (rings.c) --------------------------------------- */

struct kind {
	const char *name;
	uint64_t features;
};

extern const struct kind kinds[];
extern const unsigned int n_kinds;

/** each_kind() - start a guest on the target for each, run, close it */
void each_kind(uint64_t more, void (*run)(struct scsi_guest *g,
					   const char *name));

/* ---- the target (target.c) --------------------------------------------- */

struct target {
	struct lio_tpg tpg;
	struct lio_store disk;		/* LUN 0: a RAM disk of DISK_PAGES */
	struct lio_store slow;		/* LUN 1 of target_up_paused() */
	struct paused_disk paused;
};

extern struct target target;

void target_up(void);
void target_down(void);

/**
 * target_up_paused() - the same, and LUN 1 is an iblock on target.paused
 *
 * Return: false when this kernel has no device-mapper; the part is skipped.
 */
bool target_up_paused(const char *part);
void target_down_paused(void);

/* ---- the parts --------------------------------------------------------- */

void test_commands(void);	/* ioctls and their errnos */
void test_configfs(void);	/* the fabric's files */
void test_endpoint(void);	/* set and cleared: again, at once, racing */
void test_disks(void);		/* commands and data */
void test_backstores(void);	/* file, block device; failing; residuals */
void test_sizes(void);		/* requests of many MiB */
void test_unaligned(void);	/* buffers at odd places */
void test_protection(void);	/* T10-PI */
void test_malformed(void);	/* requests of each wrong kind */
void test_control(void);	/* malformed control requests */
void test_notifications(void);	/* query and subscribe */
void test_rings(void);		/* malformed rings */
void test_firmware(void);	/* one queue, legacy layout, padding */
void test_tmf(void);		/* task management, nothing in flight */
void test_aborts(void);		/* task management of commands that wait */
void test_events(void);
void test_iommu(void);		/* behind an IOTLB */
void test_dirty_log(void);
void test_ends(void);		/* stop, clear and close over waiting storage */
void test_stuck(void);		/* the same, and it never responds */
void test_seen(void);		/* what administrators see meanwhile */
void test_full(void);		/* more commands than the device has room for */
void test_apart(void);		/* LUN that hangs, other queues and guests */
void test_workers(void);
void test_layout(void);		/* buffers in pieces that LIO does not expect */
void test_cves(void);

#endif /* RINGSIDE_HOST_SCSI_TESTS_H */
