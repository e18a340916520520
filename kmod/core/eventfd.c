// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls on eventfds: a queue's kick, call and error, and the log's.
 *
 * In the caller's thread, under dev->lock and, in apply, the queue's vq->lock,
 * or all of them for the log's. The eventfd that was replaced is dropped in
 * finish, with no vq->lock held.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/module.h>

#include "core/common_cmds.h"
#include "core/dev.h"
#include "core/poll.h"
#include "core/stages.h"
#include "core/vq.h"
#include "core/work.h"

/* ---- kick ------------------------------------------------------------- */

/* io->res: a file, or NULL for none. */
int vhost_kick_prepare(struct vhost_io *io)
{
	int fd = io->arg.file.fd;
	struct file *file;

	if (fd == VHOST_FILE_UNBIND)
		return 0;
	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (vfs_poll(file, NULL) & EPOLLERR) {	/* its counter is full */
		fput(file);
		return -EINVAL;
	}
	io->res = file;
	return 0;
}

void vhost_kick_apply(struct vhost_io *io)
{
	struct vhost_vq *vq = io->vq;
	struct file *new = io->res;

	vhost_poll_stop(&vq->kick_poll);
	io->res = vq->config.kick;
	vq->config.kick = new;
	if (new)
		vhost_poll_start(&vq->kick_poll, new);
}

/* Kicks that came before the change have been served when it returns. */
void vhost_kick_finish(struct vhost_io *io)
{
	if (!io->res)
		return;
	fput(io->res);
	if (!io->ret)
		vhost_dev_flush(io->dev);
}

/* ---- call, error, log ------------------------------------------------- */

/* io->res: an eventfd, or NULL for none. */
static int find_eventfd(struct vhost_io *io, int fd)
{
	struct eventfd_ctx *ctx;

	if (fd == VHOST_FILE_UNBIND)
		return 0;
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	io->res = ctx;
	return 0;
}

int vhost_eventfd_prepare(struct vhost_io *io)
{
	return find_eventfd(io, io->arg.file.fd);
}
EXPORT_SYMBOL_GPL(vhost_eventfd_prepare);

int vhost_log_fd_prepare(struct vhost_io *io)
{
	return find_eventfd(io, io->arg.fd);
}

static void exchange(struct vhost_io *io, struct eventfd_ctx **place)
{
	struct eventfd_ctx *new = io->res;

	io->res = *place;
	*place = new;
}

/* From here on vhost_vq_call() signals the new one, in whatever context. */
void vhost_call_apply(struct vhost_io *io)
{
	spin_lock_irq(&io->vq->call_lock);
	exchange(io, &io->vq->config.call);
	spin_unlock_irq(&io->vq->call_lock);
}
EXPORT_SYMBOL_GPL(vhost_call_apply);

void vhost_err_apply(struct vhost_io *io)
{
	exchange(io, &io->vq->config.err);
}

void vhost_log_fd_apply(struct vhost_io *io)
{
	exchange(io, &io->dev->log_ctx);
}

void vhost_eventfd_finish(struct vhost_io *io)
{
	if (io->res)
		eventfd_ctx_put(io->res);
}
EXPORT_SYMBOL_GPL(vhost_eventfd_finish);
