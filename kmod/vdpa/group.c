// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of queues, and the address space that each of them uses.
 *
 * Under dev.lock; questions about a queue also under its vq.lock.
 */
#include <linux/nospec.h>

#include "vdpa/vdpa.h"

/* What the parent says is passed on only where it names a group. */
static int group_result(struct vhost_io *io, u32 group)
{
	if (group >= vdpa_parent_of(io->dev)->ngroups)
		return -EIO;
	io->arg.state.num = group;
	return 0;
}

int vdpa_group_get_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	if (!vdpa->config->get_vq_group)
		return -EOPNOTSUPP;
	return group_result(io, vdpa->config->get_vq_group(vdpa,
							   io->vq->index));
}

int vdpa_desc_group_get_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	if (!vdpa->config->get_vq_desc_group)
		return -EOPNOTSUPP;
	return group_result(io, vdpa->config->get_vq_desc_group(vdpa,
							io->vq->index));
}

/* The index is a group's, not a queue's, and there may be more of those. */
int vdpa_group_asid_check(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	if (io->arg.state.index >= vdpa->ngroups ||
	    io->arg.state.num >= vdpa->nas)
		return -EINVAL;
	if (vdpa->config->get_status(vdpa) & VIRTIO_CONFIG_S_DRIVER_OK)
		return -EBUSY;
	return vdpa->config->set_group_asid ? 0 : -EOPNOTSUPP;
}

int vdpa_group_asid_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	u32 group, asid;

	group = array_index_nospec(io->arg.state.index, vdpa->ngroups);
	asid = array_index_nospec(io->arg.state.num, vdpa->nas);
	return vdpa->config->set_group_asid(vdpa, group, asid);
}
