// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event queue (virtio 1.3, 5.6.6.3): LUNs that came, went or changed.
 *
 * Events wait in a list for the worker, and for the driver's buffers. One for
 * which the list has no room is lost, and so are those that wait when the queue
 * stops; the next one that the driver gets says so, or one of its own as soon as
 * there is a buffer.
 */
#include <linux/slab.h>

#include "scsi.h"

/* ---- any context ------------------------------------------------------ */

static bool add(struct vhost_scsi *v, struct scsi_event *e)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&v->evt_lock, flags);
	room = e && v->n_events < SCSI_MAX_EVENTS;
	if (room) {
		list_add_tail(&e->node, &v->events);
		v->n_events++;
	} else {
		v->missed = true;
	}
	spin_unlock_irqrestore(&v->evt_lock, flags);
	return room;
}

void scsi_event_send(struct vhost_scsi *v, u8 target, u16 lun, u32 event,
		     u32 reason)
{
	struct scsi_event *e = kmalloc(sizeof(*e), GFP_ATOMIC | __GFP_NOWARN);

	if (e)
		*e = (struct scsi_event){
			.event = event,
			.reason = reason,
			.lun = lun,
			.target = target,
		};
	if (!add(v, e))
		kfree(e);
	vhost_vq_wake(v->vqs[SCSI_EVENT]);
}

void scsi_events_drop(struct vhost_scsi *v)
{
	struct scsi_event *e, *next;
	LIST_HEAD(events);

	scoped_guard(spinlock_irqsave, &v->evt_lock) {
		v->missed |= v->n_events;
		v->n_events = 0;
		list_splice_init(&v->events, &events);
	}
	list_for_each_entry_safe(e, next, &events, node)
		kfree(e);
}

bool scsi_events_missed(struct vhost_scsi *v)
{
	unsigned long flags;
	bool missed;

	spin_lock_irqsave(&v->evt_lock, flags);
	missed = v->missed;
	spin_unlock_irqrestore(&v->evt_lock, flags);
	return missed;
}

void scsi_events_set_missed(struct vhost_scsi *v, bool missed)
{
	unsigned long flags;

	spin_lock_irqsave(&v->evt_lock, flags);
	v->missed = missed;
	spin_unlock_irqrestore(&v->evt_lock, flags);
}

/* ---- the worker, vq->lock held ---------------------------------------- */

static bool anything_to_say(struct vhost_scsi *v)
{
	bool any;

	spin_lock_irq(&v->evt_lock);
	any = v->n_events || v->missed;
	spin_unlock_irq(&v->evt_lock);
	return any;
}

/* The next one, as it is on the wire. */
static struct virtio_scsi_event next_event(struct vhost_scsi *v, bool little)
{
	u32 event = VIRTIO_SCSI_T_NO_EVENT, reason = 0;
	struct virtio_scsi_event wire = {};
	struct scsi_event *e;

	scoped_guard(spinlock_irqsave, &v->evt_lock) {
		e = list_first_entry_or_null(&v->events, struct scsi_event,
					     node);
		if (e) {
			list_del(&e->node);
			v->n_events--;
		}
		if (v->missed)
			event |= VIRTIO_SCSI_T_EVENTS_MISSED;
		v->missed = false;
	}
	if (e) {
		event |= e->event;
		reason = e->reason;
		wire.lun[0] = 1;
		wire.lun[1] = e->target;
		wire.lun[2] = e->lun >> 8 | (e->lun > 0xff ? 0x40 : 0);
		wire.lun[3] = e->lun;
		kfree(e);
	}
	wire.event = __cpu_to_virtio32(little, event);
	wire.reason = __cpu_to_virtio32(little, reason);
	return wire;
}

/* Return: bytes written; 0 when the buffer does not do. */
static u32 put_event(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct vhost_scsi *v = scsi_device(vq->dev);
	struct virtio_scsi_event wire;
	struct iov_iter it;

	if (c->write_len < sizeof(wire)) {
		vhost_vq_bad_request(vq);
		return 0;
	}
	wire = next_event(v, scsi_little(vq));
	vhost_vq_writable(vq, c, &it);
	if (copy_to_iter(&wire, sizeof(wire), &it) == sizeof(wire))
		return sizeof(wire);
	scsi_events_set_missed(v, true);
	vhost_vq_dropped(vq, 1);
	return 0;
}

static enum vhost_run evt_run(struct vhost_vq *vq)
{
	struct vhost_scsi *v = scsi_device(vq->dev);
	u32 buffers = 0;

	while (anything_to_say(v)) {
		enum ring_result rc = vhost_vq_pop(vq, 1);

		if (rc == RING_EMPTY) {
			rc = vhost_vq_enable_kicks(vq);
		} else if (rc == RING_GOT) {
			const struct ring_chain *c = vq->batch.chain;

			vhost_vq_done(vq, c, put_event(vq, c));
			rc = vhost_vq_complete(vq);
		}
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
		if (vhost_vq_budget_used(vq, &buffers, 0))
			return VHOST_RUN_MORE;
	}
	return VHOST_RUN_DONE;
}

const struct vhost_vq_ops scsi_evt_ops = {
	.name = "evt",
	.run = evt_run,
};
