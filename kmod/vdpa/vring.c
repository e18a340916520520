// SPDX-License-Identifier: GPL-2.0-only
/*
 * One queue: what its owner configures goes to the core, which keeps it, and to
 * the parent, which uses it. What the parent may reject is executed: first by
 * the parent, then by the core.
 *
 * Under dev.lock and vq.lock, but for kick(): under the lock of the eventfd's
 * wait queue, interrupts off.
 */
#include "vdpa/vdpa.h"

/*
 * A queue in use keeps its configuration. Disabling it makes it free to change,
 * which is also how a single queue is reset where the parent can do that.
 */
static int check_unused(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);
	struct vdpa_device *vdpa = u->vdpa;

	if (!vdpa_is_running(u))
		return 0;
	return vdpa->config->get_vq_ready(vdpa, io->vq->index) ? -EBUSY : 0;
}

/* ---- size, addresses -------------------------------------------------- */

static u32 num_min(struct vdpa_device *vdpa)
{
	return vdpa->config->get_vq_num_min ?
	       vdpa->config->get_vq_num_min(vdpa) : 1;
}

int vdpa_num_check(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	u32 num = io->arg.state.num;
	int ret = vhost_num_check(io);

	if (ret)
		return ret;
	if (num > vdpa->config->get_vq_num_max(vdpa) || num < num_min(vdpa))
		return -EINVAL;
	return check_unused(io);
}

void vdpa_num_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	vhost_num_apply(io);
	vdpa->config->set_vq_num(vdpa, io->vq->index, io->arg.state.num);
}

/* The addresses are IOVAs here; they are looked up when the parent uses them. */
int vdpa_addr_check(struct vhost_io *io)
{
	int ret = vhost_addr_check(io);

	if (ret)
		return ret;
	if ((io->arg.addr.flags & BIT(VHOST_VRING_F_LOG)) &&
	    !vdpa_log_offered(vdpa_user_of(io->dev)))
		return -EOPNOTSUPP;
	return check_unused(io);
}

int vdpa_addr_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	const struct vhost_vring_addr *a = &io->arg.addr;

	if (vdpa->config->set_vq_address(vdpa, io->vq->index, a->desc_user_addr,
					 a->avail_user_addr, a->used_user_addr))
		return -EINVAL;
	vhost_addr_apply(io);
	return 0;
}

/* ---- base ------------------------------------------------------------- */

/* Packed: two positions of 15 bits, a wrap counter at the top of each. */
static struct vdpa_vq_state state_of(const struct vhost_vq *vq, u32 base)
{
	struct vdpa_vq_state s = {};

	if (!vhost_vq_has(vq, VIRTIO_F_RING_PACKED)) {
		s.split.avail_index = base;
		return s;
	}
	s.packed.last_avail_idx = base & 0x7fff;
	s.packed.last_avail_counter = base >> 15 & 1;
	s.packed.last_used_idx = base >> 16 & 0x7fff;
	s.packed.last_used_counter = base >> 31;
	return s;
}

static u32 base_of(const struct vhost_vq *vq, const struct vdpa_vq_state *s)
{
	if (!vhost_vq_has(vq, VIRTIO_F_RING_PACKED))
		return s->split.avail_index;
	return s->packed.last_avail_idx | s->packed.last_avail_counter << 15 |
	       s->packed.last_used_idx << 16 |
	       (u32)s->packed.last_used_counter << 31;
}

int vdpa_base_check(struct vhost_io *io)
{
	int ret = vhost_base_check(io);

	return ret ? ret : check_unused(io);
}

int vdpa_base_execute(struct vhost_io *io)
{
	struct vdpa_vq_state state = state_of(io->vq, io->arg.state.num);
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	int ret = vdpa->config->set_vq_state(vdpa, io->vq->index, &state);

	if (!ret)
		vhost_base_apply(io);
	return ret;
}

int vdpa_base_get_execute(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);
	struct vdpa_vq_state state = {};
	int ret;

	ret = vdpa->config->get_vq_state(vdpa, io->vq->index, &state);
	if (!ret)
		io->arg.state.num = base_of(io->vq, &state);
	return ret;
}

void vdpa_forget_bases(struct vdpa_user *u)
{
	for (u32 i = 0; i < u->dev.nvqs; i++) {
		guard(mutex)(&u->vqs[i]->lock);
		u->vqs[i]->config.base_set = false;
	}
}

/* ---- enable, call, kick ----------------------------------------------- */

void vdpa_enable_apply(struct vhost_io *io)
{
	struct vdpa_device *vdpa = vdpa_parent_of(io->dev);

	vdpa->config->set_vq_ready(vdpa, io->vq->index, io->arg.state.num);
}

/* The producer has no reference to the eventfd: it goes before that does. */
void vdpa_call_apply(struct vhost_io *io)
{
	struct vdpa_user *u = vdpa_user_of(io->dev);

	vdpa_bypass_stop(u, io->vq);
	vhost_call_apply(io);
	vdpa_irq_set(u, io->vq);
	if (u->vdpa->config->get_status(u->vdpa) & VIRTIO_CONFIG_S_DRIVER_OK)
		vdpa_bypass_start(u, io->vq);
}

static void kick(struct vhost_vq *vq)
{
	struct vdpa_device *vdpa = vdpa_user_of(vq->dev)->vdpa;

	vdpa->config->kick_vq(vdpa, vq->index);
}

const struct vhost_vq_ops vdpa_vq_ops = {
	.name = "vdpa",
	.kick = kick,
};

/* Never twice at a time for a queue: under the lock that real kicks have. */
static void kick_now(struct vhost_vq *vq)
{
	wait_queue_head_t *head = vq->kick_poll.head;

	lockdep_assert_held(&vq->lock);
	if (!head) {
		kick(vq);
		return;
	}
	scoped_guard(spinlock_irqsave, &head->lock)
		kick(vq);
}

void vdpa_kick_ready(struct vdpa_user *u)
{
	struct vdpa_device *vdpa = u->vdpa;

	for (u32 i = 0; i < u->dev.nvqs; i++) {
		guard(mutex)(&u->vqs[i]->lock);
		if (vdpa->config->get_vq_ready(vdpa, i))
			kick_now(u->vqs[i]);
	}
}
