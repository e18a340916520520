// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdpa: vhost_vdpa through its nodes, on parents of ringside_test_parent.ko where
 * that is loaded; else on the kernel's simulator, as its own vhost_vdpa can be;
 * with VDUSE_PID, on a disk of the daemon that has this process id.
 */
#include <unistd.h>

#include "lib/parts.h"
#include "vdpa/tests.h"

static const struct part on_parents[] = {
	{ "info", test_info },
	{ "bare", test_bare },
	{ "groups", test_groups },
	{ "config", test_config },
	{ "config-call", test_config_call },
	{ "status", test_status },
	{ "features", test_features },
	{ "suspend", test_suspend },
	{ "vrings", test_vrings },
	{ "bases", test_bases },
	{ "notifications", test_notifications },
	{ "messages", test_messages },
	{ "cuts", test_cuts },
	{ "batches", test_batches },
	{ "map-failures", test_map_failures },
	{ "entries", test_entries },
	{ "va", test_va },
	{ "foreign", test_foreign },
	{ "pinned", test_pinned },
	{ "memlock", test_memlock },
	{ "doorbells", test_doorbells },
	{ "open", test_open },
	{ "open-race", test_open_race },
	{ "removal", test_removal },
	{ "held", test_held },
	{ "log", test_log },
	{ "random", test_random },
};

static const struct part on_sim[] = {
	{ "sim", test_sim },
};

static const struct part on_vduse[] = {
	{ "vduse", test_vduse },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int main(void)
{
	if (env_number("VDUSE_PID", 0))
		return parts_run_on("/sys/bus/vdpa", "vhost_vdpa", on_vduse,
				    COUNT(on_vduse), 90);
	if (access(PARENTS, F_OK))
		return parts_run_on("/sys/bus/vdpa", "vhost_vdpa", on_sim,
				    COUNT(on_sim), 60);
	return parts_run_on(PARENTS, "vhost_vdpa", on_parents,
			    COUNT(on_parents),
			    env_number("RANDOM_SECONDS", 10) + 150);
}
