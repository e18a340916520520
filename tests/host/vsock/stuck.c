// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs do not delay the end of a guest: one that writes from memory that
 * never comes holds its socket's lock for as long as it likes, and there can be
 * a great many connections.
 */
#define _GNU_SOURCE
#include <endian.h>
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

enum { CID = 58, PAGE = 4096, QUICK = 1000, MANY = 20000, FEWER = 4000 };

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
	struct virtio_vsock_hdr hdr;	/* of data for its socket */
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
	w->hdr = guest_hdr_of(g, w->s, VIRTIO_VSOCK_OP_RW);
	if (type == SOCK_SEQPACKET)
		w->hdr.flags = htole32(VIRTIO_VSOCK_SEQ_EOM);
	pthread_create(&w->thread, NULL, write_absent, w);
	absent_wait(&w->absent);
	return true;
}

/* Its names cannot be had while it is locked. */
static void send_to(struct guest *g, const struct writer *w, const void *data,
		    uint32_t len)
{
	struct virtio_vsock_hdr hdr = w->hdr;

	hdr.len = htole32(len);
	if (!guest_send(g, &hdr, data, sizeof(hdr) + len))
		report_die("TX ring is full");
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

/* @sends: the guest sends to the socket that is locked, before it ends. */
static void stuck(const struct way *way, int type, bool sends)
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
	if (sends) {
		send_to(&e.g, &w, "to a locked socket", 18);
		guest_sent(&e.g, NOT);
	}
	pthread_create(&thread, NULL, end, &e);
	report_ok(is_over(&e, QUICK), "%s, a socket is locked%s: over in a second",
		  way->name, sends ? ", with data for it" : "");
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

/* ---- data for a locked socket ----------------------------------------- */

/* An option is copied from the program's memory with the socket locked. */
static void *set_absent(void *arg)
{
	struct writer *w = arg;

	w->err = setsockopt(w->s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE,
			    w->absent.page, sizeof(uint64_t)) ? errno : 0;
	return NULL;
}

static void stuck_listener(const struct way *way)
{
	struct ending e = { .way = way };
	struct virtio_vsock_hdr hdr;
	struct writer w;
	pthread_t thread;

	guest_start(&e.g, F_V1, CID, 16);
	if (!absent_begin(&w.absent)) {
		report_skip("no userfaultfd", "%s, a listener", way->name);
		guest_close(&e.g);
		return;
	}
	w.s = host_socket(SOCK_STREAM, true);
	pthread_create(&w.thread, NULL, set_absent, &w);
	absent_wait(&w.absent);
	hdr = guest_hdr(&e.g, VIRTIO_VSOCK_OP_REQUEST);
	guest_send(&e.g, &hdr, NULL, sizeof(hdr));
	guest_sent(&e.g, NOT);
	pthread_create(&thread, NULL, end, &e);
	report_ok(is_over(&e, QUICK),
		  "%s, a listener is locked, with a request for it: over in a second",
		  way->name);
	writer_end(&w);
	pthread_join(thread, NULL);
	went(w.err, 0, "the option");
	close(w.s);
	if (way->stays)
		guest_close(&e.g);
}

static bool take_all(int s, char *buf, int len)
{
	int at = 0, n = 1;

	while (at < len && n > 0) {
		n = host_take(s, buf + at, len - at);
		at += n > 0 ? n : 0;
	}
	return at == len;
}

/* Nothing is lost, and all of it comes in order. */
static void delivered_later(void)
{
	enum { PACKETS = 3, LEN = 1000 };
	static char data[LEN], got[LEN];
	uint32_t n = 0;
	struct guest g;
	struct writer w;

	guest_start(&g, F_V1, CID, 16);
	if (!writer_begin(&w, &g, SOCK_STREAM)) {
		report_skip("no userfaultfd", "data for a locked socket");
		guest_close(&g);
		return;
	}
	for (int i = 0; i < PACKETS; i++) {
		memset(data, i, LEN);
		send_to(&g, &w, data, LEN);
	}
	report_ok(!guest_sent(&g, NOT), "data for a locked socket stays in the ring");
	writer_end(&w);
	went(w.err, 0, "its program goes on");
	while (n < PACKETS && take_all(w.s, got, LEN)) {
		memset(data, n, LEN);
		if (memcmp(data, got, LEN))
			break;
		n++;
	}
	report_ok(n == PACKETS, "then all of it comes: %u of %d packets", n,
		  PACKETS);
	close(w.s);
	guest_close(&g);
}

/* ---- a great many ----------------------------------------------------- */

static void allow_files(uint32_t n)
{
	struct rlimit r = { n, n };

	if (setrlimit(RLIMIT_NOFILE, &r))
		report_die("limit of open files");
}

/* An emulated machine takes minutes to make so many. */
static uint32_t how_many(void)
{
	const char *host = getenv("LAB_HOST");

	return host && !strncmp(host, "debian", 6) ? FEWER : MANY;
}

static void many(void)
{
	int l = host_socket(SOCK_STREAM, true), *s;
	uint32_t n = how_many(), notified = 0;
	uint64_t ms;
	struct guest g;

	s = calloc(n, sizeof(*s));
	allow_files(2 * n);
	guest_start(&g, F_V1, CID, 32);
	for (uint32_t i = 0; i < n; i++)
		s[i] = guest_to_host(&g, l, 4000 + i);
	ms = now_ms();
	by_reboot(&g);
	ms = now_ms() - ms;
	for (uint32_t i = 0; i < n; i++) {
		notified += host_error(s[i], 0) == ECONNRESET;
		close(s[i]);
	}
	report_ok(notified == n, "%u of %u connections are reset", notified, n);
	report_ok(ms < QUICK, "in %llu ms", (unsigned long long)ms);
	free(s);
	close(l);
	guest_close(&g);
}

void test_stuck(void)
{
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		stuck(&ways[i], SOCK_STREAM, false);
		stuck(&ways[i], SOCK_SEQPACKET, false);
		stuck(&ways[i], SOCK_STREAM, true);
		stuck(&ways[i], SOCK_SEQPACKET, true);
		stuck_listener(&ways[i]);
	}
	delivered_later();
	many();
}
