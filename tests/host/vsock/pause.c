// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that is paused and goes on, with packets on their way, wherever its
 * rings are at that moment; and one that reboots when its rings happen to be
 * at the place where they began.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

enum { BUFS = 16, MUTED = 3, NOTIFIED = 1000 };

static void pause_guest(struct guest *g)
{
	if (guest_set_running(g, 0))
		report_die("stop");
}

/* As QEMU does it: the bases that it got are those that it gives. */
static int resume(struct guest *g)
{
	int err = 0;

	for (int i = 0; i < QUEUES && !err; i++)
		err = queue_set_state(&g->d.q[i], VHOST_SET_VRING_BASE,
				      queue_base(&g->d.q[i]));
	return err ? err : guest_set_running(g, 1);
}

/* A byte of its own in each packet, to the host, which counts them. */
static uint32_t send_and_count(struct guest *g, int s, uint32_t n)
{
	uint32_t got = 0;
	char in[256];

	for (uint32_t i = 0; i < n; i++) {
		char c = (char)i;
		int len;

		guest_give(g, s, &c, 1);
		len = host_take(s, in, sizeof(in));
		if (len <= 0)
			break;
		got += len;
	}
	return got;
}

/*
 * Packets were put into the ring, and the driver believes that the device
 * knows: with EVENT_IDX it will not kick again for the next.
 */
static void in_the_ring(const char *name, uint64_t features)
{
	static const char data[] = "one";
	uint32_t got = 0;
	struct guest g;
	char in[64];
	int s, err;

	if (!guest_start(&g, features, 92, BUFS)) {
		report_skip("not offered", "pause, %s", name);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	pause_guest(&g);
	g.mute = true;
	for (int i = 0; i < MUTED; i++)
		guest_say(&g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
	err = resume(&g);
	report_ok(!err && guest_sent(&g, SOON),
		  "%s: %d packets from the pause are taken: %s", name, MUTED,
		  errno_name(err));
	pause_guest(&g);
	guest_give(&g, s, data, 3);
	err = resume(&g);
	g.mute = false;
	report_ok(!err && host_take(s, in, sizeof(in)) == 3,
		  "%s: data from the pause comes", name);
	got = send_and_count(&g, s, NOTIFIED);
	report_ok(got == NOTIFIED, "%s: %u of %u packets after it", name, got,
		  NOTIFIED);
	close(s);
	guest_close(&g);
}

/* ---- laps ------------------------------------------------------------------ */

/* Until as many packets have gone each way as given. */
static void advance(struct guest *g, int s, uint32_t rx, uint32_t tx)
{
	static struct packet p;

	for (uint32_t i = 0; i < tx; i++)
		guest_say(g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
	if (!guest_sent(g, SOON))
		report_die("not sent");
	for (uint32_t i = 0; i < rx; i++) {
		g->fwd_cnt++;
		if (send(s, "x", 1, 0) != 1 ||
		    !guest_expect(g, &p, VIRTIO_VSOCK_OP_RW))
			report_die("packet %u", i);
	}
}

/* A guest whose rings are @packets away from where rings begin. */
static bool start_before(struct guest *g, uint64_t features, uint32_t packets)
{
	if (!guest_open(g, features))
		return false;
	/* a packed ring of GUEST_NUM begins anew after two laps */
	for (int i = 0; i < QUEUES && !(features & F_PACKED); i++) {
		struct queue *q = &g->d.q[i];

		drv_restart(&q->ring, 65536 - packets, true);
		if (queue_set_state(q, VHOST_SET_VRING_BASE, queue_place(q)))
			report_die("base");
	}
	if (guest_set_cid(g, 93) || guest_set_running(g, 1))
		report_die("start");
	guest_offer(g, BUFS);
	return true;
}

static bool is_at_the_beginning(struct guest *g, uint64_t features)
{
	uint32_t fresh = features & F_PACKED ? 0x80008000 : 0;

	return queue_base(&g->d.q[RX]) == fresh &&
	       queue_base(&g->d.q[TX]) == fresh;
}

/* @packets each way bring both rings back to where they began. */
static void lap(const char *name, uint64_t features, uint32_t packets,
		bool reboot)
{
	int s, err, l = host_socket(SOCK_STREAM, true);
	struct guest g;

	if (!start_before(&g, features, packets)) {
		report_skip("not offered", "lap, %s", name);
		close(l);
		return;
	}
	s = guest_to_host(&g, l, 4000);
	/* the request and the response were one each way */
	advance(&g, s, packets - 1, packets - 1);
	pause_guest(&g);
	report_ok(is_at_the_beginning(&g, features),
		  "%s: bases %#x %#x after %u packets", name,
		  queue_base(&g.d.q[RX]), queue_base(&g.d.q[TX]), packets);
	if (reboot)
		guest_new_rings(&g);
	err = resume(&g);
	if (reboot) {
		report_ok(!err && host_error(s, SOON) == ECONNRESET,
			  "%s: a reboot resets the connection", name);
	} else {
		report_ok(!err && !host_error(s, NOT) && data_flows(&g, s),
			  "%s: a pause keeps the connection", name);
	}
	close(s);
	close(l);
	guest_close(&g);
}

void test_pause(void)
{
	in_the_ring("split", F_V1 | F_EVENT);
	in_the_ring("packed", F_V1 | F_EVENT | F_PACKED);
	for (int reboot = 0; reboot < 2; reboot++) {
		lap("packed, two laps", F_V1 | F_PACKED, 2 * GUEST_NUM, reboot);
		lap("split, end of the index", F_V1, 300, reboot);
	}
}
