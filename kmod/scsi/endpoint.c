// SPDX-License-Identifier: GPL-2.0-only
/*
 * The endpoint: which TPGs a device serves. VHOST_SCSI_SET_ENDPOINT starts the
 * queues that are configured, VHOST_SCSI_CLEAR_ENDPOINT stops them.
 *
 * In ioctls, with dev->lock held, so that calls come one after the other.
 *
 * How an endpoint is cleared, and who may still refer to it:
 *  1. vhost_dev_drain(): no request is taken any more, and no handler looks at
 *     the endpoint; commands in LIO are waited for, up to SCSI_DRAIN_MS.
 *  2. The request queues stop. What is not back by now belongs to a past
 *     incarnation of its queue: it is never pushed, and released whenever it
 *     comes. CLEAR_ENDPOINT then returns -EBUSY, having done all of this.
 *  3. scsi_tmfs_stop(): task management submits nothing more to a nexus.
 *  4. The event and the control queue stop.
 *  5. The search for changed LUNs ends.
 *  6. The TPGs are released: the nexus can be removed, which waits until LIO has
 *     no command of it. Commands do not refer to the TPG or the endpoint.
 */
#include <linux/slab.h>

#include "scsi.h"

static const struct vhost_scsi_target *target_arg(const struct vhost_io *io)
{
	static_assert(sizeof(struct vhost_scsi_target) <= VHOST_ARG_SIZE);
	static_assert(sizeof_field(struct vhost_scsi_target, vhost_wwpn) ==
		      SCSI_NAME_LEN);
	return (const struct vhost_scsi_target *)io->arg.raw;
}

static int check_arg(const struct vhost_scsi_target *t)
{
	if (t->reserved)
		return -EOPNOTSUPP;
	return memchr(t->vhost_wwpn, '\0', SCSI_NAME_LEN) ? 0 : -EINVAL;
}

/* ---- stopping --------------------------------------------------------- */

static void stop_queue(struct vhost_vq *vq)
{
	guard(mutex)(&vq->lock);
	vhost_vq_stop(vq);
}

/* Request queues first: what they push comes before what awaits it. */
static void stop_queues(struct vhost_scsi *v)
{
	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++)
		stop_queue(v->vqs[i]);
	scsi_tmfs_stop(v);
	stop_queue(v->vqs[SCSI_EVENT]);
	stop_queue(v->vqs[SCSI_CONTROL]);
}

static void end(struct vhost_scsi *v)
{
	struct scsi_endpoint *ep = v->endpoint;

	stop_queues(v);
	scsi_changes_stop(v);
	v->endpoint = NULL;	/* nothing looks at it: no queue runs */
	scsi_events_drop(v);
	scsi_tpgs_release(ep);
	kfree(ep);
}

void scsi_endpoint_end(struct vhost_scsi *v)
{
	lockdep_assert_held(&v->dev.lock);
	if (!v->endpoint)
		return;
	vhost_dev_drain(&v->dev, SCSI_DRAIN_MS);
	end(v);
}

/* ---- VHOST_SCSI_CLEAR_ENDPOINT ---------------------------------------- */

/* A command of each queue that has any. */
static void report_stuck(struct vhost_scsi *v)
{
	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++) {
		struct scsi_queue *q = &v->queue[i];
		const struct scsi_cmd *cmd;

		spin_lock(&q->lock);
		cmd = scsi_cmd_active_from(q->cmds);
		if (cmd)
			pr_warn_ratelimited("vhost-scsi%u: %s: cleared, but queue %u: command %#x to target %u, LUN %u is not back\n",
					    v->dev.id, v->endpoint->name, i,
					    cmd->opcode, cmd->target, cmd->lun);
		spin_unlock(&q->lock);
	}
}

int scsi_endpoint_clear_prepare(struct vhost_io *io)
{
	const struct scsi_endpoint *ep = scsi_device(io->dev)->endpoint;
	const struct vhost_scsi_target *t = target_arg(io);
	int ret = check_arg(t);

	if (ret || !ep)
		return ret;
	return strcmp(t->vhost_wwpn, ep->name) ? -EINVAL : 0;
}

void scsi_endpoint_clear_finish(struct vhost_io *io)
{
	struct vhost_scsi *v = scsi_device(io->dev);

	if (io->ret || !v->endpoint)
		return;
	if (!vhost_dev_drain(&v->dev, SCSI_DRAIN_MS)) {
		report_stuck(v);
		io->ret = -EBUSY;
	}
	end(v);
}

/* ---- VHOST_SCSI_SET_ENDPOINT ------------------------------------------ */

int scsi_endpoint_set_prepare(struct vhost_io *io)
{
	struct vhost_scsi *v = scsi_device(io->dev);
	const struct vhost_scsi_target *t = target_arg(io);
	struct scsi_endpoint *ep;
	int ret = check_arg(t);

	if (ret)
		return ret;
	if (v->endpoint)
		return -EEXIST;
	ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return -ENOMEM;
	strscpy(ep->name, t->vhost_wwpn);
	ret = scsi_tpgs_claim(v, ep);
	if (ret) {
		kfree(ep);
		return ret;
	}
	io->res = ep;
	return 0;
}

static int start_queues(struct vhost_scsi *v)
{
	u32 started = 0;

	for (u32 i = 0; i < v->n_queues; i++) {
		int ret;

		if (!vhost_vq_is_configured(v->vqs[i]))
			continue;
		ret = vhost_vq_start(v->vqs[i], v);
		if (ret)
			return ret;
		started++;
	}
	return started ? 0 : -EFAULT;
}

/* Firmware sets up one request queue only: the others are left alone. */
int scsi_endpoint_set_execute(struct vhost_io *io)
{
	struct vhost_scsi *v = scsi_device(io->dev);
	int ret = start_queues(v);

	if (ret) {
		for (u32 i = 0; i < v->n_queues; i++)
			vhost_vq_stop(v->vqs[i]);
		return ret;
	}
	scsi_tmfs_start(v);
	v->endpoint = io->res;
	io->res = NULL;
	scsi_changes_start(v);
	for (u32 i = 0; i < v->n_queues; i++)
		if (v->vqs[i]->backend)
			vhost_vq_wake(v->vqs[i]);
	return 0;
}

void scsi_endpoint_set_finish(struct vhost_io *io)
{
	struct scsi_endpoint *ep = io->res;

	if (!ep)
		return;
	scsi_tpgs_release(ep);
	kfree(ep);
}
