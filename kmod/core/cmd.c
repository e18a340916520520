// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls: the table of the common commands, and the function that runs a
 * command's stages. A row has the command's argument, preconditions and locks;
 * its stages are in the file of what it changes.
 *
 * Runs in the caller's thread. Takes dev->lock for the whole of a command, and
 * queue locks as the table says. docs/abi.md describes each command.
 */
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "core/common_cmds.h"
#include "core/dev.h"
#include "core/locks.h"
#include "core/stages.h"

enum {
	OWNED_VQ_SET = VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_VQ,
	OWNED_VQ_GET = OWNED_VQ_SET | VHOST_CMD_OUT,
	OWNED_ALL_SET = VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_ALL_VQS,
};

static const struct vhost_cmd common_cmds[] = {
	/* features: before an owner exists, too */
	{ VHOST_GET_FEATURES, VHOST_CMD_OUT,
	  .apply = vhost_features_get_apply },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  .prepare = vhost_features_prepare,
	  .check = vhost_features_check,
	  .apply = vhost_features_apply,
	  .finish = vhost_features_finish },
	{ VHOST_GET_FEATURES_ARRAY, VHOST_CMD_IN,
	  .execute = vhost_features_array_get_execute },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  .prepare = vhost_features_array_prepare,
	  .check = vhost_features_check,
	  .apply = vhost_features_apply,
	  .finish = vhost_features_finish },
	{ VHOST_GET_BACKEND_FEATURES, VHOST_CMD_OUT,
	  .apply = vhost_backend_features_get_apply },
	{ VHOST_SET_BACKEND_FEATURES, VHOST_CMD_IN,
	  .check = vhost_backend_features_check,
	  .apply = vhost_backend_features_apply },

	/* the owner */
	{ VHOST_SET_OWNER, VHOST_CMD_NO_OWNER,
	  .execute = vhost_owner_execute },
	{ VHOST_RESET_OWNER, VHOST_CMD_OWNER, .apply = vhost_owner_reset_apply },
	{ VHOST_SET_FORK_FROM_OWNER, VHOST_CMD_IN | VHOST_CMD_NO_OWNER,
	  .check = vhost_fork_check, .apply = vhost_fork_apply },
	{ VHOST_GET_FORK_FROM_OWNER, VHOST_CMD_OUT,
	  .apply = vhost_fork_get_apply },

	/* workers */
	{ VHOST_NEW_WORKER, VHOST_CMD_OUT | VHOST_CMD_OWNER | VHOST_CMD_WORKERS,
	  .prepare = vhost_worker_new_prepare,
	  .finish = vhost_worker_new_finish },
	{ VHOST_FREE_WORKER, VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_WORKERS,
	  .prepare = vhost_worker_free_prepare,
	  .apply = vhost_worker_free_apply },
	{ VHOST_ATTACH_VRING_WORKER, OWNED_VQ_SET | VHOST_CMD_WORKERS,
	  .prepare = vhost_worker_attach_prepare,
	  .apply = vhost_worker_attach_apply,
	  .finish = vhost_worker_attach_finish },
	{ VHOST_GET_VRING_WORKER, OWNED_VQ_GET | VHOST_CMD_WORKERS,
	  .check = vhost_worker_get_check, .apply = vhost_worker_get_apply },

	/* memory and its log */
	{ VHOST_SET_MEM_TABLE, OWNED_ALL_SET,
	  .prepare = vhost_mem_table_prepare,
	  .check = vhost_mem_table_check,
	  .apply = vhost_mem_table_apply,
	  .finish = vhost_mem_table_finish },
	{ VHOST_SET_LOG_BASE, OWNED_ALL_SET,
	  .check = vhost_log_base_check,
	  .apply = vhost_log_base_apply },
	{ VHOST_SET_LOG_FD, OWNED_ALL_SET,
	  .prepare = vhost_log_fd_prepare, .apply = vhost_log_fd_apply,
	  .finish = vhost_eventfd_finish },

	/* rings */
	{ VHOST_SET_VRING_NUM, OWNED_VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = vhost_num_check, .apply = vhost_num_apply },
	{ VHOST_SET_VRING_ADDR, OWNED_VQ_SET,
	  .check = vhost_addr_check, .apply = vhost_addr_apply },
	{ VHOST_SET_VRING_BASE, OWNED_VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = vhost_base_check, .apply = vhost_base_apply },
	{ VHOST_GET_VRING_BASE, OWNED_VQ_GET, .apply = vhost_base_get_apply },
	{ VHOST_SET_VRING_ENDIAN, OWNED_VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = vhost_endian_check, .apply = vhost_endian_apply },
	{ VHOST_GET_VRING_ENDIAN, OWNED_VQ_GET,
	  .apply = vhost_endian_get_apply },
	{ VHOST_SET_VRING_BUSYLOOP_TIMEOUT, OWNED_VQ_SET,
	  .apply = vhost_busyloop_apply },
	{ VHOST_GET_VRING_BUSYLOOP_TIMEOUT, OWNED_VQ_GET,
	  .apply = vhost_busyloop_get_apply },
	{ VHOST_SET_VRING_KICK, OWNED_VQ_SET, .prepare = vhost_kick_prepare,
	  .apply = vhost_kick_apply, .finish = vhost_kick_finish },
	{ VHOST_SET_VRING_CALL, OWNED_VQ_SET,
	  .prepare = vhost_eventfd_prepare, .apply = vhost_call_apply,
	  .finish = vhost_eventfd_finish },
	{ VHOST_SET_VRING_ERR, OWNED_VQ_SET,
	  .prepare = vhost_eventfd_prepare, .apply = vhost_err_apply,
	  .finish = vhost_eventfd_finish },
};

static const struct vhost_cmd *find_in(const struct vhost_cmd *cmds, u32 n,
				       unsigned int nr)
{
	for (u32 i = 0; i < n; i++)
		if (cmds[i].nr == nr)
			return &cmds[i];
	return NULL;
}

static const struct vhost_cmd *find_cmd(const struct vhost_dev *dev,
					unsigned int nr)
{
	const struct vhost_cmd *cmd;

	cmd = find_in(dev->ops->cmds, dev->ops->n_cmds, nr);
	if (cmd)
		return cmd;
	return find_in(common_cmds, ARRAY_SIZE(common_cmds), nr);
}

/* The queue that the argument names in its first word. */
static int find_vq(struct vhost_io *io)
{
	u32 index = io->arg.u32;

	if (index >= io->dev->nvqs)
		return -ENOBUFS;
	index = array_index_nospec(index, io->dev->nvqs);
	io->vq = io->dev->vqs[index];
	return 0;
}

/* The preconditions: who calls, and what state the device is in. */
static int admit(const struct vhost_io *io)
{
	unsigned int flags = io->cmd->flags;

	if (io->dev->revoked)
		return -ENODEV;
	if ((flags & VHOST_CMD_OWNER) && !vhost_dev_is_owner(io->dev))
		return -EPERM;
	if ((flags & VHOST_CMD_NO_OWNER) && vhost_dev_has_owner(io->dev))
		return -EBUSY;
	if ((flags & VHOST_CMD_WORKERS) && io->dev->ops->no_workers)
		return -EINVAL;
	return 0;
}

static int copy_in(struct vhost_io *io)
{
	if (!(io->cmd->flags & VHOST_CMD_IN))
		return 0;
	if (copy_from_user(&io->arg, io->user, _IOC_SIZE(io->cmd->nr)))
		return -EFAULT;
	return io->cmd->flags & VHOST_CMD_VQ ? find_vq(io) : 0;
}

static void lock_scope(struct vhost_io *io)
{
	if (io->cmd->flags & VHOST_CMD_ALL_VQS)
		vhost_dev_lock_vqs(io->dev);
	else if (io->vq)
		mutex_lock(&io->vq->lock);
}

static void unlock_scope(struct vhost_io *io)
{
	if (io->cmd->flags & VHOST_CMD_ALL_VQS)
		vhost_dev_unlock_vqs(io->dev);
	else if (io->vq)
		mutex_unlock(&io->vq->lock);
}

static int check_and_apply(struct vhost_io *io)
{
	const struct vhost_cmd *cmd = io->cmd;
	int ret = 0;

	lock_scope(io);
	if ((cmd->flags & VHOST_CMD_VQ_STOPPED) && io->vq->backend)
		ret = -EBUSY;
	if (!ret && cmd->check)
		ret = cmd->check(io);
	if (!ret && cmd->execute)
		ret = cmd->execute(io);
	else if (!ret && cmd->apply)
		cmd->apply(io);
	unlock_scope(io);
	return ret;
}

static int copy_out(struct vhost_io *io)
{
	if (!(io->cmd->flags & VHOST_CMD_OUT))
		return 0;
	if (copy_to_user(io->user, &io->arg, _IOC_SIZE(io->cmd->nr)))
		return -EFAULT;
	return 0;
}

static int run_cmd(struct vhost_io *io)
{
	const struct vhost_cmd *cmd = io->cmd;

	io->ret = admit(io);
	if (!io->ret)
		io->ret = copy_in(io);
	if (!io->ret && cmd->prepare)
		io->ret = cmd->prepare(io);
	if (io->ret)
		return io->ret;
	io->ret = check_and_apply(io);
	if (!io->ret)
		io->ret = copy_out(io);
	if (cmd->finish)
		cmd->finish(io);
	return io->ret;
}

/* An unknown ioctl; a caller that is not the owner gets -EPERM. */
static int unknown(struct vhost_dev *dev)
{
	guard(mutex)(&dev->lock);
	return vhost_dev_is_owner(dev) ? -ENOIOCTLCMD : -EPERM;
}

int vhost_cmd_run(struct vhost_dev *dev, unsigned int nr, void __user *user)
{
	struct vhost_io io = { .dev = dev, .user = user };

	io.cmd = find_cmd(dev, nr);
	if (!io.cmd)
		return unknown(dev);
	if (_IOC_SIZE(nr) > sizeof(io.arg))
		return -ENOIOCTLCMD;	/* a mistake in a device's table */
	guard(mutex)(&dev->lock);
	return run_cmd(&io);
}
