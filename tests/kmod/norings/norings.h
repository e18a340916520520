/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test device's own state, shared by its files.
 */
#ifndef RINGSIDE_TEST_NORINGS_H
#define RINGSIDE_TEST_NORINGS_H

#include "abi.h"
#include "core/core.h"
#include "../../../compat/hrtimer.h"

struct norings_queue {
	struct vhost_vq vq;
	struct hrtimer timer;		/* pending: a call is due */

	/* written by ops->kick(), under the wait queue's lock */
	u64 kicks;
	u32 odd_kicks;

	/* written by the timer */
	u64 calls;
	u32 odd_calls;

	/* vq.lock */
	u32 num;
	u32 addrs, call_fds;
	u64 desc;
	u64 base_kicks;			/* kicks when the base was set */
};

struct norings {
	struct vhost_dev dev;
	struct norings_queue queue[NORINGS_QUEUES];
	struct vhost_vq *vqs[NORINGS_QUEUES];

	/* dev.lock */
	bool features_ok;
	struct norings_msg_record msg;

	u32 delay_us;			/* written under dev.lock */
};

static inline struct norings *norings_of(struct vhost_dev *dev)
{
	return container_of(dev, struct norings, dev);
}

static inline struct norings_queue *norings_queue_of(struct vhost_vq *vq)
{
	return container_of(vq, struct norings_queue, vq);
}

/* device.c */
extern const struct file_operations norings_fops;

/* queue.c: kicks that lead to calls */
extern const struct vhost_vq_ops norings_vq_ops;
void norings_queue_init(struct norings_queue *q);
/* dev->lock held, no kick comes any more: no call comes after it returns */
void norings_queue_stop(struct norings_queue *q);

/* commands.c: the table */
enum { NORINGS_CMDS = 10 };
extern const struct vhost_cmd norings_cmds[NORINGS_CMDS];

/* messages.c: vhost_dev_ops.msg */
int norings_msg(struct vhost_dev *dev, u32 asid,
		const struct vhost_iotlb_msg *msg);

#endif /* RINGSIDE_TEST_NORINGS_H */
