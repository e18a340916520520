// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of ringside_test_parent.ko: /dev/vhost-test-parent, by which
 * tests/host/vdpa makes parents, looks at them and tells them what to do.
 *
 * parents_lock is not held while a parent comes or goes on the bus or is held.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "parent.h"

static DEFINE_MUTEX(parents_lock);
static struct parent *parents[PARENT_MOST];	/* parents_lock */

static struct miscdevice node;

/* ---- making and ending them ------------------------------------------- */

static bool is_possible(const struct parent_shape *s)
{
	return s->queues && s->queues <= PARENT_QUEUES && s->groups &&
	       s->groups <= PARENT_GROUPS && s->spaces &&
	       s->spaces <= PARENT_SPACES;
}

static void fill_ops(struct vdpa_config_ops *ops, u32 flags)
{
	*ops = parent_all_ops;
	if (!(flags & PARENT_DOORBELL))
		ops->get_vq_notification = NULL;
	if (!(flags & PARENT_SUSPEND))
		ops->suspend = NULL, ops->resume = NULL;
	if (!(flags & PARENT_RESET_MAP))
		ops->reset_map = NULL;
	if (flags & (PARENT_BY_RUN | PARENT_DOMAIN))
		ops->set_map = NULL;
	if (!(flags & PARENT_BY_RUN))
		ops->dma_map = NULL, ops->dma_unmap = NULL;
	if (!(flags & PARENT_BARE))
		return;
	ops->get_vq_size = NULL;
	ops->get_vq_group = NULL;
	ops->get_vq_desc_group = NULL;
	ops->get_vq_num_min = NULL;
	ops->get_iova_range = NULL;
	ops->set_group_asid = NULL;
	ops->bind_mm = NULL;
	ops->unbind_mm = NULL;
}

/* The ops must be there before the device is, and stay as long. */
static struct parent *alloc_parent(const struct parent_shape *s)
{
	struct vdpa_config_ops ops;
	struct parent *p;
	char name[16];

	fill_ops(&ops, s->flags);
	snprintf(name, sizeof(name), "tp%u", s->id);
	p = vdpa_alloc_device(struct parent, vdpa, node.this_device, &ops, NULL,
			      s->groups, s->spaces, name,
			      s->flags & PARENT_USE_VA);
	if (IS_ERR(p))
		return p;
	p->ops = ops;
	p->vdpa.config = &p->ops;
	p->shape = *s;
	p->group = -1;
	spin_lock_init(&p->cb_lock);
	init_waitqueue_head(&p->held);
	parent_memory_init(p);
	return p;
}

/*
 * Only a log needs our vhost.ko: it is looked for, so that parents without one
 * can be used with Linux's own modules, too (bench/vdpa). It stays loaded until
 * release_log().
 */
static int register_log(struct parent *p)
{
	int (*fn)(const struct vdpa_config_ops *config,
		  const struct vhost_parent_ops *ops);
	int ret;

	if (!(p->shape.flags & PARENT_LOG))
		return 0;
	fn = symbol_get(vhost_parent_register);
	if (!fn)
		return -EOPNOTSUPP;
	ret = fn(&p->ops, &parent_log_ops);
	if (ret)
		symbol_put(vhost_parent_register);
	return ret;
}

static void release_log(struct parent *p)
{
	void (*fn)(const struct vdpa_config_ops *config);

	if (!(p->shape.flags & PARENT_LOG))
		return;
	fn = symbol_get(vhost_parent_unregister);
	if (fn) {
		fn(&p->ops);
		symbol_put(vhost_parent_unregister);
	}
	symbol_put(vhost_parent_register);
}

static int add_parent(struct parent *p)
{
	int ret = register_log(p);

	if (ret)
		goto err_device;
	ret = vdpa_register_device(&p->vdpa, p->shape.queues);
	if (!ret)
		return 0;
	release_log(p);
err_device:
	put_device(&p->vdpa.dev);
	return ret;
}

static int new_parent(struct parent_shape *s)
{
	struct parent *p;
	int ret;

	if (!is_possible(s))
		return -EINVAL;
	guard(mutex)(&parents_lock);
	for (s->id = 0; s->id < PARENT_MOST && parents[s->id]; )
		s->id++;
	if (s->id == PARENT_MOST)
		return -ENOSPC;
	p = alloc_parent(s);
	if (IS_ERR(p))
		return PTR_ERR(p);
	ret = add_parent(p);
	if (!ret)
		parents[s->id] = p;
	return ret;
}

static int end_parent(u32 id)
{
	struct parent *p = NULL;

	scoped_guard(mutex, &parents_lock) {
		if (id < PARENT_MOST) {
			p = parents[id];
			parents[id] = NULL;
		}
	}
	if (!p)
		return -ENODEV;
	get_device(&p->vdpa.dev);
	vdpa_unregister_device(&p->vdpa);
	release_log(p);
	put_device(&p->vdpa.dev);
	return 0;
}

/* ---- looking and telling ---------------------------------------------- */

static struct parent *find_locked(u32 id)
{
	lockdep_assert_held(&parents_lock);
	return id < PARENT_MOST ? parents[id] : NULL;
}

static void read_queues(struct parent *p, struct parent_record *r)
{
	spin_lock_irq(&p->cb_lock);
	r->config_callback = p->config_cb.callback != NULL;
	for (u32 i = 0; i < PARENT_QUEUES; i++) {
		const struct parent_queue *q = &p->queue[i];

		r->kicks[i] = atomic_read(&q->kicks);
		r->ready[i] = q->ready;
		r->num[i] = q->num;
		r->desc[i] = q->desc;
		if (q->cb.callback)
			r->callbacks |= BIT(i);
		if (q->cb.trigger)
			r->triggers |= BIT(i);
	}
	spin_unlock_irq(&p->cb_lock);
}

static void read_memory(struct parent *p, struct parent_record *r)
{
	guard(mutex)(&p->map_lock);
	r->maps = p->maps;
	r->unmaps = p->unmaps;
	r->tables = p->tables;
	r->map_resets = p->map_resets;
	r->log_pages = p->log.pages;
	for (u32 i = 0; i < PARENT_SPACES; i++) {
		r->entries[i] = p->map[i].nmaps;
		r->bytes[i] = p->bytes[i];
	}
}

static int read_record(struct parent_record *r)
{
	struct parent *p;
	u32 id = r->id;

	guard(mutex)(&parents_lock);
	p = find_locked(id);
	if (!p)
		return -ENODEV;
	*r = (struct parent_record){
		.id = id,
		.status = p->status,
		.resets = p->resets,
		.suspends = p->suspends,
		.resumes = p->resumes,
		.bound = p->bound,
		.waiting = p->hold ? atomic_read(&p->waiting) : 0,
		.features = p->features,
	};
	memcpy(r->group_asid, p->group_asid, sizeof(r->group_asid));
	read_queues(p, r);
	read_memory(p, r);
	return 0;
}

static int obey(const struct parent_order *o)
{
	struct parent *p;

	guard(mutex)(&parents_lock);
	p = find_locked(o->id);
	if (!p)
		return -ENODEV;
	switch (o->what) {
	case PARENT_FAIL_MAP:
		p->fail_map = o->value;
		return 0;
	case PARENT_FAIL_TABLE:
		p->fail_table = o->value;
		return 0;
	case PARENT_FAIL_ADDR:
		p->fail_addr = o->value;
		return 0;
	case PARENT_FAIL_RESET:
		p->fail_reset = o->value;
		return 0;
	case PARENT_GROUP:
		p->group = o->value;
		return 0;
	case PARENT_HOLD:
		WRITE_ONCE(p->hold, o->value);
		wake_up_all(&p->held);
		return 0;
	case PARENT_IRQ:
		return parent_irq(p, o->value);
	case PARENT_IRQ_TRIGGER:
		return parent_trigger(p, o->value);
	case PARENT_IRQ_CONFIG:
		return parent_irq_config(p);
	default:
		return -EINVAL;
	}
}

static int access_memory(struct parent_dma *dma)
{
	struct parent *p;

	guard(mutex)(&parents_lock);
	p = find_locked(dma->id);
	return p ? parent_dma(p, dma) : -ENODEV;
}

/* ---- the node --------------------------------------------------------- */

static int run(unsigned int nr, void *arg)
{
	switch (nr) {
	case PARENT_NEW:
		return new_parent(arg);
	case PARENT_END:
		return end_parent(*(u32 *)arg);
	case PARENT_READ:
		return read_record(arg);
	case PARENT_DO:
		return obey(arg);
	case PARENT_DMA:
		return access_memory(arg);
	default:
		return -ENOTTY;
	}
}

static long parent_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	union {
		struct parent_shape shape;
		struct parent_record record;
		struct parent_order order;
		struct parent_dma dma;
		u32 id;
	} a = {};
	void __user *user = (void __user *)arg;
	int ret;

	if (_IOC_SIZE(nr) > sizeof(a) ||
	    copy_from_user(&a, user, _IOC_SIZE(nr)))
		return -EFAULT;
	ret = run(nr, &a);
	if (!ret && (_IOC_DIR(nr) & _IOC_READ) &&
	    copy_to_user(user, &a, _IOC_SIZE(nr)))
		ret = -EFAULT;
	return ret;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = parent_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-test-parent",
	.fops = &node_fops,
};

static int __init parent_init(void)
{
	return misc_register(&node);
}
module_init(parent_init);

static void __exit parent_exit(void)
{
	for (u32 i = 0; i < PARENT_MOST; i++)
		end_parent(i);
	misc_deregister(&node);
}
module_exit(parent_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test parents on the vdpa bus");
