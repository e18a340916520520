/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child process that owns a device, and how it ends.
 */
#ifndef RINGSIDE_HOST_OWNER_H
#define RINGSIDE_HOST_OWNER_H

#include <stdbool.h>

struct owner {
	/* In the child: set up, owner_is_ready(@ready), then the end. Returns
	 * the exit status, unless the process is killed.
	 */
	int (*run)(void *arg, int ready);
	void *arg;
	bool killed;		/* by SIGKILL, once it is ready */
	bool worker;		/* its worker thread is killed, if it has one */
	unsigned int delay_ms;	/* the kill comes so much later, at most */
	unsigned int limit_ms;	/* until the process must have ended */
};

/** owner_is_ready() - tell the parent; false when it has gone */
bool owner_is_ready(int ready);

/**
 * owner_run() - one life of such a process
 *
 * Return: its wait status, or -1 if it did not end in time and was killed.
 */
int owner_run(const struct owner *owner);

/** owner_was_killed() - does a wait status say SIGKILL */
bool owner_was_killed(int status);

#endif /* RINGSIDE_HOST_OWNER_H */
