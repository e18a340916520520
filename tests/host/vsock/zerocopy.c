// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSG_ZEROCOPY: the program's pages go to the guest, and the program is notified
 * when they are its own again; also when the guest goes first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <time.h>

#include <linux/errqueue.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef SOL_VSOCK
#define SOL_VSOCK 287
#endif
#ifndef VSOCK_RECVERR
#define VSOCK_RECVERR 1
#endif

enum { BYTES = 65536 };

static struct packet p;
static uint8_t *pages;

static uint8_t pattern(uint32_t i)
{
	return i * 13 + (i >> 9);
}

/* Return: sends completed by what is there now, or -1: something else is. */
static int completions(int s)
{
	char control[200];
	struct msghdr msg = { .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct sock_extended_err *e;
	struct cmsghdr *c;

	if (recvmsg(s, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_level != SOL_VSOCK || c->cmsg_type != VSOCK_RECVERR)
		return -1;
	e = (void *)CMSG_DATA(c);
	if (e->ee_origin != SO_EE_ORIGIN_ZEROCOPY || e->ee_errno)
		return -1;
	return e->ee_data - e->ee_info + 1;
}

static int wait_completions(int s, int want)
{
	uint64_t until = now_ms() + SOON;
	int n = 0;

	while (n < want && now_ms() < until) {
		int more = completions(s);

		if (more < 0)
			return -1;
		n += more;
		if (!more)
			usleep(1000);
	}
	return n;
}

static bool zerocopy_on(int s)
{
	int on = 1;

	return !setsockopt(s, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
}

static bool take_right(struct guest *g)
{
	uint32_t got = 0, wrong = 0;

	while (got < BYTES && guest_expect(g, &p, VIRTIO_VSOCK_OP_RW)) {
		for (uint32_t i = 0; i < p.len; i++)
			wrong += p.data[i] != pattern(got + i);
		got += p.len;
	}
	return got == BYTES && !wrong;
}

static void sent(uint64_t features, int type, const char *name)
{
	struct guest g;
	int s, n;

	if (!guest_start(&g, features, 53, 64)) {
		report_skip("not offered", "zero-copy, %s", name);
		return;
	}
	s = host_to_guest(&g, type);
	report_ok(zerocopy_on(s), "SO_ZEROCOPY, %s", name);
	for (int i = 0; i < 3; i++) {
		if (send(s, pages, BYTES, MSG_ZEROCOPY) != BYTES)
			report_die("send");
		report_ok(take_right(&g), "zero-copy, %s: the data", name);
		n = wait_completions(s, 1);
		report_ok(n == 1, "zero-copy, %s: %d completion", name, n);
	}
	close(s);
	guest_close(&g);
}

/* Nothing is taken; pages are held until the guest goes. */
static void guest_goes(void)
{
	struct guest g;
	int s, n = 0, done;

	guest_start(&g, F_V1, 53, 2);
	s = host_to_guest(&g, SOCK_STREAM);
	zerocopy_on(s);
	while (n < 100 && send(s, pages, BYTES / 2, MSG_ZEROCOPY |
			       MSG_DONTWAIT) > 0)
		n++;
	report_ok(n >= 4 && !completions(s), "%d sends wait", n);
	guest_close(&g);
	done = wait_completions(s, n);
	report_ok(done == n,
		  "CVE-2024-53117: the guest goes: %d of %d completions", done,
		  n);
	report_ok(host_error(s, SOON) == ECONNRESET, "and the reset");
	close(s);
}

/* The program goes first, with completions that nobody reads. */
static void program_goes(void)
{
	struct guest g;
	int s;

	guest_start(&g, F_V1, 53, 2);
	s = host_to_guest(&g, SOCK_STREAM);
	zerocopy_on(s);
	for (int i = 0; i < 4; i++)
		send(s, pages, BYTES / 2, MSG_ZEROCOPY | MSG_DONTWAIT);
	close(s);
	guest_offer(&g, 50);
	while (guest_recv(&g, &p, NOT))
		;
	report_ok(true, "CVE-2024-53118: the program goes first");
	guest_close(&g);
}

void test_zerocopy(void)
{
	pages = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (uint32_t i = 0; i < BYTES; i++)
		pages[i] = pattern(i);
	sent(F_V1, SOCK_STREAM, "stream");
	sent(F_V1 | F_SEQ, SOCK_SEQPACKET, "messages");
	sent(F_V1 | F_PACKED | F_INDIRECT, SOCK_STREAM, "packed");
	guest_goes();
	program_goes();
	munmap(pages, BYTES);
}
