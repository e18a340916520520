/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls for workers, of any vhost device.
 */
#ifndef RINGSIDE_HOST_WORKER_CMD_H
#define RINGSIDE_HOST_WORKER_CMD_H

/* Each returns 0 or the errno; @id is written by the first and the last. */
int worker_new(int fd, unsigned int *id);
int worker_free(int fd, unsigned int id);
int worker_attach(int fd, unsigned int queue, unsigned int id);
int worker_get(int fd, unsigned int queue, unsigned int *id);

/** worker_must_new(), worker_of() - the worker; an error ends the test */
unsigned int worker_must_new(int fd);
unsigned int worker_of(int fd, unsigned int queue);

#endif /* RINGSIDE_HOST_WORKER_CMD_H */
