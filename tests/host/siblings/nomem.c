// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail in the sender's worker, one after the other: a stream
 * from guest to guest is whole, or both ends get a reset where it has a gap.
 */
#include <string.h>

#include "lib/faults.h"
#include "lib/workers.h"
#include "siblings.h"

enum { BLOCKS = 6, LEN = 3000, MOST = 80 };

static struct packet p;

struct end {
	uint32_t bytes;		/* in order */
	bool gap, reset;
};

/* What has come for a connection. */
static void listen_to(struct guest *g, uint32_t port, int ms, struct end *end)
{
	while (guest_recv(g, &p, ms)) {
		if (le32toh(p.hdr.src_port) != port &&
		    le32toh(p.hdr.dst_port) != port)
			continue;
		end->reset |= le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST;
		/* what comes after it is for no connection */
		for (uint32_t i = 0; i < p.len && !end->reset; i++, end->bytes++)
			end->gap |= p.data[i] != end->bytes / LEN + 1;
	}
}

static void send_blocks(struct guest *a, uint32_t port)
{
	static uint8_t block[LEN];
	struct virtio_vsock_hdr hdr = sibling_hdr(a, CID_B, VIRTIO_VSOCK_OP_RW);

	hdr.src_port = htole32(port);
	hdr.len = htole32(LEN);
	for (int i = 0; i < BLOCKS; i++) {
		memset(block, i + 1, LEN);
		guest_send(a, &hdr, block, sizeof(hdr) + LEN);
	}
	guest_sent(a, 3 * SOON);
}

/* Return: was there such a place. */
static bool fail_stream(unsigned int n, uint32_t *bad)
{
	struct end at_a = { 0 }, at_b = { 0 };
	unsigned int count = 0;
	struct guest a, b;
	pid_t worker;
	bool hit;

	guest_start(&a, F_V1, CID_A, 64);	/* the only worker, so far */
	worker = find_worker("/proc/self/task", &count);
	guest_start(&b, F_V1, CID_B, 64);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "test");
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_B, "test");
	if (!connected(&a, &b, 5))
		report_die("no connection");
	fault_inject(worker, n);
	send_blocks(&a, 5);
	hit = fault_stop();
	listen_to(&b, 5, NOT, &at_b);
	listen_to(&a, 5, 0, &at_a);
	if (at_b.gap || at_a.reset != at_b.reset ||
	    (!at_b.reset && at_b.bytes != BLOCKS * LEN)) {
		report_note("place %u: %u bytes%s, %d resets", n, at_b.bytes,
			    at_b.gap ? " with a gap" : "",
			    at_a.reset + at_b.reset);
		++*bad;
	}
	guest_close(&a);
	guest_close(&b);
	return hit;
}

void test_nomem(void)
{
	uint32_t bad = 0;
	unsigned int n = 1;

	if (!faults_begin()) {
		report_skip("no fault injection", "allocations that fail");
		return;
	}
	while (n < MOST && fail_stream(n, &bad))
		n++;
	report_ok(n > 1 && n < MOST, "a stream has %u places that can fail",
		  n - 1);
	report_ok(!bad, "%u of %u streams have a gap, or one end", bad, n);
}
