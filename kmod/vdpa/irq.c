// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of the parent: the callbacks that it is given, and producers of
 * irq bypass, by which a hypervisor may have a hardware parent's interrupt
 * delivered to the guest without us.
 *
 * Under dev.lock; callback() in whatever context the parent has.
 */
#include "vdpa/vdpa.h"

static irqreturn_t callback(void *private)
{
	vhost_vq_call(private);
	return IRQ_HANDLED;
}

/*
 * The callback stays when there is no eventfd: parents look at it without a
 * lock. The eventfd, which they may signal themselves, is valid until the next
 * call of this, or of vdpa_irq_clear_all().
 */
void vdpa_irq_set(struct vdpa_user *u, struct vhost_vq *vq)
{
	struct vdpa_callback cb = {
		.callback = callback,
		.private = vq,
		.trigger = vq->config.call,
	};

	lockdep_assert_held(&vq->lock);
	u->vdpa->config->set_vq_cb(u->vdpa, vq->index, &cb);
}

void vdpa_irq_set_all(struct vdpa_user *u)
{
	struct vdpa_callback cb = {
		.callback = vdpa_config_changed,
		.private = u,
	};

	lockdep_assert_held(&u->dev.lock);
	for (u32 i = 0; i < u->dev.nvqs; i++) {
		guard(mutex)(&u->vqs[i]->lock);
		vdpa_irq_set(u, u->vqs[i]);
	}
	u->vdpa->config->set_config_cb(u->vdpa, &cb);
}

void vdpa_irq_clear_all(struct vdpa_user *u)
{
	struct vdpa_callback cb = {};

	lockdep_assert_held(&u->dev.lock);
	for (u32 i = 0; i < u->dev.nvqs; i++)
		u->vdpa->config->set_vq_cb(u->vdpa, i, &cb);
	u->vdpa->config->set_config_cb(u->vdpa, &cb);
}

/* ---- irq bypass ------------------------------------------------------- */

static int irq_of(struct vdpa_device *vdpa, u32 index)
{
	return vdpa->config->get_vq_irq ?
	       vdpa->config->get_vq_irq(vdpa, index) : -ENOENT;
}

/*
 * From here until vdpa_bypass_stop() the producer refers to the eventfd and
 * has no reference of its own: whoever changes config.call stops it before.
 */
void vdpa_bypass_start(struct vdpa_user *u, struct vhost_vq *vq)
{
	struct vdpa_queue *q = vdpa_queue_of(vq);
	int irq = irq_of(u->vdpa, vq->index);

	lockdep_assert_held(&u->dev.lock);
	if (q->bypass || irq < 0 || !vq->config.call)
		return;
	q->producer = (struct irq_bypass_producer){};
	/* Without it the callback works: an error is not worth a word. */
	q->bypass = !irq_bypass_register_producer(&q->producer,
						  vq->config.call, irq);
}

void vdpa_bypass_stop(struct vdpa_user *u, struct vhost_vq *vq)
{
	struct vdpa_queue *q = vdpa_queue_of(vq);

	lockdep_assert_held(&u->dev.lock);
	if (!q->bypass)
		return;
	irq_bypass_unregister_producer(&q->producer);
	q->bypass = false;
}
