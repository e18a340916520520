// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host process dies in the middle of a transfer, once while it sends, once while it receives: the guest's socket must
 * come to an end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vpeer.h"

static void nothing(void *unused)
{
	(void)unused;
}

static void say_moved(void *job)
{
	send_word(job, MOVED, 0);
}

/* Connection @i: of origin @i, the other way of @i. */
static struct mover mover_of(const struct job *j, uint32_t i)
{
	enum end sender = i ? HOST : GUEST;

	return (struct mover){
		.fd = meet(j, i), .seed = seed_of(i, sender), .out = j->me == sender,
		.moved = nothing,
	};
}

/* Data lost on the way is no error to a reader; whoever still writes must get an error. */
static bool is_an_end(bool guest_sends, int err)
{
	return guest_sends ? err == EPIPE || err == ECONNRESET : err == 0 || err == ECONNRESET;
}

static pid_t start(const struct mover *m)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(mover_run(m));
	close(m->fd);
	return pid;
}

void check_killed_host(struct job *j)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct mover m = mover_of(j, i);
		pid_t pid = start(&m);
		int status, err;

		expect_word(j, MOVED);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (!WIFSIGNALED(status))
			die("the transfer ended before the process was killed: %#x", status);
		err = expect_word(j, ENDED);
		if (!is_an_end(!m.out, err))
			die("the guest that %s saw: %s", m.out ? "received" : "sent", strerror(err));
	}
}

void check_killed_guest(struct job *j)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct mover m = mover_of(j, i);

		m.moved = say_moved;
		m.arg = j;
		send_word(j, ENDED, mover_run(&m));
		close(m.fd);
	}
}
