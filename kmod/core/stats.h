/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of one queue. Written under vq->lock, except kicks (under the lock
 * of the eventfd's wait queue) and calls of devices whose rings a parent walks
 * (under call_lock). They only grow. All are u64: those who look from outside
 * copy them as an array, without these locks (info.c).
 */
#ifndef RINGSIDE_CORE_STATS_H
#define RINGSIDE_CORE_STATS_H

#include <linux/types.h>

#include "core/engine.h"

struct vhost_vq_stats {
	u64 kicks;		/* events of the kick eventfd */
	u64 runs;		/* times the handler ran */
	u64 requeues;		/* of these, ended by the budget */
	u64 chains;		/* taken */
	u64 unpopped;		/* given back unused */
	u64 done;		/* completed */
	u64 bytes_read;		/* in readable parts of chains taken */
	u64 bytes_unpopped;	/* of these, given back */
	u64 bytes_written;	/* as completed */
	u64 calls;		/* notifications sent */
	u64 suppressed;		/* notifications the driver did not want */
	u64 misses;		/* IOTLB misses sent */
	u64 vanished;		/* kept chains whose memory was gone */
	u64 late;		/* completed after their queue had stopped */
	u64 abandoned;		/* in flight when their queue stopped */
	u64 bad_requests;	/* malformed, as the device module found */
	u64 dropped;		/* lost, and not by the driver's fault */
	u64 bad[RING_CAUSES];	/* rings broken, by cause */
};

#endif /* RINGSIDE_CORE_STATS_H */
