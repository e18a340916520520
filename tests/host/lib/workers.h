/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that are called as workers of vhost are.
 */
#ifndef RINGSIDE_HOST_WORKERS_H
#define RINGSIDE_HOST_WORKERS_H

#include <sys/types.h>

/**
 * find_worker() - the first worker in a directory of tasks, or 0
 * @where: "/proc", or "/proc/PID/task"
 * @count: grows by the number of workers in it
 */
pid_t find_worker(const char *where, unsigned int *count);

/** workers_none_left() - report whether all workers of the host end within 3 s */
void workers_none_left(void);

#endif /* RINGSIDE_HOST_WORKERS_H */
