// SPDX-License-Identifier: GPL-2.0-only
/*
 * An open device: from open to close, or to the end of the parent.
 *
 * A node can be open once at a time. That ends with the last reference to the
 * file: of descriptors, and of mappings of a doorbell. When the last close()
 * returns, the node can be opened again.
 *
 * In the threads of whoever holds the file, and of who removes the parent. The
 * end is a work item, because a parent that does not respond must not hold up
 * who cannot be killed: a process that exits, or a kernel thread that drops
 * files for others. They wait for a second.
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vdpa/vdpa.h"

/* ---- the owner's ------------------------------------------------------ */

/* A parent that uses the owner's addresses needs the owner's memory. */
static int bind_mm(struct vdpa_user *u)
{
	struct vdpa_device *vdpa = u->vdpa;
	int ret;

	if (!vdpa->use_va || !vdpa->config->bind_mm)
		return 0;
	ret = vdpa->config->bind_mm(vdpa, u->dev.mm);
	u->bound_mm = !ret;
	return ret;
}

static void disown(struct vdpa_user *u)
{
	if (u->bound_mm && u->vdpa->config->unbind_mm)
		u->vdpa->config->unbind_mm(u->vdpa);
	u->bound_mm = false;
	if (u->owner)
		vdpa_owner_put(u->owner);
	u->owner = NULL;
}

static int owned(struct vhost_dev *dev)
{
	struct vdpa_user *u = vdpa_user_of(dev);
	int ret;

	u->owner = vdpa_owner_get(dev->mm);
	if (!u->owner)
		return -ENOMEM;
	ret = bind_mm(u);
	if (ret)
		disown(u);
	return ret;
}

/*
 * RESET_OWNER, close, or the parent is removed. What the parent still does, and
 * what ends that:
 *  1. interrupts that a hypervisor takes: the producers are unregistered.
 *  2. rings, buffers, callbacks: the reset. A parent that fails to reset finds
 *     its callbacks and translations gone, nevertheless.
 *  3. callbacks on their way: the parent's own locks, when they are replaced.
 *  4. writes to the log: set_log(NULL) waits for them.
 *  5. reads and writes of the owner's memory: each space tells the parent that
 *     nothing is mapped before anything is unpinned.
 * Kicks have been stopped by the core.
 */
static void stop(struct vhost_dev *dev)
{
	struct vdpa_user *u = vdpa_user_of(dev);

	if (!u->vdpa)
		return;
	vdpa_reset_parent(u);
	vdpa_irq_clear_all(u);
	vdpa_config_call_end(u);
	vdpa_log_end(u);
	for (u32 i = 0; i < u->n_spaces; i++)
		vdpa_space_clear(u, i);
	disown(u);
}

/* ---- the end ---------------------------------------------------------- */

static struct workqueue_struct *endings;

int vdpa_files_init(void)
{
	endings = alloc_workqueue("vhost-vdpa", WQ_UNBOUND, 0);
	return endings ? 0 : -ENOMEM;
}

/* No file is open: this module's users are. Some may be at their end still. */
void vdpa_files_exit(void)
{
	destroy_workqueue(endings);
}

static void free_user(struct vdpa_user *u)
{
	kvfree(u->pages);
	kvfree(u->space);
	kvfree(u->vqs);
	kvfree(u);
}

static void drop_user(struct vdpa_user *u)
{
	if (!refcount_dec_and_test(&u->refs))
		return;
	put_device(&u->node->dev);
	mutex_destroy(&u->doorbell_lock);
	free_user(u);
}

/* The last reference to the file has gone. Afterwards the node is free. */
static void end(struct work_struct *work)
{
	struct vdpa_user *u = container_of(work, struct vdpa_user, end_work);
	struct vdpa_node *node = u->node;

	scoped_guard(mutex, &node->end) {
		vhost_dev_close(&u->dev);
		vdpa_mapper_close(u);
		scoped_guard(mutex, &node->lock)
			node->user = NULL;
	}
	complete(&u->ended);
	drop_user(u);
}

static void end_user(struct vdpa_user *u)
{
	queue_work(endings, &u->end_work);
	if (current->flags & (PF_EXITING | PF_KTHREAD))
		wait_for_completion_timeout(&u->ended, HZ);
	else
		wait_for_completion_killable(&u->ended);
	drop_user(u);
}

/* ---- open ------------------------------------------------------------- */

static struct vdpa_user *alloc_user(const struct vdpa_device *vdpa)
{
	u32 n = vdpa->nvqs, n_spaces = max(vdpa->nas, 1u);
	struct vdpa_user *u;

	u = kvzalloc(struct_size(u, queue, n), GFP_KERNEL_ACCOUNT);
	if (!u)
		return NULL;
	u->vqs = kvcalloc(n, sizeof(*u->vqs), GFP_KERNEL_ACCOUNT);
	u->space = kvcalloc(n_spaces, sizeof(*u->space), GFP_KERNEL_ACCOUNT);
	if (!u->vqs || !u->space) {
		free_user(u);
		return NULL;
	}
	u->n_spaces = n_spaces;
	for (u32 i = 0; i < n_spaces; i++)
		vdpa_space_init(&u->space[i]);
	for (u32 i = 0; i < n; i++) {
		vhost_vq_init(&u->queue[i].vq, &vdpa_vq_ops);
		u->vqs[i] = &u->queue[i].vq;
	}
	vdpa_config_call_init(&u->config);
	mutex_init(&u->doorbell_lock);
	INIT_WORK(&u->end_work, end);
	init_completion(&u->ended);
	refcount_set(&u->refs, 2);	/* the work item's, and end_user()'s */
	return u;
}

/* What the core and the owner are offered depends on the parent. */
static void fill_ops(struct vdpa_user *u, const struct vdpa_device *vdpa)
{
	u->ops = (struct vhost_dev_ops){
		.kind = "vdpa",
		.no_workers = true,
		.features = { vdpa_features_offered(u) },
		.backend_features = vdpa_backend_features(vdpa),
		.cmds = vdpa_cmds,
		.n_cmds = vdpa_n_cmds,
		.owned = owned,
		.msg = vdpa_msg,
		.stop = stop,
	};
}

static struct vdpa_user *new_user(struct vdpa_node *node)
{
	struct vdpa_device *vdpa = node->vdpa;
	struct vdpa_user *u = alloc_user(vdpa);
	int ret;

	lockdep_assert_held(&node->lock);
	if (!u)
		return ERR_PTR(-ENOMEM);
	u->node = node;
	u->vdpa = u->doorbell = vdpa;
	u->parent_ops = vhost_parent_find(vdpa->config);
	fill_ops(u, vdpa);
	ret = vhost_dev_init(&u->dev, &u->ops, u->vqs, vdpa->nvqs);
	if (ret) {
		free_user(u);
		return ERR_PTR(ret);
	}
	return u;
}

/* The node is ours from here on, unless this fails. */
static struct vdpa_user *take_node(struct vdpa_node *node, struct file *file)
{
	struct vdpa_user *u;

	guard(mutex)(&node->lock);
	if (!node->vdpa)
		return ERR_PTR(-ENODEV);
	if (node->user)
		return ERR_PTR(-EBUSY);
	u = new_user(node);
	if (IS_ERR(u))
		return u;
	u->mapping = file->f_mapping;
	get_device(&node->dev);
	node->user = u;
	return u;
}

/* Nobody knows what state the last user, or another driver, left behind. */
static int begin(struct vdpa_user *u)
{
	int ret;

	guard(mutex)(&u->dev.lock);
	if (!u->vdpa)
		return -ENODEV;	/* removed just now */
	ret = vdpa_reset_parent(u);
	return ret ? ret : vdpa_mapper_open(u);
}

void vdpa_user_revoke(struct vdpa_user *u)
{
	vdpa_doorbell_revoke(u);
	vhost_dev_revoke(&u->dev);
	scoped_guard(mutex, &u->dev.lock) {
		vdpa_mapper_close(u);
		u->vdpa = NULL;
	}
}

static int vdpa_open(struct inode *inode, struct file *file)
{
	struct vdpa_node *node = container_of(inode->i_cdev, struct vdpa_node,
					      cdev);
	struct vdpa_user *u = take_node(node, file);
	int ret;

	if (IS_ERR(u))
		return PTR_ERR(u);
	ret = begin(u);
	if (ret) {
		end_user(u);
		return ret;
	}
	file->private_data = &u->dev;
	return 0;
}

static int vdpa_release(struct inode *inode, struct file *file)
{
	end_user(vdpa_user_of(file->private_data));
	return 0;
}

const struct file_operations vdpa_fops = {
	.owner = THIS_MODULE,
	.open = vdpa_open,
	.release = vdpa_release,
	.unlocked_ioctl = vhost_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.write_iter = vhost_dev_write_iter,
	.mmap = vdpa_mmap,
	.llseek = noop_llseek,
};
