// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both sides have much to say, and neither stops to listen. The guest behaves as
 * Linux's driver does (lib/vsock_linux.h). Programs read all at once, so that each message of the guest causes
 * a credit update. Connections to ports that nobody has cause replies, in both
 * directions. Something must move all the time.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/vsock_linux.h"
#include "storm.h"

enum {
	SOCKETS = 200,
	REJECTED = 1000,		/* connects at a time, each way */
	MESSAGES = 10,		/* per socket at a time */
	STALL = 3000,		/* ms in which nothing moves */
	PER_SECOND = LOT / 10,	/* rounds() as time */
	FAR = 100000,		/* first port of connects */
};

static struct linux_guest peer;
static uint32_t port;	/* of the next connect */
static uint32_t pending;	/* connects without a reply */
static int sock[SOCKETS], rejected[REJECTED];
static struct virtio_vsock_hdr header[SOCKETS];
static struct packet p;
static uint64_t read_count;

static void receive(void)
{
	while (linux_recv(&peer, &p))
		pending -= le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST &&
			      le32toh(p.hdr.dst_port) >= FAR;
}

/* Programs: read all there is; connect again once they have been rejected. */
static void read_all(void)
{
	static char in[4096];

	for (int i = 0; i < SOCKETS; i++)
		if (recv(sock[i], in, sizeof(in), MSG_DONTWAIT) > 0)
			read_count++;
}

static void connect_all(void)
{
	for (int i = 0; i < REJECTED; i++) {
		if (rejected[i] >= 0 && !host_error(rejected[i], 0))
			continue;
		if (rejected[i] >= 0)
			close(rejected[i]);
		rejected[i] = host_socket(SOCK_STREAM, false);
		host_connect(rejected[i], peer.g.cid);
	}
}

/* The guest has new things to say once it is through with the old ones. */
static void make_more(void)
{
	struct virtio_vsock_hdr hdr = guest_hdr(&peer.g,
						VIRTIO_VSOCK_OP_REQUEST);

	if (!linux_idle(&peer))
		return;
	for (int n = 0; n < MESSAGES; n++)
		for (int i = 0; i < SOCKETS; i++)
			linux_put_off(&peer, &header[i], false);
	hdr.dst_port = htole32(HOST_PORT + 1);
	for (; pending < REJECTED; pending++) {
		hdr.src_port = htole32(FAR + port++ % 1000000);
		linux_put_off(&peer, &hdr, false);
	}
	connect_all();
}

static void connect_sockets(int l)
{
	for (int i = 0; i < SOCKETS; i++) {
		sock[i] = guest_to_host(&peer.g, l, GUEST_PORT + i);
		header[i] = guest_hdr_of(&peer.g, sock[i],
					 VIRTIO_VSOCK_OP_RW);
		header[i].len = htole32(1);
	}
	for (int i = 0; i < REJECTED; i++)
		rejected[i] = -1;
}

/* Return: ms until nothing moved any more, or all there was to run. */
static uint64_t run(uint64_t ms)
{
	uint64_t begin = now_ms(), last = begin, before, moved = 0;

	do {
		before = moved;
		make_more();
		linux_send(&peer);
		receive();
		read_all();
		usleep(100);
		moved = peer.moved + read_count;
		if (moved != before)
			last = now_ms();
	} while (now_ms() - begin < ms && now_ms() - last < STALL);
	return last - begin;
}

void storm_mutual(void)
{
	struct rlimit files = { 4096, 4096 };
	uint64_t ms = (uint64_t)rounds() * 1000 / PER_SECOND, ran;
	int l = host_socket(SOCK_STREAM, true);

	if (setrlimit(RLIMIT_NOFILE, &files))
		report_die("number of files");
	guest_start(&peer.g, F_V1, 66, 100);
	connect_sockets(l);
	ran = run(ms);
	report_ok(ran + 500 > ms,
		  "%d sockets, %d rejected connects each way: %llu packets, moving for %llu of %llu ms",
		  SOCKETS, REJECTED, (unsigned long long)(peer.moved + read_count),
		  (unsigned long long)ran, (unsigned long long)ms);
	for (int i = 0; i < SOCKETS; i++)
		close(sock[i]);
	for (int i = 0; i < REJECTED; i++)
		if (rejected[i] >= 0)
			close(rejected[i]);
	close(l);
	guest_close(&peer.g);
	usleep(CONNECT_MS * 1000);
}
