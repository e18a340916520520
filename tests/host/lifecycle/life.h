/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lifecycle program: every end, in every state.
 *
 * A child process brings a device into a state and ends it; the parent looks
 * whether it ended as it should and in time, and at last whether anything was
 * left behind. What leaks shows when the modules are unloaded, and to kmemleak.
 */
#ifndef RINGSIDE_HOST_LIFE_H
#define RINGSIDE_HOST_LIFE_H

#include <sys/types.h>

#include "lib/report.h"
#include "lib/traffic.h"

enum state {
	NO_OWNER,
	OWNED,
	CONFIGURED,
	RUNNING,		/* with traffic */
	KTHREAD,		/* the same, worked by a kernel thread */
	BROKEN,			/* one queue is */
	STATES,
};

extern const char *const state_names[STATES];

struct life {
	struct device d;
	struct link l;
	struct traffic t;
	enum state state;
	uint64_t features;
};

/** life_begin() - a device in this state; false when it cannot be had */
bool life_begin(struct life *f, enum state state, uint64_t features);

/** life_go_on() - whatever happens in this state, for so long */
void life_go_on(struct life *f, uint32_t ms);

/* An end: run in a child that has begun. Its exit status is 0 if it is fine;
 * unless it is killed.
 */
struct end {
	const char *name;
	int (*fn)(struct life *f);
	bool killed;		/* by SIGKILL, from the parent */
	bool worker;		/* the worker thread is what is killed */
};

extern const struct end ends[];
extern const unsigned int n_ends;

/** life_faults() - killed while the worker waits for memory */
void life_faults(void);

/** life_after_exec() - the program of the end "exec" */
int life_after_exec(int fd);

#endif /* RINGSIDE_HOST_LIFE_H */
