// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet capture: a vsockmon device shows each packet with the header and the
 * payload that the guest sees or sent, also when a packet goes in parts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/vsockmon.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

#define MONITOR "vsockmon0"

enum { BYTES = 10000, ETH_ALL = 3 };

struct shot {
	struct af_vsockmon_hdr mon;
	struct virtio_vsock_hdr hdr;
	uint8_t data[70000];
} __attribute__((packed));

static struct packet p;
static struct shot shot;

static bool add_monitor(void)
{
	const char *root = getenv("LAB_KROOT");
	char line[300];

	snprintf(line, sizeof(line), "modprobe -q %s %s vsockmon 2>/dev/null",
		 root ? "-d" : "", root ? root : "");
	/* built in, or there already: what counts is the device */
	if (system(line))
		report_note("modprobe vsockmon did not work");
	return !system("ip link add " MONITOR " type vsockmon 2>/dev/null") &&
	       !system("ip link set " MONITOR " up");
}

static int listen_in(void)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_ALL),
				 .sll_ifindex = if_nametoindex(MONITOR) };
	struct timeval patience = { .tv_usec = 200000 };
	int big = 4 << 20, s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC,
				      htons(ETH_ALL));

	if (s < 0 || bind(s, (void *)&a, sizeof(a)))
		report_die("capture");
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	return s;
}

/* The next packet; its payload's length, or -1. */
static int next_shot(int monitor)
{
	ssize_t n = recv(monitor, &shot, sizeof(shot), 0);

	return n < (ssize_t)(sizeof(shot.mon) + sizeof(shot.hdr)) ? -1 :
	       (int)(n - sizeof(shot.mon) - sizeof(shot.hdr));
}

static bool header_fits(uint16_t op)
{
	return shot.mon.op == htole16(op) &&
	       shot.mon.transport == htole16(AF_VSOCK_TRANSPORT_VIRTIO) &&
	       shot.mon.len == htole16(sizeof(shot.hdr)) &&
	       shot.mon.src_cid == shot.hdr.src_cid &&
	       shot.mon.dst_cid == shot.hdr.dst_cid &&
	       shot.mon.src_port == shot.hdr.src_port &&
	       shot.mon.dst_port == shot.hdr.dst_port &&
	       !shot.mon.reserved[0] && !shot.mon.reserved[1];
}

/* The packet that the guest just got, and the one that was seen. */
static bool seen(int monitor, uint16_t op)
{
	int len = next_shot(monitor);

	return len == (int)p.len && header_fits(op) &&
	       !memcmp(&shot.hdr, &p.hdr, sizeof(p.hdr)) &&
	       !memcmp(shot.data, p.data, p.len);
}

static void to_guest(struct guest *g, int monitor, int s)
{
	static char data[BYTES];
	uint32_t got = 0, parts = 0;
	bool right = true;

	for (uint32_t i = 0; i < BYTES; i++)
		data[i] = i * 3 + (i >> 8);
	if (send(s, data, BYTES, 0) != BYTES)
		report_die("send");
	for (; got < BYTES && guest_expect(g, &p, VIRTIO_VSOCK_OP_RW); parts++) {
		right &= seen(monitor, AF_VSOCK_OP_PAYLOAD) &&
			 !memcmp(shot.data, data + got, p.len);
		got += p.len;
	}
	report_ok(got == BYTES && right && parts > 1,
		  "%u bytes to the guest, seen in %u parts", got, parts);
}

static void to_host(struct guest *g, int monitor, int s)
{
	static char data[BYTES];
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW);
	int len;

	hdr.len = htole32(BYTES);
	guest_give(g, s, data, BYTES);
	guest_sent(g, SOON);
	len = next_shot(monitor);
	report_ok(len == BYTES && header_fits(AF_VSOCK_OP_PAYLOAD) &&
		  !memcmp(&shot.hdr, &hdr, sizeof(hdr)) &&
		  !memcmp(shot.data, data, BYTES), "%d bytes to the host, seen",
		  len);
}

/* Packets that are handed to the socket as one are seen as they were sent. */
static void joined(struct guest *g, int monitor, int s)
{
	static char data[100];
	int len;

	g->mute = true;
	guest_give(g, s, data, sizeof(data));
	g->fwd_cnt = 7;
	guest_say(g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
	g->mute = false;
	g->fwd_cnt = 9;
	guest_say(g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
	guest_sent(g, SOON);
	len = next_shot(monitor);
	report_ok(len == sizeof(data) && header_fits(AF_VSOCK_OP_PAYLOAD) &&
		  !shot.hdr.fwd_cnt, "of three packets, the data, seen");
	for (uint32_t fwd_cnt = 7; fwd_cnt <= 9; fwd_cnt += 2)
		report_ok(!next_shot(monitor) &&
			  header_fits(AF_VSOCK_OP_CONTROL) &&
			  shot.hdr.fwd_cnt == htole32(fwd_cnt),
			  "and a credit update of %u, seen", fwd_cnt);
}

static void run(int monitor)
{
	struct guest g;
	int s;

	guest_start(&g, F_V1, 54, 32);
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(next_shot(monitor) == 0 && header_fits(AF_VSOCK_OP_CONNECT) &&
		  shot.hdr.op == htole16(VIRTIO_VSOCK_OP_REQUEST),
		  "the request, seen");
	report_ok(next_shot(monitor) == 0 && header_fits(AF_VSOCK_OP_CONNECT) &&
		  shot.hdr.op == htole16(VIRTIO_VSOCK_OP_RESPONSE),
		  "the response, seen");
	to_guest(&g, monitor, s);
	to_host(&g, monitor, s);
	joined(&g, monitor, s);
	close(s);
	report_ok(guest_expect(&g, &p, VIRTIO_VSOCK_OP_SHUTDOWN) &&
		  seen(monitor, AF_VSOCK_OP_DISCONNECT), "the shutdown, seen");
	guest_close(&g);
}

void test_capture(void)
{
	int monitor;

	if (!add_monitor()) {
		report_skip("no vsockmon here", "capture");
		return;
	}
	monitor = listen_in();
	run(monitor);
	close(monitor);
	if (system("ip link del " MONITOR))
		report_note("%s stays", MONITOR);
}
