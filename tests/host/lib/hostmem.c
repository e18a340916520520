// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host has in use; see hostmem.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostmem.h"
#include "report.h"

/* A line "Name:   123 kB". */
static long meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[100], key[50];
	long value, found = -1;

	if (!f)
		report_die("/proc/meminfo");
	while (found < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%49[^:]: %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			found = value;
	fclose(f);
	if (found < 0)
		report_die("no %s in /proc/meminfo", name);
	return found;
}

long hostmem_slab(void)
{
	return meminfo("SUnreclaim");
}

long hostmem_free(void)
{
	return meminfo("MemAvailable");
}

int hostmem_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -1;	/* the directory itself */

	if (!dir)
		report_die("/proc/self/fd");
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

long module_uses(const char *module)
{
	char path[100];
	long uses = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	f = fopen(path, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &uses) != 1)
		uses = -1;
	fclose(f);
	return uses;
}

bool module_falls_to(const char *module, long uses, int ms)
{
	uint64_t until = now_ms() + ms;

	while (module_uses(module) > uses) {
		if (now_ms() >= until)
			return false;
		usleep(10000);
	}
	return true;
}
