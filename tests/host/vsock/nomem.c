// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail, one after the other, in a program's thread and in the
 * worker: a shutdown that was not sent is sent the next time, and a stream from
 * the guest is whole or ends with ECONNRESET.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/faults.h"
#include "lib/workers.h"
#include "tests.h"

enum { CID = 59, MOST = 60, BLOCKS = 8, LEN = 3000 };

static struct packet p;

/* Does the guest get this, whatever comes before it. */
static bool comes(struct guest *g, uint16_t op)
{
	while (guest_recv(g, &p, NOT))
		if (le16toh(p.hdr.op) == op)
			return true;
	return false;
}

/* ---- shutdown --------------------------------------------------------- */

/* Return: was there such a place; @lost: what is not sent then. */
static bool fail_shutdown(struct guest *g, unsigned int n, uint32_t *lost)
{
	int s = host_to_guest(g, SOCK_STREAM);
	pid_t self = syscall(SYS_gettid);
	bool hit;

	fault_inject(self, n);
	shutdown(s, SHUT_WR);
	hit = fault_stop();
	shutdown(s, SHUT_WR);
	*lost += !comes(g, VIRTIO_VSOCK_OP_SHUTDOWN);
	guest_say(g, s, VIRTIO_VSOCK_OP_RST, 0);
	guest_sent(g, SOON);
	close(s);
	while (guest_recv(g, &p, NOT))	/* what the end of the socket sends */
		;
	return hit;
}

static void shutdowns(void)
{
	uint32_t lost = 0;
	unsigned int n = 1;
	struct guest g;

	guest_start(&g, F_V1, CID, 32);
	while (n < MOST && fail_shutdown(&g, n, &lost))
		n++;
	report_ok(n > 1 && n < MOST, "shutdown() has %u places that can fail",
		  n - 1);
	report_ok(!lost, "%u of %u shutdowns are lost for good", lost, n);
	guest_close(&g);
}

/* ---- a stream from the guest ------------------------------------------ */

/* Return: bytes in order up to the end; @end: what recv() said there. */
static uint32_t read_all(int s, int *end)
{
	static unsigned char buf[LEN];
	uint32_t got = 0;

	while ((*end = host_take(s, buf, sizeof(buf))) > 0)
		for (int i = 0; i < *end; i++, got++)
			if (buf[i] != got / LEN + 1)
				return got;
	return got;
}

static void give_blocks(struct guest *g, int s)
{
	static unsigned char block[LEN];

	for (int i = 0; i < BLOCKS; i++) {
		memset(block, i + 1, LEN);
		guest_give(g, s, block, LEN);
	}
	guest_sent(g, 2 * SOON);
}

/* Return: was there such a place; @bad: streams with a gap, or without an end. */
static bool fail_stream(struct guest *g, int l, unsigned int n, uint32_t *bad)
{
	int s = guest_to_host(g, l, 3000 + n), end;
	unsigned int count = 0;
	pid_t worker = find_worker("/proc/self/task", &count);
	uint32_t got;
	bool hit;

	fault_inject(worker, n);
	give_blocks(g, s);
	hit = fault_stop();
	guest_say(g, s, VIRTIO_VSOCK_OP_SHUTDOWN, 3);
	guest_sent(g, SOON);
	got = read_all(s, &end);
	if (end != -ECONNRESET && (end || got != BLOCKS * LEN))
		report_note("place %u: %u bytes, then %d", n, got, end);
	*bad += end != -ECONNRESET && (end || got != BLOCKS * LEN);
	close(s);
	while (guest_recv(g, &p, NOT))
		;
	return hit;
}

static void streams(void)
{
	int l = host_socket(SOCK_STREAM, true);
	uint32_t bad = 0;
	unsigned int n = 1;
	struct guest g;

	guest_start(&g, F_V1, CID, 64);
	while (n < MOST && fail_stream(&g, l, n, &bad))
		n++;
	report_ok(n > 1, "a stream of the guest has %u places that can fail",
		  n - 1);
	report_ok(!bad, "%u of %u streams have a gap", bad, n);
	close(l);
	guest_close(&g);
}

void test_nomem(void)
{
	if (!faults_begin()) {
		report_skip("no fault injection", "allocations that fail");
		return;
	}
	shutdowns();
	streams();
}
