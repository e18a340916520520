// SPDX-License-Identifier: GPL-2.0-only
/*
 * norings: a device without workers and without rings of the core, through its
 * node. It needs ringside_test_norings.ko; without it there is no result.
 */
#include <unistd.h>

#include "lib/hostmem.h"
#include "norings/tests.h"

static void (*const parts[])(void) = {
	test_threads, test_commands, test_features, test_messages, test_asids,
	test_batches, test_calls, test_early_kick, test_swaps, test_reset,
	test_pending, test_kills, test_many,
};

int main(void)
{
	int files;

	report_begin(170);
	if (access(NODE, F_OK))
		report_die(NODE);
	files = hostmem_files();
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i]();
	report_ok(hostmem_files() == files, "no file is left open here");
	report_ok(module_falls_to(MODULE, 0, 5000),
		  "nothing uses the module any more");
	return report_end();
}
