// SPDX-License-Identifier: GPL-2.0-only
/*
 * Floods: packets without payload cost the guest nothing, so no credit stops
 * them. Each buffer comes back, and memory is bounded whatever they are.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

static struct packet p;

/* What memory may be taken meanwhile: a socket's own limit is 256 KiB. */
enum { BOUND = 3000 /* KiB */, PORTS = 2000000 };

static void confirm_shutdown(struct guest *g)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RST);

	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	hdr.type = p.hdr.type;
	guest_send(g, &hdr, NULL, sizeof(hdr));
}

/* Take whatever the host says. Return: resets among it. */
static uint32_t listen_to(struct guest *g, int ms)
{
	uint32_t resets = 0;

	while (guest_recv(g, &p, ms)) {
		resets += le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST;
		if (le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_SHUTDOWN)
			confirm_shutdown(g);
	}
	return resets;
}

/* A host that has as many replies waiting as it allows goes on when they are taken. */
static bool send_one(struct guest *g, const struct virtio_vsock_hdr *hdr,
		     uint32_t *resets)
{
	if (guest_send(g, hdr, NULL, sizeof(*hdr)))
		return true;
	*resets += listen_to(g, NOT);
	return guest_send(g, hdr, NULL, sizeof(*hdr));
}

/* Send so many, from ports that differ or not. Return: how many went. */
static uint32_t flood(struct guest *g, struct virtio_vsock_hdr hdr,
		      uint32_t n, uint32_t ports, struct ledger *l,
		      uint32_t *resets)
{
	uint32_t port = le32toh(hdr.src_port), i;

	for (i = 0; i < n; i++) {
		hdr.src_port = htole32(port + i % ports);
		if (!send_one(g, &hdr, resets))
			break;
		if (i % 32 == 0)
			*resets += listen_to(g, 0);
		if (i % 512 == 0)
			ledger_look(l);
	}
	guest_sent(g, SOON);
	*resets += listen_to(g, NOT);
	return i;
}

static void bounded(const struct ledger *l, const char *what)
{
	report_ok(l->slab_peak - l->slab < BOUND,
		  "%s: up to %ld KiB meanwhile", what, l->slab_peak - l->slab);
}

static bool works(struct guest *g, int s)
{
	char in[5];

	guest_give(g, s, "hello", 5);
	return host_take(s, in, 5) == 5;
}

/* RW that carries nothing: malformed on a stream. */
static void nothing(struct guest *g, int l)
{
	int s = guest_to_host(g, l, GUEST_PORT);
	uint32_t sent, resets = 0;
	struct ledger ledger;

	ledger_open(&ledger);
	sent = flood(g, guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW), rounds(), 1,
		     &ledger, &resets);
	report_ok(sent == rounds() && guest_sent(g, SOON) && !resets,
		  "%u packets of no bytes: all buffers are back", sent);
	bounded(&ledger, "packets of no bytes");
	report_ok(works(g, s), "packets of no bytes: the connection goes on");
	ledger_close(&ledger, "packets of no bytes");
	close(s);
	listen_to(g, NOT);
}

/*
 * CVE-2026-53132: ends of messages alone, to a program that does not read.
 * Each is a message, so each is kept, until it is too much.
 */
static void ends_of_messages(struct guest *g)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_REQUEST);
	struct pollfd pfd = { .events = POLLIN };
	uint32_t sent, resets = 0;
	struct ledger ledger;
	int l, s;

	ledger_open(&ledger);
	pfd.fd = l = host_socket(SOCK_SEQPACKET, true);
	hdr.type = htole16(VIRTIO_VSOCK_TYPE_SEQPACKET);
	guest_send(g, &hdr, NULL, sizeof(hdr));
	if (!guest_expect(g, &p, VIRTIO_VSOCK_OP_RESPONSE) ||
	    poll(&pfd, 1, SOON) != 1)
		report_die("no connection for messages");
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	hdr.op = htole16(VIRTIO_VSOCK_OP_RW);
	hdr.flags = htole32(VIRTIO_VSOCK_SEQ_EOM);
	sent = flood(g, hdr, rounds(), 1, &ledger, &resets);
	report_ok(sent == rounds() && guest_sent(g, SOON),
		  "CVE-2026-53132: %u ends of messages, all buffers are back",
		  sent);
	bounded(&ledger, "CVE-2026-53132");
	report_ok(resets && host_error(s, 0) == ENOBUFS,
		  "CVE-2026-53132: the connection is reset, %u resets", resets);
	close(s);
	close(l);
	listen_to(g, NOT);
	ledger_close(&ledger, "CVE-2026-53132");
}

/* Requests to nobody, and to somebody who does not accept. */
static void requests(struct guest *g, int l)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_REQUEST);
	uint32_t sent, resets = 0, accepted = 0;
	struct ledger ledger;
	int s;

	ledger_open(&ledger);
	hdr.dst_port = htole32(HOST_PORT + 1);
	sent = flood(g, hdr, rounds(), PORTS, &ledger, &resets);
	report_ok(sent == rounds() && resets == sent,
		  "%u requests to nobody, %u resets", sent, resets);
	hdr.dst_port = htole32(HOST_PORT);
	hdr.src_port = htole32(5000);
	resets = 0;
	sent = flood(g, hdr, rounds(), PORTS, &ledger, &resets);
	while ((s = accept4(l, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		accepted++;
		close(s);
		resets += listen_to(g, 0);
	}
	report_ok(sent == rounds() && accepted >= 1 && accepted <= 70 &&
		  resets + accepted >= sent,
		  "%u requests to a full send queue: %u accepted, %u resets", sent,
		  accepted, resets);
	listen_to(g, NOT);
	s = guest_to_host(g, l, 99);
	report_ok(s >= 0 && works(g, s), "the listener goes on");
	close(s);
	listen_to(g, NOT);
}

/*
 * A reset has no reply, or two would never stop; several credit updates
 * may be taken for one.
 */
static bool resets_right(uint16_t op, uint32_t sent, uint32_t resets)
{
	if (op == VIRTIO_VSOCK_OP_RST)
		return !resets;
	if (op == VIRTIO_VSOCK_OP_CREDIT_UPDATE)
		return resets && resets <= sent;
	return resets == sent;
}

/* Every other operation, of connections that are none. */
static void operations(struct guest *g)
{
	static const uint16_t op[] = {
		VIRTIO_VSOCK_OP_RESPONSE, VIRTIO_VSOCK_OP_SHUTDOWN,
		VIRTIO_VSOCK_OP_CREDIT_UPDATE, VIRTIO_VSOCK_OP_CREDIT_REQUEST,
		VIRTIO_VSOCK_OP_RST,
	};
	struct ledger ledger;

	ledger_open(&ledger);
	for (unsigned int i = 0; i < sizeof(op) / sizeof(op[0]); i++) {
		struct virtio_vsock_hdr hdr = guest_hdr(g, op[i]);
		uint32_t n = rounds() / 5, resets = 0, sent;

		hdr.dst_port = htole32(HOST_PORT + 1);
		sent = flood(g, hdr, n, 1, &ledger, &resets);
		report_ok(sent == n && resets_right(op[i], n, resets),
			  "%u packets of operation %u: %u resets", sent, op[i],
			  resets);
	}
	bounded(&ledger, "packets for nobody");
	ledger_close(&ledger, "packets for nobody");
}

void storm_floods(void)
{
	int l = host_socket(SOCK_STREAM, true);
	struct guest g;

	guest_start(&g, F_V1 | BIT64(VIRTIO_VSOCK_F_SEQPACKET), 65, 100);
	nothing(&g, l);
	requests(&g, l);
	close(l);
	ends_of_messages(&g);
	operations(&g);
	guest_close(&g);
}
