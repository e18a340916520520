/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: a device's memory table, its IOTLB and its dirty log, and
 * how its queues see them.
 */
#ifndef RINGSIDE_CORE_MEMORY_H
#define RINGSIDE_CORE_MEMORY_H

#include <linux/types.h>

#include "core/dev.h"

/* ---- range.c ------------------------------------------------------------ */

/**
 * vhost_user_range_ok() - does a range lie where user addresses may lie
 * @start: its first byte
 * @len: bytes, not 0
 *
 * Says nothing about what is mapped there. Context: any thread of a process,
 * or a worker.
 */
bool vhost_user_range_ok(u64 start, u64 len);

/* ---- memtab.c ----------------------------------------------------------- */

/* The table of a device that has none. */
extern const struct ring_memtab vhost_no_memory;

/**
 * vhost_memtab_free() - free a table that no queue refers to
 * @tab: of SET_MEM_TABLE, or &vhost_no_memory
 */
void vhost_memtab_free(const struct ring_memtab *tab);

/* ---- space.c ------------------------------------------------------------ */

/**
 * vhost_vq_refresh_space() - have the queue use the device's table, IOTLB, log
 *
 * Context: caller holds dev->lock and vq->lock.
 */
void vhost_vq_refresh_space(struct vhost_vq *vq);

/**
 * vhost_iotlb_new() - make an empty IOTLB
 * @gen: generation to count on from, dev->tlb_gen
 *
 * Return: the IOTLB; NULL: no memory. Context: sleeps.
 */
struct ring_iotlb *vhost_iotlb_new(u64 gen);

/**
 * vhost_iotlb_end() - free an IOTLB that no queue refers to
 * @tlb: NULL for none
 *
 * The device's next one counts on from its generation.
 * Context: caller holds dev->lock.
 */
void vhost_iotlb_end(struct vhost_dev *dev, struct ring_iotlb *tlb);

/* ---- log.c -------------------------------------------------------------- */

/* What the size of the log depends on. */
struct vhost_log_plan {
	const struct ring_memtab *mem;
	u64 base;		/* 0: none */
	u64 features;		/* bits 0 to 63 */
};

/**
 * vhost_log_current() - what holds now; change what is planned to change
 *
 * Context: caller holds dev->lock.
 */
struct vhost_log_plan vhost_log_current(const struct vhost_dev *dev);

/**
 * vhost_log_ok() - would the log be accessible for all queues under @plan
 *
 * Context: caller holds dev->lock and all vq->locks.
 */
bool vhost_log_ok(const struct vhost_dev *dev,
		  const struct vhost_log_plan *plan);

/**
 * vhost_log_ring_ok() - would the log be accessible for a queue at @addr
 *
 * Context: caller holds dev->lock and vq->lock.
 */
bool vhost_log_ring_ok(const struct vhost_vq *vq,
		       const struct vhost_vring_addr *addr);

/**
 * vhost_vq_refresh_log() - point the queue to the device's log, or to none
 *
 * Context: sleeps; caller holds dev->lock and vq->lock.
 */
void vhost_vq_refresh_log(struct vhost_vq *vq);

#endif /* RINGSIDE_CORE_MEMORY_H */
