// SPDX-License-Identifier: GPL-2.0-only
/*
 * lifecycle [ROUNDS], or by the environment LIFECYCLE_ROUNDS (3): so many times
 * each end in each state. lifecycle --faults: what faults.c has, alone.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/workers.h"
#include "lifecycle/life.h"

enum { CANNOT = 99, LIMIT_MS = 20000 };

/* ---- threads that are called vhost ----------------------------------------- */

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

/* ---- one life ------------------------------------------------------------- */

static int child(const struct end *end, enum state state, uint64_t features,
		 int ready)
{
	struct life f;

	alarm(LIMIT_MS / 1000);
	if (!life_begin(&f, state, features))
		return CANNOT;
	if (write(ready, "x", 1) != 1)
		return 24;
	return end->fn(&f);
}

static void kill_it(const struct end *end, pid_t pid)
{
	char where[40];
	unsigned int count = 0;
	pid_t victim = pid;

	usleep(now_ms() % 13 * 1000);
	if (end->worker) {
		snprintf(where, sizeof(where), "/proc/%d/task", pid);
		victim = find_worker(where, &count);
	}
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

/* NULL when it ended well; *skip when it could not begin. */
static const char *live(const struct end *end, enum state state,
			uint64_t features, bool *skip)
{
	static char why[60];
	int ready[2], status;
	char x;
	pid_t pid;

	if (pipe(ready))
		report_die("pipe");
	pid = fork();
	if (!pid)
		_exit(child(end, state, features, ready[1]));
	close(ready[1]);
	if (read(ready[0], &x, 1) == 1 && end->killed)
		kill_it(end, pid);
	close(ready[0]);
	status = reap(pid);
	if (status == -1)
		return "it does not end";
	*skip = WIFEXITED(status) && WEXITSTATUS(status) == CANNOT;
	if (end->killed ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL :
			  WIFEXITED(status) && !WEXITSTATUS(status))
		return NULL;
	snprintf(why, sizeof(why), "status %#x", status);
	return why;
}

static void try(const struct end *end, enum state state, uint64_t features,
		const char *ring)
{
	uint32_t rounds = env_number("LIFECYCLE_ROUNDS", 3);
	const char *why = NULL;
	bool skip = false;

	for (uint32_t i = 0; i < rounds && !why && !skip; i++)
		why = live(end, state, features, &skip);
	/* Those who were handed on to us. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (skip)
		report_skip("not in this kernel", "%s, %s, %s", end->name,
			    state_names[state], ring);
	else
		report_ok(!why, "%s, %s, %s: %s", end->name, state_names[state],
			  ring, why ? why : "fine");
}

/* After all that, a device works as ever. */
static void still_works(void)
{
	const struct traffic_plan plan = { .tx = 200, .rx = 200 };
	struct device d;
	struct link l;
	const char *why;

	device_open(&d);
	link_tap(&l, 12);
	if (device_ready(&d, F_V1, 64) || device_set_backend(&d, l.backend))
		report_die("device");
	why = traffic_once(&d, &l, &plan);
	report_ok(!why, "traffic after all: %s", why ? why : "fine");
	device_close(&d);
	link_close(&l);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--after-exec"))
		return life_after_exec(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "--faults")) {
		report_begin(60);
		life_faults();
		return report_end();
	}
	if (argc == 2)
		setenv("LIFECYCLE_ROUNDS", argv[1], 1);
	report_begin(env_number("LIFECYCLE_ROUNDS", 3) * 60 + 120);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (unsigned int i = 0; i < n_ends; i++)
		for (enum state s = 0; s < STATES; s++) {
			try(&ends[i], s, F_V1 | F_EVENT, "split");
			if (s >= RUNNING)
				try(&ends[i], s, F_V1 | F_EVENT | F_PACKED,
				    "packed");
		}
	life_faults();
	nothing_left();
	still_works();
	nothing_left();
	return report_end();
}
