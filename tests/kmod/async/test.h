/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of ringside_test_async share. A device for tests that uses all
 * the core has for devices that complete later: see kmod/core/kept.h.
 */
#ifndef RINGSIDE_TESTS_ASYNC_TEST_H
#define RINGSIDE_TESTS_ASYNC_TEST_H

#include <linux/timer.h>
#include <linux/workqueue.h>

#include "core/core.h"
#include "../../../compat/hrtimer.h"
#include "async.h"

enum {
	ASYNC_MAX_REQUESTS = 256,	/* of one run of a queue */
	ASYNC_MAX_BYTES = 1 << 20,
};

struct async_queue {
	struct vhost_vq vq;
	u64 kept, pushed, given_back, dropped;	/* vq->lock */
};

struct async_device {
	struct vhost_dev dev;
	struct vhost_vq *vqs[ASYNC_QUEUES];
	struct async_queue queue[ASYNC_QUEUES];
	struct async_run run;		/* written under dev->lock and all
					 * vq->locks */
	spinlock_t held_lock;		/* inside vq->lock */
	struct list_head held;		/* requests; held_lock */
};

/* A request that was taken: freed when the core has released its chain. */
struct async_request_state {
	struct vhost_kept kept;
	u64 tag;
	u64 sum;
	union {			/* how it waits for its completion */
		struct hrtimer hard;
		struct timer_list soft;
		struct delayed_work thread;
		struct list_head held;
	};
	struct vhost_buf buf[];
};

static inline struct async_device *async_device(struct vhost_dev *dev)
{
	return container_of(dev, struct async_device, dev);
}

static inline struct async_queue *async_queue(struct vhost_vq *vq)
{
	return container_of(vq, struct async_queue, vq);
}

/* main.c */
extern struct workqueue_struct *async_threads;

/* device.c */
extern const struct file_operations async_device_fops;

/* queue.c */
extern const struct vhost_vq_ops async_vq_ops;

/* request.c */
/*
 * Take a chain of the batch: read it, keep it, and complete it later. Return:
 * false when it is no request, or there is no memory. vq->lock held.
 */
bool async_request_take(struct vhost_vq *vq, const struct ring_chain *c);
/* ops->respond() and ops->release(). */
enum ring_result async_request_respond(struct vhost_vq *vq,
				       struct vhost_kept *k);
void async_request_release(struct vhost_vq *vq, struct vhost_kept *k,
			   enum vhost_kept_end how);
/* Complete all that are held. */
void async_requests_let_go(struct async_device *d);

#endif /* RINGSIDE_TESTS_ASYNC_TEST_H */
