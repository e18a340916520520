// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that takes nothing: what it can make the host queue is bounded, and
 * all goes on when it takes again.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"

static struct packet p;

/* Send packets that want replies until none is taken any more. */
static uint32_t flood(struct guest *g, const struct virtio_vsock_hdr *hdr)
{
	uint32_t n = 0;

	while (n < 5000 && guest_send(g, hdr, NULL, sizeof(*hdr)))
		n++;
	return n;
}

static void replies(const char *what, uint16_t op, bool connected)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	int s = -1, l = host_socket(SOCK_STREAM, true);
	uint32_t sent, got = 0;

	guest_start(&g, F_V1, 61, 1);
	if (connected)
		s = guest_to_host(&g, l, GUEST_PORT);
	hdr = guest_hdr(&g, op);
	if (!connected)
		hdr.dst_port = htole32(HOST_PORT + 1);	/* nobody */
	sent = flood(&g, &hdr);
	report_ok(sent >= 1024 && sent < 1500, "%s: %u sent to a host whose replies wait",
		  what, sent);
	guest_offer(&g, 64);
	while (got < sent && guest_recv(&g, &p, SOON))
		got++;
	report_ok(got == sent, "%s: %u replies", what, got);
	report_ok(guest_sent(&g, SOON), "%s: all buffers are back", what);
	if (s >= 0)
		close(s);
	close(l);
	guest_close(&g);
}

/* ---- the bounds are parameters ---------------------------------------- */

/* Return: was it taken. */
static bool set_parameter(const char *name, const char *value)
{
	char path[100];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/vhost_vsock/parameters/%s",
		 name);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, value, strlen(value)) > 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static uint32_t queue_messages(void)
{
	struct guest g;
	uint32_t n = 0;
	int s;

	guest_start(&g, F_V1 | BIT64(VIRTIO_VSOCK_F_SEQPACKET), 61, 1);
	s = host_to_guest(&g, SOCK_SEQPACKET);
	while (n < 100000 && send(s, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	close(s);
	guest_close(&g);
	return n;
}

static uint32_t queue_replies(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	uint32_t n;

	guest_start(&g, F_V1, 61, 1);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	hdr.dst_port = htole32(HOST_PORT + 1);
	n = flood(&g, &hdr);
	guest_close(&g);
	return n;
}

static void parameters(void)
{
	uint32_t n;

	report_ok(set_parameter("max_replies", "200"), "max_replies");
	n = queue_replies();
	report_ok(n >= 200 && n < 500, "%u packets that want replies", n);
	report_ok(!set_parameter("max_replies", "0") &&
		  !set_parameter("max_queued_bytes", "1"), "but not too few");
	report_ok(set_parameter("max_replies", "1024"), "as it was");
	report_ok(set_parameter("max_queued_bytes", "262144"),
		  "max_queued_bytes");
	n = queue_messages();
	report_ok(n > 100 && n < 600, "%u messages of one byte", n);
	report_ok(set_parameter("max_queued_bytes", "16777216"), "as it was");
}

/* With another CID the replies that waited are gone, and it may go on. */
static void moved(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	uint32_t n = 0;

	guest_start(&g, F_V1, 61, 1);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_REQUEST);
	hdr.dst_port = htole32(HOST_PORT + 1);	/* nobody */
	flood(&g, &hdr);
	report_ok(!guest_set_cid(&g, 62), "a guest that does not consume with another CID");
	report_ok(guest_sent(&g, SOON), "all buffers are back");
	guest_offer(&g, 64);
	while (guest_recv(&g, &p, NOT))
		n++;
	report_note("%u replies came", n);
	guest_close(&g);
}

/*
 * A message of one byte costs a packet (those of streams are joined): no
 * credit stops a program that sends such.
 */
static void senders(void)
{
	struct pollfd pfd = { .events = POLLOUT };
	uint64_t big = 64 << 20;
	struct guest g;
	int s, n = 0, got = 0;

	guest_start(&g, F_V1 | BIT64(VIRTIO_VSOCK_F_SEQPACKET), 61, 1);
	s = host_to_guest(&g, SOCK_SEQPACKET);
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
		   sizeof(big));
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big, sizeof(big));
	while (n < 100000 && send(s, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	report_ok(n > 1000 && n < 40000 && errno == EAGAIN,
		  "%d packets of one byte queued", n);
	pfd.fd = s;
	report_ok(!poll(&pfd, 1, 0), "no more space");
	guest_offer(&g, 100);
	while (guest_recv(&g, &p, NOT))
		got += p.len;
	report_ok(got == n, "%d of them came", got);
	report_ok(poll(&pfd, 1, SOON) == 1 && send(s, "x", 1, 0) == 1,
		  "space again");
	close(s);
	guest_close(&g);
}

/* A program that sleeps until there is space, and a guest that says nothing. */
static void *blocked(void *arg)
{
	int *s = arg;

	return send(*s, "y", 1, 0) == 1 ? s : NULL;
}

static void sleeper(void)
{
	uint64_t big = 64 << 20;
	struct guest g;
	struct timespec until;
	pthread_t t;
	void *sent = NULL;
	int s, n = 0;

	guest_start(&g, F_V1 | BIT64(VIRTIO_VSOCK_F_SEQPACKET), 61, 1);
	s = host_to_guest(&g, SOCK_SEQPACKET);
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
		   sizeof(big));
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big, sizeof(big));
	while (n < 100000 && send(s, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	fcntl(s, F_SETFL, 0);
	pthread_create(&t, NULL, blocked, &s);
	usleep(NOT * 1000);
	guest_offer(&g, 100);
	while (guest_recv(&g, &p, NOT))
		;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SOON / 1000;
	report_ok(!pthread_timedjoin_np(t, &sent, &until) && sent == &s,
		  "a program that slept goes on");
	shutdown(s, SHUT_RDWR);
	if (!sent)
		pthread_join(t, &sent);
	close(s);
	guest_close(&g);
}

/* Programs that connect and go, and a guest that does not care. */
static void requests(void)
{
	struct guest g;
	int s, n = 0, err = EINPROGRESS;

	guest_start(&g, F_V1, 61, 1);
	while (n < 60000 && err == EINPROGRESS) {
		s = host_socket(SOCK_STREAM, false);
		err = host_connect(s, 61);
		close(s);
		n++;
	}
	report_ok(err == ENOBUFS && n > 1000, "%d requests, then %s", n,
		  errno_name(err));
	guest_offer(&g, 100);
	while (guest_recv(&g, &p, NOT))
		;
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(s >= 0, "and can be reached when it takes again");
	close(s);
	guest_close(&g);
}

void test_bounds(void)
{
	parameters();
	replies("requests to nobody", VIRTIO_VSOCK_OP_REQUEST, false);
	replies("credit requests", VIRTIO_VSOCK_OP_CREDIT_REQUEST, true);
	moved();
	senders();
	sleeper();
	requests();
}
