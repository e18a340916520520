// SPDX-License-Identifier: GPL-2.0-only
/*
 * Features: the parent's, unfiltered, and beyond them the dirty log; and those
 * of the backend, some of which are the parent's, too.
 *
 * Under dev.lock, setting under all vq.locks.
 */
#include "vdpa/vdpa.h"

static const u64 log_bit = VHOST_BIT(VHOST_F_LOG_ALL);

u64 vdpa_features_offered(struct vdpa_user *u)
{
	u64 features = u->vdpa->config->get_device_features(u->vdpa);

	/* The bit is no feature of a device; no parent knows it. */
	return vdpa_log_offered(u) ? features | log_bit : features & ~log_bit;
}

u64 vdpa_backend_features(const struct vdpa_device *vdpa)
{
	const struct vdpa_config_ops *ops = vdpa->config;
	u64 f = VHOST_BIT(VHOST_BACKEND_F_IOTLB_MSG_V2) |
		VHOST_BIT(VHOST_BACKEND_F_IOTLB_BATCH) |
		VHOST_BIT(VHOST_BACKEND_F_IOTLB_ASID);

	if (ops->suspend)
		f |= VHOST_BIT(VHOST_BACKEND_F_SUSPEND);
	if (ops->resume)
		f |= VHOST_BIT(VHOST_BACKEND_F_RESUME);
	if (ops->get_vq_desc_group)
		f |= VHOST_BIT(VHOST_BACKEND_F_DESC_ASID);
	/* Mappings stay over a reset: by the parent's word, or as the IOMMU's. */
	if (ops->reset_map || !(ops->set_map || ops->dma_map))
		f |= VHOST_BIT(VHOST_BACKEND_F_IOTLB_PERSIST);
	if (ops->get_backend_features)
		f |= ops->get_backend_features(vdpa) &
		     (VHOST_BIT(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK) |
		      VHOST_BIT(VHOST_BACKEND_F_IOTLB_PERSIST));
	return f;
}

int vdpa_backend_features_check(struct vhost_io *io)
{
	u64 f = io->arg.u64, desc = VHOST_BIT(VHOST_BACKEND_F_DESC_ASID);

	if (f & ~io->dev->ops->backend_features)
		return -EOPNOTSUPP;
	if ((f & desc) && !(f & VHOST_BIT(VHOST_BACKEND_F_IOTLB_ASID)))
		return -EINVAL;
	return 0;
}

void vdpa_backend_features_apply(struct vhost_io *io)
{
	WRITE_ONCE(io->dev->backend_features, io->arg.u64);
}

/* After FEATURES_OK only logging may change; it is not the driver's. */
static int check_late(const struct vhost_dev *dev, u64 wanted)
{
	u64 changes = wanted ^ dev->features[0];

	return changes == log_bit ? 0 : -EBUSY;
}

static bool is_late(struct vdpa_device *vdpa)
{
	return vdpa->config->get_status(vdpa) & VIRTIO_CONFIG_S_FEATURES_OK;
}

int vdpa_features_check(struct vhost_io *io)
{
	int ret = vhost_features_check(io);

	if (ret || !is_late(vdpa_parent_of(io->dev)))
		return ret;
	return check_late(io->dev, vhost_features_requested(io)[0]);
}

int vdpa_features_execute(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	u64 wanted = vhost_features_requested(io)[0];
	bool was_logging = u->log.wanted;
	int ret = vdpa_log_set_wanted(u, wanted & log_bit);

	if (ret)
		return ret;
	if (!is_late(u->vdpa) && vdpa_set_features(u->vdpa, wanted & ~log_bit)) {
		vdpa_log_set_wanted(u, was_logging);
		return -EINVAL;
	}
	vhost_features_apply(io);
	return 0;
}
