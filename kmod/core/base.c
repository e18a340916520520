// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a ring is: its base, as VHOST_GET_VRING_BASE has it (docs/abi.md).
 *
 * While a ring runs the engine knows; otherwise it is in vq->config, where the
 * owner sets it, and where it is kept when the ring breaks or stops.
 *
 * Under vq->lock.
 */
#include <linux/module.h>

#include "core/queue.h"

void vhost_vq_set_base(struct vhost_vq *vq, u32 base)
{
	vq->config.base = base;
	vq->config.base_set = true;
}

static u32 fresh_base(const struct vhost_vq *vq)
{
	return ring_initial_base(vhost_vq_ring_flags(vq));
}

/* Where no base was set, that of a ring which was never used. */
static u32 configured_base(const struct vhost_vq *vq)
{
	return vq->config.base_set ? vq->config.base : fresh_base(vq);
}

u32 vhost_vq_base(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	if (vq->state == VHOST_VQ_RUNNING)
		return ring_base(&vq->ring);
	return configured_base(vq);
}

bool vhost_vq_is_fresh(const struct vhost_vq *vq)
{
	return vhost_vq_base(vq) == fresh_base(vq);
}

bool vhost_vq_was_used(const struct vhost_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	return vq->was_used || !vhost_vq_is_fresh(vq);
}
EXPORT_SYMBOL_GPL(vhost_vq_was_used);
