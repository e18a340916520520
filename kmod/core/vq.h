/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues: what a device module says about one, its state and configuration, and
 * its life from open to close. What a handler does with the ring: verbs.h.
 */
#ifndef RINGSIDE_CORE_VQ_H
#define RINGSIDE_CORE_VQ_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vhost.h>

#include "core/engine.h"
#include "core/feature_bits.h"
#include "core/poll.h"
#include "core/stats.h"
#include "core/work.h"

struct vhost_dev;
struct vhost_kept;
struct vhost_vq;
struct vhost_worker;

enum {
	VHOST_BATCH = 64,		/* chains in a batch, and completions,
					 * unless vhost_vq_ops says more */
};

enum vhost_run {
	VHOST_RUN_DONE,		/* nothing to do, or waits for an event */
	VHOST_RUN_MORE,		/* the budget is used up: queue me again */
};

/* How the core's use of a kept chain (kept.h) ended. */
enum vhost_kept_end {
	VHOST_KEPT_PUSHED,	/* the driver has it */
	VHOST_KEPT_GIVEN_BACK,	/* not taken: popped again after a restart */
	VHOST_KEPT_DROPPED,	/* its queue broke, or stopped before it came */
};

struct vhost_vq_ops {
	const char *name;	/* "rx"; up to 4 characters look best */
	u32 max_chains;		/* most in a batch, up to RING_MAX_SEGS; 0:
				 * VHOST_BATCH. For devices that need many chains
				 * for one packet */

	/**
	 * @run: serve the queue. Called in the queue's worker after a kick, a
	 * vhost_vq_wake(), an event of a vhost_poll or the update for an IOTLB
	 * miss, with vq->lock held and the ring running. Not for completions of
	 * kept chains: a device that waits for these wakes the queue when they
	 * are released. A run goes like
	 *
	 *	for (;;) {
	 *		switch (vhost_vq_pop(vq, VHOST_BATCH)) {
	 *		case RING_GOT: break;
	 *		case RING_EMPTY:
	 *			if (vhost_vq_enable_kicks(vq) != RING_GOT)
	 *				return VHOST_RUN_DONE;
	 *			vhost_vq_disable_kicks(vq);
	 *			continue;
	 *		default: return VHOST_RUN_DONE;
	 *		}
	 *		... use vq->batch.chain[0 .. n_chains - 1], for each
	 *		vhost_vq_done(vq, chain, written);
	 *		if (vhost_vq_complete(vq) != RING_GOT)
	 *			return VHOST_RUN_DONE;
	 *		if (vhost_vq_budget_used(vq, &packets, bytes))
	 *			return VHOST_RUN_MORE;
	 *	}
	 *
	 * It holds no popped chain when it returns, except those that it kept
	 * (vhost_vq_keep()): unused ones go back with vhost_vq_unpop().
	 * RING_AGAIN and RING_BROKEN need no care beyond returning: the core
	 * has sent the IOTLB miss and will run the queue again, or has marked
	 * the queue broken and notified the owner. The ring's own areas translate
	 * for the length of a run, so only pops of new chains meet misses.
	 */
	enum vhost_run (*run)(struct vhost_vq *vq);

	/*
	 * For devices that keep chains, see kept.h; vq->lock held.
	 *
	 * @respond: optional. Write what the driver finds in a completed chain
	 * beside the payload, through vhost_kept_writable(). Called again after
	 * RING_AGAIN. Return: RING_GOT, or what that function returned; with
	 * RING_EMPTY the driver gets the chain back with no byte written.
	 * @release: the core refers to @k no longer; may free it.
	 */
	enum ring_result (*respond)(struct vhost_vq *vq, struct vhost_kept *k);
	void (*release)(struct vhost_vq *vq, struct vhost_kept *k,
			enum vhost_kept_end how);

	/*
	 * Optional, for devices without workers: the driver kicked. Context:
	 * atomic, under the lock of the eventfd's wait queue, with interrupts
	 * off (on PREEMPT_RT that lock leaves them on): no eventfd may be
	 * signalled, vhost_vq_call() included.
	 */
	void (*kick)(struct vhost_vq *vq);
};

enum vhost_vq_state {
	VHOST_VQ_STOPPED,	/* no backend */
	VHOST_VQ_STARTING,	/* a backend; the ring waits for the IOTLB */
	VHOST_VQ_RUNNING,	/* a backend and a running ring */
	VHOST_VQ_BROKEN,	/* the guest or the owner broke the ring */
};

enum vhost_order {
	VHOST_ORDER_HOST,	/* not said */
	VHOST_ORDER_LITTLE,
	VHOST_ORDER_BIG,
};

/* The queue as the owner configured it. Written under dev->lock + vq->lock. */
struct vhost_vq_config {
	struct vhost_vring_addr addr;
	u32 num;
	u32 base;		/* valid when base_set */
	bool base_set;
	bool addr_set;
	enum vhost_order order;	/* of legacy rings */
	u32 busyloop_us;
	struct file *kick;	/* NULL: none; polling only */
	struct eventfd_ctx *call;	/* NULL: none; changed under call_lock,
					 * too */
	struct eventfd_ctx *err;	/* NULL: none */
};

enum vhost_miss_state {
	VHOST_MISS_NONE,
	VHOST_MISS_UNREAD,	/* in dev->misses */
	VHOST_MISS_READ,	/* the owner read it and has not sent an update */
};

/* The one IOTLB miss a queue can wait for. All under dev->miss_lock. */
struct vhost_miss {
	struct list_head node;
	enum vhost_miss_state state;
	struct ring_miss what;
};

/* Kept chains, first in, first out. */
struct vhost_kept_fifo {
	struct vhost_kept *first, *last;	/* last: only if there is a first */
};

/* Chains that the device keeps beyond their run; see kept.h. */
struct vhost_keeping {
	spinlock_t lock;		/* inside vq->lock; irqs off */
	struct hlist_head outstanding;	/* the device has them; lock */
	u32 n_current;		/* of these, of this incarnation; lock */
	struct vhost_kept_fifo completed; /* not seen by the worker; lock */
	struct vhost_kept_fifo pending;	/* not pushed; vq->lock */
};

/*
 * A virtqueue. The device module embeds it, one per queue; it must stay where
 * it is from vhost_vq_init() to vhost_dev_close(). Everything is under
 * vq->lock unless said otherwise.
 */
struct vhost_vq {
	/* the worker's */
	struct mutex lock;
	enum vhost_vq_state state;
	bool stale;		/* config changed: set the ring up again */
	bool draining;		/* about to stop: the handler does not run */
	bool was_used;		/* completed anything since it was started */
	u32 n_done;		/* completions in done[], not yet pushed */
	void *backend;		/* the device module's; NULL when stopped */
	u64 features[VHOST_FEATURE_WORDS];
	struct ring_batch batch;
	void *arrays;		/* what batch, done and guest point into */
	struct ring_done *done;	/* as many as a batch has chains */
	u64 *guest;		/* as many as it has segments */
	u32 max_chains;		/* that many; 0 without arrays */
	struct ring_space space;
	struct ring_log log;	/* what space.log points to */
	struct ring ring;
	u64 incarnation;	/* moves when the queue stops; changed under
				 * keeping.lock, too */
	struct vhost_keeping keeping;

	/* the requested configuration */
	struct vhost_vq_config config;
	spinlock_t call_lock;	/* config.call, for vhost_vq_call(); irqs off */

	struct vhost_vq_stats stats;
	struct ring_fault failure;	/* the last one; cause RING_OK: none;
					 * written under dev->info_lock, too */

	/* how it is woken */
	struct vhost_work work;
	unsigned long wanted;		/* bit 0: a run of the handler; atomic */
	struct vhost_poll kick_poll;
	struct timer_list retry;	/* started by the handler, ended by
					 * vhost_vq_stop() */
	struct vhost_worker __rcu *worker;	/* writers: worker_lock */
	struct vhost_worker *runner;	/* runs the handler now, perhaps no
					 * longer as vq->worker; or NULL */
	u64 spin_end;			/* of busy polling in this run, ns; 0: it
					 * has not polled */
	struct vhost_miss miss;

	/* immutable after vhost_dev_init() */
	const struct vhost_vq_ops *ops;
	struct vhost_dev *dev;
	u32 index;
};

/**
 * vhost_vq_init() - make a queue, before vhost_dev_init()
 * @vq: zeroed memory
 * @ops: must outlive @vq
 */
void vhost_vq_init(struct vhost_vq *vq, const struct vhost_vq_ops *ops);

/** vhost_vq_has() - is feature bit @bit negotiated. Caller holds vq->lock. */
static inline bool vhost_vq_has(const struct vhost_vq *vq, unsigned int bit)
{
	lockdep_assert_held(&vq->lock);
	return vq->features[bit / 64] & VHOST_BIT(bit);
}

/**
 * vhost_vq_is_configured() - has the owner set a size and addresses
 *
 * A device that starts all its queues at once starts those that are configured
 * and leaves the others for the next start: firmware often sets up one queue
 * only. Context: caller holds vq->lock.
 */
static inline bool vhost_vq_is_configured(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vq->config.num && vq->config.addr_set;
}

/**
 * vhost_vq_check_config() - is the queue configured completely and accessible
 *
 * vhost_vq_start() checks it itself. For devices whose interface in Linux reports
 * this before other errors.
 * Return: 0 or -EFAULT. Context: caller holds dev->lock and vq->lock.
 */
int vhost_vq_check_config(const struct vhost_vq *vq);

/**
 * vhost_vq_start() - set the queue's backend and start its ring
 * @backend: anything but NULL; the core only keeps it in vq->backend
 *
 * On a queue that has a backend, replaces it and leaves the ring as it is.
 * The handler is not woken: call vhost_vq_wake() when there may be work.
 * Return: 0; -EFAULT when the ring was not configured completely or its
 * memory cannot be accessed; -EINVAL when the configuration contradicts
 * itself or the negotiated features; -ENOMEM. Nothing has changed then.
 * Context: owner's thread; sleeps; caller holds dev->lock and vq->lock.
 */
int vhost_vq_start(struct vhost_vq *vq, void *backend);

/**
 * vhost_vq_run_last() - run the handler on what the driver made available
 *
 * For a queue that is about to stop: its worker may not have come to what the
 * driver kicked for. Runs until the handler has nothing more to do, at most over
 * as many chains as the ring has entries, one run's budget aside. Does nothing
 * unless the ring runs and the calling thread is the owner's; an owner that
 * exits has no memory any more when its files are closed.
 * Context: sleeps as the handler does; caller holds dev->lock and vq->lock.
 */
void vhost_vq_run_last(struct vhost_vq *vq);

/**
 * vhost_vq_stop() - take the backend away and stop the ring
 *
 * Where the ring was is kept: GET_VRING_BASE returns it, vhost_vq_start()
 * goes on from there. No run of the handler begins from here on, and none is in
 * progress. The device stops its own vhost_polls before or after.
 * Return: the backend it had, or NULL; the caller drops what it refers to,
 * after releasing vq->lock where that may wait.
 * Context: sleeps; caller holds dev->lock and vq->lock.
 */
void *vhost_vq_stop(struct vhost_vq *vq);

/** vhost_vq_popped() - chains popped and not given back. vq->lock held. */
static inline u64 vhost_vq_popped(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vq->stats.chains - vq->stats.unpopped;
}

/**
 * vhost_vq_in_flight() - chains popped, and neither given back nor pushed
 *
 * Chains that were in flight when the queue stopped do not count any more: see
 * vq->stats.abandoned. Context: caller holds vq->lock.
 */
static inline u64 vhost_vq_in_flight(const struct vhost_vq *vq)
{
	return vhost_vq_popped(vq) - vq->stats.done - vq->stats.abandoned;
}

/**
 * vhost_vq_is_fresh() - is the ring at its very beginning
 *
 * There it is when a driver has just set the queue up. A ring that goes on after
 * a stop is elsewhere, except when its indices have come around to zero.
 * Context: any state of the queue; caller holds vq->lock.
 */
bool vhost_vq_is_fresh(const struct vhost_vq *vq);

/**
 * vhost_vq_was_used() - was anything completed in this ring
 *
 * Since the queue was started, or before, as far as its base tells. Still known
 * after vhost_vq_stop(). Context: caller holds vq->lock.
 */
bool vhost_vq_was_used(const struct vhost_vq *vq);

/**
 * vhost_vq_is_new() - does a queue just started belong to a driver just started
 *
 * At the beginning of a ring in whose memory nothing was ever used. A queue
 * that goes on after a pause can be at the beginning, too, having come around.
 * A transmit queue may then look new (see ring_untouched()): ask all queues.
 * Where the ring does not run yet, for want of a translation, only its base is
 * looked at. Context: owner's thread; sleeps; caller holds vq->lock.
 */
bool vhost_vq_is_new(struct vhost_vq *vq);

#endif /* RINGSIDE_CORE_VQ_H */
