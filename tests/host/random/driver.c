// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest of the device that everybody calls: it goes on whatever happens,
 * and takes nothing amiss.
 */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <unistd.h>

#include "random/random.h"
#include "../driver/driver_priv.h"

static uint32_t rnd(struct caller *c, uint32_t below)
{
	return drv_random(&c->random) % below;
}

static void add(struct caller *c, struct queue *q)
{
	struct drv_buf buf[3];
	struct drv_chain chain = { .buf = buf };
	uint32_t n = 1 + rnd(c, 3);

	for (uint32_t i = 0; i < n; i++)
		buf[i] = (struct drv_buf){
			MEMORY_DATA_GPA + rnd(c, MEMORY_DATA - 2000),
			1 + rnd(c, 1900),
		};
	if (q->index == TX)
		chain.n_read = n;
	else
		chain.n_write = n;
	drv_add(&q->ring, &chain);
}

static void drive(struct caller *c, struct queue *q)
{
	struct drv_used u;

	for (int i = rnd(c, 8); i; i--)
		add(c, q);
	if (drv_kick_prepare(&q->ring) || !rnd(c, 4))
		queue_kick(q);
	for (int i = 0; i < 100 && drv_get_used(&q->ring, &u) == DRV_GOT; i++)
		;
	/* Whoever set the device up anew has a ring at the beginning. */
	if (q->ring.fault || !rnd(c, 100)) {
		drv_restart(&q->ring, 0, true);
		q->ring.fault = DRV_OK;
	}
}

static void network(struct caller *c, struct link *l)
{
	uint8_t frame[FRAME_MAX] = { 0 };

	frame_make(frame, FRAME_MAX, c->calls++, 1);
	for (int i = rnd(c, 8); i; i--)
		send(l->peer, frame, FRAME_MIN + rnd(c, 1400), MSG_DONTWAIT);
	while (recv(l->peer, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		;
}

void *random_driver(void *arg)
{
	struct caller *c = arg;
	struct world *w = c->w;

	while (!stopped(w)) {
		for (int s = 0; s < SHAPES; s++)
			for (int i = 0; i < QUEUES; i++)
				drive(c, &w->q[s][i]);
		network(c, &w->link[rnd(c, 2)]);
		usleep(300);
	}
	return NULL;
}
