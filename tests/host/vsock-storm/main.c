// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock-storm; see storm.h.
 *
 * The kernel's own module never returns the buffer of a malformed packet, so
 * floods of such end there with a ring that is full; it charges no cgroup for
 * what guests send; and data for one guest reached another that took its CID,
 * 132 times in 3 s.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storm.h"

static const struct {
	const char *name;
	void (*run)(void);
	const char *ours_only;	/* why the kernel's own cannot be compared */
} parts[] = {
	{ "floods", storm_floods, "returns no bad buffers" },
	{ "charge", storm_charge, "charges nobody" },
	{ "churn", storm_churn },
	{ "CIDs", storm_cids, "mixes up guests of one CID" },
	{ "ends", storm_ends },
};

static bool is_kernels_own(void)
{
	const char *whose = getenv("LAB_MODULES");

	return whose && !strcmp(whose, "kernel");
}

static bool chosen(const char *name)
{
	const char *only = getenv("VSOCK_PART");

	return !only || !*only || !strcmp(only, name);
}

int main(void)
{
	if (access("/dev/vhost-vsock", F_OK))
		return 77;
	report_begin(390);
	report_note("%u rounds", rounds());
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
	report_ok(module_falls_to("vhost_vsock", 0,
				  is_kernels_own() ? 10000 : 2 * CONNECT_MS),
		  "nothing uses the module any more");
	return report_end();
}
