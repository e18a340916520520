// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sibling that takes nothing: what waits for it is bounded, its connections
 * end on both sides, in order, and nobody else suffers.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siblings.h"

static struct packet p;

/* Resets that have come for the connection, within @ms of each other. */
static uint32_t resets(struct guest *a, uint32_t port, int ms)
{
	uint32_t n = 0;

	while (guest_recv(a, &p, ms))
		n += le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST &&
		     le32toh(p.hdr.dst_port) == port &&
		     le64toh(p.hdr.src_cid) == CID_B;
	return n;
}

/*
 * Send until the host has enough of it. Each packet that it does not take is
 * rejected with a reset. Return: bytes that it took.
 */
static uint64_t flood(struct guest *a, uint32_t len, uint32_t port)
{
	static uint8_t data[65536];
	struct virtio_vsock_hdr hdr = sibling_hdr(a, CID_B, VIRTIO_VSOCK_OP_RW);
	uint32_t sent = 0, rejected = 0;

	hdr.src_port = htole32(port);
	hdr.len = htole32(len);
	while (!rejected && (uint64_t)sent * len < 256 << 20) {
		memset(data, sent, len);
		if (!guest_send(a, &hdr, data, sizeof(hdr) + len) ||
		    !guest_sent(a, SOON))
			report_die("a transmit queue that is stuck");
		sent++;
		rejected = resets(a, port, 0);
	}
	rejected += resets(a, port, NOT);
	report_ok(rejected, "%u bytes each: %u rejected", len, rejected);
	return (uint64_t)(sent - rejected) * len;
}

/* All that was taken comes, complete and in order, and then the reset. */
static void drain(struct guest *b, uint64_t sent, uint32_t len)
{
	uint64_t got = 0;
	bool right = true;

	while (guest_recv(b, &p, SOON) &&
	       le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RW) {
		for (uint32_t i = 0; i < p.len; i += 97)
			right &= p.data[i] == (uint8_t)((got + i) / len);
		got += p.len;
	}
	report_ok(right && got == sent, "%llu of %llu bytes come",
		  (unsigned long long)got, (unsigned long long)sent);
	report_ok(le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST, "then the reset");
	resets(b, GUEST_PORT, NOT);	/* one for each that was rejected */
}

static void unread(uint32_t len)
{
	struct guest a, b, c;
	uint64_t sent;
	int s, l = host_socket(SOCK_STREAM, true);

	pair_start(&a, &b, true);
	guest_start(&c, F_V1, CID_C, 16);
	group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
	report_ok(connected(&a, &b, 5) && connected(&a, &c, 6), "connected");
	guest_set_running(&b, 0);
	sent = flood(&a, len, 5);
	/* a byte costs a packet */
	report_ok(sent >= (len < 1000 ? len * 4000u : 8u << 20) &&
		  sent <= 20 << 20, "%llu bytes wait",
		  (unsigned long long)sent);
	s = guest_to_host(&a, l, 7);
	report_ok(s >= 0, "it still reaches the host");
	close(s);
	hears(&a, VMADDR_CID_HOST, VIRTIO_VSOCK_OP_SHUTDOWN, 7);
	report_ok(connected(&a, &c, 8), "and another sibling");
	guest_set_running(&b, 1);
	drain(&b, sent, len);
	report_ok(connected(&a, &b, 9), "and then that one again");
	close(l);
	guest_close(&a);
	guest_close(&b);
	guest_close(&c);
}

/* Some that take nothing do not keep a guest from the others. */
static void many_unread(void)
{
	enum { UNREAD = 5, UNREAD_CID = 200 };
	static struct guest g[UNREAD];
	static const uint8_t data[32768];
	struct virtio_vsock_hdr hdr;
	struct guest a, b;
	uint32_t got = 0;

	pair_start(&a, &b, true);
	report_ok(connected(&a, &b, 5), "connected");
	for (int i = 0; i < UNREAD; i++) {
		guest_start(&g[i], F_V1, UNREAD_CID + i, 16);
		group_cmd(g[i].d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
		guest_set_running(&g[i], 0);
		hdr = sibling_hdr(&a, UNREAD_CID + i, VIRTIO_VSOCK_OP_RW);
		hdr.len = htole32(sizeof(data));
		for (int n = 0; n < 600; n++) {
			if (!guest_send(&a, &hdr, data,
					sizeof(hdr) + sizeof(data)) ||
			    !guest_sent(&a, SOON))
				report_die("a transmit queue that is stuck");
			while (guest_recv(&a, &p, 0))
				;
		}
	}
	while (guest_recv(&a, &p, NOT))
		;
	hdr = sibling_hdr(&a, CID_B, VIRTIO_VSOCK_OP_RW);
	hdr.src_port = htole32(5);
	hdr.len = htole32(sizeof(data));
	for (int n = 0; n < 20; n++) {
		guest_send(&a, &hdr, data, sizeof(hdr) + sizeof(data));
		while (got < (n + 1) * sizeof(data) && guest_recv(&b, &p, SOON))
			got += p.len;
	}
	report_ok(got == 20 * sizeof(data) && hears_nothing(&a),
		  "%u bytes come through beside %d siblings that do not consume", got, UNREAD);
	for (int i = 0; i < UNREAD; i++)
		guest_close(&g[i]);
	guest_close(&a);
	guest_close(&b);
}

/* Connections of a pair are bounded, too; one more is reset on both sides. */
static void too_many(void)
{
	uint32_t n = 0;
	struct guest a, b;

	pair_start(&a, &b, true);
	while (n < 1024 && connected(&a, &b, 5000 + n))
		n++;
	report_ok(n == 1024, "%u connections", n);
	say(&a, CID_B, VIRTIO_VSOCK_OP_REQUEST, 7000);
	hears(&b, CID_A, VIRTIO_VSOCK_OP_REQUEST, 7000);
	say(&b, CID_A, VIRTIO_VSOCK_OP_RESPONSE, 7000);
	report_ok(hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 7000) &&
		  hears(&a, CID_B, VIRTIO_VSOCK_OP_RST, 7000), "one too many");
	say(&a, CID_B, VIRTIO_VSOCK_OP_RST, 5000);
	hears(&b, CID_A, VIRTIO_VSOCK_OP_RST, 5000);
	report_ok(connected(&a, &b, 7000), "after the end of another");
	guest_close(&a);
	guest_close(&b);
}

void test_bounds(void)
{
	unread(65536);
	unread(64);
	many_unread();
	too_many();
}
