// SPDX-License-Identifier: GPL-2.0-only
/*
 * lifecycle [ROUNDS], or by the environment LIFECYCLE_ROUNDS (3): so many times
 * each end in each state. lifecycle --faults: what faults.c has, alone.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/owner.h"
#include "lib/workers.h"
#include "lifecycle/life.h"

enum { CANNOT = 99, LIMIT_MS = 20000 };

/* ---- one life ------------------------------------------------------------- */

struct plan {
	const struct end *end;
	enum state state;
	uint64_t features;
};

static int live(void *arg, int ready)
{
	const struct plan *p = arg;
	struct life f;

	if (!life_begin(&f, p->state, p->features))
		return CANNOT;
	if (!owner_is_ready(ready))
		return 24;
	return p->end->fn(&f);
}

/* NULL when it ended well; *skip when it could not begin. */
static const char *run(struct plan *p, bool *skip)
{
	const struct owner owner = {
		.run = live, .arg = p, .delay_ms = 12, .limit_ms = LIMIT_MS,
		.killed = p->end->killed, .worker = p->end->worker,
	};
	int status = owner_run(&owner);
	static char why[60];

	if (status == -1)
		return "it does not end";
	*skip = WIFEXITED(status) && WEXITSTATUS(status) == CANNOT;
	if (p->end->killed ? owner_was_killed(status) :
			     WIFEXITED(status) && !WEXITSTATUS(status))
		return NULL;
	snprintf(why, sizeof(why), "status %#x", status);
	return why;
}

static void try(const struct end *end, enum state state, uint64_t features,
		const char *ring)
{
	uint32_t rounds = env_number("LIFECYCLE_ROUNDS", 3);
	struct plan p = { end, state, features };
	const char *why = NULL;
	bool skip = false;

	for (uint32_t i = 0; i < rounds && !why && !skip; i++)
		why = run(&p, &skip);
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
	workers_none_left();
	still_works();
	workers_none_left();
	return report_end();
}
