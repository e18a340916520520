/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device module (net, scsi, vsock, vdpa) may use of vhost.ko: all of the
 * core's public headers. A device module includes this one. It supplies the
 * part between the rings and a library of the kernel; the core has the rest:
 * file operations, ioctls, workers, polling, memory, rings, notification,
 * statistics.
 *
 * How a device module looks:
 *
 *	struct foo { struct vhost_dev dev; struct vhost_vq vq[2]; ... };
 *
 *	open:	 foo = kvzalloc(sizeof(*foo), GFP_KERNEL_ACCOUNT);
 *		 vhost_vq_init(&foo->vq[i], &foo_rx_ops), for each queue;
 *		 vhost_dev_init(&foo->dev, &foo_ops, list of queues, count);
 *		 file->private_data = &foo->dev;
 *	release: vhost_dev_close(&foo->dev); kvfree(foo);
 *	others:	 VHOST_DEV_FILE_OPERATIONS in its struct file_operations.
 *	its own ioctls: an array of struct vhost_cmd in foo_ops; the one that
 *		 gives a queue its backend calls vhost_vq_start(), the one that
 *		 takes it away vhost_vq_stop().
 *	a queue: run() of struct vhost_vq_ops (vq.h), made of the verbs in
 *		 verbs.h.
 *
 * Locks, outermost first; docs/locking.md has all of them:
 *	dev->lock	control: ioctls, messages, open to close
 *	vq->lock	one queue: its handler, and commands that change it
 * A worker never takes dev->lock, so waiting for workers under it is allowed.
 * A thread that holds a vq->lock must not wait for a worker.
 */
#ifndef RINGSIDE_CORE_H
#define RINGSIDE_CORE_H

#include "core/feature_bits.h"	/* feature bits, and those that the core offers */
#include "core/dev.h"		/* struct vhost_dev, its ops, file operations */
#include "core/vq.h"		/* struct vhost_vq, its ops, start and stop */
#include "core/verbs.h"		/* pop, complete, notify: what run() is made of */
#include "core/spin.h"		/* busy polling */
#include "core/kept.h"		/* chains that are completed after their run */
#include "core/work.h"		/* other work for a queue's worker */
#include "core/poll.h"		/* files whose events wake a queue */
#include "core/stats.h"		/* counters of a queue */
#include "core/cmd.h"		/* the device's own ioctls */
#include "core/stages.h"	/* stages of the common ioctls, to build upon */

#endif /* RINGSIDE_CORE_H */
