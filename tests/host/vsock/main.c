// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock: /dev/vhost-vsock under a driver of our own: its ioctls, connections
 * from both sides and their ends, malformed packets, bounds.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

/*
 * The kernel's own returns no bad buffers, logs no data and bounds less, so
 * the driver here would wait for it.
 */
static bool ours(void)
{
	const char *whose = getenv("LAB_MODULES");

	return !whose || strcmp(whose, "kernel");
}

int main(void)
{
	if (!ours() || access("/dev/vhost-vsock", F_OK))
		return 77;
	report_begin(180);
	test_ioctls();
	test_connections();
	test_reboot();
	test_dirty_log();
	test_hostile();
	test_bounds();
	usleep(2 * CONNECT_MS * 1000);
	return report_end();
}
