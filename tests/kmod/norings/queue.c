// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue: each kick starts a timer, the timer calls the driver. Kicks that
 * come while the timer is pending share its call; one that comes while it
 * fires starts it again, so after each kick there is a call.
 *
 * kick() runs under the lock of the kick eventfd's wait queue, interrupts off.
 * call_driver() runs in hard interrupts; on PREEMPT_RT, where eventfds cannot be
 * signalled there, the same timer expires in a thread.
 */
#include "norings.h"

static bool is_atomic(void)
{
	return irqs_disabled() || IS_ENABLED(CONFIG_PREEMPT_RT);
}

static void kick(struct vhost_vq *vq)
{
	struct norings_queue *q = norings_queue_of(vq);
	u64 us = READ_ONCE(norings_of(vq->dev)->delay_us);

	lockdep_assert_held(&vq->kick_poll.head->lock);
	WRITE_ONCE(q->kicks, q->kicks + 1);
	if (!is_atomic())
		q->odd_kicks++;
	if (!hrtimer_is_queued(&q->timer))
		hrtimer_start(&q->timer, ns_to_ktime(us * NSEC_PER_USEC),
			      HRTIMER_MODE_REL);
}

static enum hrtimer_restart call_driver(struct hrtimer *timer)
{
	struct norings_queue *q = container_of(timer, struct norings_queue,
					       timer);

	if (!in_hardirq() && !IS_ENABLED(CONFIG_PREEMPT_RT))
		q->odd_calls++;
	WRITE_ONCE(q->calls, q->calls + 1);
	vhost_vq_call(&q->vq);
	return HRTIMER_NORESTART;
}

const struct vhost_vq_ops norings_vq_ops = {
	.name = "test",
	.kick = kick,
};

void norings_queue_init(struct norings_queue *q)
{
	vhost_vq_init(&q->vq, &norings_vq_ops);
	hrtimer_setup(&q->timer, call_driver, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}

void norings_queue_stop(struct norings_queue *q)
{
	hrtimer_cancel(&q->timer);
	guard(mutex)(&q->vq.lock);
	q->kicks = q->calls = q->base_kicks = 0;
	q->odd_kicks = q->odd_calls = 0;
	q->num = q->addrs = q->call_fds = 0;
	q->desc = 0;
}
