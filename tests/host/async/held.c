// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are held longer than a stop waits: they belong to an earlier
 * life of the queue when they are completed at last.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/world.h"

enum {
	HELD = 20,
	DRAIN_MS = 300,
	LATE_MS = 1500,		/* what a stop may take beyond that, and more
				 * than it takes with all in flight let go */
};

/* ---- the kernel's log ------------------------------------------------- */

static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		report_die("/dev/kmsg");
	return fd;
}

/* Queues that were named as waiting, as a mask; takes what was logged. */
static uint32_t log_named(int fd)
{
	char record[1000];
	uint32_t named = 0;
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		char *at;
		unsigned int queue;

		record[n] = 0;
		at = strstr(record, ": queue ");
		if (at && strstr(at, "waiting for") &&
		    sscanf(at, ": queue %u", &queue) == 1 && queue < 32)
			named |= 1u << queue;
	}
	return named;
}

/* ---- stops ------------------------------------------------------------ */

static struct world *open_held(const struct kind *kind)
{
	struct world *w = world_open(kind, ASYNC_HELD);

	w->run.drain_ms = DRAIN_MS;
	if (world_start(w))
		report_die("start");
	world_fill(w, HELD);
	world_all_taken(w);
	return w;
}

struct sums {
	uint64_t late, dropped, abandoned;
};

static struct sums sums_of(struct world *w)
{
	struct sums sum = { 0 };

	for (int i = 0; i < ASYNC_QUEUES; i++) {
		struct async_stats s = world_stats(w, i);

		sum.late += s.late;
		sum.dropped += s.dropped;
		sum.abandoned += s.abandoned;
	}
	return sum;
}

static bool all_are(const struct sums *s, uint64_t n)
{
	return s->late == n && s->dropped == n && s->abandoned == n;
}

/* New rings under the old requests, which then come. */
static void go_on_in_new_rings(struct world *w, const char *name,
			       uint64_t late)
{
	struct sums sum;
	int err;

	w->run.places = ANYWHERE;
	err = world_renew(w);
	if (!err)
		world_for(w, 30);
	world_let_go(w);
	if (!err)
		world_for(w, 30);
	world_more(w, 500);
	sum = sums_of(w);
	report_ok(!err && !w->error && world_mirror_ok(w),
		  "%s: new rings: %s, %s", name, errno_name(err),
		  w->error ? w->error : "fine");
	report_ok(all_are(&sum, late),
		  "%s: %llu late, %llu dropped, %llu abandoned, of %llu", name,
		  (unsigned long long)sum.late, (unsigned long long)sum.dropped,
		  (unsigned long long)sum.abandoned, (unsigned long long)late);
}

static void stop(const struct kind *kind)
{
	int log = log_open();
	struct world *w = open_held(kind);
	uint64_t start = now_ms();
	int err = world_stop(w);
	uint32_t named;

	start = now_ms() - start;
	named = log_named(log);
	report_ok(!err && start >= DRAIN_MS && start < DRAIN_MS + LATE_MS,
		  "%s: stopped after %llu ms: %s", kind->name,
		  (unsigned long long)start, errno_name(err));
	report_ok(named == (1u << ASYNC_QUEUES) - 1,
		  "%s: queues named in the log: %#x", kind->name, named);
	go_on_in_new_rings(w, kind->name, ASYNC_QUEUES * HELD);
	close(log);
	world_close(w);
}

/* Stopped and started several times under the same requests. */
static void several_lives(const struct kind *kind)
{
	struct world *w = open_held(kind);
	uint64_t late = ASYNC_QUEUES * HELD;
	int err = 0;

	w->run.drain_ms = 10;
	for (int i = 0; i < 4 && !err; i++) {
		err = world_stop(w);
		if (!err)
			err = world_renew(w);
		world_fill(w, HELD);
		world_all_taken(w);
		late += ASYNC_QUEUES * HELD;
	}
	if (!err)
		err = world_stop(w);
	if (err)
		world_wrong(w, "%s", errno_name(err));
	go_on_in_new_rings(w, "several lives", late);
	world_close(w);
}

static void *let_go_soon(void *arg)
{
	usleep(200000);
	world_let_go(arg);
	return NULL;
}

/* Let go while the stop waits. */
static void in_the_stop(const struct kind *kind)
{
	struct world *w = open_held(kind);
	uint32_t base[ASYNC_QUEUES];
	pthread_t thread;
	uint64_t start;
	int err;

	w->run.drain_ms = ENOUGH_MS;
	start = now_ms();
	if (pthread_create(&thread, NULL, let_go_soon, w))
		report_die("thread");
	err = world_stop(w);
	start = now_ms() - start;
	pthread_join(thread, NULL);
	if (!err)
		world_exact(w, base);
	report_ok(!err && !w->error && start < 200 + LATE_MS,
		  "%s: let go in the stop, which took %llu ms: %s, %s",
		  kind->name, (unsigned long long)start, errno_name(err),
		  w->error ? w->error : "fine");
	w->run.places = ANYWHERE;
	if (!err && !w->error)
		err = world_resume(w, base);
	world_more(w, 200);
	report_ok(!err && !w->error, "%s: and on: %s, %s", kind->name,
		  errno_name(err), w->error ? w->error : "fine");
	world_close(w);
}

/* ---- RESET_OWNER ------------------------------------------------------ */

static void reset(const struct kind *kind)
{
	struct world *w = open_held(kind);
	uint64_t start;
	int err;

	/* the device's limit is that of the last start or stop */
	start = now_ms();
	err = cmd(w->d.fd, VHOST_RESET_OWNER, NULL);
	start = now_ms() - start;
	report_ok(!err && start >= DRAIN_MS && start < DRAIN_MS + LATE_MS,
		  "%s: reset after %llu ms: %s", kind->name,
		  (unsigned long long)start, errno_name(err));
	err = device_begin(&w->d, w->features);
	if (err)
		world_wrong(w, "%s", errno_name(err));
	go_on_in_new_rings(w, "after RESET_OWNER", ASYNC_QUEUES * HELD);
	world_close(w);
}

/* ---- close ------------------------------------------------------------ */

/* Drives the rings of a device that is being closed. */
static void *drive_on(void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < 100; i++) {
		world_fill(w, 10);
		world_collect(w);
		for (int k = 0; k < ASYNC_QUEUES; k++)
			queue_kick(&w->d.q[k]);
		usleep(10000);
	}
	return NULL;
}

/*
 * In a child, which cannot be killed while close() waits. The device lets go of
 * what it holds when it is closed, also of what it takes at that moment.
 */
static int close_while_driven(const struct kind *kind)
{
	struct world *w = open_held(kind);
	pthread_t thread;
	uint64_t start;

	if (pthread_create(&thread, NULL, drive_on, w))
		return 2;
	usleep(30000);
	start = now_ms();
	close(w->d.fd);
	w->d.fd = -1;
	start = now_ms() - start;
	pthread_join(thread, NULL);
	return start < DRAIN_MS + LATE_MS ? 0 : 3;
}

static int close_idle(const struct kind *kind)
{
	struct world *w = open_held(kind);
	uint64_t start = now_ms();

	close(w->d.fd);
	w->d.fd = -1;
	return now_ms() - start < LATE_MS ? 0 : 3;
}

/* After a stop that gave up: close waits for what comes late. */
static int close_stopped(const struct kind *kind)
{
	struct world *w = open_held(kind);

	w->run.drain_ms = 1;
	if (world_stop(w))
		return 4;
	world_close(w);
	return 0;
}

static void in_child(const struct kind *kind, const char *name,
		     int (*fn)(const struct kind *kind))
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(fn(kind));
	for (int ms = 0; ms < 10000; ms += 5) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		usleep(5000);
	}
	report_ok(!status, "%s: %s: status %#x%s", kind->name, name, status,
		  status == -1 ? ", it does not end" : "");
}

void part_held(void)
{
	for (int k = FULL_SPLIT; k <= FULL_PACKED; k += 2) {
		stop(&kinds[k]);
		several_lives(&kinds[k]);
		in_the_stop(&kinds[k]);
		reset(&kinds[k]);
		in_child(&kinds[k], "closed", close_idle);
		in_child(&kinds[k], "closed after a stop", close_stopped);
		in_child(&kinds[k], "closed while driven", close_while_driven);
	}
}
