// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that are called as workers of vhost are; see workers.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/report.h"
#include "workers.h"

static bool is_worker(const char *task)
{
	char path[80], name[20] = "";
	int fd, n;

	snprintf(path, sizeof(path), "%.60s/comm", task);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	return n > 0 && (!strncmp(name, "vhost-", 6) || !strncmp(name, "vh-", 3));
}

pid_t find_worker(const char *where, unsigned int *count)
{
	DIR *dir = opendir(where);
	struct dirent *e;
	pid_t found = 0;

	while (dir && (e = readdir(dir))) {
		char path[80];

		snprintf(path, sizeof(path), "%.40s/%.20s", where, e->d_name);
		if (*e->d_name < '1' || *e->d_name > '9' || !is_worker(path))
			continue;
		found = found ? found : atoi(e->d_name);
		++*count;
	}
	if (dir)
		closedir(dir);
	return found;
}

void workers_none_left(void)
{
	unsigned int left = 1;

	for (int i = 0; left && i < 30; i++) {
		left = 0;
		find_worker("/proc", &left);
		usleep(left ? 100000 : 0);
	}
	report_ok(!left, "%u workers are left", left);
}
