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

/* verbs.c: act on a verb's odd results; every result goes through it */
enum ring_result vhost_vq_handle_result(struct vhost_vq *vq, enum ring_result rc);

/* kept.c. Those of a queue: vq->lock held. */
void vhost_keeping_init(struct vhost_keeping *keeping);
/* Look at what the device has completed. In any state of the queue. */
void vhost_vq_take_kept(struct vhost_vq *vq);
/*
 * Push what was taken, but for chains that lack a translation. Return: false
 * when that broke the ring. The queue runs, the owner's memory is in place.
 */
bool vhost_vq_push_kept(struct vhost_vq *vq);
/*
 * The queue stops at @base: give back or drop what was not pushed, and begin
 * another incarnation. Return: the base without what was given back.
 */
u32 vhost_vq_end_kept(struct vhost_vq *vq, u32 base);
/* Wait until the device has completed all it kept, ever. No vq->lock held. */
void vhost_dev_wait_kept(struct vhost_dev *dev);

/* vq.c: a queue's life. All: vq->lock held. */
void vhost_vq_fail(struct vhost_vq *vq);	/* ring broke; once */
void vhost_vq_forget(struct vhost_vq *vq);	/* all the owner configured */
u32 vhost_vq_base(const struct vhost_vq *vq);	/* as GET_VRING_BASE says */
void vhost_vq_changed(struct vhost_vq *vq);	/* config: adopt it */

/* setup.c: from the owner's wishes to the engine's configuration */
bool vhost_vq_big_endian(const struct vhost_vq *vq);	/* of a legacy ring */
u32 vhost_vq_ring_flags(const struct vhost_vq *vq);
struct ring_config vhost_vq_ring_config(const struct vhost_vq *vq);
/*
 * May the areas be touched under @features (bits 0 to 63), as far as address
 * ranges tell. vq->lock held.
 */
bool vhost_vring_accessible(const struct vhost_vq *vq,
			    const struct vhost_vring_addr *addr, u64 features);
/* Bytes of the area that only the device writes: used ring or events. */
u64 vhost_vring_device_bytes(const struct vhost_vq *vq, u64 features);
int vhost_vq_alloc_arrays(struct vhost_vq *vq);
void vhost_vq_free_arrays(struct vhost_vq *vq);

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

/* msg.c: IOTLB messages */
void vhost_vq_missed(struct vhost_vq *vq);	/* vq->lock held */
void vhost_vq_forget_miss(struct vhost_vq *vq);
void vhost_dev_forget_misses(struct vhost_dev *dev);

#endif /* RINGSIDE_CORE_INTERNAL_H */
