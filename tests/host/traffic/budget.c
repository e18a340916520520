// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of one run are bounded: a worker that has many long frames of the
 * guest to send serves the other queue in between.
 *
 * We run before the worker whenever we can, and sleep until the receive queue
 * shows a frame. What the transmit queue has completed by then was in the run
 * before it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/tests.h"

enum {
	FRAMES = 60,
	BYTES = 60000,
	LIMIT = 0x80000 / BYTES + 1,	/* frames in a run */
	RX_BUF = 2048,
	SOON = 2000,	/* ms */
};

static void go_first(bool on)
{
	struct sched_param param = { .sched_priority = on };

	sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param);
}

/* One that the device finds when it has a buffer for it. */
static void send_to_guest(struct link *l)
{
	uint8_t frame[FRAME_MIN];

	frame_make(frame, sizeof(frame), 1, 1);
	if (send(l->peer, frame, sizeof(frame), 0) < 0)
		report_die("send");
	usleep(20000);
}

static void add(struct queue *q, struct drv_chain chain)
{
	if (drv_add(&q->ring, &chain) != DRV_GOT)
		report_die("ring is full");
	drv_kick_prepare(&q->ring);
}

/* All of them are the same: a header of zeroes, a frame of zeroes. */
static void add_frames(struct queue *q)
{
	struct drv_buf buf = { MEMORY_DATA_GPA + RX_BUF, BYTES };

	memory_fill(&q->dev->mem, buf.addr, 0, BYTES);
	for (int i = 0; i < FRAMES; i++)
		add(q, (struct drv_chain){ .buf = &buf, .n_read = 1 });
}

static uint32_t count_used(struct queue *q)
{
	struct drv_used used;
	uint32_t n = 0;

	while (drv_get_used(&q->ring, &used) == DRV_GOT)
		n++;
	return n;
}

/* Until so many are used, in the end, or nothing happens any more. */
static uint32_t wait_used(struct queue *q, uint32_t n, uint32_t all)
{
	while ((n += count_used(q)) < all)
		if (!drv_enable_calls(&q->ring) && !event_wait(q->call, SOON))
			break;
	return n;
}

void traffic_budget(void)
{
	struct drv_buf rx = { MEMORY_DATA_GPA, RX_BUF };
	uint32_t came, sent;
	struct device d;
	struct link l;

	/* With two, this process looks long after the other queue was served. */
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		report_skip("takes one CPU", "frames in one run");
		return;
	}
	device_open(&d);
	link_tap(&l, header_bytes(F_V1));
	if (device_ready(&d, F_V1, 256) || device_set_backend(&d, l.backend))
		report_die("configuration");
	send_to_guest(&l);
	add_frames(&d.q[TX]);
	add(&d.q[RX], (struct drv_chain){ .buf = &rx, .n_write = 1 });
	go_first(true);
	queue_kick(&d.q[TX]);
	queue_kick(&d.q[RX]);
	came = wait_used(&d.q[RX], 0, 1);
	sent = count_used(&d.q[TX]);
	go_first(false);
	report_ok(came == 1 && sent <= 2 * LIMIT,
		  "%d frames of %d bytes: one of the other queue came after %u",
		  FRAMES, BYTES, sent);
	report_ok(wait_used(&d.q[TX], sent, FRAMES) == FRAMES, "and all others are sent");
	link_close(&l);
	device_close(&d);
}
