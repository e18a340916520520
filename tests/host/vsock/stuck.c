// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs do not delay the end of a guest: one that writes from memory that
 * never comes holds its socket's lock for as long as it likes, and there can be
 * a great many connections.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests.h"

enum { CID = 58, PAGE = 4096, QUICK = 1000, MANY = 20000 };

/* ---- memory that does not come ---------------------------------------- */

struct absent {
	int fd;
	void *page;
};

static bool absent_begin(struct absent *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	a->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (a->fd < 0)
		return false;
	a->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)a->page;
	reg.range.len = PAGE;
	if (a->page == MAP_FAILED || ioctl(a->fd, UFFDIO_API, &api) ||
	    ioctl(a->fd, UFFDIO_REGISTER, &reg))
		report_die("userfaultfd");
	return true;
}

/* Somebody waits for the page now. */
static void absent_wait(const struct absent *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&p, 1, SOON) != 1 || read(a->fd, &msg, sizeof(msg)) < 0)
		report_die("nobody writes");
}

static void absent_end(struct absent *a)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)a->page, PAGE },
	};

	if (ioctl(a->fd, UFFDIO_ZEROPAGE, &zero))
		report_die("zeropage");
	close(a->fd);
}

/* ---- a program that holds its socket's lock --------------------------- */

struct writer {
	pthread_t thread;
	struct absent absent;
	int s, err;
};

static void *write_absent(void *arg)
{
	struct writer *w = arg;

	w->err = send(w->s, w->absent.page, PAGE, MSG_NOSIGNAL) < 0 ? errno : 0;
	return NULL;
}

static bool writer_begin(struct writer *w, struct guest *g, int type)
{
	if (!absent_begin(&w->absent))
		return false;
	w->s = host_to_guest(g, type);
	pthread_create(&w->thread, NULL, write_absent, w);
	absent_wait(&w->absent);
	return true;
}

static void writer_end(struct writer *w)
{
	absent_end(&w->absent);
	pthread_join(w->thread, NULL);
}

/* ---- the ways in which a guest ends ----------------------------------- */

static void by_close(struct guest *g)
{
	guest_close(g);
}

static void by_reboot(struct guest *g)
{
	guest_set_running(g, 0);
	guest_new_rings(g);
	guest_set_running(g, 1);
	guest_offer(g, 16);
}

static void by_cid(struct guest *g)
{
	guest_set_cid(g, CID + 1);
}

static const struct way {
	const char *name;
	void (*go)(struct guest *g);
	bool stays;
} ways[] = {
	{ "close", by_close, false },
	{ "reboot", by_reboot, true },
	{ "another CID", by_cid, true },
};

struct ending {
	struct guest g;
	const struct way *way;
	uint64_t ms;
	bool over;
};

/* In a thread of its own: it may hang. */
static void *end(void *arg)
{
	struct ending *e = arg;
	uint64_t since = now_ms();

	e->way->go(&e->g);
	e->ms = now_ms() - since;
	__atomic_store_n(&e->over, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_over(struct ending *e, int ms)
{
	uint64_t until = now_ms() + ms;

	while (!__atomic_load_n(&e->over, __ATOMIC_ACQUIRE)) {
		if (now_ms() > until)
			return false;
		usleep(1000);
	}
	return true;
}

static void expect_told(struct writer *w, const char *name)
{
	char byte;
	int n;

	report_ok(w->err == ECONNRESET || w->err == EPIPE,
		  "%s: the writer gets %s", name, errno_name(w->err));
	n = host_take(w->s, &byte, 1);
	report_ok(n == -ECONNRESET, "%s: and then reads ECONNRESET (%d)", name,
		  n);
}

static void stuck(const struct way *way, int type)
{
	struct ending e = { .way = way };
	static struct packet p;
	struct writer w;
	pthread_t thread;
	int s;

	guest_start(&e.g, F_V1 | F_SEQ, CID, 16);
	if (!writer_begin(&w, &e.g, type)) {
		report_skip("no userfaultfd", "%s", way->name);
		guest_close(&e.g);
		return;
	}
	s = host_to_guest(&e.g, SOCK_STREAM);
	pthread_create(&thread, NULL, end, &e);
	report_ok(is_over(&e, QUICK), "%s, a socket is locked: over in a second",
		  way->name);
	report_ok(host_error(s, QUICK) == ECONNRESET,
		  "%s: another socket is reset meanwhile", way->name);
	writer_end(&w);
	pthread_join(thread, NULL);
	expect_told(&w, way->name);
	if (way->stays) {
		report_ok(!guest_recv(&e.g, &p, NOT),
			  "%s: nothing for the next guest", way->name);
		guest_close(&e.g);
	}
	close(w.s);
	close(s);
}

/* ---- a great many ----------------------------------------------------- */

static void allow_files(uint32_t n)
{
	struct rlimit r = { n, n };

	if (setrlimit(RLIMIT_NOFILE, &r))
		report_die("limit of open files");
}

static void many(void)
{
	int l = host_socket(SOCK_STREAM, true), *s, notified = 0;
	uint64_t ms;
	struct guest g;

	s = calloc(MANY, sizeof(*s));
	allow_files(2 * MANY);
	guest_start(&g, F_V1, CID, 32);
	for (uint32_t i = 0; i < MANY; i++)
		s[i] = guest_to_host(&g, l, 4000 + i);
	ms = now_ms();
	by_reboot(&g);
	ms = now_ms() - ms;
	for (uint32_t i = 0; i < MANY; i++) {
		notified += host_error(s[i], 0) == ECONNRESET;
		close(s[i]);
	}
	report_ok(notified == MANY, "%d of %d connections are reset", notified, MANY);
	report_ok(ms < QUICK, "in %llu ms", (unsigned long long)ms);
	free(s);
	close(l);
	guest_close(&g);
}

void test_stuck(void)
{
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		stuck(&ways[i], SOCK_STREAM);
		stuck(&ways[i], SOCK_SEQPACKET);
	}
	many();
}
