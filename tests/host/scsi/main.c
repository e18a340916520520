// SPDX-License-Identifier: GPL-2.0-only
/*
 * scsi: /dev/vhost-scsi under a driver of our own, with targets of LIO behind
 * it: ioctls, commands and data, malformed requests, task management, events,
 * ends over storage that does not respond.
 *
 * With the kernel's own module the parts run that can be compared.
 */
#include "tests.h"

static const struct part parts[] = {
	{ "commands", test_commands },
	{ "configfs", test_configfs },
	{ "endpoint", test_endpoint },
	{ "disks", test_disks },
	{ "backstores", test_backstores },
	{ "sizes", test_sizes, "keeps what is beyond its limit" },
	{ "unaligned", test_unaligned, "gives disks what they cannot take" },
	{ "protection", test_protection },
	{ "malformed", test_malformed, "keeps bad requests" },
	{ "control", test_control, "keeps bad requests" },
	{ "notifications", test_notifications },
	{ "firmware", test_firmware },
	{ "TMF", test_tmf },
	{ "aborts", test_aborts },
	{ "events", test_events },
	{ "IOTLB", test_iommu },
	{ "dirty log", test_dirty_log, "logs no data" },
	{ "ends", test_ends },
	{ "stuck", test_stuck, "waits for ever" },
	{ "seen", test_seen, "shows nothing" },
	{ "full", test_full },
	{ "apart", test_apart },
	{ "workers", test_workers },
	{ "hostile rings", test_rings, "says nothing of a broken ring" },
	{ "layout", test_layout, "hands LIO pieces that it misreads" },
	{ "CVEs", test_cves },
};

int main(void)
{
	return parts_run_on(SCSI_NODE, "vhost_scsi", parts, COUNT(parts), 300);
}
