// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that come and go, from both sides, ended by either. Nothing of
 * them stays.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

enum { BATCH = 32, BOTH = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND };

static struct packet p;

static bool odd(const char *what, int err)
{
	report_note("%s: %s", what, errno_name(err));
	return false;
}

/* Reply to the packet in @p with @op. */
static void reply(struct guest *g, uint16_t op)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, op);

	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	hdr.type = p.hdr.type;
	if (!guest_send(g, &hdr, NULL, sizeof(hdr)))
		report_die("churn: TX ring is full");
}

/*
 * One such packet of each connection, each with a reply. A program that closes what
 * the guest ended makes the host send one reset more, which means nothing.
 */
static bool expect_all(struct guest *g, uint16_t op, uint16_t with)
{
	uint32_t resets = 0;

	for (int i = 0; i < BATCH;) {
		if (!guest_recv(g, &p, SOON)) {
			report_note("%d packets, not %u, of operation %u; %u resets",
				    i, BATCH, op, resets);
			return false;
		}
		if (le16toh(p.hdr.op) == op) {
			if (with)
				reply(g, with);
			i++;
		} else if (le16toh(p.hdr.op) != VIRTIO_VSOCK_OP_RST) {
			report_note("operation %u, not %u", le16toh(p.hdr.op),
				    op);
			return false;
		} else {
			resets++;
		}
	}
	return guest_sent(g, SOON);
}

/* The host says goodbye, the guest confirms it. */
static bool host_ends(struct guest *g, const int *s)
{
	for (int i = 0; i < BATCH; i++)
		close(s[i]);
	return expect_all(g, VIRTIO_VSOCK_OP_SHUTDOWN, VIRTIO_VSOCK_OP_RST);
}

/* The guest says goodbye, the host confirms it. */
static bool guest_ends(struct guest *g, const int *s)
{
	bool ok;

	for (int i = 0; i < BATCH; i++)
		guest_say(g, s[i], VIRTIO_VSOCK_OP_SHUTDOWN, BOTH);
	ok = guest_sent(g, SOON) && expect_all(g, VIRTIO_VSOCK_OP_RST, 0);
	for (int i = 0; i < BATCH; i++)
		close(s[i]);
	while (guest_recv(g, &p, 0))
		;
	return ok;
}

static bool from_host(struct guest *g, int *s)
{
	struct pollfd pfd = { .events = POLLOUT };
	int err;

	for (int i = 0; i < BATCH; i++) {
		s[i] = host_socket(SOCK_STREAM, false);
		err = host_connect(s[i], g->cid);
		if (err != EINPROGRESS)
			return odd("connect", err);
	}
	if (!expect_all(g, VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RESPONSE))
		return false;
	for (int i = 0; i < BATCH; i++) {
		pfd.fd = s[i];
		err = poll(&pfd, 1, SOON) == 1 ? host_error(s[i], 0) : ETIME;
		if (err)
			return odd("connected", err);
	}
	return true;
}

static bool from_guest(struct guest *g, int l, int *s)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_REQUEST);

	for (int i = 0; i < BATCH; i++) {
		hdr.src_port = htole32(20000 + i);
		guest_send(g, &hdr, NULL, sizeof(hdr));
	}
	if (!guest_sent(g, SOON) ||
	    !expect_all(g, VIRTIO_VSOCK_OP_RESPONSE, 0))
		return false;
	for (int i = 0; i < BATCH; i++) {
		s[i] = accept4(l, NULL, NULL, SOCK_NONBLOCK);
		if (s[i] < 0)
			return odd("accept", errno);
	}
	return true;
}

static bool batch(struct guest *g, int l, uint32_t kind)
{
	int s[BATCH];

	if (!(kind & 1 ? from_host(g, s) : from_guest(g, l, s)))
		return false;
	return kind & 2 ? host_ends(g, s) : guest_ends(g, s);
}

void storm_churn(void)
{
	int l = host_socket(SOCK_STREAM, true);
	struct ledger ledger;
	struct guest g;
	uint32_t n = 0;
	bool ok = true;

	guest_start(&g, F_V1, 66, 100);
	/* the first ones fill the allocator's own stocks */
	for (uint32_t i = 0; i < 40 && ok; i++)
		ok = batch(&g, l, i);
	ledger_open(&ledger);
	while (ok && n < rounds()) {
		ok = batch(&g, l, n / BATCH);
		n += BATCH;
		if (n % 2048 == 0)
			ledger_look(&ledger);
	}
	report_ok(ok, "%u connections came and went", n);
	ledger_close(&ledger, "churn");
	close(l);
	guest_close(&g);
}
