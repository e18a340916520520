// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lies about credit. The guest says how much it has room for (buf_alloc) and
 * how much it has taken (fwd_cnt); it may also send more than the host has room
 * for. What it says of one connection is that connection's trouble alone; the
 * host's memory stays bounded, and an honest word later is heard.
 *
 * CVE-2026-23069: room that shrinks below what is on its way must not turn into
 *	a huge number.
 * CVE-2026-23086: the guest must not choose how much the host queues for it.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "tests.h"

enum { CHUNK = 4096, LOCAL = 256 << 10 /* a socket's own limit */ };

static struct packet p;
static char data[65536];

/* Write until there is no space. Return: bytes. */
static uint32_t fill(int s, uint32_t most)
{
	uint32_t n = 0;
	ssize_t ret;

	while (n < most && (ret = send(s, data, CHUNK, MSG_DONTWAIT)) > 0)
		n += ret;
	return n;
}

/* Take what the host sent. Return: bytes. */
static uint32_t drain(struct guest *g)
{
	uint32_t n = 0;

	while (guest_recv(g, &p, NOT))
		n += p.len;
	return n;
}

static void send_credit(struct guest *g, int s, uint32_t buf_alloc, uint32_t fwd_cnt)
{
	struct virtio_vsock_hdr hdr =
		guest_hdr_of(g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE);

	hdr.buf_alloc = htole32(buf_alloc);
	hdr.fwd_cnt = htole32(fwd_cnt);
	guest_send(g, &hdr, NULL, sizeof(hdr));
	if (!guest_sent(g, SOON))
		report_die("credit update");
}

static bool has_space(int s)
{
	struct pollfd pfd = { .fd = s, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1;
}


/* ---- what the guest says it has room for ------------------------------ */

static void no_room(struct guest *g, int s)
{
	send_credit(g, s, 0, 0);
	report_ok(!fill(s, CHUNK) && errno == EAGAIN && !has_space(s),
		  "no room: nothing is sent");
	send_credit(g, s, 10000, 0);
	report_ok(has_space(s) && fill(s, CREDIT) == 10000 &&
		  drain(g) == 10000, "room for 10000 bytes: so many come");
}

/* 10000 have been sent; all of that was taken. */
static void shrinking(struct guest *g, int s)
{
	send_credit(g, s, 20000, 10000);
	report_ok(fill(s, CREDIT) == 20000, "room for 20000 more");
	send_credit(g, s, 5000, 10000);
	report_ok(!fill(s, CHUNK) && !has_space(s),
		  "CVE-2026-23069: room that shrinks below what is on its way");
	send_credit(g, s, 0, 10000);
	report_ok(!fill(s, CHUNK), "CVE-2026-23069: no room at all");
	report_ok(drain(g) == 20000, "what was on its way comes");
	send_credit(g, s, 5000, 30000);
	report_ok(fill(s, CREDIT) == 5000 && drain(g) == 5000,
		  "room for 5000 again");
}

/* ---- what it says it has taken; 35000 have been sent ------------------- */

static void taken(struct guest *g, int s)
{
	static const uint32_t lies[] = { 35001, 1000000, 0x80000000, ~0u };
	uint32_t most = 0;

	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint32_t n;

		send_credit(g, s, 5000, lies[i]);
		n = fill(s, 2 * LOCAL);
		report_ok(n <= LOCAL, "%u taken, of 35000: %u sent", lies[i],
			  n);
		if (n > most)
			most = n;
		/* what went counts from here on */
		if (n)
			break;
	}
	drain(g);
	send_credit(g, s, 5000 + most, 0);
	fill(s, 2 * LOCAL);
	send_credit(g, s, 100000, 35000 + most);
	drain(g);
	report_ok(has_space(s), "space again after the truth");
	send_credit(g, s, 100000, 0);
	report_ok(fill(s, 2 * LOCAL) <= LOCAL, "taken less than before");
	drain(g);
}

/* ---- too much room ----------------------------------------------------- */

static void unread(uint32_t buf_alloc)
{
	uint64_t big = 1ull << 30;
	long before, grew;
	struct guest g;
	uint32_t n;
	int s;

	guest_start(&g, F_V1, 62, 1);
	s = host_to_guest(&g, SOCK_STREAM);
	send_credit(&g, s, buf_alloc, 0);
	before = hostmem_free();
	n = fill(s, 200 << 20);
	grew = before - hostmem_free();
	report_ok(n <= LOCAL + CHUNK,
		  "CVE-2026-23086: %u bytes of room: %u queued, %ld KiB",
		  buf_alloc, n, grew);
	/* A program that asks for more gets more, but not without an end. */
	if (!is_kernels_own()) {
		setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
			   sizeof(big));
		setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big,
			   sizeof(big));
		n += fill(s, 200 << 20);
		grew = before - hostmem_free();
		report_ok(n > LOCAL && n < 20 << 20 && grew < 40 << 10,
			  "a program with a big buffer: %u queued, %ld KiB", n,
			  grew);
	}
	guest_close(&g);
	report_ok(host_error(s, SOON) == ECONNRESET, "and reset at the end");
	close(s);
}

/* ---- sending more than the host has room for ---------------------------- */

static void too_much(void)
{
	int l = host_socket(SOCK_STREAM, true), s, good, err;
	long before = hostmem_free(), grew;
	uint32_t sent = 0;
	struct guest g;

	guest_start(&g, F_V1, 62, 64);
	good = guest_to_host(&g, l, 7);
	s = guest_to_host(&g, l, 8);
	for (int i = 0; i < 64; i++, sent += 65536)
		guest_give(&g, s, data, 65536);
	report_ok(guest_sent(&g, SOON), "%u bytes that nobody reads: all buffers are back",
		  sent);
	grew = before - hostmem_free();
	err = host_error(s, SOON);
	report_ok(err == ENOBUFS && guest_expect(&g, &p, VIRTIO_VSOCK_OP_RST),
		  "the connection is reset: %s", errno_name(err));
	report_ok(grew < 2048, "%ld KiB meanwhile", grew);
	while (guest_recv(&g, &p, NOT))
		;
	report_ok(data_flows(&g, good), "another connection goes on");
	close(s);
	close(good);
	close(l);
	guest_close(&g);
}

void test_credit(void)
{
	struct guest g;
	int s, good;

	guest_start(&g, F_V1, 62, 64);
	s = host_to_guest(&g, SOCK_STREAM);
	good = host_to_guest(&g, SOCK_STREAM);
	no_room(&g, s);
	shrinking(&g, s);
	taken(&g, s);
	report_ok(data_flows(&g, good), "another connection goes on");
	close(s);
	close(good);
	guest_close(&g);
	unread(CREDIT);
	unread(~0u);
	too_much();
}
