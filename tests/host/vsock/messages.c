// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEQPACKET: messages and records keep their ends, both ways, whatever the
 * size of buffers and reads.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

#define EOM VIRTIO_VSOCK_SEQ_EOM
#define EOR VIRTIO_VSOCK_SEQ_EOR

enum { BYTES = 20000 };

static struct packet p;
static char buf[20 * BYTES];

static ssize_t take(int s, uint32_t len, int flags, int *got)
{
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd pfd = { .fd = s, .events = POLLIN };
	ssize_t n;

	poll(&pfd, 1, SOON);
	n = recvmsg(s, &msg, flags);
	*got = msg.msg_flags;
	return n;
}

/* A part of a message. */
static void give(struct guest *g, int s, const char *text, uint32_t flags)
{
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW);
	uint32_t len = strlen(text);

	hdr.flags = htole32(flags);
	hdr.len = htole32(len);
	guest_send(g, &hdr, len ? text : NULL, sizeof(hdr) + len);
}

static void to_host(struct guest *g, int s)
{
	int flags;

	give(g, s, "one", EOM);
	give(g, s, "two", EOM | EOR);
	give(g, s, "three ", 0);
	give(g, s, "in ", 0);
	give(g, s, "parts", EOM);
	guest_sent(g, SOON);	/* poll() tells of parts, too */
	report_ok(take(s, 100, 0, &flags) == 3 && !(flags & MSG_EOR) &&
		  !memcmp(buf, "one", 3), "a message");
	report_ok(take(s, 100, 0, &flags) == 3 && flags & MSG_EOR &&
		  !memcmp(buf, "two", 3), "a message that ends a record");
	report_ok(take(s, 100, 0, &flags) == 14 &&
		  !memcmp(buf, "three in parts", 14), "a message in parts");
	give(g, s, "not yet", 0);
	guest_sent(g, SOON);
	report_ok(recv(s, buf, 100, MSG_DONTWAIT) < 0 && errno == EAGAIN,
		  "no message before its end");
	give(g, s, "", EOM);
	guest_sent(g, SOON);
	report_ok(take(s, 100, 0, &flags) == 7, "an end that comes alone");
}

static void cut_off(struct guest *g, int s)
{
	int flags;

	give(g, s, "truncated", EOM);
	give(g, s, "next", EOM);
	report_ok(take(s, 4, MSG_PEEK, &flags) == 4 &&
		  !memcmp(buf, "trun", 4), "a look at it");
	report_ok(take(s, 4, 0, &flags) == 4 && flags & MSG_TRUNC &&
		  !memcmp(buf, "trun", 4), "too short a read is notified of");
	report_ok(take(s, 100, 0, &flags) == 4 && !memcmp(buf, "next", 4),
		  "the rest is gone");
	give(g, s, "truncated", EOM);
	report_ok(take(s, 4, MSG_TRUNC, &flags) == 9, "its real length");
}

/* The marks are on the last part; @flags as the guest must see them. */
static void to_guest(struct guest *g, int s, uint32_t len, int how,
		     uint32_t flags)
{
	uint32_t got = 0, early = 0, last = 0;

	memset(buf, 'm', len);
	if (send(s, buf, len, how) != (ssize_t)len)
		report_die("send of %u", len);
	while (got < len && guest_expect(g, &p, VIRTIO_VSOCK_OP_RW)) {
		early += last != 0;
		last = le32toh(p.hdr.flags);
		got += p.len;
	}
	report_ok(got == len && !early && last == flags,
		  "%u bytes to the guest, flags %u", len, last);
}

void test_messages(void)
{
	struct guest g;
	int s;

	guest_start(&g, F_V1 | F_SEQ, 51, 64);
	s = host_to_guest(&g, SOCK_SEQPACKET);
	to_host(&g, s);
	cut_off(&g, s);
	while (guest_recv(&g, &p, NOT))
		;	/* credit */
	to_guest(&g, s, 5, 0, EOM);
	to_guest(&g, s, 5, MSG_EOR, EOM | EOR);
	to_guest(&g, s, BYTES, 0, EOM);
	to_guest(&g, s, BYTES, MSG_EOR, EOM | EOR);
	errno = 0;
	send(s, buf, sizeof(buf), MSG_DONTWAIT);
	went(errno, EMSGSIZE, "more than there is ever room for");
	close(s);
	guest_close(&g);
}
