/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random program: several threads call whatever there is, with whatever
 * arguments, on one device with traffic; beside it another device of its kind
 * must go on as if nothing were. With a vsock device, programs open and close
 * sockets meanwhile.
 *
 * Whatever is random points to the guest's memory, to memory kept free for it,
 * or to the kernel's: never to this program's own.
 */
#ifndef RINGSIDE_HOST_RANDOM_H
#define RINGSIDE_HOST_RANDOM_H

#include "lib/report.h"
#include "lib/traffic.h"
#include "lib/vsock_guest.h"

enum { SHAPES = 2, FDS = 16, HOLE_BYTES = 1 << 20 };

enum kind { NET = 1, VSOCK = 2 };

enum {
	RANDOM_CID = 100,	/* mostly; of the device that all call */
	CALM_CID = 200,
};

struct world {
	enum kind kind;
	struct device d;
	/* what rings the driver knows; the device gets one of them */
	struct queue q[SHAPES][QUEUES];
	struct link link[2];	/* net */
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

void world_open(struct world *w, enum kind kind);
void world_close(struct world *w);

/** random_calls() - a thread: commands and messages; struct caller */
void *random_calls(void *arg);

/** random_driver() - a thread: the guest; struct caller */
void *random_driver(void *arg);

/** random_sockets() - a thread: programs with vsock sockets; struct caller */
void *random_sockets(void *arg);

/** calm_neighbour() - a thread: traffic that must be perfect; struct world */
void *calm_neighbour(void *arg);

#endif /* RINGSIDE_HOST_RANDOM_H */
