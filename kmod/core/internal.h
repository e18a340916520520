/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/core share with each other and with nobody else.
 * Grouped by the file that provides it.
 */
#ifndef RINGSIDE_CORE_INTERNAL_H
#define RINGSIDE_CORE_INTERNAL_H

#include "core/core.h"

/* dev.c: owners, and the end of things */
int vhost_dev_take_owner(struct vhost_io *io);	/* SET_OWNER */
void vhost_dev_drop_owner(struct vhost_dev *dev);
void vhost_cmd_reset_owner(struct vhost_io *io);
int vhost_cmd_check_fork(struct vhost_io *io);
void vhost_cmd_set_fork(struct vhost_io *io);
void vhost_cmd_get_fork(struct vhost_io *io);
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

/* worker.c. All: dev->lock held. */
int vhost_workers_begin(struct vhost_dev *dev);	/* the default one, for all */
void vhost_workers_end(struct vhost_dev *dev);
int vhost_cmd_new_worker(struct vhost_io *io);
void vhost_cmd_new_worker_done(struct vhost_io *io);
int vhost_cmd_find_idle_worker(struct vhost_io *io);
void vhost_cmd_free_worker(struct vhost_io *io);
int vhost_cmd_find_worker(struct vhost_io *io);
void vhost_cmd_attach_worker(struct vhost_io *io);
void vhost_cmd_attach_worker_done(struct vhost_io *io);
int vhost_cmd_has_worker(struct vhost_io *io);
void vhost_cmd_get_worker(struct vhost_io *io);
/* Has @worker work waiting; any context, for a worker known to exist. */
bool vhost_worker_busy(const struct vhost_worker *worker);
/* What fork_owner is at first: a module parameter. */
bool vhost_fork_owner_default(void);

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
int vhost_cmd_check_endian(struct vhost_io *io);
void vhost_cmd_set_endian(struct vhost_io *io);
void vhost_cmd_get_endian(struct vhost_io *io);
void vhost_cmd_set_busyloop(struct vhost_io *io);
void vhost_cmd_get_busyloop(struct vhost_io *io);
int vhost_cmd_find_kick(struct vhost_io *io);
void vhost_cmd_set_kick(struct vhost_io *io);
void vhost_cmd_drop_kick(struct vhost_io *io);
void vhost_cmd_set_err(struct vhost_io *io);

/* features.c; more of it in stages.h */
void vhost_cmd_get_features(struct vhost_io *io);
int vhost_cmd_get_features_array(struct vhost_io *io);
void vhost_cmd_get_backend_features(struct vhost_io *io);
int vhost_cmd_check_backend_features(struct vhost_io *io);
void vhost_cmd_set_backend_features(struct vhost_io *io);

/* space.c: what addresses mean */
extern const struct ring_memtab vhost_no_memory;
int vhost_cmd_parse_mem_table(struct vhost_io *io);
int vhost_cmd_check_mem_table(struct vhost_io *io);
void vhost_cmd_set_mem_table(struct vhost_io *io);
void vhost_cmd_drop_mem_table(struct vhost_io *io);
void vhost_memtab_free(const struct ring_memtab *tab);
struct ring_iotlb *vhost_iotlb_new(u64 gen);
void vhost_iotlb_end(struct vhost_dev *dev, struct ring_iotlb *tlb);
/* [start, start + len) lies where user addresses may lie; len not 0 */
bool vhost_user_range_ok(u64 start, u64 len);
/* Make vq->space say what the device says. vq->lock held. */
void vhost_vq_refresh_space(struct vhost_vq *vq);

/* log.c: the dirty log */
struct vhost_log_plan {		/* what is to be valid; see vhost_log_ok() */
	const struct ring_memtab *mem;
	u64 base;		/* 0: none */
	u64 features;		/* bits 0 to 63 */
};
struct vhost_log_plan vhost_log_current(const struct vhost_dev *dev);
bool vhost_log_ok(const struct vhost_dev *dev,
		  const struct vhost_log_plan *plan);
bool vhost_log_ring_ok(const struct vhost_vq *vq,
		       const struct vhost_vring_addr *addr);
void vhost_vq_refresh_log(struct vhost_vq *vq);
int vhost_cmd_check_log_base(struct vhost_io *io);
void vhost_cmd_set_log_base(struct vhost_io *io);
int vhost_cmd_find_log_fd(struct vhost_io *io);
void vhost_cmd_set_log_fd(struct vhost_io *io);

/* msg.c: IOTLB messages */
void vhost_vq_missed(struct vhost_vq *vq);	/* vq->lock held */
void vhost_vq_forget_miss(struct vhost_vq *vq);
void vhost_dev_forget_misses(struct vhost_dev *dev);

#endif /* RINGSIDE_CORE_INTERNAL_H */
