// SPDX-License-Identifier: GPL-2.0-only
/*
 * Busy polling: a queue waits for more work without sleeping, as long as its
 * worker has nothing else to do.
 *
 * In the queue's worker, under vq->lock.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "core/spin.h"
#include "core/verbs.h"
#include "core/worker.h"

/* Of one run, whatever the owner asks for: its ioctls wait while the queue spins. */
static const u64 longest_spin_ns = 100 * NSEC_PER_MSEC;

bool vhost_spin_start(struct vhost_vq *vq, struct vhost_spin *spin)
{
	u64 now, us = vq->config.busyloop_us;

	lockdep_assert_held(&vq->lock);
	/* Without a runner this is the owner's thread, which does not wait. */
	if (!us || !vq->runner)
		return false;
	now = ktime_get_ns();
	if (!vq->spin_end)
		vq->spin_end = now + longest_spin_ns;
	spin->until = min(now + us * NSEC_PER_USEC, vq->spin_end);
	spin->worker = vq->runner;
	return now < spin->until;
}
EXPORT_SYMBOL_GPL(vhost_spin_start);

bool vhost_spin_on(const struct vhost_spin *spin)
{
	return !vhost_worker_busy(spin->worker) &&
	       !need_resched() && !signal_pending(current) &&
	       ktime_get_ns() < spin->until;
}
EXPORT_SYMBOL_GPL(vhost_spin_on);

enum ring_result vhost_vq_wait(struct vhost_vq *vq)
{
	enum ring_result rc = RING_EMPTY;
	struct vhost_spin spin;

	if (vhost_spin_start(vq, &spin)) {
		while (rc == RING_EMPTY && vhost_spin_on(&spin)) {
			cpu_relax();
			rc = vhost_vq_peek(vq);
		}
		if (rc != RING_EMPTY)
			return rc;
	}
	rc = vhost_vq_enable_kicks(vq);
	return rc == RING_GOT ? vhost_vq_disable_kicks(vq) : rc;
}
EXPORT_SYMBOL_GPL(vhost_vq_wait);
