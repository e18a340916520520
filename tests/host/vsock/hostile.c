// SPDX-License-Identifier: GPL-2.0-only
/*
 * Malformed packets: the buffer comes back, nothing else happens, and the
 * connection they pretend to belong to goes on.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static struct packet p;
static uint8_t junk[70000];

/* Send it: its buffer is back, and neither guest nor socket hears of it. */
static void rejected(struct guest *g, int s, const struct virtio_vsock_hdr *hdr,
		    uint32_t bytes, const char *what)
{
	char c;
	bool back;

	guest_send(g, hdr, bytes > sizeof(*hdr) ? junk : NULL, bytes);
	back = guest_sent(g, SOON);
	report_ok(back && !guest_recv(g, &p, NOT) &&
		  recv(s, &c, 1, 0) < 0 && errno == EAGAIN, "%s", what);
}

static void shapes(struct guest *g, int s, struct virtio_vsock_hdr good)
{
	const uint32_t h = sizeof(good);
	struct virtio_vsock_hdr hdr = good;

	rejected(g, s, &hdr, 1, "one byte");
	rejected(g, s, &hdr, h - 1, "short header");
	hdr.len = htole32(1);
	rejected(g, s, &hdr, h, "payload that is not there");
	hdr.len = htole32(101);
	rejected(g, s, &hdr, h + 100, "one byte too many");
	hdr.len = htole32(65537);
	rejected(g, s, &hdr, h + 65537, "more than 64 KiB");
	hdr.len = htole32(~0u);
	rejected(g, s, &hdr, h + 100, "4 GiB");
	hdr.len = 0;
	rejected(g, s, &hdr, h, "RW without payload");
	hdr.op = htole16(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	hdr.len = htole32(8);
	rejected(g, s, &hdr, h + 8, "payload of a credit update");
}

static void addresses(struct guest *g, int s, struct virtio_vsock_hdr good)
{
	const uint32_t h = sizeof(good) + 4;
	struct virtio_vsock_hdr hdr = good;

	hdr.len = htole32(4);
	hdr.src_cid = htole64(g->cid + 1);
	rejected(g, s, &hdr, h, "another's CID");
	hdr.src_cid = htole64(VMADDR_CID_HOST);
	rejected(g, s, &hdr, h, "the host's CID");
	hdr.src_cid = htole64(g->cid | 1ull << 32);
	rejected(g, s, &hdr, h, "its own CID and an upper bit");
	hdr.src_cid = htole64(g->cid);
	hdr.dst_cid = htole64(g->cid);
	rejected(g, s, &hdr, h, "to itself");
	hdr.dst_cid = htole64(VMADDR_CID_LOCAL);
	rejected(g, s, &hdr, h, "to the host's loopback");
	hdr.dst_cid = htole64(VMADDR_CID_HOST | 1ull << 32);
	rejected(g, s, &hdr, h, "to the host and an upper bit");
}

static void operations(struct guest *g, int s, struct virtio_vsock_hdr good)
{
	static const uint16_t bad[] = { 0, 8, 255, 65535 };
	struct virtio_vsock_hdr hdr = good;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hdr.op = htole16(bad[i]);
		rejected(g, s, &hdr, sizeof(hdr), "unknown operation");
	}
	hdr = good;
	hdr.type = htole16(3);
	hdr.src_port = htole32(1);
	hdr.len = htole32(4);
	guest_send(g, &hdr, junk, sizeof(hdr) + 4);
	report_ok(guest_expect(g, &p, VIRTIO_VSOCK_OP_RST) &&
		  le16toh(p.hdr.type) == 3, "unknown type: reset");
}

/* Readable and writable where they should not be. */
static void directions(struct guest *g)
{
	struct queue *q = &g->d.q[TX];
	struct drv_buf buf = { MEMORY_DATA_GPA + (1 << 20), 100 };
	struct drv_chain chain = { .buf = &buf, .n_write = 1 };

	drv_add(&q->ring, &chain);
	g->tx_open++;
	drv_kick_prepare(&q->ring);
	queue_kick(q);
	report_ok(guest_sent(g, SOON), "writable buffer to transmit");
}

static void still_good(struct guest *g, int s, struct virtio_vsock_hdr hdr)
{
	struct pollfd pfd = { .fd = s, .events = POLLIN };
	char in[8] = "";

	hdr.len = htole32(5);
	guest_send(g, &hdr, "hello", sizeof(hdr) + 5);
	poll(&pfd, 1, SOON);
	report_ok(recv(s, in, sizeof(in), 0) == 5 && !strcmp(in, "hello"),
		  "the connection goes on");
	hdr.len = htole32(5);
	guest_send(g, &hdr, "world, and more than that", sizeof(hdr) + 25);
	poll(&pfd, 1, SOON);
	memset(in, 0, sizeof(in));
	report_ok(recv(s, in, sizeof(in), 0) == 5 && !strcmp(in, "world"),
		  "a buffer longer than the packet");
}

void test_hostile(void)
{
	struct virtio_vsock_hdr good;
	struct guest g;
	int s, l = host_socket(SOCK_STREAM, true);

	guest_start(&g, F_V1, 60, 16);
	s = guest_to_host(&g, l, GUEST_PORT);
	good = guest_hdr(&g, VIRTIO_VSOCK_OP_RW);
	shapes(&g, s, good);
	addresses(&g, s, good);
	operations(&g, s, good);
	directions(&g);
	still_good(&g, s, good);
	close(s);
	close(l);
	guest_close(&g);
}
