/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices: what a device module says about its kind, what the core keeps for
 * each open file, and the file operations.
 */
#ifndef RINGSIDE_CORE_DEV_H
#define RINGSIDE_CORE_DEV_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/vhost.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "core/cmd.h"
#include "core/feature_bits.h"
#include "core/vq.h"

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
	 * Optional. Validate requested features, all of which are offered.
	 * Return: 0 or -errno. Context: dev->lock and all vq->locks held.
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
	 * INVALIDATE, BATCH_BEGIN, BATCH_END, or any other @msg->type;
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

	bool revoked;			/* vhost_dev_revoke(); under lock */
	bool closing;			/* vhost_dev_close() */
	bool runs;			/* for devices without workers: said by
					 * their module; under lock */

	/*
	 * For those who look from outside (info.h) and hold neither lock nor any
	 * vq->lock: innermost; taken, too, where something changes that says so
	 */
	spinlock_t info_lock;

	/* the owner; under lock */
	struct mm_struct *mm;		/* NULL: no owner */
	bool mm_in_use;			/* mm_users held, not only mm_count */
	struct pid *owner;		/* shown to administrators; NULL: no owner;
					 * changed under info_lock, too */
	struct kcov_common_handle_id kcov_handle;
	bool fork_owner;		/* workers are tasks of the owner */

	u64 offered[VHOST_FEATURE_WORDS];	/* ops->features; the device may
						 * change it at open */

	/* what was negotiated; under lock, changed under info_lock, too */
	u64 features[VHOST_FEATURE_WORDS];
	u64 backend_features;

	/* memory; changed under lock and all vq->locks */
	const struct ring_memtab *mem;	/* never NULL */
	u32 n_regions;			/* of it */
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
	u64 netns;			/* cookie of the network namespace that
					 * it was opened in */
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

/**
 * vhost_dev_revoke() - what is behind an open device has gone
 *
 * For devices that stand for something that can be removed while the file is
 * open. The owner loses the device as by VHOST_RESET_OWNER, ops->stop()
 * included; from here on every command and message is -ENODEV. The caller makes
 * sure that vhost_dev_close() comes after it.
 * Context: sleeps; no lock of the device held.
 */
void vhost_dev_revoke(struct vhost_dev *dev);

/** vhost_dev_has_owner() - caller holds dev->lock */
static inline bool vhost_dev_has_owner(const struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	return dev->mm;
}

/**
 * vhost_dev_is_owner() - is the calling thread the owner's
 *
 * The owner's memory is in place then. Also true in a queue's worker.
 * Context: caller holds dev->lock, or a vq->lock.
 */
static inline bool vhost_dev_is_owner(const struct vhost_dev *dev)
{
	return dev->mm && dev->mm == current->mm;
}

/*
 * File operations, for files whose private_data is the struct vhost_dev. A
 * device module adds open and release to VHOST_DEV_FILE_OPERATIONS; one with
 * others of its own names what it uses.
 */
long vhost_dev_ioctl(struct file *file, unsigned int nr, unsigned long arg);
ssize_t vhost_dev_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t vhost_dev_write_iter(struct kiocb *iocb, struct iov_iter *from);
__poll_t vhost_dev_poll(struct file *file, poll_table *wait);

#define VHOST_DEV_FILE_OPERATIONS			\
	.owner = THIS_MODULE,				\
	.unlocked_ioctl = vhost_dev_ioctl,		\
	.compat_ioctl = compat_ptr_ioctl,		\
	.read_iter = vhost_dev_read_iter,		\
	.write_iter = vhost_dev_write_iter,		\
	.poll = vhost_dev_poll,				\
	.llseek = noop_llseek

#endif /* RINGSIDE_CORE_DEV_H */
