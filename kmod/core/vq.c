// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue's life: started, run, changed while it runs, broken, stopped.
 *
 * Everything here is under vq->lock. Runs in the queue's worker (run_vq and
 * what it calls) and in the owner's ioctls. States are drawn in
 * docs/states.md; the transitions are all in this file.
 *
 * Control proposes, the worker adopts: what an ioctl changes on a queue that
 * runs (addresses, features) is noted as stale, and the ring is set up again,
 * at the place it was, before the worker looks at it next.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/ratelimit.h>

#include "core/internal.h"

/* Where the ring is, for when it stops, or has to be set up again. */
static void keep_base(struct vhost_vq *vq, u32 base)
{
	vq->config.base = base;
	vq->config.base_set = true;
}

/* ---- breaking --------------------------------------------------------- */

/*
 * A page fault of a task that is being killed fails. The ring is none the worse
 * for it, and its owner, who dies with the task, need not be told.
 */
static bool killed(const struct ring_fault *fault)
{
	return (fault->cause == RING_BAD_MEMORY || fault->cause == RING_BAD_LOG) &&
	       fatal_signal_pending(current);
}

/*
 * The one place where a queue becomes broken. It stays so until it is stopped;
 * the other queues go on. The owner hears of it once, by the error eventfd.
 */
void vhost_vq_fail(struct vhost_vq *vq)
{
	const struct ring_fault *fault = ring_fault(&vq->ring);

	lockdep_assert_held(&vq->lock);
	if (vq->state == VHOST_VQ_BROKEN)
		return;
	keep_base(vq, vhost_vq_base(vq));
	vq->state = VHOST_VQ_BROKEN;
	if (killed(fault))
		return;
	vq->stats.bad[fault->cause]++;
	if (vq->config.err)
		eventfd_signal(vq->config.err);
	pr_warn_ratelimited("vhost-%s%u: queue %u broken: %s, index %u, value %#llx\n",
			    vq->dev->ops->kind, vq->dev->id, vq->index,
			    ring_cause_name(fault->cause), fault->index,
			    fault->value);
}

/* ---- starting --------------------------------------------------------- */

/* Set the ring up as configured, and let it run from @base if it can. */
static enum ring_result launch(struct vhost_vq *vq, u32 base)
{
	struct ring_config config = vhost_vq_ring_config(vq);

	vq->stale = false;
	if (ring_setup(&vq->ring, &config) != RING_OK)
		return RING_BROKEN;
	return ring_start(&vq->ring, &vq->space, base);
}

/* Of a queue whose ring does not run; @base is where it shall begin. */
static enum ring_result launch_or_wait(struct vhost_vq *vq, u32 base)
{
	enum ring_result rc = launch(vq, base);

	if (rc == RING_AGAIN) {
		keep_base(vq, base);
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
	    !vhost_vring_accessible(vq, &vq->config.addr) ||
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
		vq->stats.bad[ring_fault(&vq->ring)->cause]++;
		ring_reset(&vq->ring);
		return ret;
	}
	vq->backend = backend;
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_vq_start);

/* ---- changing --------------------------------------------------------- */

/* The configuration of a queue has changed; what runs must follow. */
void vhost_vq_changed(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vhost_vq_refresh_space(vq);
	if (!vq->backend)
		return;
	vq->stale = true;
	vhost_vq_wake(vq);
}

/* Set a running ring up anew, at the place where it is. */
static enum ring_result adopt(struct vhost_vq *vq)
{
	enum ring_result rc = vhost_vq_complete(vq);

	if (rc != RING_GOT)
		return rc;
	/* The ring forgets it, also when it turns out to be impossible now. */
	keep_base(vq, ring_base(&vq->ring));
	vq->state = VHOST_VQ_STARTING;
	rc = launch_or_wait(vq, vq->config.base);
	if (rc == RING_BROKEN)
		vhost_vq_fail(vq);
	return rc;
}

/* ---- running ---------------------------------------------------------- */

/* A queue that waited for the IOTLB before it could start. */
static bool start_waiting(struct vhost_vq *vq)
{
	enum ring_result rc = launch_or_wait(vq, vq->config.base);

	if (rc == RING_BROKEN)
		vhost_vq_fail(vq);
	return rc == RING_GOT;
}

/* May the handler run: first do what was left over or has changed. */
static bool ready(struct vhost_vq *vq)
{
	switch (vq->state) {
	case VHOST_VQ_STARTING:
		return start_waiting(vq);
	case VHOST_VQ_RUNNING:
		if (unlikely(vq->stale))
			return adopt(vq) == RING_GOT;
		return vhost_vq_complete(vq) == RING_GOT;
	case VHOST_VQ_STOPPED:
	case VHOST_VQ_BROKEN:
		break;
	}
	return false;
}

/* The worker's turn: everything that wakes a queue ends up here. */
static void run_vq(struct vhost_work *work)
{
	struct vhost_vq *vq = container_of(work, struct vhost_vq, work);

	/* The worker is being killed, or ended: the memory may be gone. */
	if (!rcu_access_pointer(vq->worker))
		return;
	guard(mutex)(&vq->lock);
	if (!ready(vq))
		return;
	vq->stats.runs++;
	if (vq->ops->run(vq) == VHOST_RUN_MORE) {
		vq->stats.requeues++;
		vhost_vq_wake(vq);
	}
}

bool vhost_vq_wake(struct vhost_vq *vq)
{
	return vhost_vq_queue(vq, &vq->work);
}
EXPORT_SYMBOL_GPL(vhost_vq_wake);

/* ---- stopping --------------------------------------------------------- */

static u32 fresh_base(const struct vhost_vq *vq)
{
	return ring_initial_base(vhost_vq_ring_flags(vq));
}

/* A base nobody chose is that of a ring never used. */
static u32 configured_base(const struct vhost_vq *vq)
{
	return vq->config.base_set ? vq->config.base : fresh_base(vq);
}

u32 vhost_vq_base(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	if (vq->state == VHOST_VQ_RUNNING)
		return ring_base(&vq->ring);
	return configured_base(vq);
}

bool vhost_vq_is_fresh(const struct vhost_vq *vq)
{
	return vhost_vq_base(vq) == fresh_base(vq);
}
EXPORT_SYMBOL_GPL(vhost_vq_is_fresh);

void *vhost_vq_stop(struct vhost_vq *vq)
{
	void *backend = vq->backend;

	lockdep_assert_held(&vq->dev->lock);
	lockdep_assert_held(&vq->lock);
	if (!backend)
		return NULL;
	/* Show the driver what is done, where the memory can be reached. */
	if (vq->state == VHOST_VQ_RUNNING && vhost_dev_is_owner(vq->dev)) {
		vhost_vq_complete(vq);
		ring_log_flush(&vq->ring, &vq->space);
	}
	keep_base(vq, vhost_vq_base(vq));
	ring_reset(&vq->ring);
	vq->state = VHOST_VQ_STOPPED;
	vq->backend = NULL;
	vq->stale = false;
	vq->unpublished = false;
	vq->n_done = 0;
	vq->batch.n_chains = 0;
	vhost_vq_forget_miss(vq);
	return backend;
}
EXPORT_SYMBOL_GPL(vhost_vq_stop);

/* ---- from open to close ----------------------------------------------- */

void vhost_vq_init(struct vhost_vq *vq, const struct vhost_vq_ops *ops)
{
	vq->ops = ops;
	mutex_init(&vq->lock);
	vhost_work_init(&vq->work, run_vq);
	vhost_poll_init(&vq->kick_poll, vq, EPOLLIN);
	INIT_LIST_HEAD(&vq->miss.node);
}
EXPORT_SYMBOL_GPL(vhost_vq_init);

/* A stopped queue without kick polling goes back to what it was at open. */
void vhost_vq_forget(struct vhost_vq *vq)
{
	struct vhost_vq_config *config = &vq->config;

	lockdep_assert_held(&vq->lock);
	if (config->kick)
		fput(config->kick);
	if (config->call)
		eventfd_ctx_put(config->call);
	if (config->err)
		eventfd_ctx_put(config->err);
	memset(config, 0, sizeof(*config));
	vhost_vq_free_arrays(vq);
}
