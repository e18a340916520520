// SPDX-License-Identifier: GPL-2.0-only
/*
 * last: the guest reports a status, its last act, and restarts at once; the host reads it later. The report must be
 * there, whole, and behind it the end: ECONNRESET, since the guest said no goodbye. With order.number 1 QEMU ends at
 * the restart; with 0 the guest serves again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "vpeer.h"

enum { LATE_US = 100000 };

static const char report[] = "EXIT_STATUS=0";

static void expect_report(int fd)
{
	char got[2 * sizeof(report)];
	ssize_t n = recv(fd, got, sizeof(got), 0);

	if (n != sizeof(report) || memcmp(got, report, sizeof(report)))
		die("instead of the report: %zd: %m", n);
	n = recv(fd, got, sizeof(got), 0);
	if (n != -1 || errno != ECONNRESET)
		die("behind the report: %zd: %s", n, n < 0 ? strerror(errno) : "no error");
}

/* The control connection ends with the guest. */
static void wait_lost(const struct job *j)
{
	char c;

	while (recv(j->control, &c, 1, 0) > 0)
		;
}

void check_last_host(struct job *j)
{
	int fd = meet(j, GUEST);

	send_word(j, REBOOT, 0);
	wait_lost(j);
	usleep(LATE_US);
	expect_report(fd);
	close(fd);
	close(j->control);
	j->control = -1;
	if (!j->order.number)
		wait_for(j->cid);
}

void check_last_guest(struct job *j)
{
	int fd = meet(j, GUEST);

	expect_word(j, REBOOT);
	send_all(fd, report, sizeof(report));
	reboot(RB_AUTOBOOT);
}
