// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target that parts of this program share, and the rings they try.
 */
#include "tests.h"

struct target target;

const struct kind kinds[] = {
	{ "split", F_V1 },
	{ "split, indirect, event index", F_V1 | F_INDIRECT | F_EVENT },
	{ "packed", F_V1 | F_PACKED },
	{ "packed, indirect, event index",
	  F_V1 | F_PACKED | F_INDIRECT | F_EVENT },
};

const unsigned int n_kinds = COUNT(kinds);

void each_kind(uint64_t more, void (*run)(struct scsi_guest *g,
					   const char *name))
{
	struct scsi_guest g;

	for (unsigned int i = 0; i < n_kinds; i++) {
		if (!scsi_start(&g, kinds[i].features | more, WWN)) {
			report_skip("not offered", "%s", kinds[i].name);
			continue;
		}
		run(&g, kinds[i].name);
		report_ok(!g.lost, "%s: %u used twice or never sent",
			  kinds[i].name, g.lost);
		scsi_close(&g);
	}
}

void target_up(void)
{
	lio_ready();
	lio_ramdisk(&target.disk, "disk", DISK_PAGES);
	lio_tpg_make(&target.tpg, WWN, 1);
	errno = lio_lun_add(&target.tpg, 0, &target.disk);
	if (errno)
		report_die("LUN 0");
}

void target_down(void)
{
	lio_tpg_remove(&target.tpg);
	lio_store_remove(&target.disk);
	lio_done();
}

bool target_up_paused(const char *part)
{
	if (!disk_possible()) {
		report_skip("no device-mapper or RAM disk", "%s", part);
		return false;
	}
	target_up();
	disk_open(&target.paused, "paused", 0);
	lio_block(&target.slow, "slow", target.paused.node);
	errno = lio_lun_add(&target.tpg, 1, &target.slow);
	if (errno)
		report_die("LUN 1");
	return true;
}

void target_down_paused(void)
{
	lio_lun_remove(&target.tpg, 1);
	lio_store_remove(&target.slow);
	disk_close(&target.paused);
	target_down();
}
