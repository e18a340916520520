// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's status, its reset, and suspend and resume.
 *
 * Under dev.lock; the parent may take its time.
 */
#include "vdpa/vdpa.h"

/* ---- reset ------------------------------------------------------------ */

/* Owners that do not know of PERSIST expect that a reset unmaps. */
static u32 reset_flags(const struct vdpa_user *u)
{
	u64 persist = VHOST_BIT(VHOST_BACKEND_F_IOTLB_PERSIST);

	return u->dev.backend_features & persist ? 0 : VDPA_RESET_F_CLEAN_MAP;
}

static void stop_bypass(struct vdpa_user *u)
{
	for (u32 i = 0; i < u->dev.nvqs; i++)
		vdpa_bypass_stop(u, u->vqs[i]);
}

int vdpa_reset_parent(struct vdpa_user *u)
{
	int ret;

	lockdep_assert_held(&u->dev.lock);
	stop_bypass(u);
	WRITE_ONCE(u->dev.runs, false);
	u->suspended = false;
	vdpa_forget_bases(u);
	ret = vdpa_reset(u->vdpa, reset_flags(u));
	u->was_reset = !ret;
	return ret;
}

/* ---- status ----------------------------------------------------------- */

void vdpa_status_get_apply(struct vhost_io *io)
{
	io->arg.u8 = vdpa_status(vdpa_user_of(io->dev));
}

static void driver_ok(struct vdpa_user *u, u8 status)
{
	/* Some parents forget callbacks in a reset, the owner does not. */
	vdpa_irq_set_all(u);
	vdpa_set_status(u->vdpa, status);
	if (!(vdpa_status(u) & VIRTIO_CONFIG_S_DRIVER_OK))
		return;		/* the parent was not ready for it */
	WRITE_ONCE(u->dev.runs, true);
	for (u32 i = 0; i < u->dev.nvqs; i++)
		vdpa_bypass_start(u, u->vqs[i]);
}

/* 2.1.1: the driver never clears a bit but by a reset */
int vdpa_status_set_execute(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	u8 status = io->arg.u8, old = vdpa_status(u);

	if (!status)
		return vdpa_reset_parent(u);
	if (old & ~status)
		return -EINVAL;
	if (status & ~old & VIRTIO_CONFIG_S_DRIVER_OK)
		driver_ok(u, status);
	else
		vdpa_set_status(u->vdpa, status);
	return 0;
}

/* ---- suspend and resume ----------------------------------------------- */

/*
 * Programs suspend devices that do not run, suspend twice and resume what they
 * never suspended. All of these are 0 and change nothing; the parent sees one
 * resume for each suspend.
 */
int vdpa_suspend_execute(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	int ret;

	if (!u->vdpa->config->suspend)
		return -EOPNOTSUPP;
	if (!vdpa_is_running(u))
		return 0;
	ret = u->vdpa->config->suspend(u->vdpa);
	u->suspended = !ret;
	return ret;
}

/* Drivers do not kick again for what they added while it was suspended. */
int vdpa_resume_execute(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	int ret;

	if (!u->vdpa->config->resume)
		return -EOPNOTSUPP;
	if (!u->suspended)
		return 0;
	ret = u->vdpa->config->resume(u->vdpa);
	if (ret)
		return ret;
	u->suspended = false;
	vdpa_kick_ready(u);
	return 0;
}
