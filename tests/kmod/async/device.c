// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test device's file: what it offers, its own ioctls, open and release.
 */
#include <linux/compat.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "test.h"

/* ---- ASYNC_SET_RUNNING ------------------------------------------------ */

static struct async_run *run_arg(struct vhost_io *io)
{
	static_assert(sizeof(struct async_run) <= VHOST_ARG_SIZE);
	return (struct async_run *)io->arg.raw;
}

static int running_check(struct vhost_io *io)
{
	const struct async_run *run = run_arg(io);
	const u32 known = ASYNC_HARDIRQ | ASYNC_SOFTIRQ | ASYNC_THREAD |
			  ASYNC_HELD;

	if (!run->places || run->places & ~known)
		return -EINVAL;
	return run->max_delay_us < USEC_PER_SEC ? 0 : -EINVAL;
}

static void stop_queues(struct async_device *d)
{
	for (u32 i = 0; i < ASYNC_QUEUES; i++)
		vhost_vq_stop(d->vqs[i]);
}

static int start_queues(struct async_device *d)
{
	u32 started = 0;
	int ret = 0;

	for (u32 i = 0; i < ASYNC_QUEUES && !ret; i++) {
		if (!vhost_vq_is_configured(d->vqs[i]))
			continue;
		ret = vhost_vq_start(d->vqs[i], d);
		started++;
	}
	if (!ret && !started)
		ret = -EFAULT;
	if (ret && !d->run.running)
		stop_queues(d);
	return ret;
}

static int running_execute(struct vhost_io *io)
{
	struct async_device *d = async_device(io->dev);
	int ret = run_arg(io)->running ? start_queues(d) : 0;

	if (ret)
		return ret;
	d->run = *run_arg(io);
	for (u32 i = 0; d->run.running && i < ASYNC_QUEUES; i++)
		vhost_vq_wake(d->vqs[i]);
	return 0;
}

/* A stop waits for the requests, so it does without the locks of the queues. */
static void running_finish(struct vhost_io *io)
{
	struct async_device *d = async_device(io->dev);

	if (io->ret || run_arg(io)->running)
		return;
	vhost_dev_drain(&d->dev, d->run.drain_ms);
	for (u32 i = 0; i < ASYNC_QUEUES; i++) {
		guard(mutex)(&d->vqs[i]->lock);
		vhost_vq_stop(d->vqs[i]);
	}
}

/* ---- other commands --------------------------------------------------- */

static int stats_execute(struct vhost_io *io)
{
	struct async_device *d = async_device(io->dev);
	struct async_stats *s = (struct async_stats *)io->arg.raw;
	struct async_queue *q;
	const struct vhost_vq *vq;

	static_assert(sizeof(*s) <= VHOST_ARG_SIZE);
	if (s->queue >= ASYNC_QUEUES)
		return -ENOBUFS;
	q = &d->queue[array_index_nospec(s->queue, ASYNC_QUEUES)];
	vq = &q->vq;
	guard(mutex)(&q->vq.lock);
	*s = (struct async_stats){
		.queue = vq->index,
		.in_flight = vhost_vq_in_flight(vq),
		.popped = vhost_vq_popped(vq),
		.kept = q->kept,
		.pushed = q->pushed,
		.given_back = q->given_back,
		.dropped = q->dropped,
		.late = vq->stats.late,
		.abandoned = vq->stats.abandoned,
		.vanished = vq->stats.vanished,
	};
	return 0;
}

static const struct vhost_cmd async_cmds[] = {
	{ ASYNC_SET_RUNNING,
	  VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_ALL_VQS,
	  .check = running_check, .execute = running_execute,
	  .finish = running_finish },
	{ ASYNC_GET_STATS, VHOST_CMD_IN | VHOST_CMD_OUT,
	  .execute = stats_execute },
};

/* ---- the device ------------------------------------------------------- */

static void async_stop(struct vhost_dev *dev)
{
	struct async_device *d = async_device(dev);

	vhost_dev_drain(dev, d->run.drain_ms);
	for (u32 i = 0; i < ASYNC_QUEUES; i++) {
		guard(mutex)(&d->vqs[i]->lock);
		vhost_vq_stop(d->vqs[i]);
		d->run.running = 0;
	}
}

static const struct vhost_dev_ops async_ops = {
	.kind = "async",
	.features = {
		VHOST_CORE_FEATURES | VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM),
	},
	.backend_features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2),
	.max_packets = ASYNC_MAX_REQUESTS,
	.max_bytes = U32_MAX,
	.cmds = async_cmds,
	.n_cmds = ARRAY_SIZE(async_cmds),
	.stop = async_stop,
};

static int async_open(struct inode *inode, struct file *file)
{
	struct async_device *d = kvzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!d)
		return -ENOMEM;
	for (u32 i = 0; i < ASYNC_QUEUES; i++) {
		d->vqs[i] = &d->queue[i].vq;
		vhost_vq_init(d->vqs[i], &async_vq_ops);
	}
	spin_lock_init(&d->held_lock);
	INIT_LIST_HEAD(&d->held);
	ret = vhost_dev_init(&d->dev, &async_ops, d->vqs, ASYNC_QUEUES);
	if (ret) {
		kvfree(d);
		return ret;
	}
	file->private_data = &d->dev;
	return 0;
}

/* Complete what is held, or close would wait for it; nothing more is held. */
static void hold_no_more(struct async_device *d)
{
	WRITE_ONCE(d->run.places, ASYNC_THREAD);
	for (u32 i = 0; i < ASYNC_QUEUES; i++) {
		/* a run that still saw the old value has ended after that */
		mutex_lock(&d->vqs[i]->lock);
		mutex_unlock(&d->vqs[i]->lock);
	}
	async_requests_let_go(d);
}

static int async_release(struct inode *inode, struct file *file)
{
	struct async_device *d = async_device(file->private_data);

	hold_no_more(d);
	vhost_dev_close(&d->dev);
	kvfree(d);
	return 0;
}

/* Without dev->lock, which a stop holds while it waits. */
static long async_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	if (nr != ASYNC_LET_GO)
		return vhost_dev_ioctl(file, nr, arg);
	async_requests_let_go(async_device(file->private_data));
	return 0;
}

const struct file_operations async_device_fops = {
	.owner = THIS_MODULE,
	.open = async_open,
	.release = async_release,
	.unlocked_ioctl = async_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read_iter = vhost_dev_read_iter,
	.write_iter = vhost_dev_write_iter,
	.poll = vhost_dev_poll,
	.llseek = noop_llseek,
};
