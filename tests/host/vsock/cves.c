// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults that others had, by name, as far as a transport can have them.
 *
 * Elsewhere: CVE-2026-23069, -23086 in credit.c; CVE-2024-53117, -53118 in
 * zerocopy.c; CVE-2018-14625, CVE-2026-80932, CVE-2026-53132 in vsock-storm.
 *
 * Not for a transport to have or to prevent, for they are within af_vsock and
 * its library, which the kernel has: CVE-2021-26708 (a socket's transport read
 * without its lock), CVE-2024-44996 (recvmsg by way of a sockmap),
 * CVE-2024-50169 (read_skb by way of a sockmap), CVE-2024-53103 (Hyper-V's
 * transport), CVE-2025-21666, -21669, -21670 (no transport at all),
 * CVE-2025-38461, -38462 (transports that are unloaded), CVE-2025-38618 (bind),
 * CVE-2025-40231, -40248 (connect and its locks).
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

static struct packet p;

/* ---- CVE-2022-50271: memory in big pieces for what a guest sends ---------- */

#define TRACING "/sys/kernel/tracing"
#define EVENT TRACING "/events/kmem/mm_page_alloc/"

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Allocations seen since the last time. */
static int seen(void)
{
	FILE *f = fopen(TRACING "/trace", "r");
	char line[500];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += line[0] != '#' && strstr(line, "mm_page_alloc:") != NULL;
	if (f)
		fclose(f);
	put(TRACING "/trace", "");
	return n;
}

static void send_big(struct guest *g, int s)
{
	static char data[65536];

	for (int i = 0; i < 50; i++) {
		guest_give(g, s, data, sizeof(data));
		for (uint32_t got = 0; got < sizeof(data);) {
			int n = host_take(s, data, sizeof(data));

			if (n <= 0)
				report_die("64 KiB did not come");
			got += n;
		}
		while (guest_recv(g, &p, 0))
			;
	}
}

static void big_pieces(void)
{
	int l = host_socket(SOCK_STREAM, true), s, any, big;
	struct guest g;

	mount("none", TRACING, "tracefs", 0, NULL);
	if (!put(EVENT "filter", "order == 0")) {
		report_skip("no tracepoints here", "CVE-2022-50271");
		close(l);
		return;
	}
	guest_start(&g, F_V1, 59, 32);
	s = guest_to_host(&g, l, 7);
	put(EVENT "enable", "1");
	seen();
	send_big(&g, s);
	any = seen();
	put(EVENT "filter", "order >= 4");
	seen();
	send_big(&g, s);
	big = seen();
	put(EVENT "enable", "0");
	put(EVENT "filter", "0");
	report_ok(any && !big,
		  "CVE-2022-50271: 50 packets of 64 KiB: %d pages, %d pieces of 16 and more",
		  any, big);
	close(s);
	close(l);
	guest_close(&g);
}

/* ---- CVE-2023-52842: bytes to the guest that nobody wrote ----------------- */

/* What such a packet must not say, and the memory behind it. */
static bool clean(struct guest *g, uint16_t op)
{
	uint64_t gpa = MEMORY_DATA_GPA;
	uint8_t rest[GUEST_BUF];
	uint32_t after = 0;
	struct drv_used used;
	struct virtio_vsock_hdr hdr;
	uint64_t until = now_ms() + SOON;

	while (drv_get_used(&g->d.q[RX].ring, &used) != DRV_GOT)
		if (now_ms() > until)
			return false;
	gpa += used.token * GUEST_BUF;
	memory_get(&g->d.mem, gpa, &hdr, sizeof(hdr));
	memory_get(&g->d.mem, gpa, rest, sizeof(rest));
	for (uint32_t i = used.len; i < sizeof(rest); i++)
		after += rest[i] != 0xa5;
	return !after && used.len == sizeof(hdr) + le32toh(hdr.len) &&
	       le16toh(hdr.op) == op && le64toh(hdr.dst_cid) == g->cid &&
	       le64toh(hdr.src_cid) == VMADDR_CID_HOST &&
	       le16toh(hdr.type) == VIRTIO_VSOCK_TYPE_STREAM &&
	       (op == VIRTIO_VSOCK_OP_SHUTDOWN || !hdr.flags) &&
	       (le32toh(hdr.buf_alloc) == 262144 ||
		(op == VIRTIO_VSOCK_OP_RST && !hdr.buf_alloc)) && !hdr.fwd_cnt;
}

static void unwritten(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	int s;

	guest_start(&g, F_V1, 59, 16);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	hdr.dst_port = htole32(HOST_PORT + 7);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(clean(&g, VIRTIO_VSOCK_OP_RST), "CVE-2023-52842: a reset");
	s = host_socket(SOCK_STREAM, false);
	host_connect(s, g.cid);
	report_ok(clean(&g, VIRTIO_VSOCK_OP_REQUEST),
		  "CVE-2023-52842: a request");
	close(s);
	guest_close(&g);
	guest_start(&g, F_V1, 59, 16);
	s = host_to_guest(&g, SOCK_STREAM);
	if (send(s, "abc", 3, 0) != 3)
		report_die("send");
	report_ok(clean(&g, VIRTIO_VSOCK_OP_RW), "CVE-2023-52842: 3 bytes");
	guest_say(&g, s, VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0);
	report_ok(clean(&g, VIRTIO_VSOCK_OP_CREDIT_UPDATE),
		  "CVE-2023-52842: credit");
	close(s);
	report_ok(clean(&g, VIRTIO_VSOCK_OP_SHUTDOWN),
		  "CVE-2023-52842: a shutdown");
	guest_close(&g);
}

/* ---- CVE-2024-43873: messages that nobody negotiated ---------------------- */

static int try_messages(struct guest *g)
{
	int s = host_socket(SOCK_SEQPACKET, false);
	int err = host_connect(s, g->cid);

	close(s);
	return err;
}

static void negotiation(void)
{
	uint64_t with = F_V1 | F_SEQ, without = F_V1;
	struct guest g;

	for (int i = 0; i < 20; i++) {
		guest_open_bare(&g);
		guest_set_cid(&g, 59);
		if (try_messages(&g) != ESOCKTNOSUPPORT)
			report_ok(false, "CVE-2024-43873: device %d", i);
		guest_close(&g);
	}
	guest_open_bare(&g);
	guest_set_cid(&g, 59);
	went(try_messages(&g), ESOCKTNOSUPPORT, "CVE-2024-43873: before");
	cmd(g.d.fd, VHOST_SET_FEATURES, &with);
	report_ok(try_messages(&g) != ESOCKTNOSUPPORT,
		  "CVE-2024-43873: negotiated");
	cmd(g.d.fd, VHOST_SET_FEATURES, &without);
	went(try_messages(&g), ESOCKTNOSUPPORT,
	     "CVE-2024-43873: negotiated away");
	guest_close(&g);
}

/* ---- CVE-2025-39718: a length that the buffer does not have --------------- */

static void lengths(void)
{
	static const uint32_t lies[] = { 5, 4096, 65536, 65537, 0x7fffffff,
					 ~0u, ~0u - 43 };
	int l = host_socket(SOCK_STREAM, true), s;
	struct guest g;
	char in[100];
	bool back = true;

	guest_start(&g, F_V1, 59, 16);
	s = guest_to_host(&g, l, 9);
	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct virtio_vsock_hdr hdr =
			guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_RW);

		hdr.len = htole32(lies[i]);
		guest_send(&g, &hdr, "abcd", sizeof(hdr) + 4);
		back &= guest_sent(&g, SOON);
	}
	report_ok(back && recv(s, in, sizeof(in), MSG_DONTWAIT) < 0 &&
		  errno == EAGAIN && data_flows(&g, s),
		  "CVE-2025-39718: lengths that the buffer does not have");
	close(s);
	close(l);
	guest_close(&g);
}

/* ---- CVE-2024-50264, CVE-2025-21756: a socket changes its transport ------- */

/* The guest rejects it, and goes on to speak to its port meanwhile. */
static void reject_and_talk(struct guest *g)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RST);

	do {	/* past resets: replies to what was sent before */
		if (!guest_recv(g, &p, SOON))
			report_die("no request");
	} while (p.hdr.op != htole16(VIRTIO_VSOCK_OP_REQUEST));
	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	guest_send(g, &hdr, NULL, sizeof(hdr));
	hdr.op = htole16(VIRTIO_VSOCK_OP_RW);
	hdr.len = htole32(4);
	guest_send(g, &hdr, "late", sizeof(hdr) + 4);
	hdr.op = htole16(VIRTIO_VSOCK_OP_RESPONSE);
	hdr.len = 0;
	guest_send(g, &hdr, NULL, sizeof(hdr));
}

enum { MOVES = 50 };

struct mover {
	uint32_t cid, rejected, moved;
};

/* A failed connect() leaves the socket free for another only when it waited. */
static void *mover(void *arg)
{
	struct sockaddr_vm guest = { .svm_family = AF_VSOCK,
				     .svm_port = GUEST_PORT };
	struct sockaddr_vm here = { .svm_family = AF_VSOCK, .svm_port = 1,
				    .svm_cid = VMADDR_CID_LOCAL };
	struct mover *m = arg;
	int block = 0;

	guest.svm_cid = m->cid;
	for (int i = 0; i < MOVES; i++) {
		int s = host_socket(SOCK_STREAM, false), err;

		ioctl(s, FIONBIO, &block);
		err = connect(s, (void *)&guest, sizeof(guest)) ? errno : 0;
		m->rejected += err == ECONNRESET;
		/* nobody listens there; or there is no such transport */
		err = connect(s, (void *)&here, sizeof(here)) ? errno : 0;
		m->moved += err == ECONNRESET || err == ENODEV;
		close(s);
	}
	return NULL;
}

static void reassign(void)
{
	struct mover m = { .cid = 59 };
	pthread_t thread;
	struct guest g;
	int good;

	guest_start(&g, F_V1, m.cid, 64);
	good = host_to_guest(&g, SOCK_STREAM);
	pthread_create(&thread, NULL, mover, &m);
	for (int i = 0; i < MOVES; i++)
		reject_and_talk(&g);
	pthread_join(thread, NULL);
	guest_sent(&g, SOON);
	while (guest_recv(&g, &p, NOT))
		;
	report_ok(m.rejected == MOVES && m.moved == MOVES &&
		  data_flows(&g, good),
		  "CVE-2024-50264, CVE-2025-21756: %u rejected, %u on to another transport",
		  m.rejected, m.moved);
	close(good);
	guest_close(&g);
}

/* ---- CVE-2026-46214: an accept queue that stays full ---------------------- */

static void listen_backlog(void)
{
	int l = host_socket(SOCK_STREAM, true), s, accepted = 0;
	struct virtio_vsock_hdr hdr;
	struct guest g;

	guest_start(&g, F_V1, 59, 100);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	for (uint32_t i = 0; i < 400; i++) {
		hdr.src_port = htole32(10000 + i);
		hdr.op = htole16(VIRTIO_VSOCK_OP_REQUEST);
		guest_send(&g, &hdr, NULL, sizeof(hdr));
		hdr.op = htole16(VIRTIO_VSOCK_OP_RST);
		guest_send(&g, &hdr, NULL, sizeof(hdr));
		while (guest_recv(&g, &p, 0))
			;
		if (i % 100 < 99)
			continue;
		guest_sent(&g, SOON);
		while ((s = accept4(l, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
			accepted++;
			close(s);
		}
	}
	while (guest_recv(&g, &p, NOT))
		;
	s = guest_to_host(&g, l, 9);
	report_ok(s >= 0 && data_flows(&g, s),
		  "CVE-2026-46214: 400 came and went, %d were accepted, the listener goes on",
		  accepted);
	close(s);
	close(l);
	guest_close(&g);
}

void test_cves(void)
{
	big_pieces();
	unwritten();
	negotiation();
	if (is_kernels_own())
		report_skip("returns no bad buffers", "CVE-2025-39718");
	else
		lengths();
	reassign();
	listen_backlog();
}
