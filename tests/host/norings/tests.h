/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The norings program: a device whose rings the core does not walk, that has no
 * workers and keeps its translations itself: ringside_test_norings.ko.
 */
#ifndef RINGSIDE_HOST_NORINGS_TESTS_H
#define RINGSIDE_HOST_NORINGS_TESTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kmod/norings/abi.h"
#include "lib/device.h"
#include "lib/event.h"
#include "lib/report.h"

#define NODE "/dev/vhost-test-norings"
#define MODULE "ringside_test_norings"

/* ---- the device (device.c) ---------------------------------------------- */

/** node_open() - without an owner */
int node_open(void);

/** node_owned() - this process is the owner */
int node_owned(void);

/** node_read() - the record of a queue */
struct norings_record node_read(int fd, unsigned int queue);

/** set_state(), set_file() - 0 or the errno */
int set_state(int fd, unsigned long nr, unsigned int queue, uint32_t num);
int set_file(int fd, unsigned long nr, unsigned int queue, int file);

/** base_of() - GET_VRING_BASE; ends the test on an error */
uint32_t base_of(int fd, unsigned int queue);

/** set_delay() - microseconds from kick to call */
void set_delay(int fd, uint32_t us);

/** notify_fds() - a kick and a call eventfd for a queue, set in the device */
struct notify {
	int kick, call;
};

struct notify notify_fds(int fd, unsigned int queue);
void notify_close(const struct notify *n);

/**
 * in_child() - run @fn in another process, which is no owner
 *
 * Return: what @fn returned, or 1000 + the signal that ended it.
 */
int in_child(int (*fn)(int fd), int fd);

/* ---- parts -------------------------------------------------------------- */

void test_threads(void);	/* commands.c */
void test_commands(void);
void test_features(void);
void test_messages(void);	/* messages.c */
void test_asids(void);
void test_batches(void);
void test_calls(void);		/* notifications.c */
void test_early_kick(void);
void test_swaps(void);
void test_reset(void);		/* ends.c */
void test_pending(void);
void test_kills(void);
void test_many(void);

#endif /* RINGSIDE_HOST_NORINGS_TESTS_H */
