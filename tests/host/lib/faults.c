// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/faults.h"
#include "lib/report.h"

#define DEBUG "/sys/kernel/debug/"

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

bool faults_begin(void)
{
	if (access(DEBUG "failslab", F_OK))
		mount("debugfs", DEBUG, "debugfs", 0, NULL);
	/* as if by default: allocations that can wait fail, too; no traces */
	put(DEBUG "fail_page_alloc/ignore-gfp-wait", "N");
	put(DEBUG "fail_page_alloc/min-order", "0");
	put(DEBUG "fail_page_alloc/verbose", "0");
	return put(DEBUG "failslab/ignore-gfp-wait", "N") &&
	       put(DEBUG "failslab/verbose", "0") &&
	       put(DEBUG "fail_usercopy/verbose", "0");
}

static int open_nth(pid_t tid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", tid);
	fd = open(path, O_RDWR);
	if (fd < 0) {	/* a worker that is no thread of ours */
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", tid);
		fd = open(path, O_RDWR);
	}
	if (fd < 0)
		report_die("fail-nth of %d", tid);
	return fd;
}

static int nth = -1;	/* open while faults are enabled: opening it has such places, too */

void fault_inject(pid_t tid, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	nth = open_nth(tid);
	if (write(nth, text, strlen(text)) < 0)
		report_die("fail-nth");
}

/* The calling thread may be the one with faults enabled: these two copies can be the place. */
bool fault_stop(void)
{
	char text[16] = "";
	ssize_t n = read(nth, text, sizeof(text) - 1);

	if (n < 0 && errno != EFAULT)
		report_die("fail-nth");
	if (write(nth, "0", 1) < 0 && write(nth, "0", 1) < 0)
		report_die("fail-nth");
	close(nth);
	return n > 0 && !atoi(text);
}
