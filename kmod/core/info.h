/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: what those who look from outside learn of a device, its
 * queues and its workers, as copies.
 *
 * Nothing here waits for a worker, an owner or a guest, and no worker that serves
 * a queue waits for it: vq->lock and dev->lock, which both may be held for as
 * long as a page fault of the owner takes, are not taken (info.c has the
 * exception). Context of all: sleeps; devices_lock held, unless the device is known
 * to stay.
 */
#ifndef RINGSIDE_CORE_INFO_H
#define RINGSIDE_CORE_INFO_H

#include <uapi/ringside/vhost_netlink.h>

#include "core/dev.h"
#include "core/worker.h"

/* Who looks. */
struct vhost_onlooker {
	struct pid_namespace *pid_ns;	/* in which threads have numbers */
	bool has_vq_lock;		/* of the queue that is looked at */
};

struct vhost_dev_info {
	enum vhost_dev_state state;
	struct pid *owner;	/* a reference, or NULL */
	u64 features[VHOST_FEATURE_WORDS];
	u64 backend_features;
	u32 n_regions, n_workers;
	bool iotlb, log;
};

/** vhost_dev_info_get() - put_pid() its owner afterwards */
void vhost_dev_info_get(struct vhost_dev *dev, struct vhost_dev_info *info);

struct vhost_vq_info {
	enum vhost_queue_state state;
	enum vhost_ring_format format;
	u32 num;		/* 0: not set */
	u32 position;		/* as ring_position() */
	bool has_position;
	u32 in_flight;
	u32 busyloop_us;
	bool has_kick, has_call, has_worker;
	u32 worker;		/* valid when has_worker */
	pid_t worker_tid;	/* 0: not known */
	struct ring_fault failure;	/* cause RING_OK: none */
	struct vhost_vq_stats stats;
};

void vhost_vq_info_get(struct vhost_vq *vq, const struct vhost_onlooker *who,
		       struct vhost_vq_info *info);

struct vhost_worker_info {
	u32 id;
	pid_t tid;		/* 0: not known */
	char name[TASK_COMM_LEN];	/* empty: not known */
	u64 cpu_ns;
	bool killed;
};

/** vhost_worker_info_get() - worker_lock held */
void vhost_worker_info_get(struct vhost_worker *worker,
			   const struct vhost_onlooker *who,
			   struct vhost_worker_info *info);

#endif /* RINGSIDE_CORE_INFO_H */
