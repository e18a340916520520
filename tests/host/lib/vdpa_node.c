// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/report.h"
#include "lib/vdpa_node.h"

static bool find_node(const char *dir, char *path, size_t size)
{
	DIR *d = opendir(dir);
	bool found = false;

	if (!d)
		return false;
	for (struct dirent *e = readdir(d); e && !found; e = readdir(d)) {
		found = !strncmp(e->d_name, "vhost-vdpa-", 11);
		if (found)
			snprintf(path, size, "/dev/%s", e->d_name);
	}
	closedir(d);
	return found && !access(path, R_OK | W_OK);
}

const char *node_path(const char *name)
{
	static char path[300];
	char dir[100];

	snprintf(dir, sizeof(dir), "/sys/bus/vdpa/devices/%s", name);
	for (int i = 0; i < 200; i++) {
		if (find_node(dir, path, sizeof(path)))
			return path;
		usleep(10000);
	}
	report_die("%s has no node", dir);
}
