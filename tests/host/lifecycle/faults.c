// SPDX-License-Identifier: GPL-2.0-only
/*
 * The owner is killed while its worker waits for a page of the ring. The page
 * never comes, but that is no fault of the ring: no error eventfd, no word in
 * the kernel's log.
 *
 * userfaultfd(2) makes the page that does not come.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/owner.h"
#include "lifecycle/life.h"

enum { PAGE = 4096, CANNOT = 99, LOST = 98, FAULT_MS = 2000, LIMIT_MS = 20000 };

static int new_userfault(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* From now on whoever touches the page waits. */
static bool take_page(int uffd, void *page)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)page, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return !ioctl(uffd, UFFDIO_REGISTER, &reg) &&
	       !madvise(page, PAGE, MADV_REMOVE);
}

static bool is_touched(int uffd)
{
	struct pollfd p = { .fd = uffd, .events = POLLIN };

	return poll(&p, 1, FAULT_MS) == 1;
}

struct plan {
	uint64_t features;
	int err_fd;
};

/* The owner: a running device, then a kick for a ring that has gone. */
static int owner(void *arg, int ready)
{
	const struct plan *p = arg;
	int uffd = new_userfault();
	struct queue *q;
	struct life f;
	void *page;

	if (uffd < 0 || !life_begin(&f, RUNNING, p->features))
		return CANNOT;
	q = &f.d.q[TX];
	if (queue_set_file(q, VHOST_SET_VRING_ERR, p->err_fd))
		return 1;
	usleep(20000);		/* the worker has come to rest */
	page = (void *)((uintptr_t)q->cfg.area[DRV_DRIVER] &
			~(uintptr_t)(PAGE - 1));
	if (!take_page(uffd, page))
		return CANNOT;
	queue_kick(q);
	if (!is_touched(uffd))
		return LOST;
	if (!owner_is_ready(ready))
		return 1;
	for (;;)
		pause();
}

/* ---- the kernel's log ------------------------------------------------------ */

static int log_from_here(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static int lines_with(int fd, const char *word)
{
	char line[1024];
	ssize_t len;
	int n = 0;

	while ((len = read(fd, line, sizeof(line) - 1)) > 0) {
		line[len] = 0;
		n += strstr(line, word) != NULL;
	}
	return n;
}

/* ---- the test -------------------------------------------------------------- */

static void try(const char *name, uint64_t features)
{
	struct plan p = { features, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	const struct owner o = { .run = owner, .arg = &p, .killed = true, .limit_ms = LIMIT_MS };
	int log = log_from_here(), status, lines;
	uint64_t errors;

	status = owner_run(&o);
	errors = event_wait(p.err_fd, 200);
	lines = log < 0 ? 0 : lines_with(log, "broken");
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		report_skip("no userfaultfd, or not offered",
			    "killed in a page fault, %s", name);
	else
		report_ok(owner_was_killed(status) && !errors && !lines,
			  "killed in a page fault, %s: status %#x, %llu errors, %d lines in the log",
			  name, status, (unsigned long long)errors, lines);
	close(p.err_fd);
	close(log);
}

void life_faults(void)
{
	const char *whose = getenv("LAB_MODULES");

	if (whose && !strcmp(whose, "kernel")) {
		report_skip("Linux signals the error eventfd",
			    "killed in a page fault");
		return;
	}
	try("split", F_V1 | F_EVENT);
	try("packed", F_V1 | F_EVENT | F_PACKED);
}
