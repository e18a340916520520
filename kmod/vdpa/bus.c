// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of the vdpa bus, and a node for each: /dev/vhost-vdpa-N. Programs find
 * the node of a device in sysfs, as the directory vhost-vdpa-N below it.
 *
 * Runs in threads that bind and unbind drivers or add and remove devices, often
 * under the bus's own lock: nothing here waits for user space.
 */
#include <linux/idr.h>
#include <linux/slab.h>

#include "vdpa/vdpa.h"

enum {
	MOST_NODES = 1 << MINORBITS,
};

static DEFINE_IDA(minors);
static dev_t first_node;

int vdpa_nodes_init(void)
{
	return alloc_chrdev_region(&first_node, 0, MOST_NODES, "vhost-vdpa");
}

void vdpa_nodes_exit(void)
{
	unregister_chrdev_region(first_node, MOST_NODES);
}

static void release_node(struct device *dev)
{
	struct vdpa_node *node = container_of(dev, struct vdpa_node, dev);

	ida_free(&minors, node->minor);
	mutex_destroy(&node->lock);
	mutex_destroy(&node->end);
	kfree(node);
}

/* On errors after device_initialize(), put_device() ends the node. */
static struct vdpa_node *new_node(struct vdpa_device *vdpa)
{
	struct vdpa_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->minor = ida_alloc_max(&minors, MOST_NODES - 1, GFP_KERNEL);
	if (node->minor < 0) {
		int ret = node->minor;

		kfree(node);
		return ERR_PTR(ret);
	}
	node->vdpa = vdpa;
	mutex_init(&node->end);
	mutex_init(&node->lock);
	device_initialize(&node->dev);
	node->dev.release = release_node;
	node->dev.parent = &vdpa->dev;
	node->dev.devt = MKDEV(MAJOR(first_node), node->minor);
	cdev_init(&node->cdev, &vdpa_fops);
	node->cdev.owner = THIS_MODULE;
	return node;
}

static int probe(struct vdpa_device *vdpa)
{
	struct vdpa_node *node;
	int ret = vdpa_mapper_check(vdpa);

	if (ret)
		return ret;
	node = new_node(vdpa);
	if (IS_ERR(node))
		return PTR_ERR(node);
	ret = dev_set_name(&node->dev, "vhost-vdpa-%d", node->minor);
	if (!ret)
		ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret) {
		put_device(&node->dev);
		return ret;
	}
	vdpa_set_drvdata(vdpa, node);
	return 0;
}

/*
 * Who could still use the parent, and what ends that:
 *  1. who opens the node: the node is gone, and without a parent it is ENODEV.
 *  2. who has it open: the file is revoked. That waits for a command that the
 *     parent has not responded, and for nothing else of user space.
 *  3. who closes it now: under node->end, as we are; after either of us the
 *     file refers to the parent no longer.
 */
static void remove(struct vdpa_device *vdpa)
{
	struct vdpa_node *node = vdpa_get_drvdata(vdpa);
	struct vdpa_user *user;

	cdev_device_del(&node->cdev, &node->dev);
	scoped_guard(mutex, &node->end) {
		scoped_guard(mutex, &node->lock) {
			node->vdpa = NULL;
			user = node->user;
		}
		if (user)
			vdpa_user_revoke(user);
	}
	put_device(&node->dev);
}

struct vdpa_driver vdpa_bus_driver = {
	.driver = {
		.name = "vhost_vdpa",
	},
	.probe = probe,
	.remove = remove,
};
