/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: running commands, and those stages of the common ones
 * that only the table in cmd.c names. The others are in stages.h, which says what
 * holds for all stages: dev->lock is held, the queue locks are those that the
 * command's flags ask for, a check changes nothing, an apply cannot fail.
 */
#ifndef RINGSIDE_CORE_COMMON_CMDS_H
#define RINGSIDE_CORE_COMMON_CMDS_H

#include "core/cmd.h"

/**
 * vhost_cmd_run() - run the ioctl @nr
 * @user: its argument
 *
 * Return: 0 or -errno. Context: sleeps; no lock held.
 */
int vhost_cmd_run(struct vhost_dev *dev, unsigned int nr, void __user *user);

/* owner.c: SET_OWNER, RESET_OWNER; what workers are, as u8 */
int vhost_owner_execute(struct vhost_io *io);
void vhost_owner_reset_apply(struct vhost_io *io);
int vhost_fork_check(struct vhost_io *io);
void vhost_fork_apply(struct vhost_io *io);
void vhost_fork_get_apply(struct vhost_io *io);

/* worker_cmd.c: io->res is the worker */
int vhost_worker_new_prepare(struct vhost_io *io);
void vhost_worker_new_finish(struct vhost_io *io);
int vhost_worker_free_prepare(struct vhost_io *io);
void vhost_worker_free_apply(struct vhost_io *io);
int vhost_worker_attach_prepare(struct vhost_io *io);
void vhost_worker_attach_apply(struct vhost_io *io);
void vhost_worker_attach_finish(struct vhost_io *io);
int vhost_worker_get_check(struct vhost_io *io);
void vhost_worker_get_apply(struct vhost_io *io);

/* vring.c: one queue, arg.state.num */
int vhost_endian_check(struct vhost_io *io);
void vhost_endian_apply(struct vhost_io *io);
void vhost_endian_get_apply(struct vhost_io *io);
void vhost_busyloop_apply(struct vhost_io *io);
void vhost_busyloop_get_apply(struct vhost_io *io);

/* eventfd.c: one queue, or the log; io->res is what is not in use */
int vhost_kick_prepare(struct vhost_io *io);
void vhost_kick_apply(struct vhost_io *io);
void vhost_kick_finish(struct vhost_io *io);
void vhost_err_apply(struct vhost_io *io);
int vhost_log_fd_prepare(struct vhost_io *io);
void vhost_log_fd_apply(struct vhost_io *io);

/* features.c: arg.u64, or an array at io->user */
void vhost_features_get_apply(struct vhost_io *io);
int vhost_features_array_get_execute(struct vhost_io *io);
void vhost_backend_features_get_apply(struct vhost_io *io);
int vhost_backend_features_check(struct vhost_io *io);
void vhost_backend_features_apply(struct vhost_io *io);

/* memtab.c: all queues; io->res is the table that is not in use */
int vhost_mem_table_prepare(struct vhost_io *io);
int vhost_mem_table_check(struct vhost_io *io);
void vhost_mem_table_apply(struct vhost_io *io);
void vhost_mem_table_finish(struct vhost_io *io);

/* log.c: all queues, arg.u64 */
int vhost_log_base_check(struct vhost_io *io);
void vhost_log_base_apply(struct vhost_io *io);

#endif /* RINGSIDE_CORE_COMMON_CMDS_H */
