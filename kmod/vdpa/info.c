// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parent is like: sizes, counts, ranges. Nothing here changes.
 *
 * Under dev.lock.
 */
#include "vdpa/vdpa.h"

void vdpa_device_id_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	io->arg.u32 = vdpa->config->get_device_id(vdpa);
}

void vdpa_num_max_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	*(u16 *)io->arg.raw = vdpa->config->get_vq_num_max(vdpa);
}

void vdpa_vq_size_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	const struct vdpa_config_ops *ops = vdpa->config;

	io->arg.state.num = ops->get_vq_size ?
			    ops->get_vq_size(vdpa, io->vq->index) :
			    ops->get_vq_num_max(vdpa);
}

void vdpa_iova_range_apply(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	struct vhost_vdpa_iova_range *range = (void *)io->arg.raw;

	range->first = u->range.first;
	range->last = u->range.last;
}

void vdpa_config_size_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	io->arg.u32 = vdpa->config->get_config_size(vdpa);
}

void vdpa_as_num_apply(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->nas;
}

void vdpa_vqs_count_apply(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->nvqs;
}

void vdpa_group_num_apply(struct vhost_io *io)
{
	io->arg.u32 = vdpa_parent_of(io->dev)->ngroups;
}
