/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: IOTLB messages, as they are read from the file and
 * written to it.
 */
#ifndef RINGSIDE_CORE_MSG_H
#define RINGSIDE_CORE_MSG_H

#include "core/dev.h"

/**
 * vhost_msg_read() - the oldest unread miss, as a message
 * @wait: for one, if there is none
 * @msg: of the version that was negotiated; zero where it has no meaning
 *
 * Return: 0; -EAGAIN: there is none; -EBADFD: none, and no IOTLB; -ERESTARTSYS.
 * Context: sleeps with @wait; no lock needed.
 */
int vhost_msg_read(struct vhost_dev *dev, bool wait, struct vhost_msg_v2 *msg);

/**
 * vhost_msg_write() - do what a message of the owner says
 * @msg: of either version; nothing of it was checked
 *
 * Return: 0 or -errno, see docs/abi.md. Context: sleeps; takes dev->lock.
 */
int vhost_msg_write(struct vhost_dev *dev, const struct vhost_msg_v2 *msg);

#endif /* RINGSIDE_CORE_MSG_H */
