// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of software vDPA parents that can do more than the bus asks; see
 * parent.h. In threads that load and unload modules or bind devices.
 */
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "core/parent.h"

struct parent {
	struct list_head node;
	const struct vdpa_config_ops *config;
	const struct vhost_parent_ops *ops;
};

static DEFINE_MUTEX(parents_lock);
static LIST_HEAD(parents);		/* of struct parent; parents_lock */

static struct parent *find_locked(const struct vdpa_config_ops *config)
{
	struct parent *p;

	lockdep_assert_held(&parents_lock);
	list_for_each_entry(p, &parents, node)
		if (p->config == config)
			return p;
	return NULL;
}

int vhost_parent_register(const struct vdpa_config_ops *config,
			  const struct vhost_parent_ops *ops)
{
	struct parent *p = kmalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	p->config = config;
	p->ops = ops;
	guard(mutex)(&parents_lock);
	list_add(&p->node, &parents);
	return 0;
}
EXPORT_SYMBOL_GPL(vhost_parent_register);

void vhost_parent_unregister(const struct vdpa_config_ops *config)
{
	struct parent *p;

	guard(mutex)(&parents_lock);
	p = find_locked(config);
	if (!p)
		return;
	list_del(&p->node);
	kfree(p);
}
EXPORT_SYMBOL_GPL(vhost_parent_unregister);

const struct vhost_parent_ops *
vhost_parent_find(const struct vdpa_config_ops *config)
{
	struct parent *p;

	guard(mutex)(&parents_lock);
	p = find_locked(config);
	return p ? p->ops : NULL;
}
EXPORT_SYMBOL_GPL(vhost_parent_find);
