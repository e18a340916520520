// SPDX-License-Identifier: GPL-2.0-only
/*
 * An owner whose memory does not come: its worker waits in a page fault that
 * nobody serves, with the lock of its queue, and an ioctl waits for that lock with
 * the lock of the device. Who looks does not wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { NUM = 64, SOON_MS = 2000, HDR = 12, LEN = 100 };

/* From here on nobody has these bytes. Return: the descriptor, or -1. */
static int withhold(void *at, size_t bytes)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)at, bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (ioctl(fd, UFFDIO_API, &api) ||
	    mmap(at, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		report_die("userfaultfd");
	return fd;
}

static void *stop(void *ctx)
{
	struct subject *s = ctx;

	if (device_set_backend(&s->d, -1))
		report_ok(false, "stop");
	return NULL;
}

static void look(struct subject *s)
{
	uint64_t start = now_ms(), took;
	struct nl_object o;

	went(nl_get_dev(&s->nl, s->id, &o), 0, "the device");
	went(nl_get_queue(&s->nl, s->id, TX, &o), 0, "the queue that is stuck");
	report_ok(nl_number(o.attrs, VHOST_A_QUEUE_STATE, ~0ull) ==
			  VHOST_QUEUE_STATE_RUNNING,
		  "it runs");
	went(nl_get_worker(&s->nl, s->id, 0, &o), 0, "its worker");
	took = now_ms() - start;
	report_ok(took < SOON_MS, "all that in %llu ms", (unsigned long long)took);
}

/* Wait until somebody waits for the memory. */
static bool waited_for(int uffd)
{
	uint64_t end = now_ms() + SOON_MS;
	struct uffd_msg msg;

	while (now_ms() < end) {
		if (read(uffd, &msg, sizeof(msg)) == sizeof(msg))
			return true;
		usleep(1000);
	}
	return false;
}

void netlink_stuck(void)
{
	struct drv_buf buf = { MEMORY_DATA_GPA, HDR + LEN };
	struct drv_chain c = { .buf = &buf, .n_read = 1 };
	struct uffdio_zeropage zero;
	pthread_t stopper;
	struct subject s;
	size_t page = 4096;
	uint8_t *at;
	int uffd;

	subject_open(&s, F_V1, NUM);
	subject_start(&s);
	at = (uint8_t *)((uintptr_t)memory_at(&s.d.mem, buf.addr) & ~(page - 1));
	uffd = withhold(at, 2 * page);
	if (uffd < 0) {
		report_skip("no userfaultfd", "a worker that is stuck");
		subject_close(&s);
		return;
	}
	if (drv_add(&s.d.q[TX].ring, &c) != DRV_GOT)
		report_die("drv_add");
	drv_publish(&s.d.q[TX].ring);
	queue_kick(&s.d.q[TX]);
	report_ok(waited_for(uffd), "the worker is stuck");
	look(&s);
	if (pthread_create(&stopper, NULL, stop, &s))
		report_die("thread");
	usleep(100000);
	look(&s);
	zero = (struct uffdio_zeropage){ .range = { (uintptr_t)at, 2 * page } };
	if (ioctl(uffd, UFFDIO_ZEROPAGE, &zero))
		report_die("UFFDIO_ZEROPAGE");
	pthread_join(stopper, NULL);
	report_ok(true, "then it goes on, and stops");
	close(uffd);
	subject_close(&s);
}
