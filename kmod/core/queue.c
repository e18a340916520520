// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue's life: started, run, changed while it runs, broken, stopped.
 *
 * Everything here is under vq->lock. Runs in the queue's worker (run_vq and
 * what it calls) and in the owner's ioctls. States are drawn in
 * docs/states.md; the transitions are in this file, that to BROKEN in fail.c.
 *
 * What an ioctl changes on a queue that runs (addresses, features) is noted as
 * stale, and the ring goes on with it at the place where it is: when the owner's
 * ioctl returns, or before the worker looks at the ring next.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/ratelimit.h>

#include "core/events.h"
#include "core/memory.h"
#include "core/poll.h"
#include "core/queue.h"
#include "core/work.h"

/* ---- starting --------------------------------------------------------- */

/*
 * A ring that starts full of chains in flight never moves: nothing can be popped
 * before something is pushed, and no device knows of chains from before.
 */
static bool can_move(const struct vhost_vq *vq)
{
	return ring_in_flight(&vq->ring) < vq->config.num;
}

/* Set the ring up as configured, and let it run from @base if it can. */
static enum ring_result launch(struct vhost_vq *vq, u32 base)
{
	struct ring_config config = vhost_vq_ring_config(vq);
	enum ring_result rc;

	vq->stale = false;
	if (ring_setup(&vq->ring, &config) != RING_OK)
		return RING_BROKEN;
	rc = ring_map_areas(&vq->ring, &vq->space);
	if (rc == RING_GOT)
		rc = ring_start(&vq->ring, &vq->space, base);
	if (rc == RING_GOT && !can_move(vq))
		rc = ring_break(&vq->ring, RING_BAD_BASE, base);
	return rc;
}

/* Start a ring that does not run at @base, or wait for its translation. */
static enum ring_result launch_or_wait(struct vhost_vq *vq, u32 base)
{
	enum ring_result rc = launch(vq, base);

	if (rc == RING_AGAIN) {
		vhost_vq_set_base(vq, base);
		vq->state = VHOST_VQ_STARTING;
		vhost_vq_missed(vq);
	} else if (rc == RING_GOT) {
		vq->state = VHOST_VQ_RUNNING;
	}
	return rc;
}

static int start_error(const struct vhost_vq *vq)
{
	switch (ring_fault(&vq->ring)->cause) {
	case RING_BAD_MEMORY:
	case RING_BAD_ADDRESS:
	case RING_BAD_ACCESS:
		return -EFAULT;
	default:
		return -EINVAL;
	}
}

int vhost_vq_check_config(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->dev->lock);
	lockdep_assert_held(&vq->lock);
	if (!vhost_vq_is_configured(vq) ||
	    !vhost_vring_accessible(vq, &vq->config.addr, vq->features[0]) ||
	    !vhost_log_ring_ok(vq, &vq->config.addr))
		return -EFAULT;
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_vq_check_config);

int vhost_vq_start(struct vhost_vq *vq, void *backend)
{
	int ret;

	lockdep_assert_held(&vq->dev->lock);
	lockdep_assert_held(&vq->lock);
	if (vq->backend) {
		vq->backend = backend;
		return 0;
	}
	ret = vhost_vq_check_config(vq);
	if (!ret)
		ret = vhost_vq_alloc_arrays(vq);
	if (ret)
		return ret;
	vhost_vq_refresh_space(vq);
	if (launch_or_wait(vq, vhost_vq_base(vq)) == RING_BROKEN) {
		ret = start_error(vq);
		vhost_vq_note_fault(vq);
		ring_reset(&vq->ring);
		return ret;
	}
	vq->backend = backend;
	vq->was_used = false;
	vq->draining = false;
	vhost_vq_happened(vq);
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_vq_start);

/* ---- changing --------------------------------------------------------- */

/* Launch a queue that waits for the IOTLB. */
static bool relaunch(struct vhost_vq *vq)
{
	enum ring_result rc = launch_or_wait(vq, vq->config.base);

	if (rc == RING_BROKEN)
		vhost_vq_fail(vq);
	else if (rc == RING_GOT)
		vhost_vq_happened(vq);
	return rc == RING_GOT;
}

/*
 * Have a ring go on with another configuration, at the place where it is.
 * Between two runs nothing waits to be shown to the driver, so the old areas
 * are not touched any more.
 */
static bool adopt(struct vhost_vq *vq)
{
	struct ring_config config = vhost_vq_ring_config(vq);

	if (vq->state == VHOST_VQ_STARTING)
		return relaunch(vq);
	vq->stale = false;
	if (ring_move(&vq->ring, &config) == RING_OK)
		return true;
	vhost_vq_fail(vq);
	return false;
}

/*
 * The owner may rely on a change when its ioctl returns. A thread of another
 * process, which may change features, leaves the change to the queue's worker.
 */
void vhost_vq_changed(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vhost_vq_refresh_space(vq);
	if (!vq->backend || vq->state == VHOST_VQ_BROKEN)
		return;
	vq->stale = true;
	if (vhost_dev_is_owner(vq->dev))
		adopt(vq);
	vhost_vq_wake(vq);
}

/* ---- running ---------------------------------------------------------- */

/*
 * Prepare a run of the handler: adopt what has changed, and have the ring's
 * areas translate, so that no completion waits for a translation. Return: false
 * when the handler cannot run.
 */
static bool ready(struct vhost_vq *vq)
{
	switch (vq->state) {
	case VHOST_VQ_STARTING:
		return relaunch(vq);
	case VHOST_VQ_RUNNING:
		if (unlikely(vq->stale) && !adopt(vq))
			return false;
		return vhost_vq_handle_result(vq, ring_map_areas(&vq->ring,
							&vq->space)) == RING_GOT;
	case VHOST_VQ_STOPPED:
	case VHOST_VQ_BROKEN:
		break;
	}
	return false;
}

/*
 * Not after completions alone: the handler enabled kicks before it returned. But
 * where it polls, it looks for what the driver does next.
 */
static bool is_run_wanted(struct vhost_vq *vq)
{
	return test_and_clear_bit(0, &vq->wanted) || vq->config.busyloop_us;
}

static void run_handler(struct vhost_vq *vq, struct vhost_worker *runner)
{
	enum vhost_run how;

	vq->stats.runs++;
	vq->runner = runner;
	vq->spin_end = 0;
	how = vq->ops->run(vq);
	vq->runner = NULL;
	if (how == VHOST_RUN_MORE) {
		vq->stats.requeues++;
		vhost_vq_wake(vq);
	}
}

/* The worker's turn: everything that wakes a queue ends up here. */
static void run_vq(struct vhost_work *work, struct vhost_worker *runner)
{
	struct vhost_vq *vq = container_of(work, struct vhost_vq, work);
	bool keeps = vq->ops->release;

	/* The worker is being killed, or ended: the memory may be gone. */
	if (!rcu_access_pointer(vq->worker))
		return;
	guard(mutex)(&vq->lock);
	if (keeps)
		vhost_vq_take_kept(vq);
	if (!ready(vq) || (keeps && !vhost_vq_push_kept(vq)) || vq->draining ||
	    !is_run_wanted(vq))
		return;
	run_handler(vq, runner);
}

/* Takes no lock, so that vhost_vq_stop() can wait for it under vq->lock. */
static void retry(struct timer_list *timer)
{
	vhost_vq_wake(container_of(timer, struct vhost_vq, retry));
}

/* ---- stopping --------------------------------------------------------- */

/*
 * Count the chains that the driver will not get back from this ring: the device
 * still keeps them, or the queue broke.
 */
static void abandon(struct vhost_vq *vq)
{
	u64 n = vhost_vq_in_flight(vq);

	if (!n)
		return;
	vq->stats.abandoned += n;
	if (vq->state != VHOST_VQ_BROKEN && vhost_dev_is_owner(vq->dev))
		pr_warn_ratelimited("vhost-%s%u: queue %u stopped with %llu chains in flight\n",
				    vq->dev->ops->kind, vq->dev->id, vq->index,
				    n);
}

bool vhost_vq_is_new(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	if (!vhost_vq_is_fresh(vq))
		return false;
	return vq->state != VHOST_VQ_RUNNING ||
	       vhost_vq_handle_result(vq, ring_untouched(&vq->ring, &vq->space)) ==
		       RING_GOT;
}
EXPORT_SYMBOL_GPL(vhost_vq_is_new);

/* Push what is completed, as far as the memory can be reached now. */
static void push_last(struct vhost_vq *vq)
{
	if (!vhost_dev_is_owner(vq->dev) || vq->state != VHOST_VQ_RUNNING)
		return;
	if (vq->stale && !adopt(vq))
		return;
	vhost_vq_take_kept(vq);
	if (ring_map_areas(&vq->ring, &vq->space) == RING_GOT)
		vhost_vq_push_kept(vq);
	vhost_vq_handle_result(vq, ring_log_flush(&vq->ring, &vq->space));
}

/*
 * The driver may add chains meanwhile: those that it had made available when
 * this began are no more than the ring has entries.
 */
void vhost_vq_run_last(struct vhost_vq *vq)
{
	u64 limit = vhost_vq_popped(vq) + vq->config.num;

	lockdep_assert_held(&vq->dev->lock);
	lockdep_assert_held(&vq->lock);
	if (!vhost_dev_is_owner(vq->dev) || vq->state != VHOST_VQ_RUNNING ||
	    vq->draining || !ready(vq))
		return;
	do
		vq->stats.runs++;
	while (vq->ops->run(vq) == VHOST_RUN_MORE &&
	       vhost_vq_popped(vq) < limit);
}
EXPORT_SYMBOL_GPL(vhost_vq_run_last);

void *vhost_vq_stop(struct vhost_vq *vq)
{
	void *backend = vq->backend;

	lockdep_assert_held(&vq->dev->lock);
	lockdep_assert_held(&vq->lock);
	if (!backend)
		return NULL;
	timer_delete_sync(&vq->retry);	/* only the handler starts it */
	push_last(vq);
	vhost_vq_set_base(vq, vhost_vq_end_kept(vq, vhost_vq_base(vq)));
	abandon(vq);
	ring_reset(&vq->ring);
	vq->state = VHOST_VQ_STOPPED;
	vq->backend = NULL;
	vq->stale = false;
	vq->draining = false;
	vq->n_done = 0;
	vq->batch.n_chains = 0;
	vhost_vq_forget_miss(vq);
	vhost_vq_happened(vq);
	return backend;
}
EXPORT_SYMBOL_GPL(vhost_vq_stop);

/* ---- from open to close ----------------------------------------------- */

void vhost_vq_init(struct vhost_vq *vq, const struct vhost_vq_ops *ops)
{
	vq->ops = ops;
	mutex_init(&vq->lock);
	spin_lock_init(&vq->call_lock);
	vhost_keeping_init(&vq->keeping);
	vhost_work_init(&vq->work, run_vq);
	vhost_poll_init(&vq->kick_poll, vq, EPOLLIN);
	timer_setup(&vq->retry, retry, 0);
	INIT_LIST_HEAD(&vq->miss.node);
}
EXPORT_SYMBOL_GPL(vhost_vq_init);

/* A stopped queue without kick polling goes back to what it was at open. */
void vhost_vq_forget(struct vhost_vq *vq)
{
	struct vhost_vq_config old = vq->config;

	lockdep_assert_held(&vq->lock);
	scoped_guard(spinlock_irq, &vq->call_lock)
		vq->config = (struct vhost_vq_config){ };
	if (old.kick)
		fput(old.kick);
	if (old.call)
		eventfd_ctx_put(old.call);
	if (old.err)
		eventfd_ctx_put(old.err);
	vq->was_used = false;
	vhost_vq_free_arrays(vq);
}
