// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock: /dev/vhost-vsock under a driver of our own: its ioctls, connections
 * from both sides and their ends, malformed packets, lies, bounds.
 *
 * With the kernel's own module the parts run that can be compared. It never
 * returns the buffer of a malformed packet, which a driver waits for; it logs
 * no data, and bounds other things, at other places.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "tests.h"

static const struct {
	const char *name;
	void (*run)(void);
	const char *ours_only;	/* why the kernel's own cannot be compared */
} parts[] = {
	{ "commands", test_commands },
	{ "ioctls", test_ioctls },
	{ "workers", test_workers },
	{ "busy polling", test_busy },
	{ "ring reset", test_resets },
	{ "IOTLB", test_iotlb },
	{ "connections", test_connections },
	{ "messages", test_messages },
	{ "socket options", test_options },
	{ "zero-copy", test_zerocopy },
	{ "capture", test_capture },
	{ "reboot", test_reboot, "keeps connections over a reboot" },
	{ "dirty log", test_dirty_log, "logs no data" },
	{ "merge", test_merge, "joins nothing" },
	{ "hostile", test_hostile, "returns no bad buffers" },
	{ "hostile rings", test_rings, "says nothing of a broken ring" },
	{ "credit", test_credit },
	{ "CVEs", test_cves },
	{ "bounds", test_bounds, "has other bounds" },
	{ "floods", test_floods, "tells each time" },
	{ "namespaces", test_net_ns },
};

static bool chosen(const char *name)
{
	const char *only = getenv("VSOCK_PART");

	return !only || !*only || !strcmp(only, name);
}

int main(void)
{
	if (access("/dev/vhost-vsock", F_OK))
		return 77;
	report_begin(300);
	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t start = now_ms();

		if (!chosen(parts[i].name))
			continue;
		if (is_kernels_own() && parts[i].ours_only)
			report_skip(parts[i].ours_only, "%s", parts[i].name);
		else
			parts[i].run();
		report_note("%s: %llu ms", parts[i].name,
			    (unsigned long long)(now_ms() - start));
	}
	/* Sockets that lost their guest live on for 8 s with the kernel's own,
	 * and hold it; those that still connect, for CONNECT_MS with both.
	 */
	report_ok(module_falls_to("vhost_vsock", 0,
				  is_kernels_own() ? 10000 : 2 * CONNECT_MS),
		  "nothing uses the module any more");
	return report_end();
}
