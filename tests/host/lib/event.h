/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Eventfds, as kicks and calls use them.
 */
#ifndef RINGSIDE_HOST_EVENT_H
#define RINGSIDE_HOST_EVENT_H

#include <stdint.h>

/** event_new() - one that does not block, closed by exec() */
int event_new(void);

/** event_add() - signal it */
void event_add(int fd);

/** event_take() - how often it was signalled since the last time; does not wait */
uint64_t event_take(int fd);

#endif /* RINGSIDE_HOST_EVENT_H */
