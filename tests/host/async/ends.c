// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends under load. A child process is the device's owner; the parent looks
 * whether it ended as it should and in time.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "async/world.h"
#include "lib/owner.h"
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

struct life {
	const struct end *end;
	const struct kind *kind;
	uint8_t mode;
	uint32_t drain_ms;
};

static int live(void *arg, int ready)
{
	struct life *l = arg;
	struct world *w = world_new(l->kind->features);
	int err;

	if (cmd(w->d.fd, VHOST_SET_FORK_FROM_OWNER, &l->mode))
		return 10;
	err = device_ready(&w->d, l->kind->features, NUM);
	w->run.drain_ms = l->drain_ms;
	w->run.max_delay_us = 20000;
	if (!err)
		err = world_start(w);
	if (err || world_more(w, 50))
		return 11;
	if (!owner_is_ready(ready))
		return 12;
	return l->end->fn(w);
}

/* Its wait status, as it should be if 0. */
static int run(struct life *l)
{
	const struct owner owner = {
		.run = live, .arg = l, .delay_ms = 22, .limit_ms = LIMIT_MS,
		.killed = l->end->killed, .worker = l->end->worker,
	};
	int status = owner_run(&owner);

	if (!l->end->killed)
		return status;
	if (owner_was_killed(status))
		return 0;
	return status ? status : -2;
}

static void try(const struct end *end, const struct kind *kind, uint8_t mode)
{
	static const uint32_t limits[] = { 0, 5, 1000 };
	struct life l = { end, kind, mode };
	int status = 0, rounds = 0;

	for (; rounds < ROUNDS && !status; rounds++) {
		l.drain_ms = limits[rounds % 3];
		status = run(&l);
	}
	report_ok(!status, "%s, %s, %s: %d times: status %#x", end->name,
		  kind->name, mode ? "task" : "kernel thread", rounds, status);
}

void part_ends(void)
{
	static const struct end last = { "the last one", close_at_once };

	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		for (int k = FULL_SPLIT; k <= FULL_PACKED; k += 2) {
			try(&ends[i], &kinds[k], VHOST_FORK_OWNER_TASK);
			try(&ends[i], &kinds[k], VHOST_FORK_OWNER_KTHREAD);
		}
	workers_none_left();
	try(&last, &kinds[FULL_SPLIT], VHOST_FORK_OWNER_TASK);
}
