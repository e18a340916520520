// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock: /dev/vhost-vsock under a driver of our own: its ioctls, connections
 * from both sides and their ends, malformed packets, lies, bounds.
 *
 * With the kernel's own module the parts run that can be compared. It never
 * returns the buffer of a malformed packet, which a driver waits for; it logs
 * no data, and bounds other things, at other places.
 */
#include "tests.h"

static const struct part parts[] = {
	{ "commands", test_commands },
	{ "ioctls", test_ioctls },
	{ "partial", test_partial, "starts all queues or none" },
	{ "workers", test_workers },
	{ "busy polling", test_busy },
	{ "ring reset", test_resets },
	{ "IOTLB", test_iotlb },
	{ "pending", test_pending, "waits for a kick after a pause" },
	{ "connections", test_connections },
	{ "messages", test_messages },
	{ "socket options", test_options },
	{ "linger", test_linger },
	{ "zero-copy", test_zerocopy },
	{ "capture", test_capture },
	{ "reboot", test_reboot, "keeps connections over a reboot" },
	{ "endings", test_endings, "loses what was sent last" },
	{ "connecting", test_connecting, "lets them time out" },
	{ "stuck", test_stuck, "waits for programs" },
	{ "pause", test_pause, "waits for a kick after a pause" },
	{ "dirty log", test_dirty_log, "logs no data" },
	{ "merge", test_merge, "joins nothing" },
	{ "hostile", test_hostile, "returns no bad buffers" },
	{ "hostile rings", test_rings, "says nothing of a broken ring" },
	{ "credit", test_credit },
	{ "CVEs", test_cves },
	{ "bounds", test_bounds, "has other bounds" },
	{ "budget", test_budget, "has other bounds" },
	{ "floods", test_floods, "sends each time" },
	{ "no memory", test_nomem, "loses data" },
	{ "namespaces", test_net_ns },
};

int main(void)
{
	return parts_run(parts, sizeof(parts) / sizeof(parts[0]), 300);
}
