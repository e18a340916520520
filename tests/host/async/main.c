// SPDX-License-Identifier: GPL-2.0-only
/*
 * async: tests of devices that complete requests later, in any order and
 * context, with ringside_test_async. By the environment:
 *   ASYNC_SECONDS	time of the part "stops" (10); from 60 on also of the part
 *			"storm", which is left out else
 *   ASYNC_PART		only this part
 */
#include "async/world.h"
#include "lib/parts.h"

static const struct part parts[] = {
	{ "traffic", part_traffic },
	{ "stops", part_stops },
	{ "migrate", part_migrate },
	{ "moves", part_moves },
	{ "iotlb", part_iotlb },
	{ "held", part_held },
	{ "hostile", part_hostile },
	{ "storm", part_storm },
	/* the last one: the module is unloaded right after it */
	{ "ends", part_ends },
};

int main(void)
{
	return parts_run_on(NODE, "ringside_test_async", parts,
			    sizeof(parts) / sizeof(parts[0]),
			    env_number("ASYNC_SECONDS", 10) * 2 + 600);
}
