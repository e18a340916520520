// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/owner.h"
#include "lib/report.h"
#include "lib/workers.h"

enum { POLL_MS = 2 };

bool owner_is_ready(int ready)
{
	return write(ready, "x", 1) == 1;
}

bool owner_was_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void kill_it(const struct owner *owner, pid_t pid)
{
	char where[40];
	unsigned int count = 0;
	pid_t victim = 0;

	usleep(now_ms() % (owner->delay_ms + 1) * 1000);
	snprintf(where, sizeof(where), "/proc/%d/task", pid);
	/* A worker that is a kernel thread is no task of the owner. */
	if (owner->worker)
		victim = find_worker(where, &count);
	kill(victim ? victim : pid, SIGKILL);
}

static int reap(pid_t pid, unsigned int limit_ms)
{
	int status = 0;

	for (unsigned int ms = 0; ms < limit_ms; ms += POLL_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		usleep(POLL_MS * 1000);
	}
	kill(pid, SIGKILL);
	return -1;
}

int owner_run(const struct owner *owner)
{
	int ready[2];
	pid_t pid;
	char x;

	if (pipe(ready))
		report_die("pipe");
	pid = fork();
	if (!pid) {
		alarm(owner->limit_ms / 1000);
		_exit(owner->run(owner->arg, ready[1]));
	}
	close(ready[1]);
	if (read(ready[0], &x, 1) == 1 && owner->killed)
		kill_it(owner, pid);
	close(ready[0]);
	return reap(pid, owner->limit_ms);
}
