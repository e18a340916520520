// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device file: ioctl, read, write, poll, for files whose private_data is a
 * struct vhost_dev. Arguments and messages are copied here and handled in cmd.c and
 * msg.c.
 */
#include <linux/module.h>
#include <linux/uio.h>

#include "core/common_cmds.h"
#include "core/msg.h"

long vhost_dev_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	return vhost_cmd_run(file->private_data, nr, (void __user *)arg);
}
EXPORT_SYMBOL_GPL(vhost_dev_ioctl);

ssize_t vhost_dev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	bool wait = !(iocb->ki_filp->f_flags & O_NONBLOCK) &&
		    !(iocb->ki_flags & IOCB_NOWAIT);
	struct vhost_msg_v2 msg;
	int ret;

	if (iov_iter_count(to) < sizeof(msg))
		return 0;
	ret = vhost_msg_read(iocb->ki_filp->private_data, wait, &msg);
	if (ret)
		return ret;
	/* A miss lost here is sent again when the queue meets it again. */
	return copy_to_iter(&msg, sizeof(msg), to) == sizeof(msg) ?
	       (ssize_t)sizeof(msg) : -EFAULT;
}
EXPORT_SYMBOL_GPL(vhost_dev_read_iter);

/* A message of either version may end behind its last field. */
ssize_t vhost_dev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vhost_msg_v2 msg;
	const size_t bytes = offsetof(struct vhost_msg_v2, iotlb) +
			     sizeof(msg.iotlb);
	int ret;

	if (copy_from_iter(&msg, bytes, from) != bytes)
		return -EINVAL;
	ret = vhost_msg_write(iocb->ki_filp->private_data, &msg);
	return ret ? ret : (ssize_t)sizeof(struct vhost_msg);
}
EXPORT_SYMBOL_GPL(vhost_dev_write_iter);

__poll_t vhost_dev_poll(struct file *file, poll_table *wait)
{
	struct vhost_dev *dev = file->private_data;

	poll_wait(file, &dev->miss_wait, wait);
	/* Readers are woken after the list was filled: no lock is needed. */
	return list_empty_careful(&dev->misses) ? 0 : EPOLLIN | EPOLLRDNORM;
}
EXPORT_SYMBOL_GPL(vhost_dev_poll);
