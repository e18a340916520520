// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends: RESET_OWNER, close, SIGKILL, with calls pending and kicks coming.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "norings/tests.h"

enum { PENDING_US = 200000, PENDING_MS = 2 * PENDING_US / 1000 };

static void all_notify_fds(int fd, struct notify n[NORINGS_QUEUES])
{
	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		n[i] = notify_fds(fd, i);
}

static void kick_all(const struct notify n[NORINGS_QUEUES])
{
	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		event_add(n[i].kick);
}

static uint64_t calls_of(const struct notify n[NORINGS_QUEUES])
{
	uint64_t calls = 0;

	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		calls += event_take(n[i].call);
	return calls;
}

static void close_all(const struct notify n[NORINGS_QUEUES])
{
	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		notify_close(&n[i]);
}

/* ---- RESET_OWNER -------------------------------------------------------- */

static bool is_blank(int fd)
{
	static const struct norings_record blank;

	for (unsigned int i = 0; i < NORINGS_QUEUES; i++) {
		struct norings_record r = node_read(fd, i);

		r.index = 0;
		if (memcmp(&r, &blank, sizeof(r)))
			return false;
	}
	return true;
}

static int own(int fd)
{
	return cmd(fd, VHOST_SET_OWNER, NULL);
}

void test_reset(void)
{
	struct notify n[NORINGS_QUEUES];
	int fd = node_owned();

	set_delay(fd, PENDING_US);
	set_state(fd, VHOST_SET_VRING_NUM, 0, 64);
	set_state(fd, VHOST_SET_VRING_BASE, 0, 1234);
	all_notify_fds(fd, n);
	went(in_child(own, fd), EBUSY, "SET_OWNER by another process");
	kick_all(n);
	went(cmd(fd, VHOST_RESET_OWNER, NULL), 0, "RESET_OWNER");
	kick_all(n);
	report_ok(is_blank(fd), "the device has forgotten everything");
	usleep(PENDING_MS * 1000);
	report_ok(!calls_of(n) && is_blank(fd), "no call comes any more");
	went(in_child(own, fd), 0, "SET_OWNER by another process");
	close(fd);
	close_all(n);

	fd = node_owned();
	cmd(fd, VHOST_RESET_OWNER, NULL);
	went(own(fd), 0, "SET_OWNER again");
	report_ok(base_of(fd, 0) == 0, "the base of a new queue");
	close(fd);
}

/* ---- close -------------------------------------------------------------- */

void test_pending(void)
{
	struct notify n[NORINGS_QUEUES];
	int fd = node_owned();
	uint64_t begin;

	set_delay(fd, PENDING_US);
	all_notify_fds(fd, n);
	kick_all(n);
	begin = now_ms();
	close(fd);
	report_ok(now_ms() - begin < PENDING_US / 1000,
		  "close does not wait for timers");
	kick_all(n);
	usleep(PENDING_MS * 1000);
	report_ok(!calls_of(n), "no call comes after it");
	close_all(n);
}

/* ---- SIGKILL ------------------------------------------------------------ */

enum { KILLS = 40 };

/* The parent has the eventfds, too, and goes on kicking. */
static void live(const struct notify n[NORINGS_QUEUES], int ready,
		 uint32_t delay)
{
	int fd = node_owned();

	set_delay(fd, delay);
	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		if (set_file(fd, VHOST_SET_VRING_CALL, i, n[i].call) ||
		    set_file(fd, VHOST_SET_VRING_KICK, i, n[i].kick))
			_exit(1);
	event_add(ready);
	for (;;)
		kick_all(n);
}

static bool kill_one(const struct notify n[NORINGS_QUEUES], uint32_t delay)
{
	int ready = event_new(), status;
	uint64_t until;
	pid_t pid = fork();

	if (!pid)
		live(n, ready, delay);
	if (pid < 0 || !event_wait(ready, 5000))
		return false;
	until = now_ms() + delay % 7;
	do
		kick_all(n);
	while (now_ms() < until);
	kill(pid, SIGKILL);
	kick_all(n);
	close(ready);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

void test_kills(void)
{
	struct notify n[NORINGS_QUEUES];
	int killed = 0;

	for (unsigned int i = 0; i < NORINGS_QUEUES; i++)
		n[i] = (struct notify){ event_new(), event_new() };
	for (int i = 0; i < KILLS; i++)
		killed += kill_one(n, 1 + i * 37);
	report_ok(killed == KILLS, "%d of %d killed", killed, KILLS);
	report_ok(module_falls_to(MODULE, 0, 2000), "all devices are gone");
	calls_of(n);
	kick_all(n);
	usleep(20000);
	report_ok(!calls_of(n), "no call comes after it");
	close_all(n);
}

/* ---- often -------------------------------------------------------------- */

enum { OPENS = 1000, WARM = 100, GROWTH_KB = 2000 };

static void once(int round)
{
	struct notify n[NORINGS_QUEUES];
	int fd = node_open();

	if (round & 1 && own(fd))
		report_die("VHOST_SET_OWNER");
	if ((round & 3) != 3) {
		close(fd);
		return;
	}
	all_notify_fds(fd, n);
	kick_all(n);
	close(fd);
	close_all(n);
}

void test_many(void)
{
	long before = 0, after;

	for (int i = 0; i < OPENS; i++) {
		if (i == WARM)
			before = hostmem_slab();
		once(i);
	}
	report_ok(module_falls_to(MODULE, 0, 2000), "opened and closed %d times",
		  OPENS);
	after = hostmem_slab();
	report_ok(after - before < GROWTH_KB, "the kernel's memory: %ld, then %ld KiB",
		  before, after);
}
