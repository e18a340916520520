// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames wait in the backend and the driver has no buffers for them: the
 * device sleeps until it has. A worker is a thread of this process, so what it
 * burns shows in the process's CPU time.
 */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "traffic/tests.h"

enum {
	FRAMES = 64,
	WAIT_MS = 400,
};

static uint32_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void send_frames(struct link *l)
{
	uint8_t frame[FRAME_MIN];

	for (uint32_t i = 0; i < FRAMES; i++) {
		frame_make(frame, sizeof(frame), i, 1);
		if (send(l->peer, frame, sizeof(frame), 0) < 0)
			report_die("send");
	}
}

void traffic_waiting(void)
{
	const uint64_t features = F_V1 | F_MRG;
	struct device d;
	struct link l;
	uint32_t begin;

	device_open(&d);
	link_tap(&l, header_bytes(features));
	if (device_ready(&d, features, 256) ||
	    device_set_backend(&d, l.backend))
		report_die("configuration");
	send_frames(&l);
	usleep(20000);
	queue_kick(&d.q[0]);	/* RX looks again, and finds nothing new */
	begin = cpu_ms();
	usleep(WAIT_MS * 1000);
	report_ok(cpu_ms() - begin < WAIT_MS / 4,
		  "frames without buffers: %u ms of CPU in %u ms",
		  cpu_ms() - begin, WAIT_MS);
	link_close(&l);
	device_close(&d);
}
