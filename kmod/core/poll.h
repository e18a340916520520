/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Polling: a file's events become runs of a queue's handler.
 */
#ifndef RINGSIDE_CORE_POLL_H
#define RINGSIDE_CORE_POLL_H

#include <linux/poll.h>
#include <linux/wait.h>

struct vhost_vq;

/* A place in a file's wait queue that wakes a virtqueue's handler. */
struct vhost_poll {
	poll_table table;
	wait_queue_entry_t wait;
	wait_queue_head_t *head;	/* NULL: not waiting; vq->lock */
	__poll_t mask;			/* immutable after init */
	bool is_kick;			/* immutable after init */
	struct vhost_vq *vq;		/* immutable after init */
};

/**
 * vhost_poll_init() - prepare to poll
 * @vq: whose handler runs on an event
 * @mask: events that count, EPOLLIN and the like
 */
void vhost_poll_init(struct vhost_poll *poll, struct vhost_vq *vq,
		     __poll_t mask);

/**
 * vhost_poll_start() - begin to poll @file; wakes at once if it is ready
 *
 * Does nothing when it is polling already. The caller keeps @file open until
 * vhost_poll_stop().
 * Return: 0, or -EINVAL when the file reports an error: then it is not polled.
 * Context: sleeps; caller holds vq->lock.
 */
int vhost_poll_start(struct vhost_poll *poll, struct file *file);

/**
 * vhost_poll_stop() - stop polling; harmless when not polling
 *
 * No event is taken from here on; the handler may still be queued for one.
 * Context: sleeps; caller holds vq->lock.
 */
void vhost_poll_stop(struct vhost_poll *poll);

#endif /* RINGSIDE_CORE_POLL_H */
