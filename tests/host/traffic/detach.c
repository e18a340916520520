// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue of a tap that is detached while frames wait for buffers, as QEMU does when
 * the guest uses fewer queues: its frames are lost with it. They do not come when it
 * is attached again, perhaps minutes later.
 */
#define _GNU_SOURCE
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/tests.h"

enum { OLD = 20, BUFS = 32, BUF = 2048, NOT = 200 };

static void set_queue(const struct link *l, short what)
{
	struct ifreq ifr = { .ifr_flags = what };

	if (ioctl(l->backend, TUNSETQUEUE, &ifr))
		report_die("TUNSETQUEUE");
}

static void send_frames(const struct link *l, uint32_t n, uint32_t first)
{
	uint8_t frame[FRAME_MIN];

	for (uint32_t i = 0; i < n; i++) {
		frame_make(frame, sizeof(frame), first + i, 1);
		if (send(l->peer, frame, sizeof(frame), 0) < 0)
			report_die("send");
	}
}

static void offer(struct queue *q)
{
	for (uint32_t i = 0; i < BUFS; i++) {
		struct drv_buf buf = { MEMORY_DATA_GPA + i * BUF, BUF };
		struct drv_chain c = { .buf = &buf, .n_write = 1 };

		if (drv_add(&q->ring, &c) != DRV_GOT)
			report_die("ring is full");
	}
	drv_kick_prepare(&q->ring);
	queue_kick(q);
}

/* How many frames come until none does for @ms. */
static uint32_t count_frames(struct queue *q, int ms)
{
	struct drv_used used;
	uint32_t n = 0;

	do {
		while (drv_get_used(&q->ring, &used) == DRV_GOT)
			n++;
	} while (drv_enable_calls(&q->ring) || event_wait(q->call, ms));
	return n;
}

void traffic_detach(void)
{
	struct device d;
	struct link l;
	uint32_t n;

	device_open(&d);
	if (!(d.offered & F_PACKED)) {
		report_skip("Linux's own delivers them", "frames of a detached queue");
		device_close(&d);
		return;
	}
	link_tap_queue(&l, header_bytes(F_V1));
	if (device_ready(&d, F_V1, 256) || device_set_backend(&d, l.backend))
		report_die("configuration");
	send_frames(&l, OLD, 1);
	queue_kick(&d.q[RX]);	/* it finds the frames, and no buffers */
	usleep(50000);
	set_queue(&l, IFF_DETACH_QUEUE);
	set_queue(&l, IFF_ATTACH_QUEUE);
	offer(&d.q[RX]);
	n = count_frames(&d.q[RX], NOT);
	report_ok(!n, "%u of %u frames of a queue that was detached come later", n,
		  OLD);
	send_frames(&l, 1, OLD + 1);
	n = count_frames(&d.q[RX], NOT);
	report_ok(n == 1, "then %u of 1 new frame", n);
	link_close(&l);
	device_close(&d);
}
