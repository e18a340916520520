/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core's one public header: what a device module (net, scsi, vsock, vdpa)
 * may use of vhost.ko. It supplies the middle of a packet's way, the core does
 * the rest: file operations, ioctls, workers, polling, memory, rings,
 * notification, statistics.
 *
 * How a device module looks:
 *
 *	struct foo { struct vhost_dev dev; struct vhost_vq vq[2]; ... };
 *
 *	open:	 foo = kvzalloc(sizeof(*foo), GFP_KERNEL_ACCOUNT);
 *		 vhost_vq_init(&foo->vq[i], &foo_rx_ops), for each queue;
 *		 vhost_dev_init(&foo->dev, &foo_ops, list of queues, count);
 *		 file->private_data = &foo->dev;
 *	release: vhost_dev_close(&foo->dev); kvfree(foo);
 *	others:	 vhost_dev_ioctl, _read_iter, _write_iter, _poll, as they are.
 *	its own ioctls: an array of struct vhost_cmd in foo_ops; the one that
 *		 gives a queue its backend calls vhost_vq_start(), the one that
 *		 takes it away vhost_vq_stop().
 *	a queue: run() of struct vhost_vq_ops, see there.
 *
 * Locks, outermost first; docs/locking.md has all of them:
 *	dev->lock	control: ioctls, messages, open to close
 *	vq->lock	one queue: its handler, and whoever changes it
 * A worker never takes dev->lock, so waiting for workers under it is allowed.
 * Whoever holds a vq->lock must not wait for a worker.
 */
#ifndef RINGSIDE_CORE_H
#define RINGSIDE_CORE_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/timer.h>
#include <linux/uio.h>
#include <linux/vhost.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#define RING_HOME user
#include "ring.h"

struct vhost_io;
struct vhost_dev;
struct vhost_vq;
struct vhost_worker;

#include "core/kept.h"

enum {
	VHOST_FEATURE_WORDS = 2,	/* u64 words of virtio feature bits */
	VHOST_BATCH = 64,		/* chains in a batch, and completions,
					 * unless vhost_vq_ops says more */
	VHOST_ARG_SIZE = 256,		/* biggest fixed-size ioctl argument */
};

/* Feature bit @bit (0 to 127) as a mask within word @bit / 64. */
#define VHOST_BIT(bit) (1ULL << ((bit) & 63))

/*
 * What the core can do for any device, and the owner may always be offered; in
 * word 0 of ops->features. A device adds, where it holds for it:
 *  IN_ORDER	chains are completed in the order in which they were taken
 *  RING_RESET	user space can reset one queue of this kind of device: QEMU
 *		passes the bit on to the guest without looking, and a guest
 *		that resets a queue takes its memory back
 * By default a device offers nothing that QEMU would negotiate unasked and that
 * Linux's own module of the same release lacks: a guest must be able to move
 * back to it. RING_PACKED and IN_ORDER are off in QEMU unless asked for.
 */
#define VHOST_CORE_FEATURES                                               \
	(VHOST_BIT(VIRTIO_F_NOTIFY_ON_EMPTY) | VHOST_BIT(VHOST_F_LOG_ALL) | \
	 VHOST_BIT(VIRTIO_F_ANY_LAYOUT) |                                  \
	 VHOST_BIT(VIRTIO_RING_F_INDIRECT_DESC) |                          \
	 VHOST_BIT(VIRTIO_RING_F_EVENT_IDX) | VHOST_BIT(VIRTIO_F_VERSION_1) | \
	 VHOST_BIT(VIRTIO_F_RING_PACKED))

/* ---- work ------------------------------------------------------------- */

/*
 * Something a worker shall do once. Queued again while it waits it still runs
 * once; queued while it runs it runs again.
 */
struct vhost_work {
	struct llist_node node;
	void (*fn)(struct vhost_work *work);
	unsigned long flags;	/* bit 0: waits in a worker's list */
};

/**
 * vhost_work_init() - prepare a work item
 * @fn: runs in the worker's thread with the owner's memory in place; may
 *	sleep; must not take dev->lock; may free @work as its last act
 */
void vhost_work_init(struct vhost_work *work,
		     void (*fn)(struct vhost_work *work));

/**
 * vhost_vq_queue() - have the queue's worker run a work item
 *
 * Return: false when the queue has no worker (no owner, or the owner is being
 * killed): @work will not run; true otherwise.
 * Context: any, interrupts included.
 */
bool vhost_vq_queue(struct vhost_vq *vq, struct vhost_work *work);

/**
 * vhost_vq_wake() - have the queue's worker run the queue's handler
 *
 * For events other than kicks. Return and context: as vhost_vq_queue().
 */
bool vhost_vq_wake(struct vhost_vq *vq);

/**
 * vhost_vq_wake_later() - run the queue's handler in @ms milliseconds, once
 *
 * For what cannot be waited for by an event, such as memory. A second call
 * moves the time. The core forgets it when the queue stops.
 * Context: the queue's handler, vq->lock held.
 */
void vhost_vq_wake_later(struct vhost_vq *vq, u32 ms);

/**
 * vhost_dev_flush() - wait until everything queued so far has run
 *
 * Context: sleeps; caller holds dev->lock and no vq->lock.
 */
void vhost_dev_flush(struct vhost_dev *dev);

/* ---- polling a file --------------------------------------------------- */

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
 * @vq: whose handler shall run on an event
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

/* ---- queues ----------------------------------------------------------- */

enum vhost_run {
	VHOST_RUN_DONE,		/* nothing to do, or something is awaited */
	VHOST_RUN_MORE,		/* the budget is used up: queue me again */
};

struct vhost_vq_ops {
	const char *name;	/* "rx"; up to 4 characters look best */
	u32 max_chains;		/* most in a batch, up to RING_MAX_SEGS; 0:
				 * VHOST_BATCH. For those who need many chains
				 * for one packet */

	/**
	 * @run: serve the queue. Called in the queue's worker after a kick, a
	 * vhost_vq_wake(), an event of a vhost_poll or the answer to an IOTLB
	 * miss, with vq->lock held and the ring running. A run goes like
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
	 * the queue broken and told the owner. The ring's own areas translate
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

/*
 * Counters of one queue. Written under vq->lock, except kicks (under the
 * lock of the eventfd's wait queue); read by anyone, each on its own.
 */
struct vhost_vq_stats {
	u64 kicks;		/* events of the kick eventfd */
	u64 runs;		/* times the handler ran */
	u64 requeues;		/* of these, ended by the budget */
	u64 chains;		/* taken */
	u64 unpopped;		/* given back unused */
	u64 done;		/* completed */
	u64 bytes_read;		/* in readable parts of chains taken */
	u64 bytes_written;	/* as completed */
	u64 calls;		/* notifications sent */
	u64 suppressed;		/* notifications the driver did not want */
	u64 misses;		/* IOTLB misses sent */
	u64 vanished;		/* kept chains whose memory was gone */
	u64 late;		/* completed after their queue had stopped */
	u64 abandoned;		/* in flight when their queue stopped */
	u64 bad_requests;	/* malformed, as the device module judged */
	u64 dropped;		/* lost, and not by the driver's fault */
	u64 bad[RING_CAUSES];	/* rings broken, by cause */
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
	VHOST_MISS_READ,	/* the owner read it and has not answered */
};

/* The one IOTLB miss a queue can wait for. All under dev->miss_lock. */
struct vhost_miss {
	struct list_head node;
	enum vhost_miss_state state;
	struct ring_miss what;
};

/* Chains that the device keeps beyond their run; see kept.h. */
struct vhost_keeping {
	spinlock_t lock;		/* inside vq->lock; irqs off */
	struct list_head outstanding;	/* the device has them; lock */
	u32 current_ones;		/* of these, of this incarnation; lock */
	struct list_head completed;	/* not seen by the worker; lock */
	struct list_head pending;	/* not pushed; vq->lock */
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

	/* how it is woken */
	struct vhost_work work;
	struct vhost_poll kick_poll;
	struct timer_list retry;	/* started by the handler, ended by
					 * vhost_vq_stop() */
	struct vhost_worker __rcu *worker;	/* writers: worker_lock */
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
 * vhost_vq_start() looks, too. For devices whose interface in Linux reports
 * this before other errors.
 * Return: 0 or -EFAULT. Context: caller holds dev->lock and vq->lock.
 */
int vhost_vq_check_config(const struct vhost_vq *vq);

/**
 * vhost_vq_start() - give the queue a backend and let its ring run
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
 * Where the ring was is kept: GET_VRING_BASE tells it, vhost_vq_start() goes
 * on from there. No run of the handler begins from here on, and none is under
 * way. Stop the queue's own vhost_polls before or after, as you like.
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
 * As a driver finds it that has just set the queue up; one that goes on from
 * before is elsewhere, but for the rare moment when its indices are zero again.
 * Context: any state of the queue; caller holds vq->lock.
 */
bool vhost_vq_is_fresh(const struct vhost_vq *vq);

/**
 * vhost_vq_was_used() - was anything completed in this ring
 *
 * Since the queue was started, or before, as far as its base tells. Still known
 * after vhost_vq_stop(). Context: caller holds vq->lock.
 */
static inline bool vhost_vq_was_used(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vq->was_used || !vhost_vq_is_fresh(vq);
}

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

/**
 * vhost_vq_call() - notify the driver, from any context
 *
 * For devices whose rings are walked by somebody else: a vDPA parent. Where
 * the core walks the ring, vhost_vq_complete() decides and does it.
 * Context: any, hard interrupts included (on PREEMPT_RT not those that stay
 * hard there: eventfds take a sleeping lock); not inside of ops->kick().
 */
void vhost_vq_call(struct vhost_vq *vq);

/*
 * The ring verbs, for the queue's current memory, IOTLB and log. All of them:
 * caller holds vq->lock and is the queue's worker (or another thread with the
 * owner's memory in place); they sleep; see ring.h for what they do. On
 * RING_AGAIN the miss was sent and the queue runs again once it is answered;
 * on RING_BROKEN the queue has been marked, counted, and the error eventfd
 * signalled, once.
 */

/**
 * vhost_vq_pop() - begin a new batch: take up to @max chains
 * @max: 1 to VHOST_BATCH, or what vhost_vq_ops says
 *
 * They are in vq->batch. Chains of the batch before must be completed, kept or
 * given back; completions noted and not yet pushed are pushed first.
 * Return: RING_GOT, RING_EMPTY, RING_AGAIN or RING_BROKEN.
 */
enum ring_result vhost_vq_pop(struct vhost_vq *vq, u32 max);

/**
 * vhost_vq_pop_more() - add chains to the batch, up to @max in all
 * @max: 1 to VHOST_BATCH, or what vhost_vq_ops says
 *
 * For requests that need several chains at once. Only when the batch is as a
 * pop left it: nothing of it was given back.
 * Return: RING_GOT: chains were added, or the batch has no room for another;
 * RING_EMPTY, RING_AGAIN or RING_BROKEN: none was added, those that are in
 * the batch stay there.
 */
enum ring_result vhost_vq_pop_more(struct vhost_vq *vq, u32 max);

/**
 * vhost_vq_unpop() - give back the batch's chains from @first to its end
 * @first: index in vq->batch.chain; n_chains becomes @first
 */
void vhost_vq_unpop(struct vhost_vq *vq, u32 first);

/* Log a chain's payload; only for vhost_vq_done(). */
void vhost_vq_log_chain(struct vhost_vq *vq, const struct ring_chain *c,
			u32 written);

/**
 * vhost_vq_done() - note that a chain is completed
 * @c: from vq->batch
 * @written: bytes written into its writable part, from its start
 *
 * The driver sees it after vhost_vq_complete(). With LOG_ALL the payload is
 * logged here, so call it after the bytes were written.
 */
static inline void vhost_vq_done(struct vhost_vq *vq,
				 const struct ring_chain *c, u32 written)
{
	lockdep_assert_held(&vq->lock);
	if (unlikely(vq->n_done >= vq->max_chains))
		return;		/* completed twice: our caller's mistake */
	if (unlikely(vq->space.log))
		vhost_vq_log_chain(vq, c, written);
	vq->done[vq->n_done++] = ring_done(c, written);
}

/**
 * vhost_vq_complete() - push, publish and signal everything noted
 *
 * Return: RING_GOT (also when there was nothing) or RING_BROKEN. The ring's
 * areas translate during a run, so never RING_AGAIN.
 */
enum ring_result vhost_vq_complete(struct vhost_vq *vq);

/** vhost_vq_enable_kicks() - ask for kicks; RING_EMPTY: sleep, RING_GOT: there is more */
enum ring_result vhost_vq_enable_kicks(struct vhost_vq *vq);

/** vhost_vq_disable_kicks() - advise the driver that kicks are not needed */
enum ring_result vhost_vq_disable_kicks(struct vhost_vq *vq);

/**
 * vhost_vq_peek() - would a pop find anything; for busy polling
 *
 * Return: RING_GOT, RING_EMPTY, RING_AGAIN or RING_BROKEN.
 */
enum ring_result vhost_vq_peek(struct vhost_vq *vq);

/** vhost_vq_bad_request() - count a malformed request. */
static inline void vhost_vq_bad_request(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->stats.bad_requests++;
}

/** vhost_vq_dropped() - count @n packets or requests that were lost. */
static inline void vhost_vq_dropped(struct vhost_vq *vq, u32 n)
{
	lockdep_assert_held(&vq->lock);
	vq->stats.dropped += n;
}

/* The chain's readable segments: n_read of them; behind them the writable. */
static inline const struct ring_seg *vhost_vq_read_segs(const struct vhost_vq *vq,
							const struct ring_chain *c)
{
	return vq->batch.seg + c->seg;
}

static inline const struct ring_seg *vhost_vq_write_segs(const struct vhost_vq *vq,
							 const struct ring_chain *c)
{
	return vq->batch.seg + c->seg + c->n_read;
}

/* A segment array as the kernel's iovec: one layout, two names. */
static inline struct iovec *vhost_seg_iov(const struct ring_seg *seg)
{
	static_assert(sizeof(struct ring_seg) == sizeof(struct iovec));
	static_assert(offsetof(struct ring_seg, len) ==
		      offsetof(struct iovec, iov_len));
	return (struct iovec *)seg;
}

/**
 * vhost_vq_readable() - an iterator over the chain's readable bytes
 *
 * Valid until the next vhost_vq_pop(). Holds c->read_len bytes, which the
 * driver chose: up to 2^32 - 1.
 */
static inline void vhost_vq_readable(const struct vhost_vq *vq,
				     const struct ring_chain *c,
				     struct iov_iter *it)
{
	iov_iter_init(it, ITER_SOURCE, vhost_seg_iov(vhost_vq_read_segs(vq, c)),
		      c->n_read, c->read_len);
}

/** vhost_vq_writable() - the same over its writable bytes, c->write_len */
static inline void vhost_vq_writable(const struct vhost_vq *vq,
				     const struct ring_chain *c,
				     struct iov_iter *it)
{
	iov_iter_init(it, ITER_DEST, vhost_seg_iov(vhost_vq_write_segs(vq, c)),
		      c->n_write, c->write_len);
}

/**
 * vhost_vq_budget_used() - has this run had its share
 * @packets: counted up by one on each call
 * @bytes: so far
 *
 * Return: true when the device's weight is reached: return VHOST_RUN_MORE.
 */
bool vhost_vq_budget_used(const struct vhost_vq *vq, u32 *packets, u64 bytes);

/*
 * Busy polling, VHOST_SET_VRING_BUSYLOOP_TIMEOUT:
 *	if (vhost_spin_start(vq, &spin))
 *		while (nothing happened && vhost_spin_on(&spin))
 *			cpu_relax();
 */
struct vhost_spin {
	u64 until;		/* ns */
	struct vhost_worker *worker;
};

/**
 * vhost_spin_start() - begin to busy poll for this queue
 *
 * Return: false when the queue has no timeout set. Context: the queue's
 * worker, vq->lock held.
 */
bool vhost_spin_start(struct vhost_vq *vq, struct vhost_spin *spin);

/**
 * vhost_spin_on() - may it go on: time is left, nobody else wants the CPU, no
 * signal is pending, and the worker has nothing else to do
 */
bool vhost_spin_on(const struct vhost_spin *spin);

/**
 * vhost_vq_wait() - a pop found nothing: busy poll if wanted, then ask for kicks
 *
 * For queues that wait for the driver only. Return: RING_GOT: something came
 * meanwhile, pop again; RING_EMPTY: sleep, a kick will come; RING_AGAIN,
 * RING_BROKEN. Context: the queue's worker, vq->lock held; sleeps.
 */
enum ring_result vhost_vq_wait(struct vhost_vq *vq);

/* ---- commands --------------------------------------------------------- */

enum vhost_cmd_flags {
	VHOST_CMD_IN = 1 << 0,		/* argument is copied in before */
	VHOST_CMD_OUT = 1 << 1,		/* and out after success */
	VHOST_CMD_OWNER = 1 << 2,	/* else -EPERM: caller is the owner */
	VHOST_CMD_NO_OWNER = 1 << 3,	/* else -EBUSY: there is no owner */
	VHOST_CMD_VQ = 1 << 4,		/* argument begins with a u32 queue
					 * index, else -ENOBUFS; check and
					 * apply run under its vq->lock */
	VHOST_CMD_VQ_STOPPED = 1 << 5,	/* else -EBUSY: it has no backend */
	VHOST_CMD_ALL_VQS = 1 << 6,	/* check and apply run under the locks
					 * of all queues */
	VHOST_CMD_WORKERS = 1 << 7,	/* else -EINVAL: the device has workers */
};

/*
 * An ioctl. The dispatcher takes dev->lock, looks at the flags, copies the
 * argument in, finds the queue, and then calls, each optional:
 *  prepare	may fail; finds and allocates what the command needs, into
 *		io->res; no vq->lock held
 *  check	under the queue locks asked for; may fail, and then has changed
 *		nothing
 *  apply	under the same locks; cannot fail. Idiom: swap io->res with
 *		what was there
 *  finish	after them, whenever prepare succeeded (or there is none), also
 *		when io->ret is an error; drops io->res; may wait for
 *		workers
 * The argument is copied out between apply and finish. All run in the
 * caller's thread.
 */
struct vhost_cmd {
	unsigned int nr;	/* VHOST_...; its size is that of the argument */
	unsigned int flags;	/* enum vhost_cmd_flags */
	int (*prepare)(struct vhost_io *io);
	int (*check)(struct vhost_io *io);
	void (*apply)(struct vhost_io *io);
	void (*finish)(struct vhost_io *io);
};

struct vhost_io {
	struct vhost_dev *dev;
	struct vhost_vq *vq;		/* with VHOST_CMD_VQ */
	const struct vhost_cmd *cmd;
	void __user *user;		/* the argument's address */
	void *res;			/* the command's own */
	int ret;			/* result so far */
	union {
		u8 u8;
		u32 u32;
		u64 u64;
		int fd;
		struct vhost_vring_state state;
		struct vhost_vring_file file;
		struct vhost_vring_addr addr;
		struct vhost_worker_state worker;
		struct vhost_vring_worker vring_worker;
		u8 raw[VHOST_ARG_SIZE];
	} arg;
};

#include "core/stages.h"

/* ---- devices ---------------------------------------------------------- */

struct vhost_dev_ops {
	const char *kind;	/* "net"; names threads: "vhost-net3" */
	bool no_workers;	/* the core does not walk its rings: kicks go to
				 * ops->kick() of its queues, and no queue is
				 * ever started with vhost_vq_start() */
	u64 features[VHOST_FEATURE_WORDS];	/* offered */
	u64 backend_features;			/* offered, as a mask */
	u32 max_packets;	/* of a run, see vhost_vq_budget_used() */
	u32 max_bytes;
	const struct vhost_cmd *cmds;	/* the device's own; win over common,
					 * of which they may use stages.h */
	u32 n_cmds;

	/*
	 * Optional. Are these features, all of them offered, acceptable now.
	 * Return 0 or -errno. Context: dev->lock and all vq->locks held.
	 */
	int (*check_features)(struct vhost_dev *dev, const u64 *features);

	/*
	 * Optional. vq->features have changed. Context: vq->lock held.
	 */
	void (*features_changed)(struct vhost_vq *vq);

	/*
	 * Optional. The device has an owner from now on: allocate what lives as
	 * long as that. Return 0 or -errno: then there is no owner.
	 * Context: dev->lock held, workers exist.
	 */
	int (*owned)(struct vhost_dev *dev);

	/*
	 * Optional. A message was written to the file: VHOST_IOTLB_UPDATE,
	 * INVALIDATE, BATCH_BEGIN, BATCH_END or whatever else @msg->type says;
	 * nothing of @msg was checked. @asid is 0 unless the message is of the
	 * second version and VHOST_BACKEND_F_IOTLB_ASID negotiated. Devices
	 * with this op have no IOTLB of the core. Return: 0 or -errno, which
	 * write() then returns. Context: dev->lock held, the owner's thread.
	 */
	int (*msg)(struct vhost_dev *dev, u32 asid,
		   const struct vhost_iotlb_msg *msg);

	/*
	 * RESET_OWNER or close: call vhost_vq_stop() on each queue and drop its
	 * backend, wait for what is in flight (vhost_dev_drain() before, where
	 * chains are kept; vhost_dev_flush() works), undo owned(). Called
	 * whatever the state, also when there is no owner.
	 * Context: dev->lock held; perhaps not the owner's thread: no access
	 * to the owner's memory.
	 */
	void (*stop)(struct vhost_dev *dev);
};

struct vhost_dev {
	struct mutex lock;

	/* the owner; under lock */
	struct mm_struct *mm;		/* NULL: no owner */
	bool mm_in_use;			/* mm_users held, not only mm_count */
	struct pid *owner;		/* for people; NULL: no owner */
	struct kcov_common_handle_id kcov_handle;
	bool fork_owner;		/* workers are tasks of the owner */

	u64 offered[VHOST_FEATURE_WORDS];	/* ops->features; the device may
						 * change it at open */

	/* what was negotiated; under lock */
	u64 features[VHOST_FEATURE_WORDS];
	u64 backend_features;

	/* memory; changed under lock and all vq->locks */
	const struct ring_memtab *mem;	/* never NULL */
	u64 mem_gen;			/* of the next table */
	struct ring_iotlb *tlb;		/* NULL: addresses are physical */
	u64 tlb_gen;			/* where the next IOTLB counts on */
	u64 unmaps;			/* times the owner took translations away */
	u64 log_base;			/* user address; 0: none was set */
	struct eventfd_ctx *log_ctx;

	/* kept chains: no queue has any outstanding */
	wait_queue_head_t drained;

	/* IOTLB misses */
	spinlock_t miss_lock;		/* inside vq->lock */
	struct list_head misses;	/* of struct vhost_miss, unread */
	wait_queue_head_t miss_wait;

	/* workers */
	struct mutex worker_lock;	/* inside vq->lock */
	struct xarray workers;

	/* immutable after vhost_dev_init() */
	const struct vhost_dev_ops *ops;
	struct vhost_vq **vqs;
	u32 nvqs;
	u32 id;				/* the 3 of "vhost-net3" */
	struct list_head node;		/* in the list of all devices */
};

/**
 * vhost_dev_init() - make a device, at open
 * @dev: zeroed memory
 * @ops: must outlive @dev
 * @vqs: @nvqs queues, each through vhost_vq_init(); the array is kept
 *
 * Return: 0 or -ENOMEM. Context: sleeps.
 */
int vhost_dev_init(struct vhost_dev *dev, const struct vhost_dev_ops *ops,
		   struct vhost_vq **vqs, u32 nvqs);

/**
 * vhost_dev_close() - end a device, at the file's release
 *
 * Calls ops->stop(), then waits until the device has completed all the chains
 * that it kept. Afterwards nothing of the core refers to @dev or its queues.
 * Context: sleeps; the file's last user.
 */
void vhost_dev_close(struct vhost_dev *dev);

/** vhost_dev_has_owner() - caller holds dev->lock */
static inline bool vhost_dev_has_owner(const struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	return dev->mm;
}

/*
 * File operations, for files whose private_data is the struct vhost_dev.
 * compat_ioctl is the kernel's compat_ptr_ioctl.
 */
long vhost_dev_ioctl(struct file *file, unsigned int nr, unsigned long arg);
ssize_t vhost_dev_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t vhost_dev_write_iter(struct kiocb *iocb, struct iov_iter *from);
__poll_t vhost_dev_poll(struct file *file, poll_table *wait);

#endif /* RINGSIDE_CORE_H */
