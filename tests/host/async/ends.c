// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends under load. A child process is the device's owner; the parent looks
 * whether it ended as it should and in time.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/world.h"
#include "lib/workers.h"

enum { ROUNDS = 4, LIMIT_MS = 30000 };

static int go_on(struct world *w)
{
	world_for(w, 60000);
	return 20;
}

static int just_exit(struct world *w)
{
	return world_for(w, world_rnd(w, 20)) ? 21 : 0;
}

static int close_it(struct world *w)
{
	if (world_for(w, world_rnd(w, 20)))
		return 21;
	close(w->d.fd);
	w->d.fd = -1;
	return 0;
}

static int close_at_once(struct world *w)
{
	world_fill(w, 100);
	close(w->d.fd);
	w->d.fd = -1;
	return 0;
}

static int reset(struct world *w)
{
	for (int i = 0; i < 5; i++) {
		if (world_for(w, world_rnd(w, 20)))
			return 21;
		if (cmd(w->d.fd, VHOST_RESET_OWNER, NULL))
			return 22;
		if (device_begin(&w->d, w->features) || world_renew(w))
			return 23;
	}
	return world_more(w, 200) ? 24 : 0;
}

/* A stop that gives up at once, and an end on top of it. */
static int stop_and_exit(struct world *w)
{
	if (world_for(w, world_rnd(w, 20)))
		return 21;
	w->run.drain_ms = 0;
	return world_stop(w) ? 25 : 0;
}

static const struct end {
	const char *name;
	int (*fn)(struct world *w);
	bool killed, worker;
} ends[] = {
	{ "owner killed", go_on, .killed = true },
	{ "worker killed", go_on, .killed = true, .worker = true },
	{ "exit", just_exit },
	{ "close", close_it },
	{ "close at once", close_at_once },
	{ "RESET_OWNER", reset },
	{ "stop and exit", stop_and_exit },
};

static int child(const struct end *end, const struct kind *kind, uint8_t mode,
		 uint32_t drain_ms, int ready)
{
	struct world *w = world_new(kind->features);
	int err;

	alarm(LIMIT_MS / 1000);
	if (cmd(w->d.fd, VHOST_SET_FORK_FROM_OWNER, &mode))
		return 10;
	err = device_ready(&w->d, kind->features, NUM);
	w->run.drain_ms = drain_ms;
	w->run.max_delay_us = 20000;
	if (!err)
		err = world_start(w);
	if (err || world_more(w, 50))
		return 11;
	if (write(ready, "x", 1) != 1)
		return 12;
	return end->fn(w);
}

static void kill_it(const struct end *end, pid_t pid)
{
	char where[40];
	unsigned int count = 0;
	pid_t victim = 0;

	usleep(now_ms() % 23 * 1000);
	snprintf(where, sizeof(where), "/proc/%d/task", pid);
	/* a kernel thread is no task of the owner's */
	if (end->worker)
		victim = find_worker(where, &count);
	kill(victim ? victim : pid, SIGKILL);
}

static int reap(pid_t pid)
{
	int status = 0;

	for (int ms = 0; ms < LIMIT_MS; ms += 2) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		usleep(2000);
	}
	kill(pid, SIGKILL);
	return -1;
}

/* Its wait status, as it should be if 0. */
static int live(const struct end *end, const struct kind *kind, uint8_t mode,
		uint32_t drain_ms)
{
	int ready[2], status;
	char x;
	pid_t pid;

	if (pipe(ready))
		report_die("pipe");
	pid = fork();
	if (!pid)
		_exit(child(end, kind, mode, drain_ms, ready[1]));
	close(ready[1]);
	if (read(ready[0], &x, 1) == 1 && end->killed)
		kill_it(end, pid);
	close(ready[0]);
	status = reap(pid);
	if (end->killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 0;
	return end->killed && !status ? -2 : status;
}

static void try(const struct end *end, const struct kind *kind, uint8_t mode)
{
	static const uint32_t limits[] = { 0, 5, 1000 };
	int status = 0, rounds = 0;

	for (; rounds < ROUNDS && !status; rounds++)
		status = live(end, kind, mode, limits[rounds % 3]);
	report_ok(!status, "%s, %s, %s: %d times: status %#x", end->name,
		  kind->name, mode ? "task" : "kernel thread", rounds, status);
}

static void nothing_left(void)
{
	unsigned int left = 1;

	for (int i = 0; left && i < 30; i++) {
		left = 0;
		find_worker("/proc", &left);
		usleep(left ? 100000 : 0);
	}
	report_ok(!left, "%u workers are left", left);
}

void part_ends(void)
{
	static const struct end last = { "the last one", close_at_once };

	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		for (int k = FULL_SPLIT; k <= FULL_PACKED; k += 2) {
			try(&ends[i], &kinds[k], VHOST_FORK_OWNER_TASK);
			try(&ends[i], &kinds[k], VHOST_FORK_OWNER_KTHREAD);
		}
	nothing_left();
	try(&last, &kinds[FULL_SPLIT], VHOST_FORK_OWNER_TASK);
}
