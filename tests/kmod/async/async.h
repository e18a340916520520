/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The test device ringside_test_async, /dev/vhost-test-async, and the programs
 * that drive it (tests/host/async). Included by both.
 *
 * Four queues. A request is a chain with a readable part of at least
 * sizeof(struct async_request) and a writable part of at least
 * sizeof(struct async_response). The device sums the readable part up when it
 * takes the request, keeps the chain, and completes it after a random delay, so
 * requests overtake one another. The response stands at the beginning of the
 * writable part; the rest of it is filled with the low byte of tag.
 * Other chains come back with no byte written.
 */
#ifndef RINGSIDE_TESTS_ASYNC_H
#define RINGSIDE_TESTS_ASYNC_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vhost.h>

enum { ASYNC_QUEUES = 4 };

struct async_request {
	__u64 tag;		/* whatever the program likes */
};

struct async_response {
	__u64 tag;		/* of the request */
	__u64 sum;		/* of all readable bytes, as unsigned numbers */
};

/* Where requests are completed; one of these is chosen at random for each. */
enum {
	ASYNC_HARDIRQ = 1 << 0,		/* a timer in hard interrupt context */
	ASYNC_SOFTIRQ = 1 << 1,		/* a timer in softirq context */
	ASYNC_THREAD = 1 << 2,		/* a workqueue */
	ASYNC_HELD = 1 << 3,		/* nowhere, until ASYNC_LET_GO */
};

/* Start the queues that are configured (once more: those configured since), or
 * stop all: EFAULT when none is configured, EINVAL for no or unknown places.
 */
struct async_run {
	__u32 running;
	__u32 places;		/* of the above; at least one */
	__u32 max_delay_us;	/* from taking to completing */
	__u32 drain_ms;		/* how long a stop waits */
};
#define ASYNC_SET_RUNNING _IOW(VHOST_VIRTIO, 0xf0, struct async_run)

/* Complete the requests that are held. */
#define ASYNC_LET_GO _IO(VHOST_VIRTIO, 0xf1)

/* Counters of a queue since the device was opened. */
struct async_stats {
	__u32 queue;		/* in */
	__u32 in_flight;
	__u64 popped;		/* and not given back */
	__u64 kept;
	__u64 pushed, given_back, dropped;	/* ends of those kept */
	__u64 late, abandoned, vanished;	/* as the core counts them */
};
#define ASYNC_GET_STATS _IOWR(VHOST_VIRTIO, 0xf2, struct async_stats)

#endif /* RINGSIDE_TESTS_ASYNC_H */
