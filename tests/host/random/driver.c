// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest of the device that everybody calls: it goes on whatever happens,
 * and takes nothing amiss.
 */
#define _GNU_SOURCE
#include <endian.h>
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

/* ---- vsock: packets that mean something, mostly ------------------------- */

static void say(struct caller *c, struct queue *tx, struct virtio_vsock_hdr hdr)
{
	uint32_t room = sizeof(hdr) + rnd(c, 1900);
	uint64_t gpa = MEMORY_DATA_GPA + rnd(c, MEMORY_DATA - 2000);
	struct drv_buf buf = { gpa, room };
	struct drv_chain chain = { .buf = &buf, .n_read = 1 };

	hdr.src_cid = htole64(rnd(c, 30) ? RANDOM_CID : rnd(c, 300));
	hdr.dst_cid = htole64(rnd(c, 30) ? VMADDR_CID_HOST : rnd(c, 300));
	hdr.buf_alloc = htole32(rnd(c, 4) ? 1 << 20 : rnd(c, ~0u));
	hdr.fwd_cnt = htole32(rnd(c, 1 << 16));
	memory_put(&c->w->d.mem, gpa, &hdr, sizeof(hdr));
	drv_add(&tx->ring, &chain);
}

static void chatter(struct caller *c, struct queue *tx)
{
	say(c, tx, (struct virtio_vsock_hdr){
		.src_port = htole32(1 + rnd(c, 40)),
		.dst_port = htole32(HOST_PORT),
		.type = htole16(1 + rnd(c, 2)),
		.op = htole16(rnd(c, 3) ? rnd(c, 9) : VIRTIO_VSOCK_OP_REQUEST),
		.len = htole32(rnd(c, 2) ? rnd(c, 1900) : 0),
		.flags = htole32(rnd(c, 4)),
	});
}

/* Say yes to whoever wants to connect. */
static void hear(struct caller *c, const struct drv_used *u, struct queue *tx)
{
	struct virtio_vsock_hdr hdr;

	if (u->len < sizeof(hdr))
		return;
	memory_get(&c->w->d.mem, u->token, &hdr, sizeof(hdr));
	if (hdr.op == htole16(VIRTIO_VSOCK_OP_REQUEST))
		say(c, tx, (struct virtio_vsock_hdr){
			.src_port = hdr.dst_port,
			.dst_port = hdr.src_port,
			.type = hdr.type,
			.op = htole16(VIRTIO_VSOCK_OP_RESPONSE),
		});
}

static void add_room(struct caller *c, struct queue *rx)
{
	uint64_t gpa = MEMORY_DATA_GPA + rnd(c, MEMORY_DATA - 5000);
	struct drv_buf buf = { gpa, rnd(c, 10) ? 4096 : rnd(c, 100) + 1 };
	struct drv_chain chain = { .buf = &buf, .n_write = 1, .token = gpa };

	drv_add(&rx->ring, &chain);
}

static void add_vsock(struct caller *c, struct queue *q)
{
	if (!rnd(c, 16))
		add(c, q);
	else if (q->index == TX)
		chatter(c, q);
	else
		add_room(c, q);
}

/* ---- both ------------------------------------------------------------- */

static void drive(struct caller *c, struct queue *q, struct queue *tx)
{
	bool vsock = c->w->kind == VSOCK;
	struct drv_used u;

	for (int i = rnd(c, 8); i; i--)
		vsock ? add_vsock(c, q) : add(c, q);
	if (drv_kick_prepare(&q->ring) || !rnd(c, 4))
		queue_kick(q);
	for (int i = 0; i < 100 && drv_get_used(&q->ring, &u) == DRV_GOT; i++)
		if (vsock && q->index == RX && u.token)
			hear(c, &u, tx);
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
				drive(c, &w->q[s][i], &w->q[s][TX]);
		if (w->kind == NET)
			network(c, &w->link[rnd(c, 2)]);
		usleep(300);
	}
	return NULL;
}
