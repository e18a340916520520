// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections from both sides: data, messages, half-close, and every kind of
 * end.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static const struct {
	const char *name;
	uint64_t features;
} rings[] = {
	{ "split", F_V1 },
	{ "split, event index", F_V1 | F_EVENT | F_INDIRECT },
	{ "split, in order", F_V1 | F_EVENT | F_INDIRECT | F_ORDER },
	{ "packed", F_V1 | F_PACKED },
	{ "packed, event index", F_V1 | F_EVENT | F_INDIRECT | F_PACKED },
	{ "packed, in order", F_V1 | F_EVENT | F_INDIRECT | F_PACKED | F_ORDER },
};

enum { BIG = 60000 };

static uint8_t pattern(uint32_t i)
{
	return i * 7 + (i >> 8);
}

static uint8_t *make_data(void)
{
	uint8_t *data = malloc(BIG);

	for (uint32_t i = 0; i < BIG; i++)
		data[i] = pattern(i);
	return data;
}

static bool right(const uint8_t *data, uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (data[i] != pattern(from + i))
			return false;
	return true;
}

/* What the host sends comes, in parts; the marks are on the last only. */
static bool take_big(struct guest *g, bool message)
{
	static struct packet p;
	uint32_t got = 0;

	while (got < BIG) {
		uint32_t eom;

		if (!guest_expect(g, &p, VIRTIO_VSOCK_OP_RW) ||
		    !right(p.data, got, p.len))
			return false;
		got += p.len;
		eom = le32toh(p.hdr.flags) & VIRTIO_VSOCK_SEQ_EOM;
		if (!!eom != (message && got == BIG))
			return false;
	}
	return got == BIG;
}

static bool give_big(struct guest *g, int s, const uint8_t *data)
{
	static uint8_t in[BIG];
	struct pollfd pfd = { .fd = s, .events = POLLIN };
	uint32_t got = 0;

	guest_give(g, s, data, BIG);
	while (got < BIG && poll(&pfd, 1, SOON) == 1) {
		ssize_t n = recv(s, in + got, BIG - got, 0);

		if (n <= 0)
			return false;
		got += n;
	}
	return got == BIG && right(in, 0, BIG);
}

static void both_ways(const char *name, uint64_t features, int type)
{
	uint8_t *data = make_data();
	struct guest g;
	int s;

	if (!guest_start(&g, features, 50, 64)) {
		report_skip("not offered", "%s", name);
		free(data);
		return;
	}
	s = host_to_guest(&g, type);
	report_ok(s >= 0, "%s: connect", name);
	report_ok(send(s, data, BIG, 0) == BIG &&
		  take_big(&g, type == SOCK_SEQPACKET), "%s: to guest", name);
	report_ok(give_big(&g, s, data), "%s: to host",
		  name);
	close(s);
	guest_close(&g);
	free(data);
}

/* Stopped in the middle, what was sent comes afterwards. */
static void pause_guest(void)
{
	uint8_t *data = make_data();
	struct guest g;
	int s;

	guest_start(&g, F_V1, 50, 4);
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(send(s, data, BIG, 0) == BIG, "sent to 4 buffers");
	usleep(20000);
	guest_set_running(&g, 0);
	guest_set_running(&g, 1);
	report_ok(take_big(&g, false), "goes on after a stop");
	close(s);
	guest_close(&g);
	free(data);
}

static void half_close(void)
{
	static struct packet p;
	struct virtio_vsock_hdr hdr;
	struct guest g;
	char c;
	int s, l = host_socket(SOCK_STREAM, true);

	guest_start(&g, F_V1, 50, 16);
	s = guest_to_host(&g, l, 1234);
	report_ok(s >= 0, "connected from the guest");
	hdr = guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_SHUTDOWN);
	hdr.flags = htole32(VIRTIO_VSOCK_SHUTDOWN_SEND);
	shutdown(s, SHUT_WR);
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_SHUTDOWN) &&
		  le32toh(p.hdr.flags) == VIRTIO_VSOCK_SHUTDOWN_SEND,
		  "half-close seen by the guest");
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	guest_sent(&g, SOON);
	report_ok(recv(s, &c, 1, 0) == 0, "half-close seen by the host");
	close(s);
	close(l);
	guest_close(&g);
}

/* The next guest of that CID uses the same ports. */
static void next_guest(int l)
{
	struct guest g;
	char data[4];
	int s;

	guest_start(&g, F_V1, 50, 16);
	s = guest_to_host(&g, l, 3001);
	report_ok(s >= 0, "the same ports again");
	guest_give(&g, s, "next", 4);
	report_ok(host_take(s, data, 4) == 4 && !memcmp(data, "next", 4),
		  "and its data");
	close(s);
	guest_close(&g);
}

/* With connections of each age and both origins. */
static void close_device(void)
{
	enum { N = 70 };
	struct guest g;
	int s[N], l = host_socket(SOCK_STREAM, true), closing, bad = 0;

	guest_start(&g, F_V1, 50, 100);
	for (int i = 0; i < N; i++)
		s[i] = i & 1 ? guest_to_host(&g, l, 3000 + i) :
			       host_to_guest(&g, SOCK_STREAM);
	closing = guest_to_host(&g, l, 4000);
	close(closing);		/* the guest does not reply to its shutdown */
	guest_give(&g, s[0], "last", 4);
	guest_sent(&g, SOON);
	guest_close(&g);
	for (int i = 0; i < N; i++)
		bad += host_error(s[i], SOON) != ECONNRESET;
	report_ok(!bad, "all but %d of %d connections reset", bad, N);
	if (is_kernels_own())
		report_skip("keeps the old ones until programs close",
			    "the same ports again");
	else
		next_guest(l);
	for (int i = 0; i < N; i++)
		close(s[i]);
	close(l);
}

/* Messages only where they are negotiated. */
static void messages(void)
{
	static struct packet p;
	struct virtio_vsock_hdr hdr;
	struct guest g;
	int s, l = host_socket(SOCK_SEQPACKET, true);

	guest_start(&g, F_V1, 50, 16);
	s = host_socket(SOCK_SEQPACKET, false);
	report_ok(host_connect(s, 50) == ESOCKTNOSUPPORT,
		  "no messages without SEQPACKET");
	close(s);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	hdr.type = htole16(VIRTIO_VSOCK_TYPE_SEQPACKET);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_RST),
		  "nor from the guest");
	guest_close(&g);
	close(l);
	both_ways("messages, split", F_V1 | F_SEQ, SOCK_SEQPACKET);
	both_ways("messages, packed", F_V1 | F_SEQ | F_PACKED | F_EVENT,
		  SOCK_SEQPACKET);
}

/* Header and payload are in the log, page by page. */
void test_dirty_log(void)
{
	enum { LOG_BYTES = 1 << 20 };
	static uint8_t log[LOG_BYTES];
	uint64_t base = (uintptr_t)log, on = F_V1 | F_LOG_ALL;
	uint64_t first = MEMORY_DATA_GPA / 4096;
	static struct packet p;
	struct guest g;
	int s, missed = 0;
	char data[3000] = "x";

	guest_start(&g, F_V1, 50, 0);
	if (cmd(g.d.fd, VHOST_SET_LOG_BASE, &base) ||
	    cmd(g.d.fd, VHOST_SET_FEATURES, &on))
		report_die("log");
	guest_offer(&g, 16);
	s = host_to_guest(&g, SOCK_STREAM);
	for (int i = 0; i < 15; i++)
		if (send(s, data, sizeof(data), 0) != sizeof(data) ||
		    !guest_expect(&g, &p, VIRTIO_VSOCK_OP_RW))
			report_die("log: traffic");
	for (uint64_t i = first; i < first + 16; i++)
		missed += !(log[i / 8] & 1 << i % 8);
	report_ok(!missed, "%d of 16 pages not logged", missed);
	close(s);
	guest_close(&g);
}

void test_connections(void)
{
	for (unsigned int i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		both_ways(rings[i].name, rings[i].features, SOCK_STREAM);
	messages();
	pause_guest();
	half_close();
	close_device();
}
