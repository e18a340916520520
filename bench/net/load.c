// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of bench-net, inside a host kernel: bursts of small packets through
 * one queue of /dev/vhost-net, and what the device's side of a packet takes.
 *
 *	load tx|rx FEATURES [BURSTS]
 *	FEATURES: split or packed, then +order, +event, +indirect as wanted
 *
 * A burst is prepared before its clock starts and taken back after it stops:
 *	tx	chains are in the ring; from the kick until the last call. Tap
 *		gives the packets to the network stack, where nobody wants them
 *	rx	frames wait in the tap, buffers in the ring; from the kick until
 *		the last call
 * With one CPU (the hosts it is meant for) nothing else runs meanwhile. What
 * the driver takes to look at used buffers in between is subtracted.
 *
 * Prints  LOAD <packets> <mean> <median> <best>: ns for one packet, of bursts;
 * where the clock counts instructions, these are instructions. Marks for the
 * plugin insnprof say when the clock runs.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/lib/netdev.h"
#include "host/lib/report.h"
#include "insnprof.h"
#include "load.h"

enum {
	RING_NUM = 256,
	BURST = 128,
	FRAME = 64,
	HEADER = 12,
	SLOT = 2048,		/* bytes from one buffer to the next */
	RX_ROOM = 1526,		/* what Linux's driver offers */
	WARM_UP = 8,		/* bursts before it counts */
	ETHERTYPE = 0x9000,	/* loopback test: nobody listens to it */
	PATIENCE_MS = 5000,
};

struct load {
	struct device dev;
	struct link link;
	struct queue *q;
	bool counts;		/* no longer warming up */
	uint8_t *slot[BURST];
};

/* ---- setting up ------------------------------------------------------- */

static bool has(const char *words, const char *word)
{
	return strstr(words, word);
}

static uint64_t features(const char *words)
{
	return F_V1 | F_MRG | (has(words, "packed") ? F_PACKED : 0) |
	       (has(words, "order") ? F_ORDER : 0) |
	       (has(words, "event") ? F_EVENT : 0) |
	       (has(words, "indirect") ? F_INDIRECT : 0);
}

static void make_frame(uint8_t *frame)
{
	memset(frame, 0xff, 6);
	memset(frame + 6, 2, 6);
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
}

static void open_load(struct load *l, int queue, const char *words)
{
	struct device *d = &l->dev;

	device_open(d);
	d->features = features(words);
	if (d->features & ~d->offered)
		exit(77);
	load_set_owner(d);
	for (int i = 0; i < QUEUES; i++) {
		queue_make(d, i, RING_NUM);
		if (queue_setup(&d->q[i]))
			report_die("setting up queue %d", i);
	}
	l->q = &d->q[queue];
	for (int i = 0; i < BURST; i++) {
		l->slot[i] = memory_take(&d->mem, SLOT, 64);
		make_frame(l->slot[i] + HEADER);
	}
	link_tap(&l->link, HEADER);
	if (device_set_backend(d, l->link.backend))
		report_die("setting the backend");
}

/* ---- a burst ---------------------------------------------------------- */

static void offer(struct load *l)
{
	bool tx = l->q->index == TX;
	bool table = l->dev.features & F_INDIRECT;

	for (int i = 0; i < BURST; i++) {
		struct drv_buf buf = {
			.addr = memory_gpa(&l->dev.mem, l->slot[i]),
			.len = tx ? HEADER + FRAME : RX_ROOM,
		};
		struct drv_chain c = {
			.buf = &buf,
			.n_read = tx,
			.n_write = !tx,
			.n_table = table,
		};

		if (drv_add(&l->q->ring, &c) != DRV_GOT)
			report_die("no room in the ring");
	}
	drv_publish(&l->q->ring);
}

/* Frames to the tap, where they wait for the buffers to come. */
static void inject(struct load *l)
{
	uint8_t frame[FRAME] = { };

	make_frame(frame);
	for (int i = 0; i < BURST; i++)
		if (send(l->link.peer, frame, FRAME, 0) != FRAME)
			report_die("send");
	usleep(100);	/* its worker looks, and goes back to sleep */
}

/* Take back what is used. */
static unsigned int reap(struct load *l)
{
	struct drv_used used;
	unsigned int n = 0;

	while (drv_get_used(&l->q->ring, &used) == DRV_GOT)
		n++;
	return n;
}

/* Return: ns from the kick to the call behind the last packet. */
static uint64_t serve(struct load *l)
{
	uint64_t begin, at, spent = 0;
	unsigned int done = 0;

	drv_enable_calls_after(&l->q->ring, BURST - 1);
	event_wait(l->q->call, 0);
	if (l->counts)
		insnprof_mark(INSNPROF_BEGIN);
	begin = load_now_ns();
	queue_kick(l->q);
	for (;;) {
		if (!event_wait(l->q->call, PATIENCE_MS))
			report_die("no call; %u of %d done", done, BURST);
		at = load_now_ns();
		insnprof_mark(INSNPROF_END);
		done += reap(l);
		if (done == BURST)
			return at - begin - spent;
		spent += load_now_ns() - at;
		if (l->counts)
			insnprof_mark(INSNPROF_BEGIN);
	}
}

static uint64_t one_burst(struct load *l)
{
	if (l->q->index == RX)
		inject(l);
	offer(l);
	return serve(l);
}

/* ---- all of them ------------------------------------------------------ */

static void print(uint64_t *ns, unsigned int n)
{
	struct load_spread s = load_spread(ns, n);

	printf("LOAD %u %.1f %.1f %.1f\n", n * BURST, s.mean / BURST,
	       s.median / BURST, s.best / BURST);
}

int main(int argc, char **argv)
{
	static struct load l;
	unsigned int bursts = argc > 3 ? atoi(argv[3]) : 1000;
	uint64_t *ns = calloc(bursts, sizeof(*ns));

	report_begin(300);
	if (argc < 3 || !bursts || !ns)
		report_die("usage: load tx|rx FEATURES [BURSTS]");
	open_load(&l, has(argv[1], "rx") ? RX : TX, argv[2]);
	for (int i = 0; i < WARM_UP; i++)
		one_burst(&l);
	l.counts = true;
	insnprof_mark(INSNPROF_NEXT);
	for (unsigned int i = 0; i < bursts; i++)
		ns[i] = one_burst(&l);
	print(ns, bursts);
	link_close(&l.link);
	device_close(&l.dev);
	return 0;
}
