// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's owner and the driver are two processes with shared memory: the
 * worker must use the owner's addresses, whoever kicks.
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "traffic/tests.h"

static const struct traffic_plan plan = { .tx = 1500, .rx = 1500, .lazy = 5 };

/* In the child: 0 when all went well. */
static int drive(struct device *d, struct link *l)
{
	const char *why = traffic_once(d, l, &plan);

	if (why)
		report_note("in the child: %s", why);
	return why != NULL;
}

static void try(const char *name, uint64_t features)
{
	struct device d;
	struct link l;
	int status = -1;
	pid_t pid;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "driver in a child, %s", name);
		device_close(&d);
		return;
	}
	link_tap(&l, header_bytes(features));
	if (device_ready(&d, features, 128) ||
	    device_set_backend(&d, l.backend))
		report_die("device");
	pid = fork();
	if (!pid)
		_exit(drive(&d, &l));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		report_die("fork");
	report_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		  "driver in a child, %s", name);
	link_close(&l);
	device_close(&d);
}

void traffic_processes(void)
{
	try("split", F_V1 | F_EVENT);
	try("packed", F_V1 | F_EVENT | F_PACKED);
	try("packed, in order", F_V1 | F_EVENT | F_PACKED | F_ORDER);
}
