// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls that configure one queue's ring: size, addresses, base, byte order,
 * busy polling.
 *
 * Under dev->lock and, in check and apply, vq->lock; in the owner's thread.
 * Each value is validated here as far as it can be on its own; combinations of
 * values are validated when the queue starts.
 */
#include <linux/log2.h>
#include <linux/module.h>

#include "core/common_cmds.h"
#include "core/memory.h"
#include "core/queue.h"
#include "core/stages.h"

/* ---- size, base, byte order, busy polling ----------------------------- */

int vhost_num_check(struct vhost_io *io)
{
	bool packed = vhost_vq_has(io->vq, VIRTIO_F_RING_PACKED);
	u32 num = io->arg.state.num;

	if (!num || num > RING_MAX_NUM)
		return -EINVAL;
	return packed || is_power_of_2(num) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(vhost_num_check);

void vhost_num_apply(struct vhost_io *io)
{
	io->vq->config.num = io->arg.state.num;
}
EXPORT_SYMBOL_GPL(vhost_num_apply);

/* Split: an index. Packed: two positions and wrap counters, all 32 bits. */
int vhost_base_check(struct vhost_io *io)
{
	if (vhost_vq_has(io->vq, VIRTIO_F_RING_PACKED))
		return 0;
	return io->arg.state.num > U16_MAX ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(vhost_base_check);

void vhost_base_apply(struct vhost_io *io)
{
	io->vq->config.base = io->arg.state.num;
	io->vq->config.base_set = true;
}
EXPORT_SYMBOL_GPL(vhost_base_apply);

void vhost_base_get_apply(struct vhost_io *io)
{
	io->arg.state.num = vhost_vq_base(io->vq);
}
EXPORT_SYMBOL_GPL(vhost_base_get_apply);

int vhost_endian_check(struct vhost_io *io)
{
	u32 order = io->arg.state.num;

	return order == VHOST_VRING_LITTLE_ENDIAN ||
	       order == VHOST_VRING_BIG_ENDIAN ? 0 : -EINVAL;
}

void vhost_endian_apply(struct vhost_io *io)
{
	io->vq->config.order = io->arg.state.num == VHOST_VRING_BIG_ENDIAN ?
				 VHOST_ORDER_BIG : VHOST_ORDER_LITTLE;
}

void vhost_endian_get_apply(struct vhost_io *io)
{
	io->arg.state.num = vhost_vq_big_endian(io->vq) ?
			      VHOST_VRING_BIG_ENDIAN :
			      VHOST_VRING_LITTLE_ENDIAN;
}

void vhost_busyloop_apply(struct vhost_io *io)
{
	io->vq->config.busyloop_us = io->arg.state.num;
}

void vhost_busyloop_get_apply(struct vhost_io *io)
{
	io->arg.state.num = io->vq->config.busyloop_us;
}

/* ---- addresses -------------------------------------------------------- */

static bool fits_pointer(u64 addr)
{
	return (uintptr_t)addr == addr;
}

/* 2.7: the descriptor table at 16, the avail ring at 2, the used ring at 4 */
static bool aligned(const struct vhost_vring_addr *a)
{
	return IS_ALIGNED(a->desc_user_addr, VRING_DESC_ALIGN_SIZE) &&
	       IS_ALIGNED(a->avail_user_addr, VRING_AVAIL_ALIGN_SIZE) &&
	       IS_ALIGNED(a->used_user_addr, VRING_USED_ALIGN_SIZE) &&
	       IS_ALIGNED(a->log_guest_addr, VRING_USED_ALIGN_SIZE);
}

int vhost_addr_check(struct vhost_io *io)
{
	const struct vhost_vring_addr *a = &io->arg.addr;

	if (a->flags & ~BIT(VHOST_VRING_F_LOG))
		return -EOPNOTSUPP;
	if (!fits_pointer(a->desc_user_addr) ||
	    !fits_pointer(a->avail_user_addr) ||
	    !fits_pointer(a->used_user_addr))
		return -EFAULT;
	if (!aligned(a))
		return -EINVAL;
	/* The size of a stopped queue may come later: checked at start. */
	if (io->vq->backend && (!vhost_vring_accessible(io->vq, a,
							  io->vq->features[0]) ||
				  !vhost_log_ring_ok(io->vq, a)))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_addr_check);

void vhost_addr_apply(struct vhost_io *io)
{
	io->vq->config.addr = io->arg.addr;
	io->vq->config.addr_set = true;
	vhost_vq_changed(io->vq);
}
EXPORT_SYMBOL_GPL(vhost_addr_apply);
