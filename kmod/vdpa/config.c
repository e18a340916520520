// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's configuration space, and the interrupt that says that it
 * changed.
 *
 * Commands: the caller's thread, dev.lock. The interrupt: whatever context the
 * parent has, under config.lock.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vdpa/vdpa.h"

/* ---- reading and writing ---------------------------------------------- */

static struct vhost_vdpa_config *header_of(struct vhost_io *io)
{
	return (struct vhost_vdpa_config *)io->arg.raw;
}

static u8 __user *bytes_of(struct vhost_io *io)
{
	return (u8 __user *)io->user + offsetof(struct vhost_vdpa_config, buf);
}

/* Three errors apart: nothing asked, begins outside, ends outside. */
static int check_range(struct vdpa_device *vdpa,
		       const struct vhost_vdpa_config *c)
{
	size_t size = vdpa->config->get_config_size(vdpa);

	if (!c->len || c->off > size)
		return -EINVAL;
	return c->len > size - c->off ? -E2BIG : 0;
}

int vdpa_config_get_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	const struct vhost_vdpa_config *c = header_of(io);
	int ret = check_range(vdpa, c);
	void *buf;

	if (ret)
		return ret;
	buf = kvzalloc(c->len, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	vdpa_get_config(vdpa, c->off, buf, c->len);
	if (copy_to_user(bytes_of(io), buf, c->len))
		ret = -EFAULT;
	kvfree(buf);
	return ret;
}

int vdpa_config_set_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	const struct vhost_vdpa_config *c = header_of(io);
	int ret = check_range(vdpa, c);
	void *buf;

	if (ret)
		return ret;
	if (!vdpa->config->set_config)
		return -EOPNOTSUPP;
	buf = vmemdup_user(bytes_of(io), c->len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	vdpa_set_config(vdpa, c->off, buf, c->len);
	kvfree(buf);
	return 0;
}

/* ---- the interrupt ---------------------------------------------------- */

void vdpa_config_call_init(struct vdpa_config_call *call)
{
	spin_lock_init(&call->lock);
}

irqreturn_t vdpa_config_changed(void *private)
{
	struct vdpa_user *u = private;
	unsigned long flags;

	spin_lock_irqsave(&u->config.lock, flags);
	if (u->config.ctx)
		eventfd_signal(u->config.ctx);
	spin_unlock_irqrestore(&u->config.lock, flags);
	return IRQ_HANDLED;
}

static struct eventfd_ctx *swap_ctx(struct vdpa_config_call *call,
				    struct eventfd_ctx *new)
{
	struct eventfd_ctx *old;

	spin_lock_irq(&call->lock);
	old = call->ctx;
	call->ctx = new;
	spin_unlock_irq(&call->lock);
	return old;
}

/* io->res: an eventfd, or NULL for none. */
int vdpa_config_call_prepare(struct vhost_io *io)
{
	struct eventfd_ctx *ctx;

	if (io->arg.fd == VHOST_FILE_UNBIND)
		return 0;
	ctx = eventfd_ctx_fdget(io->arg.fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	io->res = ctx;
	return 0;
}

void vdpa_config_call_apply(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	struct vdpa_callback cb = {
		.callback = vdpa_config_changed,
		.private = u,
	};

	io->res = swap_ctx(&u->config, io->res);
	u->vdpa->config->set_config_cb(u->vdpa, &cb);
}

void vdpa_config_call_end(struct vdpa_user *u)
{
	struct eventfd_ctx *ctx = swap_ctx(&u->config, NULL);

	lockdep_assert_held(&u->dev.lock);
	if (ctx)
		eventfd_ctx_put(ctx);
}
