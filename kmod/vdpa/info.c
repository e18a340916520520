// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parent is like: sizes, counts, ranges. Nothing here changes.
 *
 * Under dev.lock.
 */
#include "vdpa/vdpa.h"

int vdpa_cmd_get_device_id(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	io->arg.u32 = vdpa->config->get_device_id(vdpa);
	return 0;
}

int vdpa_cmd_get_num_max(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	*(u16 *)io->arg.raw = vdpa->config->get_vq_num_max(vdpa);
	return 0;
}

int vdpa_cmd_get_vq_size(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	const struct vdpa_config_ops *ops = vdpa->config;

	io->arg.state.num = ops->get_vq_size ?
			    ops->get_vq_size(vdpa, io->vq->index) :
			    ops->get_vq_num_max(vdpa);
	return 0;
}

int vdpa_cmd_get_iova_range(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	struct vhost_vdpa_iova_range *range = (void *)io->arg.raw;

	range->first = u->range.first;
	range->last = u->range.last;
	return 0;
}

int vdpa_cmd_get_config_size(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	io->arg.u32 = vdpa->config->get_config_size(vdpa);
	return 0;
}

int vdpa_cmd_get_as_num(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->nas;
	return 0;
}

int vdpa_cmd_get_vqs_count(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->nvqs;
	return 0;
}

int vdpa_cmd_get_group_num(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->ngroups;
	return 0;
}
