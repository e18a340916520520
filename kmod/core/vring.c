// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls that configure one queue: size, addresses, base, byte order, busy
 * polling, and the three eventfds.
 *
 * Under dev->lock and, in check and apply, vq->lock; in the owner's thread.
 * What is sent is judged here as far as it can be judged alone; what only
 * shows together with the rest is judged when the queue starts.
 */
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/module.h>

#include "core/internal.h"

/* ---- size, base, byte order, busy polling ----------------------------- */

int vhost_cmd_check_num(struct vhost_call *call)
{
	bool packed = vhost_vq_has(call->vq, VIRTIO_F_RING_PACKED);
	u32 num = call->arg.state.num;

	if (!num || num > RING_MAX_NUM)
		return -EINVAL;
	return packed || is_power_of_2(num) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(vhost_cmd_check_num);

void vhost_cmd_set_num(struct vhost_call *call)
{
	call->vq->config.num = call->arg.state.num;
}
EXPORT_SYMBOL_GPL(vhost_cmd_set_num);

/* Split: an index. Packed: two positions and wrap counters, all 32 bits. */
int vhost_cmd_check_base(struct vhost_call *call)
{
	if (vhost_vq_has(call->vq, VIRTIO_F_RING_PACKED))
		return 0;
	return call->arg.state.num > U16_MAX ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(vhost_cmd_check_base);

void vhost_cmd_set_base(struct vhost_call *call)
{
	call->vq->config.base = call->arg.state.num;
	call->vq->config.base_set = true;
}
EXPORT_SYMBOL_GPL(vhost_cmd_set_base);

void vhost_cmd_get_base(struct vhost_call *call)
{
	call->arg.state.num = vhost_vq_base(call->vq);
}
EXPORT_SYMBOL_GPL(vhost_cmd_get_base);

int vhost_cmd_check_endian(struct vhost_call *call)
{
	u32 order = call->arg.state.num;

	return order == VHOST_VRING_LITTLE_ENDIAN ||
	       order == VHOST_VRING_BIG_ENDIAN ? 0 : -EINVAL;
}

void vhost_cmd_set_endian(struct vhost_call *call)
{
	call->vq->config.order = call->arg.state.num == VHOST_VRING_BIG_ENDIAN ?
				 VHOST_ORDER_BIG : VHOST_ORDER_LITTLE;
}

void vhost_cmd_get_endian(struct vhost_call *call)
{
	call->arg.state.num = vhost_vq_big_endian(call->vq) ?
			      VHOST_VRING_BIG_ENDIAN :
			      VHOST_VRING_LITTLE_ENDIAN;
}

void vhost_cmd_set_busyloop(struct vhost_call *call)
{
	call->vq->config.busyloop_us = call->arg.state.num;
}

void vhost_cmd_get_busyloop(struct vhost_call *call)
{
	call->arg.state.num = call->vq->config.busyloop_us;
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

int vhost_cmd_check_addr(struct vhost_call *call)
{
	const struct vhost_vring_addr *a = &call->arg.addr;

	if (a->flags & ~BIT(VHOST_VRING_F_LOG))
		return -EOPNOTSUPP;
	if (!fits_pointer(a->desc_user_addr) ||
	    !fits_pointer(a->avail_user_addr) ||
	    !fits_pointer(a->used_user_addr))
		return -EFAULT;
	if (!aligned(a))
		return -EINVAL;
	/* Of a stopped queue the size may come later; then starting checks. */
	if (call->vq->backend && (!vhost_vring_accessible(call->vq, a,
							  call->vq->features[0]) ||
				  !vhost_log_ring_ok(call->vq, a)))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_cmd_check_addr);

void vhost_cmd_set_addr(struct vhost_call *call)
{
	call->vq->config.addr = call->arg.addr;
	call->vq->config.addr_set = true;
	vhost_vq_changed(call->vq);
}
EXPORT_SYMBOL_GPL(vhost_cmd_set_addr);

/* ---- eventfds --------------------------------------------------------- */

/* call->res: a file, or NULL for none. */
int vhost_cmd_find_kick(struct vhost_call *call)
{
	int fd = call->arg.file.fd;
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
	call->res = file;
	return 0;
}

void vhost_cmd_set_kick(struct vhost_call *call)
{
	struct vhost_vq *vq = call->vq;
	struct file *new = call->res;

	vhost_poll_stop(&vq->kick_poll);
	call->res = vq->config.kick;
	vq->config.kick = new;
	if (new)
		vhost_poll_start(&vq->kick_poll, new);
}

/* Kicks that came before the change have been served when it returns. */
void vhost_cmd_drop_kick(struct vhost_call *call)
{
	if (!call->res)
		return;
	fput(call->res);
	if (!call->ret)
		vhost_dev_flush(call->dev);
}

/* call->res: an eventfd, or NULL for none. */
int vhost_cmd_find_eventfd(struct vhost_call *call)
{
	int fd = call->arg.file.fd;
	struct eventfd_ctx *ctx;

	if (fd == VHOST_FILE_UNBIND)
		return 0;
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	call->res = ctx;
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_cmd_find_eventfd);

static void swap_eventfd(struct vhost_call *call, struct eventfd_ctx **place)
{
	struct eventfd_ctx *new = call->res;

	call->res = *place;
	*place = new;
}

/* From here on vhost_vq_call() signals the new one, in whatever context. */
void vhost_cmd_set_call(struct vhost_call *call)
{
	spin_lock_irq(&call->vq->call_lock);
	swap_eventfd(call, &call->vq->config.call);
	spin_unlock_irq(&call->vq->call_lock);
}
EXPORT_SYMBOL_GPL(vhost_cmd_set_call);

void vhost_cmd_set_err(struct vhost_call *call)
{
	swap_eventfd(call, &call->vq->config.err);
}

void vhost_cmd_drop_eventfd(struct vhost_call *call)
{
	if (call->res)
		eventfd_ctx_put(call->res);
}
EXPORT_SYMBOL_GPL(vhost_cmd_drop_eventfd);
