// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that call again and again what tells the guest something, while it
 * takes nothing: it hears of it once, or not too often, and goes on.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "tests.h"

enum {
	OFTEN = 50000,
	LITTLE = 4096,		/* KiB; as packets, OFTEN take some 40 MiB */
};

static struct packet p;

/* All that waited, by operation. */
static uint32_t count(struct guest *g, uint16_t op)
{
	uint32_t n = 0;

	guest_offer(g, 100);
	while (guest_recv(g, &p, NOT))
		n += le16toh(p.hdr.op) == op;
	return n;
}

/* A socket that is connected with a guest, which then takes nothing. */
static int connect_to_paused(struct guest *g)
{
	int s;

	guest_start(g, F_V1, 57, 1);
	s = host_to_guest(g, SOCK_STREAM);
	guest_set_running(g, 0);
	return s;
}

static void shutdowns(void)
{
	struct guest g;
	uint32_t n;
	long slab;
	int s;

	s = connect_to_paused(&g);
	slab = hostmem_slab();
	for (int i = 0; i < OFTEN; i++)
		shutdown(s, i & 1 ? SHUT_WR : SHUT_RD);
	slab = hostmem_slab() - slab;
	report_ok(slab < LITTLE, "%d times shutdown(): %ld KiB", OFTEN, slab);
	guest_set_running(&g, 1);
	n = count(&g, VIRTIO_VSOCK_OP_SHUTDOWN);
	report_ok(n == 2, "%u packets", n);
	close(s);
	guest_close(&g);
}

/* The size is sent in time, and the guest can send meanwhile. */
static void sizes(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	uint32_t n;
	long slab;
	int s;

	s = connect_to_paused(&g);
	slab = hostmem_slab();
	for (uint64_t i = 0; i < OFTEN; i++) {
		uint64_t size = 100000 + i;

		if (setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
			       sizeof(size)))
			report_die("SO_VM_SOCKETS_BUFFER_SIZE");
	}
	slab = hostmem_slab() - slab;
	report_ok(slab < LITTLE, "%d sizes: %ld KiB", OFTEN, slab);
	guest_set_running(&g, 1);
	hdr = guest_hdr(&g, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	guest_send(&g, &hdr, NULL, sizeof(hdr));
	report_ok(guest_sent(&g, SOON), "the guest may send");
	n = count(&g, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	report_ok(n, "%u packets", n);
	report_ok(send(s, "x", 1, 0) == 1 &&
		  guest_expect(&g, &p, VIRTIO_VSOCK_OP_RW) &&
		  le32toh(p.hdr.buf_alloc) == 100000 + OFTEN - 1,
		  "the last size comes with data");
	close(s);
	guest_close(&g);
}

/*
 * A size that is set while much waits for the guest is sent when that has gone,
 * though the socket says nothing else.
 */
static void size_behind_much(void)
{
	static uint8_t data[65536];
	const uint64_t size = 123456, big = 64 << 20;
	struct guest g;
	bool sent = false;
	int s, other;

	guest_start(&g, F_V1, 57, 32);
	s = host_to_guest(&g, SOCK_STREAM);
	other = host_to_guest(&g, SOCK_STREAM);
	/* no more is sent than could be received */
	setsockopt(other, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
		   sizeof(big));
	setsockopt(other, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big,
		   sizeof(big));
	guest_set_running(&g, 0);
	for (int i = 0; i < 9 << 4; i++)
		if (send(other, data, sizeof(data), 0) != sizeof(data))
			report_die("9 MiB do not go");
	if (setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
		       sizeof(size)))
		report_die("SO_VM_SOCKETS_BUFFER_SIZE");
	guest_set_running(&g, 1);
	while (guest_recv(&g, &p, NOT))
		sent |= le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_CREDIT_UPDATE &&
			le32toh(p.hdr.buf_alloc) == size;
	report_ok(sent, "a size set behind 9 MiB is sent");
	close(other);
	close(s);
	guest_close(&g);
}

void test_floods(void)
{
	shutdowns();
	sizes();
	size_behind_much();
}
