/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Busy polling, VHOST_SET_VRING_BUSYLOOP_TIMEOUT:
 *	if (vhost_spin_start(vq, &spin))
 *		while (nothing happened && vhost_spin_on(&spin))
 *			cpu_relax();
 */
#ifndef RINGSIDE_CORE_SPIN_H
#define RINGSIDE_CORE_SPIN_H

#include "core/vq.h"

struct vhost_spin {
	u64 until;		/* ns */
	struct vhost_worker *worker;	/* the calling thread's */
};

/**
 * vhost_spin_start() - begin to busy poll for this queue
 *
 * All the busy polling of one run of the handler takes 100 ms at most.
 * Return: false when the queue has no timeout set, or that time is over. Context: the queue's
 * worker, vq->lock held.
 */
bool vhost_spin_start(struct vhost_vq *vq, struct vhost_spin *spin);

/**
 * vhost_spin_on() - go on: time is left, no other task wants the CPU, no
 * signal is pending, and the worker has no other work
 */
bool vhost_spin_on(const struct vhost_spin *spin);

/**
 * vhost_vq_wait() - a pop found nothing: busy poll if configured, then enable kicks
 *
 * For queues that wait for the driver only. Return: RING_GOT: something came
 * meanwhile, pop again; RING_EMPTY: sleep, a kick will come; RING_AGAIN,
 * RING_BROKEN. Context: the queue's worker, vq->lock held; sleeps.
 */
enum ring_result vhost_vq_wait(struct vhost_vq *vq);

#endif /* RINGSIDE_CORE_SPIN_H */
