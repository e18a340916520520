/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: workers, as work.c, worker_thread.c, worker_name.c and
 * worker_cmd.c share them.
 */
#ifndef RINGSIDE_CORE_WORKER_H
#define RINGSIDE_CORE_WORKER_H

#include <linux/completion.h>
#include <linux/kcov.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>

#include "core/dev.h"
#include "core/work.h"

struct task_struct;
struct vhost_task;

struct vhost_worker {
	struct llist_head work;
	struct llist_node *taken;	/* off the list, not yet run; the
					 * worker's own */
	struct vhost_dev *dev;
	struct vhost_task *task;	/* one of these two */
	struct task_struct *kthread;
	struct task_struct *thread;	/* either, once it has run; a reference;
					 * worker_lock */
	struct kcov_common_handle_id kcov_handle;
	struct vhost_work rename, introduce;
	u32 id;
	u32 attached;			/* queues; worker_lock */
	unsigned long detached;		/* grace period after which no thread
					 * queues for a queue that it served
					 * before; worker_lock */
	bool killed;			/* worker_lock */
	bool pid_name;			/* immutable */
	struct completion drained;	/* killed, and everything was run */
};

/* ---- work.c: what a worker is given to do ------------------------------ */

/**
 * vhost_worker_queue() - add @work to @worker's list, and wake it
 *
 * Context: any. The caller makes sure that the worker lives: it is within the
 * RCU reader section in which it looked vq->worker up, or it holds worker_lock
 * and the worker is not killed.
 */
void vhost_worker_queue(struct vhost_worker *worker, struct vhost_work *work);

/**
 * vhost_worker_run() - run what is in @worker's list now
 *
 * Return: false when there was nothing. Context: the worker's thread.
 */
bool vhost_worker_run(struct vhost_worker *worker);

/**
 * vhost_worker_flush() - wait until everything queued before the call has run
 *
 * Context: sleeps; caller holds dev->lock, no vq->lock and not worker_lock.
 */
void vhost_worker_flush(struct vhost_worker *worker);

/**
 * vhost_worker_busy() - does @worker have work waiting
 *
 * Context: the worker's thread.
 */
bool vhost_worker_busy(const struct vhost_worker *worker);

/* ---- worker_name.c ------------------------------------------------------ */

/** vhost_worker_name_init() - choose the kind of name; before all others */
void vhost_worker_name_init(struct vhost_worker *worker);

/**
 * vhost_worker_name() - the name for @worker's new thread
 * @name: TASK_COMM_LEN bytes
 *
 * Context: the owner's thread, worker_lock not held.
 */
void vhost_worker_name(struct vhost_worker *worker, char *name);

/**
 * vhost_worker_rename() - the queues of @worker have changed
 *
 * It takes its new name when it runs next. Context: caller holds worker_lock.
 */
void vhost_worker_rename(struct vhost_worker *worker);

/* ---- worker_thread.c: threads, and the queues that they serve ------------ */

/** vhost_worker_of() - the queue's worker, or NULL; caller holds worker_lock */
static inline struct vhost_worker *vhost_worker_of(const struct vhost_vq *vq)
{
	return rcu_dereference_protected(vq->worker,
			lockdep_is_held(&vq->dev->worker_lock));
}

/**
 * vhost_vq_assign_worker() - have @worker serve the queue from now on
 * @worker: NULL for none
 *
 * The worker before may still run the handler until a grace period after its
 * ->detached has passed and it was flushed.
 * Context: caller holds worker_lock.
 */
void vhost_vq_assign_worker(struct vhost_vq *vq, struct vhost_worker *worker);

/**
 * vhost_worker_new() - make a worker that serves no queue, and its thread
 *
 * Its thread has a number, for those who look, when it has run once.
 * Return: the worker; -EBUSY: the device has as many as it may; -EAGAIN: the
 * owner may not have another thread; -ENOMEM.
 * Context: owner's thread; sleeps; caller holds dev->lock.
 */
struct vhost_worker *vhost_worker_new(struct vhost_dev *dev);

/**
 * vhost_worker_end() - end a worker that no queue has pointed to for a grace
 * period
 *
 * What is in its list is run first. Context: sleeps; caller holds dev->lock.
 */
void vhost_worker_end(struct vhost_worker *worker);

/**
 * vhost_workers_begin() - make the first worker, and have it serve all queues
 *
 * Return: 0, or as vhost_worker_new(). Context: owner's thread; sleeps; caller
 * holds dev->lock.
 */
int vhost_workers_begin(struct vhost_dev *dev);

/**
 * vhost_workers_end() - end all workers; there may be none
 *
 * Context: sleeps; caller holds dev->lock.
 */
void vhost_workers_end(struct vhost_dev *dev);

/** vhost_fork_owner_default() - what dev->fork_owner is at open: a parameter */
bool vhost_fork_owner_default(void);

#endif /* RINGSIDE_CORE_WORKER_H */
