/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: what happens to devices and queues, for one listener, which
 * passes it on (netlink_events.c).
 */
#ifndef RINGSIDE_CORE_EVENTS_H
#define RINGSIDE_CORE_EVENTS_H

#include "core/dev.h"

enum vhost_dev_event {
	VHOST_DEV_ADDED,
	VHOST_DEV_CHANGED,	/* its owner, or it begins to close */
	VHOST_DEV_DELETED,	/* is about to leave the list of devices */
};

/* Called where it happened, see below. */
struct vhost_listener {
	void (*dev)(struct vhost_dev *dev, enum vhost_dev_event event);
	void (*queue)(struct vhost_vq *vq);
};

/**
 * vhost_events_listen() - have @listener hear of everything from now on
 * @listener: NULL: nobody
 *
 * Context: there are no devices.
 */
void vhost_events_listen(const struct vhost_listener *listener);

/**
 * vhost_dev_happened() - tell the listener
 *
 * Context: sleeps; @dev stays meanwhile; any lock of it may be held but
 * worker_lock and info_lock.
 */
void vhost_dev_happened(struct vhost_dev *dev, enum vhost_dev_event event);

/**
 * vhost_vq_happened() - @vq was started or stopped, or broke
 *
 * Context: as above; vq->lock held.
 */
void vhost_vq_happened(struct vhost_vq *vq);

#endif /* RINGSIDE_CORE_EVENTS_H */
