// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way to whoever passes them on. A pointer, so that the files where
 * things happen need nothing of those which tell of them.
 */
#include "core/events.h"

static const struct vhost_listener *the_listener;

void vhost_events_listen(const struct vhost_listener *listener)
{
	the_listener = listener;
}

void vhost_dev_happened(struct vhost_dev *dev, enum vhost_dev_event event)
{
	if (the_listener)
		the_listener->dev(dev, event);
}

void vhost_vq_happened(struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	if (the_listener)
		the_listener->queue(vq);
}
