// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parent as the vdpa bus sees it: it keeps what it is given.
 */
#include "parent.h"

static struct parent_queue *queue(struct vdpa_device *vdpa, u16 index)
{
	return &parent_of(vdpa)->queue[index];
}

int parent_wait(struct parent *p)
{
	int ret;

	atomic_inc(&p->waiting);
	ret = wait_event_killable(p->held, !READ_ONCE(p->hold));
	atomic_dec(&p->waiting);
	return ret ? -EINTR : 0;
}

/* ---- queues ----------------------------------------------------------- */

static int set_vq_address(struct vdpa_device *vdpa, u16 index, u64 desc,
			  u64 driver, u64 device)
{
	if (parent_of(vdpa)->fail_addr)
		return -ERANGE;
	queue(vdpa, index)->desc = desc;
	return 0;
}

static void set_vq_num(struct vdpa_device *vdpa, u16 index, u32 num)
{
	queue(vdpa, index)->num = num;
}

static void kick_vq(struct vdpa_device *vdpa, u16 index)
{
	atomic_inc(&queue(vdpa, index)->kicks);
}

static void set_vq_cb(struct vdpa_device *vdpa, u16 index,
		      struct vdpa_callback *cb)
{
	scoped_guard(spinlock_irq, &parent_of(vdpa)->cb_lock)
		queue(vdpa, index)->cb = *cb;
}

static void set_vq_ready(struct vdpa_device *vdpa, u16 index, bool ready)
{
	queue(vdpa, index)->ready = ready;
}

static bool get_vq_ready(struct vdpa_device *vdpa, u16 index)
{
	return queue(vdpa, index)->ready;
}

static int set_vq_state(struct vdpa_device *vdpa, u16 index,
			const struct vdpa_vq_state *state)
{
	queue(vdpa, index)->state = *state;
	return 0;
}

static int get_vq_state(struct vdpa_device *vdpa, u16 index,
			struct vdpa_vq_state *state)
{
	int ret = parent_wait(parent_of(vdpa));

	*state = queue(vdpa, index)->state;
	return ret;
}

static u16 get_vq_size(struct vdpa_device *vdpa, u16 index)
{
	return PARENT_NUM_MAX >> index;
}

static u16 get_vq_num_max(struct vdpa_device *vdpa)
{
	return PARENT_NUM_MAX;
}

static u16 get_vq_num_min(struct vdpa_device *vdpa)
{
	return PARENT_NUM_MIN;
}

static u32 get_vq_align(struct vdpa_device *vdpa)
{
	return PAGE_SIZE;
}

/* ---- groups ----------------------------------------------------------- */

static u32 get_vq_group(struct vdpa_device *vdpa, u16 index)
{
	struct parent *p = parent_of(vdpa);

	return p->group >= 0 ? p->group : index % p->shape.groups;
}

static int set_group_asid(struct vdpa_device *vdpa, unsigned int group,
			  unsigned int asid)
{
	parent_of(vdpa)->group_asid[group] = asid;
	return 0;
}

/* ---- features, status, config ----------------------------------------- */

static u64 get_device_features(struct vdpa_device *vdpa)
{
	return BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
	       BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_RING_F_EVENT_IDX);
}

/* It insists on its own translations, as all parents do. */
static int set_driver_features(struct vdpa_device *vdpa, u64 features)
{
	if (!(features & BIT_ULL(VIRTIO_F_ACCESS_PLATFORM)))
		return -EOPNOTSUPP;
	parent_of(vdpa)->features = features;
	return 0;
}

static u64 get_driver_features(struct vdpa_device *vdpa)
{
	return parent_of(vdpa)->features;
}

static void set_config_cb(struct vdpa_device *vdpa, struct vdpa_callback *cb)
{
	scoped_guard(spinlock_irq, &parent_of(vdpa)->cb_lock)
		parent_of(vdpa)->config_cb = *cb;
}

static u32 get_device_id(struct vdpa_device *vdpa)
{
	return PARENT_DEVICE_ID;
}

static u8 get_status(struct vdpa_device *vdpa)
{
	return parent_of(vdpa)->status;
}

static void set_status(struct vdpa_device *vdpa, u8 status)
{
	struct parent *p = parent_of(vdpa);

	if (!parent_wait(p))
		p->status = status;
}

static void forget(struct parent *p)
{
	p->status = 0;
	p->features = 0;
	p->config_cb = (struct vdpa_callback){};
	for (u32 i = 0; i < PARENT_QUEUES; i++) {
		struct parent_queue *q = &p->queue[i];

		q->cb = (struct vdpa_callback){};
		q->ready = false;
		q->num = 0;
		q->desc = 0;
		q->state = (struct vdpa_vq_state){};
	}
	memset(p->group_asid, 0, sizeof(p->group_asid));
}

/* As VDUSE's, it forgets callbacks, too. */
static int reset(struct vdpa_device *vdpa)
{
	struct parent *p = parent_of(vdpa);

	p->resets++;
	if (p->fail_reset) {
		p->fail_reset--;
		return -EIO;
	}
	scoped_guard(spinlock_irq, &p->cb_lock)
		forget(p);
	return 0;
}

static int suspend(struct vdpa_device *vdpa)
{
	parent_of(vdpa)->suspends++;
	return parent_wait(parent_of(vdpa));
}

static int resume(struct vdpa_device *vdpa)
{
	parent_of(vdpa)->resumes++;
	return 0;
}

static size_t get_config_size(struct vdpa_device *vdpa)
{
	return PARENT_CONFIG_BYTES;
}

static void get_config(struct vdpa_device *vdpa, unsigned int offset, void *buf,
		       unsigned int len)
{
	memcpy(buf, parent_of(vdpa)->config + offset, len);
}

static void set_config(struct vdpa_device *vdpa, unsigned int offset,
		       const void *buf, unsigned int len)
{
	memcpy(parent_of(vdpa)->config + offset, buf, len);
}

static struct vdpa_iova_range get_iova_range(struct vdpa_device *vdpa)
{
	return (struct vdpa_iova_range){ PARENT_IOVA_FIRST, PARENT_IOVA_LAST };
}

static int bind_mm(struct vdpa_device *vdpa, struct mm_struct *mm)
{
	parent_of(vdpa)->bound = true;
	return 0;
}

static void unbind_mm(struct vdpa_device *vdpa)
{
	parent_of(vdpa)->bound = false;
}

static void free_parent(struct vdpa_device *vdpa)
{
	parent_memory_free(parent_of(vdpa));
}

const struct vdpa_config_ops parent_all_ops = {
	.set_vq_address = set_vq_address,
	.set_vq_num = set_vq_num,
	.kick_vq = kick_vq,
	.set_vq_cb = set_vq_cb,
	.set_vq_ready = set_vq_ready,
	.get_vq_ready = get_vq_ready,
	.set_vq_state = set_vq_state,
	.get_vq_state = get_vq_state,
	.get_vq_notification = parent_doorbell,
	.get_vq_size = get_vq_size,
	.get_vq_align = get_vq_align,
	.get_vq_group = get_vq_group,
	.get_vq_desc_group = get_vq_group,
	.get_device_features = get_device_features,
	.set_driver_features = set_driver_features,
	.get_driver_features = get_driver_features,
	.set_config_cb = set_config_cb,
	.get_vq_num_max = get_vq_num_max,
	.get_vq_num_min = get_vq_num_min,
	.get_device_id = get_device_id,
	.get_vendor_id = get_device_id,
	.get_status = get_status,
	.set_status = set_status,
	.reset = reset,
	.suspend = suspend,
	.resume = resume,
	.get_config_size = get_config_size,
	.get_config = get_config,
	.set_config = set_config,
	.get_iova_range = get_iova_range,
	.set_map = parent_set_map,
	.dma_map = parent_dma_map,
	.dma_unmap = parent_dma_unmap,
	.reset_map = parent_reset_map,
	.set_group_asid = set_group_asid,
	.bind_mm = bind_mm,
	.unbind_mm = unbind_mm,
	.free = free_parent,
};

/* ---- interrupts ------------------------------------------------------- */

/* As from an interrupt: nothing may sleep. */
static int call(struct parent *p, const struct vdpa_callback *cb)
{
	int ret = -ENOENT;

	spin_lock_irq(&p->cb_lock);
	if (cb->callback) {
		cb->callback(cb->private);
		ret = 0;
	}
	spin_unlock_irq(&p->cb_lock);
	return ret;
}

int parent_irq(struct parent *p, u32 index)
{
	return index < PARENT_QUEUES ? call(p, &p->queue[index].cb) : -EINVAL;
}

int parent_irq_config(struct parent *p)
{
	return call(p, &p->config_cb);
}

int parent_trigger(struct parent *p, u32 index)
{
	int ret = -ENOENT;

	if (index >= PARENT_QUEUES)
		return -EINVAL;
	spin_lock_irq(&p->cb_lock);
	if (p->queue[index].cb.trigger) {
		eventfd_signal(p->queue[index].cb.trigger);
		ret = 0;
	}
	spin_unlock_irq(&p->cb_lock);
	return ret;
}
