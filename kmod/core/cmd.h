/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: ioctls as rows of a table, walked through in stages.
 */
#ifndef RINGSIDE_CORE_CMD_H
#define RINGSIDE_CORE_CMD_H

#include <linux/types.h>
#include <linux/vhost.h>

struct vhost_dev;
struct vhost_io;
struct vhost_vq;

enum {
	VHOST_ARG_SIZE = 256,		/* biggest fixed-size ioctl argument */
};

enum vhost_cmd_flags {
	VHOST_CMD_IN = 1 << 0,		/* argument is copied in before */
	VHOST_CMD_OUT = 1 << 1,		/* and out after success */
	VHOST_CMD_OWNER = 1 << 2,	/* else -EPERM: caller is the owner */
	VHOST_CMD_NO_OWNER = 1 << 3,	/* else -EBUSY: there is no owner */
	VHOST_CMD_VQ = 1 << 4,		/* argument begins with a u32 queue
					 * index, else -ENOBUFS; check,
					 * apply and execute run under its
					 * vq->lock */
	VHOST_CMD_VQ_STOPPED = 1 << 5,	/* else -EBUSY: it has no backend */
	VHOST_CMD_ALL_VQS = 1 << 6,	/* check, apply and execute run under
					 * the locks of all queues */
	VHOST_CMD_WORKERS = 1 << 7,	/* else -EINVAL: the device has workers */
};

/*
 * An ioctl. The dispatcher takes dev->lock, looks at the flags, copies the
 * argument in, finds the queue, and then calls, each optional:
 *  prepare	may fail; finds and allocates what the command needs, into
 *		io->res; no vq->lock held
 *  check	under the queue locks asked for; may fail; changes nothing,
 *		whether it fails or not
 *  apply	under the same locks; cannot fail. Idiom: swap io->res with
 *		what was there
 *  execute	in place of apply, for a change that itself can fail, such as
 *		starting a ring; under the same locks; the one stage that may
 *		fail and may change state. A failed execute has undone what it
 *		changed
 *  finish	after them, whenever prepare succeeded (or there is none), also
 *		when io->ret is an error; drops io->res; may wait for
 *		workers
 * The argument is copied out before finish. All run in the caller's thread.
 * Functions are named after the command's concern and the stage:
 * vhost_addr_check(), vhost_addr_apply().
 */
struct vhost_cmd {
	unsigned int nr;	/* VHOST_...; its size is that of the argument */
	unsigned int flags;	/* enum vhost_cmd_flags */
	int (*prepare)(struct vhost_io *io);
	int (*check)(struct vhost_io *io);
	void (*apply)(struct vhost_io *io);
	void (*finish)(struct vhost_io *io);
	int (*execute)(struct vhost_io *io);	/* not together with apply */
};

struct vhost_io {
	struct vhost_dev *dev;
	struct vhost_vq *vq;		/* with VHOST_CMD_VQ */
	const struct vhost_cmd *cmd;
	void __user *user;		/* the argument's address */
	void *res;			/* the command's own */
	int ret;			/* result so far */
	union {
		u8 u8;
		u32 u32;
		u64 u64;
		int fd;
		struct vhost_vring_state state;
		struct vhost_vring_file file;
		struct vhost_vring_addr addr;
		struct vhost_worker_state worker;
		struct vhost_vring_worker vring_worker;
		u8 raw[VHOST_ARG_SIZE];
	} arg;
};

#endif /* RINGSIDE_CORE_CMD_H */
