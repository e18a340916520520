/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random program: several threads call whatever there is, with whatever
 * arguments, on one device with traffic; beside it another device must go on
 * as if nothing were.
 *
 * Whatever is random points to the guest's memory, to memory kept free for it,
 * or to the kernel's: never to this program's own.
 */
#ifndef RINGSIDE_HOST_RANDOM_H
#define RINGSIDE_HOST_RANDOM_H

#include "lib/report.h"
#include "lib/traffic.h"

enum { SHAPES = 2, FDS = 16, HOLE_BYTES = 1 << 20 };

struct world {
	struct device d;
	/* what rings the driver knows; the device gets one of them */
	struct queue q[SHAPES][QUEUES];
	struct link link[2];
	int fd[FDS];		/* of all kinds */
	char *hole;		/* addresses where nothing is mapped */
	char *log;
	bool stop;
};

/* A thread's own state. */
struct caller {
	struct world *w;
	uint64_t random;
	uint64_t calls, good;
};

static inline bool stopped(struct world *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_RELAXED);
}

void world_open(struct world *w);
void world_close(struct world *w);

/** random_calls() - a thread: commands and messages; struct caller */
void *random_calls(void *arg);

/** random_driver() - a thread: the guest; struct caller */
void *random_driver(void *arg);

/** calm_neighbour() - a thread: traffic that must be perfect; struct world */
void *calm_neighbour(void *arg);

#endif /* RINGSIDE_HOST_RANDOM_H */
