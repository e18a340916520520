// SPDX-License-Identifier: GPL-2.0-only
/*
 * The management device: `vdpa dev add mgmtdev vdpa_blk name NAME` and `vdpa dev
 * del NAME`. The bus calls with its lock held, one at a time.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/virtio_ids.h>
#include <uapi/linux/vdpa.h>

#include "core/parent.h"
#include "mgmt.h"
#include "settings.h"

static int add(struct vdpa_mgmt_dev *mdev, struct vblk_settings *s,
	       const struct vblk_plan *plan)
{
	struct vblk_dev *dev = vblk_dev_create(mdev->device, &vblk_ops, plan);
	int err;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	dev->settings = s;
	dev->vdpa.mdev = mdev;
	vblk_settings_attach(s, dev);
	err = _vdpa_register_device(&dev->vdpa, dev->num_queues);
	if (!err)
		return 0;
	vblk_settings_detach(s);
	vblk_dev_destroy(dev);
	return err;
}

static int dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
		   const struct vdpa_dev_set_config *config)
{
	struct vblk_plan plan = {};
	struct vblk_settings *s;
	int err;

	s = vblk_settings_claim(name, &plan);
	if (IS_ERR(s)) {
		dev_err(mdev->device, "%s: no settings, or no backing device in them, in configfs: %pe\n",
			name, s);
		return PTR_ERR(s);
	}
	if (config->mask & BIT_ULL(VDPA_ATTR_DEV_FEATURES))
		plan.features = config->device_features;
	err = add(mdev, s, &plan);
	if (err) {
		dev_err(mdev->device, "%s: no device on %s: %pe\n", name,
			plan.backing, ERR_PTR(err));
		vblk_settings_release(s);
	}
	return err;
}

static void dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdpa)
{
	struct vblk_dev *dev = vblk_dev_of(vdpa);
	struct vblk_settings *s = dev->settings;

	get_device(&vdpa->dev);
	_vdpa_unregister_device(vdpa);
	vblk_settings_detach(s);
	vblk_dev_destroy(dev);
	vblk_settings_release(s);
}

static const struct vdpa_mgmtdev_ops mgmt_ops = {
	.dev_add = dev_add,
	.dev_del = dev_del,
};

static struct virtio_device_id ids[] = {
	{ VIRTIO_ID_BLOCK, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct vdpa_mgmt_dev mgmt = {
	.ops = &mgmt_ops,
	.id_table = ids,
	.config_attr_mask = BIT_ULL(VDPA_ATTR_DEV_FEATURES),
	.max_supported_vqs = VBLK_MAX_QUEUES,
};

int vblk_mgmt_register(void)
{
	int err;

	mgmt.device = root_device_register("vdpa_blk");
	if (IS_ERR(mgmt.device))
		return PTR_ERR(mgmt.device);
	mgmt.supported_features = vblk_supported_features();
	err = vhost_parent_register(&vblk_ops, &vblk_parent_ops);
	if (err)
		goto err_device;
	err = vdpa_mgmtdev_register(&mgmt);
	if (err)
		goto err_parent;
	return 0;

err_parent:
	vhost_parent_unregister(&vblk_ops);
err_device:
	root_device_unregister(mgmt.device);
	return err;
}

void vblk_mgmt_unregister(void)
{
	vdpa_mgmtdev_unregister(&mgmt);
	vhost_parent_unregister(&vblk_ops);
	root_device_unregister(mgmt.device);
}
