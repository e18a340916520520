/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: lists of kept chains, first in, first out.
 */
#ifndef RINGSIDE_CORE_KEPT_FIFO_H
#define RINGSIDE_CORE_KEPT_FIFO_H

#include "core/kept.h"

/** kept_add() - add a chain behind all others */
static inline void kept_add(struct vhost_kept_fifo *fifo, struct vhost_kept *k)
{
	k->next = NULL;
	if (fifo->first)
		fifo->last->next = k;
	else
		fifo->first = k;
	fifo->last = k;
}

/** kept_take() - take the first chain; NULL: there is none */
static inline struct vhost_kept *kept_take(struct vhost_kept_fifo *fifo)
{
	struct vhost_kept *k = fifo->first;

	if (k)
		fifo->first = k->next;
	return k;
}

/** kept_take_all() - move all chains to another list */
static inline struct vhost_kept_fifo kept_take_all(struct vhost_kept_fifo *fifo)
{
	struct vhost_kept_fifo all = *fifo;

	fifo->first = NULL;
	return all;
}

/** kept_put_first() - put all chains of @more before those of @fifo */
static inline void kept_put_first(struct vhost_kept_fifo *fifo,
				  struct vhost_kept_fifo more)
{
	if (!more.first)
		return;
	if (fifo->first)
		more.last->next = fifo->first;
	else
		fifo->last = more.last;
	fifo->first = more.first;
}

#endif /* RINGSIDE_CORE_KEPT_FIFO_H */
