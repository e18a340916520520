// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory cgroup of one's own; see cgroup.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "lib/report.h"

#define ROOT "/run/vsock-storm-cgroup"
#define OURS ROOT "/owner"

/*
 * Open from before there is a limit: who is at it gets no memory for the file of
 * another open().
 */
static int max_fd = -1;

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool enter(void)
{
	mkdir(ROOT, 0755);
	if (mount("none", ROOT, "cgroup2", 0, NULL) ||
	    !put(ROOT "/cgroup.subtree_control", "+memory") ||
	    mkdir(OURS, 0755) || !put(OURS "/cgroup.procs", "0"))
		return false;
	max_fd = open(OURS "/memory.max", O_WRONLY);
	return max_fd >= 0;
}

static void leave(void)
{
	close(max_fd);
	put(ROOT "/cgroup.procs", "0");
	for (int i = 0; i < 50 && rmdir(OURS); i++)
		usleep(10000);
	umount(ROOT);
	rmdir(ROOT);
}

void cgroup_run(void (*test)(void), const char *name)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		alarm(60);
		if (enter())
			test();
		else
			report_skip("no memory controller", "%s", name);
		leave();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		report_ok(false, "%s: status %#x", name, status);
}

long cgroup_kib(void)
{
	long long bytes = -1;
	FILE *f = fopen(OURS "/memory.current", "r");

	if (!f || fscanf(f, "%lld", &bytes) != 1)
		report_die("memory.current");
	fclose(f);
	return bytes / 1024;
}

void cgroup_limit(long kib)
{
	char text[32] = "max";

	if (kib)
		snprintf(text, sizeof(text), "%ld", kib * 1024);
	if (pwrite(max_fd, text, strlen(text), 0) != (ssize_t)strlen(text))
		report_die("memory.max %s", text);
}
