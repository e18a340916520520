// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of tests for one kind of device, made of parts; see parts.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostmem.h"
#include "parts.h"
#include "vsock_guest.h"

bool is_kernels_own(void)
{
	const char *whose = getenv("LAB_MODULES");

	return whose && !strcmp(whose, "kernel");
}

static bool chosen(const char *name)
{
	static const char *const variables[] = {
		"VSOCK_PART", "ASYNC_PART", "SCSI_PART", "VDPA_BLK_PART",
	};

	for (unsigned int i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *only = getenv(variables[i]);

		if (only && *only)
			return !strcmp(only, name);
	}
	return true;
}

static void run(const struct part *part)
{
	uint64_t start = now_ms();

	if (is_kernels_own() && part->ours_only)
		report_skip(part->ours_only, "%s", part->name);
	else
		part->run();
	report_note("%s: %llu ms", part->name,
		    (unsigned long long)(now_ms() - start));
}

int parts_run_on(const char *node, const char *module, const struct part *parts,
		 unsigned int n, unsigned int seconds)
{
	if (access(node, F_OK))
		return 77;
	report_begin(seconds);
	for (unsigned int i = 0; i < n; i++)
		if (chosen(parts[i].name))
			run(&parts[i]);
	/* Sockets that lost their guest live on for 8 s with the kernel's own,
	 * and hold it; those that still connect, for CONNECT_MS with both.
	 */
	report_ok(module_falls_to(module, 0,
				  is_kernels_own() ? 10000 : 2 * CONNECT_MS),
		  "nothing uses the module any more");
	return report_end();
}

int parts_run(const struct part *parts, unsigned int n, unsigned int seconds)
{
	return parts_run_on("/dev/vhost-vsock", "vhost_vsock", parts, n,
			    seconds);
}
