// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each counter moves by exactly what was done, and no other one moves.
 *
 * The driver waits for each step, so that it knows how many notifications there
 * must be. How often the handler runs is the only thing that it cannot know: a run
 * may serve what the next one was woken for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/frame.h"
#include "netlink/tests.h"

enum { NUM = 64, HDR = 12, LEN = 100, FRAMES = 10, BATCH = 32, WAIT_MS = 3000 };

static const struct {
	const char *name;
	bool loose;		/* not known exactly */
} counters[] = {
	[VHOST_A_STATS_KICKS] = { "kicks" },
	[VHOST_A_STATS_RUNS] = { "runs", true },
	[VHOST_A_STATS_REQUEUES] = { "requeues" },
	[VHOST_A_STATS_CHAINS] = { "chains" },
	[VHOST_A_STATS_UNPOPPED] = { "unpopped" },
	[VHOST_A_STATS_DONE] = { "done" },
	[VHOST_A_STATS_BYTES_READ] = { "bytes-read" },
	[VHOST_A_STATS_BYTES_UNPOPPED] = { "bytes-unpopped" },
	[VHOST_A_STATS_BYTES_WRITTEN] = { "bytes-written" },
	[VHOST_A_STATS_CALLS] = { "calls" },
	[VHOST_A_STATS_SUPPRESSED] = { "suppressed" },
	[VHOST_A_STATS_MISSES] = { "misses" },
	[VHOST_A_STATS_VANISHED] = { "vanished" },
	[VHOST_A_STATS_LATE] = { "late" },
	[VHOST_A_STATS_ABANDONED] = { "abandoned" },
	[VHOST_A_STATS_BAD_REQUESTS] = { "bad-requests" },
	[VHOST_A_STATS_DROPPED] = { "dropped" },
};

struct counts {
	uint64_t n[VHOST_A_STATS_BREAKS];
	bool breaks;
};

static struct counts read_counts(struct subject *s, int queue)
{
	struct nl_attrs stats;
	struct counts c = {};
	struct nl_object o;

	if (nl_get_queue(&s->nl, s->id, queue, &o))
		report_die("queue-get");
	stats = nl_inside(nl_first(o.attrs, VHOST_A_QUEUE_STATS));
	for (int i = 1; i < VHOST_A_STATS_BREAKS; i++)
		c.n[i] = nl_number(stats, i, ~0ull);
	c.breaks = nl_first(stats, VHOST_A_STATS_BREAKS);
	return c;
}

/*
 * The counters from before, with what must be added to them, against now. The
 * driver is through when it has the buffers; the worker then still counts, so what
 * is not there yet is waited for, and then must stay.
 */
static void moved(struct subject *s, int queue, const struct counts *want,
		  const char *what)
{
	uint64_t end = now_ms() + WAIT_MS;
	struct counts now;
	int bad;

	do {
		bad = 0;
		usleep(1000);
		now = read_counts(s, queue);
		for (int i = 1; i < VHOST_A_STATS_BREAKS; i++)
			if (now.n[i] != want->n[i] && !counters[i].loose)
				bad = i;
	} while (bad && now_ms() < end);
	if (bad)
		report_ok(false, "%s: %s is %llu, not %llu", what,
			  counters[bad].name, (unsigned long long)now.n[bad],
			  (unsigned long long)want->n[bad]);
	else
		report_ok(!now.breaks, "%s: all counters are as they must be",
			  what);
}

/* ---- the driver ------------------------------------------------------- */

static void add(struct queue *q, uint64_t gpa, uint32_t len, bool write)
{
	struct drv_buf buf = { gpa, len };
	struct drv_chain c = { .buf = &buf, .n_read = !write, .n_write = write };

	if (drv_add(&q->ring, &c) != DRV_GOT)
		report_die("drv_add");
}

static void kick(struct queue *q)
{
	drv_publish(&q->ring);
	queue_kick(q);
}

/* Take so many back. Return: bytes that the device wrote. */
static uint64_t take(struct queue *q, uint32_t n, bool call)
{
	uint64_t end = now_ms() + WAIT_MS, bytes = 0;
	struct drv_used used;

	if (call && !event_wait(q->call, WAIT_MS))
		report_ok(false, "a call");
	while (n && now_ms() < end) {
		if (drv_get_used(&q->ring, &used) != DRV_GOT) {
			usleep(100);
			continue;
		}
		bytes += used.len;
		n--;
	}
	if (n)
		report_ok(false, "%u chains did not come back", n);
	return bytes;
}

/* Frames, one after the other; each is called for, or none is. */
static void send_frames(struct subject *s, uint32_t n, uint32_t len, bool call)
{
	struct queue *q = &s->d.q[TX];

	for (uint32_t i = 0; i < n; i++) {
		if (call)
			drv_enable_calls(&q->ring);
		else
			drv_disable_calls(&q->ring);
		add(q, MEMORY_DATA_GPA, len, false);
		kick(q);
		take(q, 1, call);
	}
}

/* ---- transmit --------------------------------------------------------- */

static void tx(struct subject *s)
{
	struct counts c = read_counts(s, TX);
	struct queue *q = &s->d.q[TX];

	send_frames(s, FRAMES, HDR + LEN, true);
	c.n[VHOST_A_STATS_KICKS] += FRAMES;
	c.n[VHOST_A_STATS_CHAINS] += FRAMES;
	c.n[VHOST_A_STATS_DONE] += FRAMES;
	c.n[VHOST_A_STATS_BYTES_READ] += FRAMES * (HDR + LEN);
	c.n[VHOST_A_STATS_CALLS] += FRAMES;
	moved(s, TX, &c, "frames with calls");

	if (!(s->d.features & F_EVENT)) {
		send_frames(s, FRAMES, HDR + LEN, false);
		c.n[VHOST_A_STATS_KICKS] += FRAMES;
		c.n[VHOST_A_STATS_CHAINS] += FRAMES;
		c.n[VHOST_A_STATS_DONE] += FRAMES;
		c.n[VHOST_A_STATS_BYTES_READ] += FRAMES * (HDR + LEN);
		c.n[VHOST_A_STATS_SUPPRESSED] += FRAMES;
		moved(s, TX, &c, "frames without calls");
	}

	drv_enable_calls(&q->ring);
	for (int i = 0; i < BATCH; i++)
		add(q, MEMORY_DATA_GPA, HDR + LEN, false);
	kick(q);
	take(q, BATCH, true);
	c.n[VHOST_A_STATS_KICKS] += 1;
	c.n[VHOST_A_STATS_CHAINS] += BATCH;
	c.n[VHOST_A_STATS_DONE] += BATCH;
	c.n[VHOST_A_STATS_BYTES_READ] += BATCH * (HDR + LEN);
	c.n[VHOST_A_STATS_CALLS] += 1;
	moved(s, TX, &c, "a batch");

	for (int i = 0; i < FRAMES; i++) {
		queue_kick(q);
		usleep(2000);	/* an event for each */
	}
	c.n[VHOST_A_STATS_KICKS] += FRAMES;
	moved(s, TX, &c, "kicks for nothing");

	send_frames(s, 3, HDR - 2, true);
	c.n[VHOST_A_STATS_KICKS] += 3;
	c.n[VHOST_A_STATS_CHAINS] += 3;
	c.n[VHOST_A_STATS_DONE] += 3;
	c.n[VHOST_A_STATS_BYTES_READ] += 3 * (HDR - 2);
	c.n[VHOST_A_STATS_CALLS] += 3;
	c.n[VHOST_A_STATS_BAD_REQUESTS] += 3;
	moved(s, TX, &c, "frames without a whole header");
}

/* ---- receive ---------------------------------------------------------- */

static void rx(struct subject *s)
{
	struct queue *q = &s->d.q[RX];
	struct counts c = read_counts(s, RX);
	uint64_t bytes = 0;
	uint8_t frame[LEN];

	for (uint32_t i = 0; i < FRAMES; i++) {
		drv_enable_calls(&q->ring);
		add(q, MEMORY_DATA_GPA, 2048, true);
		kick(q);
		frame_make(frame, LEN, i, 0);
		if (send(s->l.peer, frame, LEN, 0) != LEN)
			report_die("send");
		bytes += take(q, 1, true);
	}
	report_ok(bytes == FRAMES * (HDR + LEN), "received %llu bytes",
		  (unsigned long long)bytes);
	c.n[VHOST_A_STATS_KICKS] += FRAMES;
	c.n[VHOST_A_STATS_CHAINS] += FRAMES;
	c.n[VHOST_A_STATS_DONE] += FRAMES;
	c.n[VHOST_A_STATS_BYTES_WRITTEN] += FRAMES * (HDR + LEN);
	c.n[VHOST_A_STATS_CALLS] += FRAMES;
	moved(s, RX, &c, "frames received");
}

/* ---- what stays ------------------------------------------------------- */

static void stays(struct subject *s)
{
	struct counts c = read_counts(s, TX);

	if (device_set_backend(&s->d, -1))
		report_die("stop");
	moved(s, TX, &c, "after a stop");
	subject_start(s);
	moved(s, TX, &c, "after a start");
}

static void count(uint64_t features)
{
	struct subject s;

	subject_open(&s, features, NUM);
	report_note("features %#llx", (unsigned long long)features);
	if (features & ~s.d.offered)
		report_die("features");
	subject_start(&s);
	tx(&s);
	rx(&s);
	stays(&s);
	tx(&s);
	subject_close(&s);
}

void netlink_counters(void)
{
	count(F_V1);
	count(F_V1 | F_EVENT);
	count(F_V1 | F_PACKED);
	count(F_V1 | F_PACKED | F_EVENT);
	count(F_V1 | F_ORDER);
}
