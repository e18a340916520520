// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reset for a guest that has no room for it waits until there is room: because
 * its connection has lost a packet, or because its peer has reset it. Nothing of
 * the connection comes behind what is lost.
 */
#include <string.h>

#include "siblings.h"

enum { BROKEN = 6, RESET = 7, FILLER = 8, LATER = 9 };

static struct packet p;

/* A packet from @port of A to B, with @len bytes or none. */
static void send_from(struct guest *a, uint32_t port, uint16_t op, uint32_t len)
{
	static uint8_t data[65536];
	struct virtio_vsock_hdr hdr = sibling_hdr(a, CID_B, op);

	memset(data, port, len);
	hdr.src_port = htole32(port);
	hdr.len = htole32(len);
	if (!guest_send(a, &hdr, len ? data : NULL, sizeof(hdr) + len) ||
	    !guest_sent(a, SOON))
		report_die("a transmit queue that is stuck");
}

static bool is_reset(uint32_t port)
{
	return le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST &&
	       (le32toh(p.hdr.src_port) == port ||
		le32toh(p.hdr.dst_port) == port);
}

static bool gets_reset(struct guest *g, uint32_t port, int ms)
{
	while (guest_recv(g, &p, ms))
		if (is_reset(port))
			return true;
	return false;
}

/* Until not even a packet without payload has room. */
static void fill(struct guest *a)
{
	do
		send_from(a, FILLER, VIRTIO_VSOCK_OP_RW, 65536);
	while (!gets_reset(a, FILLER, 0));
	do
		send_from(a, FILLER, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
	while (!gets_reset(a, FILLER, 0));
	gets_reset(a, 0, NOT);
}

struct seen {
	uint32_t resets[LATER + 1], data[LATER + 1];
};

static void drain(struct guest *b, struct seen *s)
{
	while (guest_recv(b, &p, SOON / 4)) {
		uint32_t port = le32toh(p.hdr.src_port);

		if (port > LATER)
			continue;
		s->resets[port] += is_reset(port);
		s->data[port] += p.len;
	}
}

static void reset_without_room(struct guest *a, struct guest *b)
{
	struct seen s = { 0 };

	report_ok(connected(a, b, BROKEN) && connected(a, b, RESET),
		  "two connections");
	fill(a);
	send_from(a, BROKEN, VIRTIO_VSOCK_OP_RW, 100);
	report_ok(gets_reset(a, BROKEN, SOON), "a packet without room: its sender is reset");
	send_from(a, BROKEN, VIRTIO_VSOCK_OP_RW, 100);
	report_ok(gets_reset(a, BROKEN, SOON), "the connection is gone");
	send_from(a, RESET, VIRTIO_VSOCK_OP_RST, 0);
	drain(b, &s);
	report_ok(s.resets[BROKEN] && !s.data[BROKEN],
		  "the receiver is reset once it has room: %u resets, %u bytes",
		  s.resets[BROKEN], s.data[BROKEN]);
	report_ok(s.resets[RESET], "as by the sender itself: %u resets",
		  s.resets[RESET]);
	report_ok(connected(a, b, BROKEN) && connected(a, b, LATER),
		  "then there are new connections");
}

void test_full(void)
{
	struct guest a, b;

	guest_start(&a, F_V1, CID_A, 64);
	guest_start(&b, F_V1, CID_B, 4);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "test");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "test");
	reset_without_room(&a, &b);
	guest_close(&a);
	guest_close(&b);
}
