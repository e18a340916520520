// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that is reset again and again, with a sibling that connects again and
 * again but does not consume: the resets that wait for it are bounded. Those
 * without room come when there is room.
 */
#include <string.h>

#include "siblings.h"

enum { ROUNDS = 12, MANY = 1000 };

static struct packet p;

static void reboot(struct guest *g)
{
	guest_set_running(g, 0);
	memory_reset(&g->d.mem);
	guest_new_rings(g);
	guest_set_running(g, 1);
	guest_offer(g, 64);
}

/* As much as the host takes for it. */
static void fill(struct guest *a)
{
	static uint8_t data[65536];
	struct virtio_vsock_hdr hdr = sibling_hdr(a, CID_B, VIRTIO_VSOCK_OP_RW);

	hdr.src_port = htole32(5);
	hdr.len = htole32(sizeof(data));
	do {
		if (!guest_send(a, &hdr, data, sizeof(hdr) + sizeof(data)) ||
		    !guest_sent(a, SOON))
			report_die("a transmit queue that is stuck");
	} while (!guest_recv(a, &p, 0));
}

/* What @from says opens a connection, whether or not anybody asked. */
static uint32_t connect_all(struct guest *from, struct guest *to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < MANY; i++) {
		say(from, to->cid, VIRTIO_VSOCK_OP_RESPONSE, 2000 + i);
		guest_sent(from, SOON);
		while (guest_recv(to, &p, 0))
			n += le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RESPONSE;
	}
	while (n < MANY && guest_recv(to, &p, NOT))
		n += le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RESPONSE;
	return n;
}

/* Resets that wait for it; @seen: of which connections there was one. */
static uint32_t resets(struct guest *b, bool *seen)
{
	uint32_t n = 0, port;

	while (guest_recv(b, &p, SOON / 4)) {
		port = le32toh(p.hdr.src_port) - 2000;
		if (le16toh(p.hdr.op) != VIRTIO_VSOCK_OP_RST || port >= MANY)
			continue;
		n++;
		seen[port] = true;
	}
	return n;
}

void test_reboots(void)
{
	static bool seen[MANY];
	uint32_t n, opened = 0, ended = 0;
	struct guest a, b;

	guest_start(&a, F_V1, CID_A, 64);
	guest_start(&b, F_V1, CID_B, 1);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "test");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "test");
	fill(&a);
	for (int i = 0; i < ROUNDS; i++) {
		opened += connect_all(&b, &a);
		reboot(&a);
	}
	report_ok(opened == ROUNDS * MANY, "%u connections", opened);
	guest_offer(&b, 100);
	n = resets(&b, seen);
	for (int i = 0; i < MANY; i++)
		ended += seen[i];
	report_ok(n >= MANY && n < 7000 && ended == MANY,
		  "%u resets waited, for %u of %u connections", n, ended, MANY);
	memset(seen, 0, sizeof(seen));
	say(&a, 99, VIRTIO_VSOCK_OP_RST, 5);	/* its rings have been used */
	guest_sent(&a, SOON);
	reboot(&a);
	n = resets(&b, seen);
	report_ok(!n, "%u connections had not been ended by then", n);
	guest_close(&a);
	guest_close(&b);
}
