// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdpa: vhost_vdpa through its nodes. On parents made for it where
 * ringside_test_parent.ko is loaded; the kernel's own vhost_vdpa, to compare
 * with, meets simulators only.
 */
#include "lib/parts.h"
#include "vdpa/tests.h"

#define ON_PARENTS "its parents are for ours"

static const struct part parts[] = {
	{ "info", test_info, ON_PARENTS },
	{ "bare", test_bare, ON_PARENTS },
	{ "groups", test_groups, ON_PARENTS },
	{ "config", test_config, ON_PARENTS },
	{ "config-call", test_config_call, ON_PARENTS },
	{ "status", test_status, ON_PARENTS },
	{ "features", test_features, ON_PARENTS },
	{ "suspend", test_suspend, ON_PARENTS },
	{ "vrings", test_vrings, ON_PARENTS },
	{ "bases", test_bases, ON_PARENTS },
	{ "notifications", test_notifications, ON_PARENTS },
	{ "messages", test_messages, ON_PARENTS },
	{ "cuts", test_cuts, ON_PARENTS },
	{ "batches", test_batches, ON_PARENTS },
	{ "map-failures", test_map_failures, ON_PARENTS },
	{ "entries", test_entries, ON_PARENTS },
	{ "va", test_va, ON_PARENTS },
	{ "foreign", test_foreign, ON_PARENTS },
	{ "pinned", test_pinned, ON_PARENTS },
	{ "memlock", test_memlock, ON_PARENTS },
	{ "doorbells", test_doorbells, ON_PARENTS },
	{ "open", test_open, ON_PARENTS },
	{ "open-race", test_open_race, ON_PARENTS },
	{ "removal", test_removal, ON_PARENTS },
	{ "held", test_held, ON_PARENTS },
	{ "log", test_log, ON_PARENTS },
	{ "random", test_random, ON_PARENTS },
};

int main(void)
{
	return parts_run_on("/sys/bus/vdpa", "vhost_vdpa", parts,
			    sizeof(parts) / sizeof(parts[0]),
			    env_number("RANDOM_SECONDS", 10) + 150);
}
