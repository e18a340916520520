/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stages of the core's commands, for devices that put a command of their own in
 * the place of a common one (vhost_dev_ops.cmds): named in the device's table,
 * or called from its own stages.
 *
 * What holds for all of them:
 *  - The device's entry has at least the flags that stand here with the
 *    command: they lock and copy in what the stages rely on.
 *  - A check changes nothing. An apply cannot fail, and relies on the check of
 *    the same command having returned 0 under the same locks. A device calls
 *    the core's check first, then its own, so that callers meet the common
 *    errors first.
 *  - A prepare hands what it finds to apply and finish in io->res: a device
 *    that uses one of the three uses all, and leaves io->res alone.
 *  - Context: dev->lock held, the caller's thread; may sleep. "Locks" are those
 *    held beyond that.
 */
#ifndef RINGSIDE_CORE_STAGES_H
#define RINGSIDE_CORE_STAGES_H

#include "core/cmd.h"

/* ---- one queue: VHOST_CMD_IN | _OWNER | _VQ; locks: io->vq->lock ----- */

/**
 * vhost_num_check() - VHOST_SET_VRING_NUM, with VHOST_CMD_VQ_STOPPED
 *
 * Reads arg.state.num and the queue's features.
 * Return: 0; -EINVAL: 0, above 32768, or no power of two in a split ring.
 */
int vhost_num_check(struct vhost_io *io);

/** vhost_num_apply() - apply of VHOST_SET_VRING_NUM: arg.state.num to vq->config.num */
void vhost_num_apply(struct vhost_io *io);

/**
 * vhost_base_check() - VHOST_SET_VRING_BASE, with VHOST_CMD_VQ_STOPPED
 *
 * Reads arg.state.num and the queue's features.
 * Return: 0; -EINVAL: above 65535 in a split ring.
 */
int vhost_base_check(struct vhost_io *io);

/** vhost_base_apply() - apply of VHOST_SET_VRING_BASE: arg.state.num to config.base */
void vhost_base_apply(struct vhost_io *io);

/**
 * vhost_base_get_apply() - apply of VHOST_GET_VRING_BASE, with VHOST_CMD_OUT
 *
 * Writes arg.state.num: of a ring that the core does not walk, the base that
 * vhost_base_apply() left, or that of a ring never used.
 */
void vhost_base_get_apply(struct vhost_io *io);

/**
 * vhost_addr_check() - VHOST_SET_VRING_ADDR
 *
 * Reads arg.addr, the addresses of which a device without a ring of the core may
 * interpret itself.
 * Return: 0; -EOPNOTSUPP: a flag other than VHOST_VRING_F_LOG; -EFAULT: an
 * address does not fit a pointer; -EINVAL: one is not aligned as a ring's, or
 * the queue has a backend and its memory cannot be accessed there.
 */
int vhost_addr_check(struct vhost_io *io);

/** vhost_addr_apply() - apply of VHOST_SET_VRING_ADDR: arg.addr to vq->config.addr */
void vhost_addr_apply(struct vhost_io *io);

/**
 * vhost_eventfd_prepare() - prepare of VHOST_SET_VRING_CALL
 *
 * Reads arg.file.fd; io->res becomes its struct eventfd_ctx, with a
 * reference, or NULL for VHOST_FILE_UNBIND. Locks: none.
 * Return: 0; -EBADF: no such file; -EINVAL: not an eventfd.
 */
int vhost_eventfd_prepare(struct vhost_io *io);

/**
 * vhost_call_apply() - apply of VHOST_SET_VRING_CALL: swaps io->res with config.call
 *
 * From here on vhost_vq_call() signals the new one, in any context.
 */
void vhost_call_apply(struct vhost_io *io);

/** vhost_eventfd_finish() - finish of VHOST_SET_VRING_CALL: puts io->res. Locks: none. */
void vhost_eventfd_finish(struct vhost_io *io);

/* ---- features: VHOST_CMD_IN | _ALL_VQS; locks: all vq->locks ----------- */

/**
 * vhost_features_prepare() - prepare of VHOST_SET_FEATURES
 *
 * Reads arg.u64. Locks: none.
 * Return: 0; -EOPNOTSUPP: a bit that dev->offered lacks; -ENOMEM.
 */
int vhost_features_prepare(struct vhost_io *io);

/**
 * vhost_features_array_prepare() - prepare of VHOST_SET_FEATURES_ARRAY
 *
 * Reads arg.u64, the count, and the words behind it at io->user. Locks: none.
 * Return: as vhost_features_prepare(); -E2BIG: the count; -EFAULT.
 */
int vhost_features_array_prepare(struct vhost_io *io);

/**
 * vhost_features_requested() - the requested features
 *
 * Valid after vhost_features_prepare() or vhost_features_array_prepare().
 * Return: VHOST_FEATURE_WORDS words, which lie in io->arg.
 */
static inline const u64 *vhost_features_requested(const struct vhost_io *io)
{
	return (const u64 *)io->arg.raw;
}

/**
 * vhost_features_check() - can queues and log go on with the requested features
 *
 * Reads vhost_features_requested() and asks ops->check_features() last.
 * Return: 0; -EBUSY: a queue with a backend would change its ring's format;
 * -EFAULT: its ring, or the log, would not lie in user memory; or what
 * ops->check_features() returned.
 */
int vhost_features_check(struct vhost_io *io);

/**
 * vhost_features_apply() - set dev->features and vq->features
 *
 * Calls ops->features_changed() for each queue.
 */
void vhost_features_apply(struct vhost_io *io);

/** vhost_features_finish() - finish of both: frees what is not used. Locks: none. */
void vhost_features_finish(struct vhost_io *io);

#endif /* RINGSIDE_CORE_STAGES_H */
