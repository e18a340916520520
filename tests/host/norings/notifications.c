// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kicks that cause calls from hard interrupts, also while the call eventfd is
 * replaced all the time: each call reaches the eventfd that was the queue's at
 * that moment, and none reaches one that has been replaced.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "norings/tests.h"

static void check_where(int fd, unsigned int queue)
{
	struct norings_queue_record r = node_read(fd, queue).queue;

	report_ok(!r.odd_kicks, "queue %u: %u kicks where interrupts were on",
		  queue, r.odd_kicks);
	report_ok(!r.odd_calls, "queue %u: %u calls outside of hard interrupts",
		  queue, r.odd_calls);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- one by one --------------------------------------------------------- */

enum { ROUNDS = 300 };

static void ping(int fd, unsigned int queue)
{
	struct notify n = notify_fds(fd, queue);
	struct norings_queue_record r;
	uint64_t begin = now_us();
	int called = 0;

	for (int i = 0; i < ROUNDS; i++) {
		event_add(n.kick);
		called += event_wait(n.call, 1000) == 1;
	}
	report_note("%llu us from a kick to its call",
		    (unsigned long long)(now_us() - begin) / ROUNDS);
	r = node_read(fd, queue).queue;
	report_ok(called == ROUNDS && r.kicks == ROUNDS && r.calls == ROUNDS,
		  "queue %u: %d kicks, %d calls", queue, ROUNDS, called);
	check_where(fd, queue);
	notify_close(&n);
}

static void check_unbound(int fd)
{
	struct notify n = notify_fds(fd, 0);
	uint64_t calls = node_read(fd, 0).queue.calls;

	set_file(fd, VHOST_SET_VRING_CALL, 0, -1);
	event_add(n.kick);
	usleep(20000);
	report_ok(node_read(fd, 0).queue.calls == calls + 1 &&
		  !event_take(n.call), "CALL -1: no eventfd is signalled");
	set_file(fd, VHOST_SET_VRING_KICK, 0, -1);
	event_add(n.kick);
	usleep(20000);
	report_ok(node_read(fd, 0).queue.calls == calls + 1,
		  "KICK -1: no kick arrives");
	notify_close(&n);
}

void test_calls(void)
{
	int fd = node_owned();

	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		ping(fd, i);
	check_unbound(fd);
	close(fd);
}

/* What was in the eventfd before it was the device's is a kick, too. */
void test_early_kick(void)
{
	int fd = node_owned(), kick = event_new(), call = event_new();

	set_file(fd, VHOST_SET_VRING_CALL, 1, call);
	event_add(kick);
	went(set_file(fd, VHOST_SET_VRING_KICK, 1, kick), 0,
	     "SET_VRING_KICK with a kick in it");
	report_ok(event_wait(call, 1000) == 1, "it causes a call");
	check_where(fd, 1);
	close(fd);
	close(kick);
	close(call);
}

/* ---- replaced under load ------------------------------------------------ */

enum { STAYS, SWAPPED, SWAP_MS = 3000, KEPT = 64 };

struct storm {
	int fd;
	int kick[2];
	bool end;	/* atomic */
};

static void *kick_on(void *arg)
{
	struct storm *s = arg;

	while (!__atomic_load_n(&s->end, __ATOMIC_RELAXED)) {
		event_add(s->kick[STAYS]);
		event_add(s->kick[SWAPPED]);
	}
	return NULL;
}

struct swapper {
	int old[KEPT];		/* a ring of eventfds that were replaced */
	unsigned int swaps;
	uint64_t calls;		/* in those replaced, when they were */
	uint64_t late;		/* and after */
};

static void retire(struct swapper *w, int event)
{
	int *slot = &w->old[w->swaps++ % KEPT];

	if (*slot >= 0) {
		w->late += event_take(*slot);
		close(*slot);
	}
	/* the ioctl has returned: what is not in it now never may be */
	w->calls += event_take(event);
	*slot = event;
}

/*
 * On one CPU the other thread does not kick while this one runs: kick here, so
 * that the call comes about now, a little earlier or later each time.
 */
static void aim(const struct swapper *w, int fd, int kick)
{
	if (w->swaps % 8 == 0)
		set_delay(fd, w->swaps / 8 % 48);
	event_add(kick);
}

static int swap_until(struct swapper *w, int fd, const struct notify *n,
		      uint64_t until)
{
	int event = dup(n->call);

	while (now_ms() < until) {
		int next = event_new();

		aim(w, fd, n->kick);
		if (set_file(fd, VHOST_SET_VRING_CALL, SWAPPED, next))
			report_die("SET_VRING_CALL");
		retire(w, event);
		event = next;
	}
	return event;
}

static void retire_all(struct swapper *w)
{
	for (int i = 0; i < KEPT; i++)
		if (w->old[i] >= 0) {
			w->late += event_take(w->old[i]);
			close(w->old[i]);
		}
}

static void swap_under_load(int fd, const struct notify n[2])
{
	struct storm s = { .fd = fd, .kick = { n[0].kick, n[1].kick } };
	struct norings_queue_record stays, swapped;
	struct swapper w = { .swaps = 0 };
	pthread_t thread;
	int last;

	for (int i = 0; i < KEPT; i++)
		w.old[i] = -1;
	if (pthread_create(&thread, NULL, kick_on, &s))
		report_die("pthread_create");
	last = swap_until(&w, fd, &n[SWAPPED], now_ms() + SWAP_MS);
	__atomic_store_n(&s.end, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	usleep(100000);		/* the last timers */
	stays = node_read(fd, STAYS).queue;
	swapped = node_read(fd, SWAPPED).queue;
	w.calls += event_take(last);
	retire_all(&w);
	close(last);
	report_note("%u eventfds, %llu kicks, %llu and %llu calls", w.swaps,
		    (unsigned long long)swapped.kicks,
		    (unsigned long long)stays.calls,
		    (unsigned long long)swapped.calls);
	report_ok(w.swaps > 100 && swapped.calls > 100, "there was load");
	report_ok(event_take(n[STAYS].call) == stays.calls,
		  "no call is lost where the eventfd stays");
	report_ok(w.calls == swapped.calls,
		  "no call is lost where it is replaced: %llu",
		  (unsigned long long)w.calls);
	report_ok(!w.late, "%llu calls to eventfds that were replaced",
		  (unsigned long long)w.late);
}

void test_swaps(void)
{
	int fd = node_owned();
	struct notify n[2] = { notify_fds(fd, STAYS), notify_fds(fd, SWAPPED) };

	swap_under_load(fd, n);
	for (unsigned int i = 0; i < 2; i++) {
		check_where(fd, i);
		notify_close(&n[i]);
	}
	close(fd);
}
