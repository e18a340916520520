/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vdpa_blk: a virtio-blk device (virtio 1.3, section 5.2) without hardware, on
 * a block device of the host. This header is a device and its virtqueues.
 *
 * Threads, and what each may touch:
 *  - Threads that configure the device: bus drivers through the ops (ops.c),
 *    administrators through configfs and netlink. They hold dev->lock.
 *  - One worker a queue: pops chains, submits bios (worker.c).
 *  - Whoever ends a bio, in any context: completes requests (complete.c).
 * Whoever touches a ring holds vq->lock, which is taken with interrupts off.
 * Lock order: dev->lock, then vq->lock or dev->config_lock; never these two at a
 * time. Callbacks of the bus driver are called without vq->lock.
 *
 * Guest memory is touched for a chain from its pop until vq->in_flight no longer
 * counts it. vblk_vq_pause() ends all of that; the list of what follows from it
 * is at vblk_dev_reset().
 */
#ifndef RINGSIDE_VDPA_BLK_H
#define RINGSIDE_VDPA_BLK_H

#include <linux/bio.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/vdpa.h>
#include <linux/virtio_blk.h>
#include <linux/workqueue.h>

#include "backing.h"
#include "counters.h"
#include "mem.h"
#include "ring.h"

struct vblk_request;
struct vblk_settings;
struct cgroup_subsys_state;

enum {
	VBLK_MAX_QUEUES = 64,
	VBLK_MAX_NUM = 1024,		/* descriptors in a queue */
	VBLK_BATCH = 64,		/* chains popped at a time */
	/*
	 * Each segment may lie on any two pages, and need not be contiguous in
	 * memory: SIZE_MAX and SEG_MAX keep what an honest driver sends within
	 * RING_MAX_SEGS, header and status included.
	 */
	VBLK_SIZE_MAX = 3 * 4096,
	VBLK_SEG_MAX = 254,
	VBLK_DISCARD_SEGS = 16,		/* ranges in a discard request */
	VBLK_ZERO_SEGS = 1,		/* in a write-zeroes request */
	VBLK_CONFIG_BYTES = offsetof(struct virtio_blk_config,
				     max_secure_erase_sectors),
};
static_assert(VBLK_SEG_MAX * (VBLK_SIZE_MAX / 4096 + 1) + 3 <= RING_MAX_SEGS);

struct vblk_vq {
	struct vblk_dev *dev;		/* immutable */
	u16 index;			/* immutable */

	/* control side: dev->lock */
	u64 area[RING_AREAS];		/* IOVAs */
	u32 num;
	u32 base;
	bool base_valid;		/* else the base of an unused ring */
	bool ready;			/* as the driver says */
	bool started;			/* the ring is set up */

	/* the ring: lock */
	spinlock_t lock;
	bool running;			/* chains may be popped */
	bool broken;
	bool kicks_on;			/* the driver was asked for kicks */
	u32 in_flight;			/* requests popped and not ended */
	wait_queue_head_t idle;		/* in_flight became 0 */
	struct ring ring;
	struct ring_space space;
	struct vdpa_callback cb;
	struct vblk_request **spare;	/* a stack of those not in flight */
	u32 spares;
	u64 count[VBLK_COUNTS];		/* READ_ONCE() by readers */

	/* completions: any context */
	struct llist_head done;		/* of struct vblk_request */
	struct work_struct flush;	/* pushes them, in a softirq */

	/* the worker's */
	struct task_struct *task;	/* immutable */
	atomic_t kicked;		/* 1: look at the ring; any context */
	struct ring_batch batch;
	void *bounce;			/* immutable; VBLK_BOUNCE_BYTES */
	struct cgroup_subsys_state *css;	/* new block cgroup; lock */

	struct vblk_request *request;	/* immutable; VBLK_MAX_NUM of them */
};

struct vblk_dev {
	struct vdpa_device vdpa;

	/* immutable */
	struct vblk_settings *settings;	/* of mgmt.c */
	struct vblk_backing backing;
	struct bio_set bios;
	u64 offered;			/* features */
	u32 num_queues;
	u32 num_max;			/* descriptors in a queue */
	u32 max_discard;		/* sectors in a range */
	u32 max_zero;
	char serial[VIRTIO_BLK_ID_BYTES] __nonstring;
	struct vblk_vq *vq;

	struct mutex lock;
	u64 features;			/* negotiated; lock */
	bool suspended;			/* lock */
	struct vblk_mem *mem;		/* lock; rings use it while they run */
	bool identity;			/* mem is all memory; lock */
	struct ring_log log;		/* lock; rings use it while they run */
	bool logging;			/* lock */

	spinlock_t config_lock;
	u8 status;			/* config_lock; READ_ONCE() by readers */
	u32 generation;			/* config_lock */
	struct virtio_blk_config config;	/* config_lock */
	struct vdpa_callback config_cb;	/* config_lock */
	u64 capacity;			/* sectors; config_lock, READ_ONCE() */
	bool write_through;		/* config_lock, READ_ONCE() */
};

static inline struct vblk_dev *vblk_dev_of(struct vdpa_device *vdpa)
{
	return container_of(vdpa, struct vblk_dev, vdpa);
}

static inline bool vblk_has(const struct vblk_dev *dev, unsigned int feature)
{
	return dev->features & BIT_ULL(feature);
}

/* ---- dev.c: the life of a device -------------------------------------- */

/* How an administrator wants a device; strings are the caller's. */
struct vblk_plan {
	const char *name;
	const char *backing;		/* path of a block device */
	const char *serial;
	bool read_only;
	u32 queues;			/* 1 to VBLK_MAX_QUEUES */
	u32 queue_size;			/* 2 to VBLK_MAX_NUM, a power of two */
	u64 features;			/* offer no others; 0: all */
};

/**
 * vblk_dev_create() - make a device, not yet on the bus
 *
 * Return: it, or ERR_PTR: as vblk_backing_open(); -ENOMEM; -EINVAL for features
 * that the device does not have. Undone by vblk_dev_destroy().
 * Context: sleeps.
 */
struct vblk_dev *vblk_dev_create(struct device *parent,
				 const struct vdpa_config_ops *ops,
				 const struct vblk_plan *plan);

/**
 * vblk_dev_destroy() - end a device that is not, or no longer, on the bus
 *
 * When it returns, the backing device is closed. Context: sleeps.
 */
void vblk_dev_destroy(struct vblk_dev *dev);

/* vblk_dev_free() - the bus's last reference is gone; of vblk_ops */
void vblk_dev_free(struct vdpa_device *vdpa);

/** vblk_dev_await_frees() - at module exit: until the last one is freed */
void vblk_dev_await_frees(void);

/**
 * vblk_dev_start() - the driver has set DRIVER_OK: run the queues it has made
 *		      ready
 * Context: dev->lock held; sleeps.
 */
void vblk_dev_start(struct vblk_dev *dev);

/**
 * vblk_dev_reset() - device reset (virtio 1.3, 2.4)
 *
 * When it returns, nobody touches guest memory or calls a callback until the
 * device is started again. Context: dev->lock held; sleeps until what is in
 * flight has ended.
 */
void vblk_dev_reset(struct vblk_dev *dev);

/* ---- state.c: what outlives a stop ------------------------------------ */

int vblk_suspend(struct vdpa_device *vdpa);
int vblk_resume(struct vdpa_device *vdpa);
int vblk_set_vq_state(struct vdpa_device *vdpa, u16 idx,
		      const struct vdpa_vq_state *state);
int vblk_get_vq_state(struct vdpa_device *vdpa, u16 idx,
		      struct vdpa_vq_state *state);

/**
 * vblk_dev_set_mem() - replace the address space
 * @mem: the new one, or an ERR_PTR, which is passed on
 *
 * When it returns 0, nobody touches memory that only the old one led to.
 * Return: 0; -errno: the old one stays, @mem is freed.
 * Context: dev->lock held; sleeps until what is in flight has ended.
 */
int vblk_dev_set_mem(struct vblk_dev *dev, struct vblk_mem *mem);


/* What vhost_vdpa asks of our own parents beyond the bus's ops. */
extern const struct vhost_parent_ops vblk_parent_ops;

/* ---- ops.c ------------------------------------------------------------ */

extern const struct vdpa_config_ops vblk_ops;

/* ---- config.c: configuration space and features ----------------------- */

/* Features of any device; of one with this backing device and so many queues. */
u64 vblk_supported_features(void);
u64 vblk_possible_features(const struct vblk_backing *b, u32 queues);

/* Fill config space from the open backing device. */
void vblk_config_init(struct vblk_dev *dev);

/* dev->features are known now. */
void vblk_config_negotiated(struct vblk_dev *dev);

/* Read and write it; bytes that do not exist read as 0 and are not written. */
void vblk_config_read(struct vblk_dev *dev, u32 offset, void *buf, u32 len);
void vblk_config_write(struct vblk_dev *dev, u32 offset, const void *buf, u32 len);

/* Back to what it is for a new driver. */
void vblk_config_reset(struct vblk_dev *dev);

/* Take over the backing device's size; notifies the driver of a change. */
void vblk_config_rescan(struct vblk_dev *dev);

/* Set the device status that the driver sees. */
void vblk_status_set(struct vblk_dev *dev, u8 status);

/**
 * vblk_needs_reset() - the device cannot go on (virtio 1.3, 2.1.2)
 * Context: any; no vq->lock held.
 */
void vblk_needs_reset(struct vblk_dev *dev);

/* ---- vq.c: the life of a queue ---------------------------------------- */

int vblk_vq_init(struct vblk_vq *vq, struct vblk_dev *dev, u16 index);
void vblk_vq_destroy(struct vblk_vq *vq);

/**
 * vblk_vq_start() - set the ring up and let it run
 *
 * A ring that cannot be set up is broken. Context: dev->lock held.
 */
void vblk_vq_start(struct vblk_vq *vq);

/** vblk_vq_stop() - pause, keep the base, forget the ring. dev->lock held. */
void vblk_vq_stop(struct vblk_vq *vq);

/**
 * vblk_vq_pause() - stop popping, and wait until nothing is in flight
 *
 * When it returns, the base is exact, nobody touches guest memory for this
 * queue, nor calls vq->cb. Context: dev->lock held; sleeps.
 */
void vblk_vq_pause(struct vblk_vq *vq);
void vblk_vq_unpause(struct vblk_vq *vq);

/**
 * vblk_dev_pause() - no queue pops, nothing is in flight, nobody is called
 *
 * Undone by vblk_dev_unpause(), which wakes the workers. Context: dev->lock
 * held; sleeps until what is in flight has ended.
 */
void vblk_dev_pause(struct vblk_dev *dev);
void vblk_dev_unpause(struct vblk_dev *dev);

/* ---- flight.c: of a queue, for its worker and its completions --------- */

/* vblk_vq_kick() - look at the ring. Any context. */
void vblk_vq_kick(struct vblk_vq *vq);

/**
 * vblk_vq_broke() - the ring is broken, or has no translation where it needs one
 * @rc: what a verb said
 *
 * Return: true when it was not known before: the caller calls
 * vblk_needs_reset() without the lock. Context: vq->lock held.
 */
bool vblk_vq_broke(struct vblk_vq *vq, enum ring_result rc);

/** vblk_vq_end_requests() - @n requests no longer count. Takes vq->lock. */
void vblk_vq_end_requests(struct vblk_vq *vq, u32 n);
void vblk_vq_end_requests_locked(struct vblk_vq *vq, u32 n);

/* ---- worker.c --------------------------------------------------------- */

int vblk_worker(void *vq);

#endif /* RINGSIDE_VDPA_BLK_H */
