/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/core share with each other and with nobody else.
 * Grouped by the file that provides it.
 */
#ifndef RINGSIDE_CORE_INTERNAL_H
#define RINGSIDE_CORE_INTERNAL_H

#include "core/core.h"

/* dev.c: owners, and the end of things */
int vhost_owner_execute(struct vhost_io *io);	/* SET_OWNER */
void vhost_dev_drop_owner(struct vhost_dev *dev);
void vhost_owner_reset_apply(struct vhost_io *io);
int vhost_fork_check(struct vhost_io *io);
void vhost_fork_apply(struct vhost_io *io);
void vhost_fork_get_apply(struct vhost_io *io);
/* Is the calling thread the owner, with the owner's memory in place. */
static inline bool vhost_dev_is_owner(const struct vhost_dev *dev)
{
	return dev->mm && dev->mm == current->mm;
}

/*
 * Every queue's lock, in order of index; for what must change for all of them
 * at once. Caller holds dev->lock, which makes the nesting safe.
 */
void vhost_dev_lock_vqs(struct vhost_dev *dev);
void vhost_dev_unlock_vqs(struct vhost_dev *dev);
static inline void vhost_dev_assert_vqs_locked(const struct vhost_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (dev->nvqs)
		lockdep_assert_held(&dev->vqs[dev->nvqs - 1]->lock);
}

/* worker_cmd.c: ioctls on workers. All: dev->lock held. */
int vhost_worker_new_prepare(struct vhost_io *io);
void vhost_worker_new_finish(struct vhost_io *io);
int vhost_worker_free_prepare(struct vhost_io *io);
void vhost_worker_free_apply(struct vhost_io *io);
int vhost_worker_attach_prepare(struct vhost_io *io);
void vhost_worker_attach_apply(struct vhost_io *io);
void vhost_worker_attach_finish(struct vhost_io *io);
int vhost_worker_get_check(struct vhost_io *io);
void vhost_worker_get_apply(struct vhost_io *io);

/* vring.c: ioctls on one queue; more of them in stages.h */
int vhost_endian_check(struct vhost_io *io);
void vhost_endian_apply(struct vhost_io *io);
void vhost_endian_get_apply(struct vhost_io *io);
void vhost_busyloop_apply(struct vhost_io *io);
void vhost_busyloop_get_apply(struct vhost_io *io);

/* eventfd.c; more of it in stages.h */
int vhost_kick_prepare(struct vhost_io *io);
void vhost_kick_apply(struct vhost_io *io);
void vhost_kick_finish(struct vhost_io *io);
void vhost_err_apply(struct vhost_io *io);
int vhost_log_fd_prepare(struct vhost_io *io);
void vhost_log_fd_apply(struct vhost_io *io);

/* features.c; more of it in stages.h */
void vhost_features_get_apply(struct vhost_io *io);
int vhost_features_array_get_execute(struct vhost_io *io);
void vhost_backend_features_get_apply(struct vhost_io *io);
int vhost_backend_features_check(struct vhost_io *io);
void vhost_backend_features_apply(struct vhost_io *io);

/* memtab.c */
int vhost_mem_table_prepare(struct vhost_io *io);
int vhost_mem_table_check(struct vhost_io *io);
void vhost_mem_table_apply(struct vhost_io *io);
void vhost_mem_table_finish(struct vhost_io *io);

/* log.c */
int vhost_log_base_check(struct vhost_io *io);
void vhost_log_base_apply(struct vhost_io *io);

#endif /* RINGSIDE_CORE_INTERNAL_H */
