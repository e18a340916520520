// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory /sys/kernel/config/vdpa_blk: one directory for a device to be,
 * made with mkdir, with a file for each setting. The vdpa netlink family cannot
 * say what a device is to be backed by: its attributes are a MAC address, an MTU,
 * a number of queue pairs and feature bits.
 *
 *   backing      path of a block device
 *   read_only    0 or 1
 *   queues       1 to 64
 *   queue_size   descriptors in each, a power of two from 2 to 1024
 *   serial       up to 20 characters; as long as it is empty, the name
 *   features     offer these feature bits and no others; 0: all there are. What
 *                `vdpa dev add` says goes before it; old ones cannot say it
 *   rescan       write 1: take over the size of the backing device
 *   capacity     the size the driver sees, in sectors of 512 bytes
 *   counters     what its queues have counted
 *
 * The first six cannot be changed while the device exists, the last three need
 * it; all others are EBUSY or ENODEV. The directory cannot be removed then.
 */
#include <linux/configfs.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "settings.h"

struct vblk_settings {
	struct config_item item;
	struct mutex lock;
	char *backing;		/* lock; NULL: not chosen */
	char serial[VIRTIO_BLK_ID_BYTES + 1];	/* lock */
	bool read_only;		/* lock */
	u32 queues;		/* lock */
	u32 queue_size;		/* lock */
	u64 features;		/* lock */
	bool claimed;		/* lock; the above do not change */
	struct vblk_dev *dev;	/* lock */
};

static struct vblk_settings *settings_of(struct config_item *item)
{
	return container_of(item, struct vblk_settings, item);
}

/* ---- settings --------------------------------------------------------- */

static ssize_t settings_backing_show(struct config_item *item, char *page)
{
	struct vblk_settings *s = settings_of(item);

	guard(mutex)(&s->lock);
	return sysfs_emit(page, "%s\n", s->backing ?: "");
}

static ssize_t settings_backing_store(struct config_item *item, const char *page,
				      size_t len)
{
	struct vblk_settings *s = settings_of(item);
	char *path __free(kfree) = kstrndup(page, len, GFP_KERNEL);

	if (!path)
		return -ENOMEM;
	path[strcspn(path, "\n")] = '\0';
	if (path[0] != '/')
		return -EINVAL;
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EBUSY;
	swap(s->backing, path);
	return len;
}

static ssize_t settings_serial_show(struct config_item *item, char *page)
{
	struct vblk_settings *s = settings_of(item);

	guard(mutex)(&s->lock);
	return sysfs_emit(page, "%s\n", s->serial);
}

static ssize_t settings_serial_store(struct config_item *item, const char *page,
				     size_t len)
{
	struct vblk_settings *s = settings_of(item);
	size_t n = strcspn(page, "\n");

	if (n > VIRTIO_BLK_ID_BYTES)
		return -EINVAL;
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EBUSY;
	memset(s->serial, 0, sizeof(s->serial));
	memcpy(s->serial, page, n);
	return len;
}

static ssize_t settings_read_only_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(settings_of(item)->read_only));
}

static ssize_t settings_read_only_store(struct config_item *item,
					const char *page, size_t len)
{
	struct vblk_settings *s = settings_of(item);
	bool value;
	int err = kstrtobool(page, &value);

	if (err)
		return err;
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EBUSY;
	WRITE_ONCE(s->read_only, value);
	return len;
}

static ssize_t settings_queues_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(settings_of(item)->queues));
}

/* Set a number between @min and @max. */
static int store_number(struct vblk_settings *s, u32 *to, const char *page,
			u32 min, u32 max)
{
	u32 value;
	int err = kstrtou32(page, 0, &value);

	if (err)
		return err;
	if (value < min || value > max)
		return -ERANGE;
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EBUSY;
	WRITE_ONCE(*to, value);
	return 0;
}

static ssize_t settings_queues_store(struct config_item *item, const char *page,
				     size_t len)
{
	struct vblk_settings *s = settings_of(item);

	return store_number(s, &s->queues, page, 1, VBLK_MAX_QUEUES) ?: len;
}

static ssize_t settings_queue_size_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(settings_of(item)->queue_size));
}

static ssize_t settings_queue_size_store(struct config_item *item,
					 const char *page, size_t len)
{
	struct vblk_settings *s = settings_of(item);
	u32 value;

	if (!kstrtou32(page, 0, &value) && !is_power_of_2(value))
		return -EINVAL;
	return store_number(s, &s->queue_size, page, 2, VBLK_MAX_NUM) ?: len;
}

static ssize_t settings_features_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%#llx\n", READ_ONCE(settings_of(item)->features));
}

static ssize_t settings_features_store(struct config_item *item,
				       const char *page, size_t len)
{
	struct vblk_settings *s = settings_of(item);
	u64 value;
	int err = kstrtou64(page, 0, &value);

	if (err)
		return err;
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EBUSY;
	WRITE_ONCE(s->features, value);
	return len;
}

/* ---- the device there is ---------------------------------------------- */

static ssize_t settings_rescan_store(struct config_item *item, const char *page,
				     size_t len)
{
	struct vblk_settings *s = settings_of(item);

	guard(mutex)(&s->lock);
	if (!s->dev)
		return -ENODEV;
	vblk_config_rescan(s->dev);
	return len;
}

static ssize_t settings_capacity_show(struct config_item *item, char *page)
{
	struct vblk_settings *s = settings_of(item);

	guard(mutex)(&s->lock);
	if (!s->dev)
		return -ENODEV;
	return sysfs_emit(page, "%llu\n", READ_ONCE(s->dev->capacity));
}

static ssize_t settings_counters_show(struct config_item *item, char *page)
{
	struct vblk_settings *s = settings_of(item);

	guard(mutex)(&s->lock);
	if (!s->dev)
		return -ENODEV;
	return vblk_counters_show(s->dev, page);
}

CONFIGFS_ATTR(settings_, backing);
CONFIGFS_ATTR(settings_, serial);
CONFIGFS_ATTR(settings_, read_only);
CONFIGFS_ATTR(settings_, queues);
CONFIGFS_ATTR(settings_, queue_size);
CONFIGFS_ATTR(settings_, features);
CONFIGFS_ATTR_WO(settings_, rescan);
CONFIGFS_ATTR_RO(settings_, capacity);
CONFIGFS_ATTR_RO(settings_, counters);

static struct configfs_attribute *settings_attrs[] = {
	&settings_attr_backing,
	&settings_attr_serial,
	&settings_attr_read_only,
	&settings_attr_queues,
	&settings_attr_queue_size,
	&settings_attr_features,
	&settings_attr_rescan,
	&settings_attr_capacity,
	&settings_attr_counters,
	NULL,
};

/* ---- directories ------------------------------------------------------ */

static void settings_free(struct config_item *item)
{
	struct vblk_settings *s = settings_of(item);

	kfree(s->backing);
	kfree(s);
}

static struct configfs_item_operations settings_ops = {
	.release = settings_free,
};

static const struct config_item_type settings_type = {
	.ct_item_ops = &settings_ops,
	.ct_attrs = settings_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_item *settings_make(struct config_group *group,
					 const char *name)
{
	struct vblk_settings *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return ERR_PTR(-ENOMEM);
	mutex_init(&s->lock);
	s->queues = 1;
	s->queue_size = 256;
	config_item_init_type_name(&s->item, name, &settings_type);
	return &s->item;
}

static struct configfs_group_operations root_ops = {
	.make_item = settings_make,
};

static const struct config_item_type root_type = {
	.ct_group_ops = &root_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group.cg_item = {
		.ci_namebuf = "vdpa_blk",
		.ci_type = &root_type,
	},
};

/* ---- for mgmt.c ------------------------------------------------------- */

static struct config_item *find_item(const char *name)
{
	guard(mutex)(&subsystem.su_mutex);
	return config_group_find_item(&subsystem.su_group, name);
}

static int claim(struct vblk_settings *s, struct vblk_plan *plan)
{
	guard(mutex)(&s->lock);
	if (s->claimed)
		return -EEXIST;
	if (!s->backing)
		return -ENODATA;
	s->claimed = true;
	plan->name = config_item_name(&s->item);
	plan->backing = s->backing;
	plan->serial = s->serial[0] ? s->serial : plan->name;
	plan->read_only = s->read_only;
	plan->queues = s->queues;
	plan->queue_size = s->queue_size;
	plan->features = s->features;
	return 0;
}

struct vblk_settings *vblk_settings_claim(const char *name,
					  struct vblk_plan *plan)
{
	struct config_item *item = find_item(name);
	int err;

	if (!item)
		return ERR_PTR(-ENOENT);
	/* rmdir says EBUSY from here on */
	err = configfs_depend_item(&subsystem, item);
	if (err)
		goto err_item;
	err = claim(settings_of(item), plan);
	if (err)
		goto err_depend;
	return settings_of(item);

err_depend:
	configfs_undepend_item(item);
err_item:
	config_item_put(item);
	return ERR_PTR(err);
}

void vblk_settings_attach(struct vblk_settings *s, struct vblk_dev *dev)
{
	guard(mutex)(&s->lock);
	s->dev = dev;
}

void vblk_settings_detach(struct vblk_settings *s)
{
	vblk_settings_attach(s, NULL);
}

void vblk_settings_release(struct vblk_settings *s)
{
	scoped_guard(mutex, &s->lock)
		s->claimed = false;
	configfs_undepend_item(&s->item);
	config_item_put(&s->item);
}

int vblk_settings_register(void)
{
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}

void vblk_settings_unregister(void)
{
	configfs_unregister_subsystem(&subsystem);
}
