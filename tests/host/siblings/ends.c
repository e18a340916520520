// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends of pairs: whoever is left gets a reset for each connection.
 */
#include "siblings.h"

enum { MANY = 60 };

static uint32_t connect_many(struct guest *a, struct guest *b)
{
	uint32_t n = 0;

	while (n < MANY && connected(n & 1 ? a : b, n & 1 ? b : a, 500 + n))
		n++;
	return n;
}

/* As many resets, each of another connection. */
static bool resets(struct guest *g, uint64_t from)
{
	static struct packet p;
	bool seen[MANY] = { };

	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t src, dst, port;

		if (!guest_expect(g, &p, VIRTIO_VSOCK_OP_RST))
			return false;
		src = le32toh(p.hdr.src_port);
		dst = le32toh(p.hdr.dst_port);
		port = (src == GUEST_PORT ? dst : src) - 500;
		if (le64toh(p.hdr.src_cid) != from || port >= MANY || seen[port])
			return false;
		seen[port] = true;
	}
	return hears_nothing(g);
}

static void leave(void)
{
	struct guest a, b;

	pair_start(&a, &b, true);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "again");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "again");
	report_ok(connect_many(&a, &b) == MANY, "%d connections", MANY);
	say(&a, CID_B, VIRTIO_VSOCK_OP_RST, 501);
	hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 501);
	report_ok(connected(&a, &b, 501), "one of them once more");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_LEAVE_GROUP, 0, "test");
	report_ok(hears_nothing(&a) && connected(&a, &b, 9),
		  "still siblings by another group");
	say(&a, CID_B, VIRTIO_VSOCK_OP_RST, 9);
	hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 9);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_LEAVE_GROUP, 0, "again");
	report_ok(resets(&a, CID_B) && resets(&b, CID_A),
		  "all reset on both sides when one leaves");
	say(&b, CID_A, VIRTIO_VSOCK_OP_REQUEST, 10);
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 10) &&
		  hears_nothing(&a), "and apart from then on");
	guest_close(&a);
	guest_close(&b);
}

static void go(void)
{
	struct guest a, b, c;

	pair_start(&a, &b, true);
	connect_many(&a, &b);
	guest_close(&b);
	report_ok(resets(&a, CID_B), "all reset when the other goes");
	guest_start(&c, F_V1, CID_B, 16);
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 10);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 10) && hears_nothing(&c),
		  "the next guest of that CID is in no group");
	guest_close(&c);
	guest_close(&a);
}

static void new_cid(void)
{
	struct guest a, b;

	pair_start(&a, &b, true);
	connect_many(&a, &b);
	guest_set_cid(&b, CID_C);
	report_ok(resets(&a, CID_B), "all reset when the other gets a new CID");
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 10);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 10), "the old one");
	report_ok(connected(&a, &b, 11), "and the new one");
	guest_close(&a);
	guest_close(&b);
}

/* Stopped: requests fail at once, what goes on waits. */
static void stop(void)
{
	struct guest a, b;

	pair_start(&a, &b, true);
	report_ok(connected(&a, &b, 5), "connected");
	guest_set_running(&b, 0);
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 6);
	report_ok(hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 6),
		  "request to a guest that is stopped");
	say(&a, CID_B, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 5);
	guest_sent(&a, SOON);
	guest_set_running(&b, 1);
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 5) &&
		  hears_nothing(&a), "the connection waited for it");
	guest_close(&a);
	guest_close(&b);
}

void test_ends(void)
{
	leave();
	go();
	new_cid();
	stop();
}
