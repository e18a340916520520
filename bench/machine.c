// SPDX-License-Identifier: GPL-2.0-only
/* See machine.h. Missing facts stay "unknown". */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine.h"

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown"
#endif

/* Only what may stand in a JSON string as it is. */
static void copy_plain(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from && n + 1 < size; from++) {
		if (*from >= ' ' && *from != '"' && *from != '\\')
			to[n++] = *from;
	}
	to[n] = 0;
}

static void find_cpu(struct machine *m)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	copy_plain(m->cpu, sizeof(m->cpu), "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		if (!strncmp(line, "model name", 10) && value) {
			copy_plain(m->cpu, sizeof(m->cpu), value + 2);
			break;
		}
	}
	if (f)
		fclose(f);
}

static void find_kernel(struct machine *m)
{
	struct utsname u;
	char text[2 * sizeof(u.release)];

	snprintf(text, sizeof(text), "unknown");
	if (!uname(&u))
		snprintf(text, sizeof(text), "%s %s", u.sysname, u.release);
	copy_plain(m->kernel, sizeof(m->kernel), text);
}

void machine_look(struct machine *m)
{
	*m = (struct machine){
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.compiler = "gcc " __VERSION__,
		.flags = BENCH_FLAGS,
	};
	find_cpu(m);
	find_kernel(m);
	if (getloadavg(&m->load, 1) != 1)
		m->load = 0;
}
