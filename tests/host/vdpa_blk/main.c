// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdpa_blk: its disks under a driver that sends every kind of request, right and
 * wrong, attacks its ring, moves, resets, and is reset. Needs the modules brd,
 * vhost_vdpa and vdpa_blk; those of lib/paused_disk.h for one part.
 */
#include "lib/parts.h"
#include "vdpa_blk/tests.h"

static const struct part parts[] = {
	{ "requests", test_requests },
	{ "pieces", test_pieces },
	{ "rings", test_rings },
	{ "memory", test_memory },
	{ "moves", test_moves },
	{ "stuck", test_stuck },
	{ "ends", test_ends },
	{ "random", test_random },
};

int main(void)
{
	return parts_run_on("/sys/module/vdpa_blk", "vdpa_blk", parts,
			    COUNT(parts),
			    env_number("RANDOM_SECONDS", 10) + 400);
}
