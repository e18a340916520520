// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock-storm; see storm.h.
 *
 * The kernel's own module never returns the buffer of a malformed packet, so
 * floods of such end there with a ring that is full; it charges no cgroup for
 * what guests send; and data for one guest reached another that took its CID,
 * 132 times in 3 s.
 */
#include "lib/parts.h"
#include "storm.h"

static const struct part parts[] = {
	{ "floods", storm_floods, "returns no bad buffers" },
	{ "charge", storm_charge, "charges nobody" },
	{ "memory", storm_memory, "charges nobody" },
	{ "mutual", storm_mutual },
	{ "churn", storm_churn },
	{ "CIDs", storm_cids, "mixes up guests of one CID" },
	{ "ends", storm_ends },
	{ "many", storm_many, "keeps connections over a reboot" },
};

int main(void)
{
	report_note("%u rounds", rounds());
	return parts_run(parts, sizeof(parts) / sizeof(parts[0]), 390);
}
