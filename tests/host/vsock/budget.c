// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of one run are bounded: a worker that has many long packets of the
 * guest to handle serves the other queue in between.
 *
 * We run before the worker whenever we can, and sleep until the receive queue
 * shows a packet. What the transmit queue has completed by then was in the run
 * before it.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

/* All chains of payload share their memory, which nobody else uses. */
enum {
	HEADER = 1200000,
	PAYLOAD = 1280000,
	CHAINS = 60,
	BYTES = 65536,
	LIMIT = 0x80000 / BYTES + 1,	/* chains in a run */
};

static struct packet p;

static void go_first(bool on)
{
	struct sched_param param = { .sched_priority = on };

	sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param);
}

static int connect_roomy(struct guest *g, int l)
{
	uint64_t size = 2 * CHAINS * BYTES;
	int s = guest_to_host(g, l, GUEST_PORT);

	if (setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size,
		       sizeof(size)) ||
	    setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
		       sizeof(size)))
		report_die("buffer size");
	while (guest_recv(g, &p, NOT))
		;
	return s;
}

static void add_long(struct guest *g, int s)
{
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW);
	struct drv_buf buf[] = {
		{ MEMORY_DATA_GPA + HEADER, sizeof(hdr) },
		{ MEMORY_DATA_GPA + PAYLOAD, BYTES },
	};
	struct drv_chain chain = { .buf = buf, .n_read = 2 };

	hdr.len = htole32(BYTES);
	memory_put(&g->d.mem, MEMORY_DATA_GPA + HEADER, &hdr, sizeof(hdr));
	if (drv_add(&g->d.q[TX].ring, &chain) != DRV_GOT)
		report_die("TX ring is full");
	drv_kick_prepare(&g->d.q[TX].ring);
	g->tx_open++;
}

void test_budget(void)
{
	int l = host_socket(SOCK_STREAM, true), s;
	struct guest g;
	uint32_t back;
	bool came;

	/* With two, this process looks long after the other queue was served. */
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		report_skip("takes one CPU", "packets in one run");
		close(l);
		return;
	}
	guest_start(&g, F_V1, 68, 16);
	s = connect_roomy(&g, l);
	g.mute = true;
	guest_say(&g, s, VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0);
	for (int i = 0; i < CHAINS; i++)
		add_long(&g, s);
	g.mute = false;
	go_first(true);
	queue_kick(&g.d.q[TX]);
	came = guest_expect(&g, &p, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	guest_sent(&g, 0);
	go_first(false);
	back = CHAINS + 1 - g.tx_open;
	report_ok(came && back <= 2 * LIMIT,
		  "%d packets of %d bytes: the reply came after %u", CHAINS,
		  BYTES, back);
	report_ok(guest_sent(&g, SOON), "and all others are handled");
	close(s);
	close(l);
	guest_close(&g);
}
