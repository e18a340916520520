// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random commands and messages. Half of what they say makes sense.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "random/random.h"
#include "../driver/driver_priv.h"

static uint32_t rnd(struct caller *c, uint32_t below)
{
	return drv_random(&c->random) % below;
}

static uint64_t word(struct caller *c)
{
	uint64_t high = drv_random(&c->random);

	return high << 32 | drv_random(&c->random);
}

static bool often(struct caller *c)
{
	return rnd(c, 8) != 0;
}

/* ---- arguments ---------------------------------------------------------- */

static uint64_t address(struct caller *c)
{
	const struct memory *m = &c->w->d.mem;

	switch (rnd(c, 8)) {
	case 0:
		return (uintptr_t)c->w->hole + rnd(c, HOLE_BYTES);
	case 1:
		return 1ull << 63 | word(c);
	case 2:
		return rnd(c, 4096);
	case 3:
	case 4:
		return (uintptr_t)m->data + (rnd(c, MEMORY_DATA) & ~15u);
	default:
		return (uintptr_t)m->rings + (rnd(c, MEMORY_RINGS / 2) & ~15u);
	}
}

static int descriptor(struct caller *c)
{
	return often(c) ? c->w->fd[rnd(c, FDS)] : (int)rnd(c, 3000) - 1000;
}

static uint32_t index_(struct caller *c)
{
	return often(c) ? rnd(c, QUEUES) : drv_random(&c->random) >> rnd(c, 32);
}

/* A subset of what is offered; sometimes more. */
static uint64_t features(struct caller *c)
{
	uint64_t offered = c->w->d.offered;

	switch (rnd(c, 8)) {
	case 0:
		return offered & word(c);
	case 1:
		return word(c);
	case 2:
		return F_V1 | F_IOMMU;
	case 3:
		return F_V1 | F_LOG_ALL;
	default:
		return (F_V1 | F_EVENT | F_INDIRECT |
			(rnd(c, 2) ? F_PACKED : 0)) & offered;
	}
}

/* ---- commands ----------------------------------------------------------- */

static int set_state(struct caller *c, unsigned long nr)
{
	struct vhost_vring_state s = { index_(c) };

	s.num = often(c) ? 1u << rnd(c, 10) : drv_random(&c->random);
	return cmd(c->w->d.fd, nr, &s);
}

static int set_file(struct caller *c, unsigned long nr)
{
	struct vhost_vring_file f = { index_(c), descriptor(c) };

	return cmd(c->w->d.fd, nr, &f);
}

static int set_addr(struct caller *c, unsigned long nr)
{
	struct vhost_vring_addr a = {
		.index = index_(c),
		.flags = rnd(c, 4) == 0,
		.desc_user_addr = address(c),
		.used_user_addr = address(c),
		.avail_user_addr = address(c),
		.log_guest_addr = rnd(c, 1 << 30) & ~3u,
	};

	return cmd(c->w->d.fd, nr, &a);
}

static int set_word(struct caller *c, unsigned long nr)
{
	uint64_t w = word(c) >> rnd(c, 64);

	return cmd(c->w->d.fd, nr, &w);
}

static int set_features(struct caller *c, unsigned long nr)
{
	uint64_t f = features(c);

	return cmd(c->w->d.fd, nr, &f);
}

static int set_array(struct caller *c, unsigned long nr)
{
	uint64_t buf[8] = { rnd(c, 7), features(c), rnd(c, 2) };

	return cmd(c->w->d.fd, nr, buf);
}

static int set_log(struct caller *c, unsigned long nr)
{
	uint64_t base = often(c) ? (uintptr_t)c->w->log : 1ull << 63;

	return cmd(c->w->d.fd, nr, &base);
}

static int set_fd(struct caller *c, unsigned long nr)
{
	int fd = descriptor(c);

	return cmd(c->w->d.fd, nr, &fd);
}

static int plain(struct caller *c, unsigned long nr)
{
	return cmd(c->w->d.fd, nr, NULL);
}

static int worker(struct caller *c, unsigned long nr)
{
	struct uapi_vring_worker w = { rnd(c, 6), rnd(c, 6) };

	return cmd(c->w->d.fd, nr, &w);
}

static int set_table(struct caller *c, unsigned long nr)
{
	struct vhost_memory *t = memory_table(&c->w->d.mem);
	int err;

	if (!often(c))
		t->nregions = rnd(c, MEMORY_REGIONS + 1);
	if (!often(c))
		t->regions[rnd(c, MEMORY_REGIONS)] =
			(struct vhost_memory_region){ word(c), rnd(c, 1 << 20),
						      address(c) };
	err = cmd(c->w->d.fd, nr, t);
	free(t);
	return err;
}

/* ---- the file ----------------------------------------------------------- */

static int write_msg(struct caller *c, unsigned long nr)
{
	struct {
		uint32_t type, asid;
		struct vhost_iotlb_msg m;
		char rest[32];
	} msg = {
		.type = often(c) ? 1 + rnd(c, 2) : rnd(c, 256),
		.m = {
			.iova = often(c) ? (uint64_t)rnd(c, 1 << 22) : word(c),
			.size = often(c) ? (uint64_t)rnd(c, 1 << 16) : word(c),
			.uaddr = address(c),
			.perm = rnd(c, 4),
			.type = often(c) ? 2 + rnd(c, 2) : rnd(c, 256),
		},
	};

	(void)nr;
	return write(c->w->d.fd, &msg, 72) != 72;
}

static int read_msg(struct caller *c, unsigned long nr)
{
	char buf[80];

	(void)nr;
	return read(c->w->d.fd, buf, rnd(c, 80)) <= 0;
}

static int poll_it(struct caller *c, unsigned long nr)
{
	struct pollfd p = { .fd = c->w->d.fd, .events = POLLIN };

	(void)nr;
	return poll(&p, 1, 0) != 1;
}

/* ---- vsock ---------------------------------------------------------------- */

static int set_cid(struct caller *c, unsigned long nr)
{
	uint64_t cid = often(c) ? RANDOM_CID + rnd(c, 2) * rnd(c, 2) : word(c);

	/* the neighbour's is tried, too, and must be rejected */
	if (!rnd(c, 20))
		cid = CALM_CID;
	return cmd(c->w->d.fd, nr, &cid);
}

static int set_running(struct caller *c, unsigned long nr)
{
	int on = rnd(c, 4) != 0;

	return cmd(c->w->d.fd, nr, &on);
}

/* ---- all that is needed to run, in the right order ------------------------- */

static int stop_queue(struct queue *q, enum kind kind)
{
	int off = 0;

	return kind == NET ? queue_set_file(q, VHOST_NET_SET_BACKEND, -1) :
			     cmd(q->dev->fd, VHOST_VSOCK_SET_RUNNING, &off);
}

static int run(struct world *w)
{
	uint64_t cid = RANDOM_CID;
	int on = 1;

	return cmd(w->d.fd, VHOST_VSOCK_SET_GUEST_CID, &cid) |
	       cmd(w->d.fd, VHOST_VSOCK_SET_RUNNING, &on);
}

/* Also where no ring can be, and where some begin; packed uses all bits. */
static uint32_t place(struct caller *c)
{
	static const uint32_t odd[] = {
		0, 0x8000, 0x80000000, 0x80008000, 0x80008040, 0x00400040,
	};

	if (rnd(c, 2))
		return odd[rnd(c, sizeof(odd) / sizeof(odd[0]))];
	return drv_random(&c->random) >> rnd(c, 32);
}

static int set_place(struct caller *c, unsigned long nr)
{
	struct vhost_vring_state s = { index_(c), place(c) };

	return cmd(c->w->d.fd, nr, &s);
}

static int start(struct caller *c, unsigned long nr)
{
	struct world *w = c->w;
	int shape = w->d.offered & F_PACKED ? rnd(c, SHAPES) : 0;
	uint64_t f = (F_V1 | F_INDIRECT | (shape ? F_PACKED : F_EVENT));
	struct vhost_memory *t = memory_table(&w->d.mem);
	int fd = w->fd[rnd(c, 4)], err = 0;

	(void)nr;
	cmd(w->d.fd, VHOST_SET_OWNER, NULL);
	cmd(w->d.fd, VHOST_SET_FEATURES, &f);
	cmd(w->d.fd, VHOST_SET_MEM_TABLE, t);
	free(t);
	for (int i = 0; i < QUEUES; i++) {
		struct queue q = w->q[shape][i];

		q.dev = &w->d;
		stop_queue(&q, w->kind);
		err |= queue_setup(&q);
		if (!rnd(c, 4))
			queue_set_state(&q, VHOST_SET_VRING_BASE, place(c));
		if (w->kind == NET)
			err |= queue_set_file(&q, VHOST_NET_SET_BACKEND, fd);
	}
	if (w->kind == VSOCK)
		err |= run(w);
	return err;
}

static const struct {
	uint32_t weight;
	int (*fn)(struct caller *c, unsigned long nr);
	unsigned long nr;
	enum kind only;
} calls[] = {
	{ 40, start },
	{ 4, plain, VHOST_SET_OWNER },
	{ 1, plain, VHOST_RESET_OWNER },
	{ 10, set_features, VHOST_SET_FEATURES },
	{ 5, set_word, VHOST_GET_FEATURES },
	{ 5, set_array, VHOST_SET_FEATURES_ARRAY },
	{ 5, set_array, VHOST_GET_FEATURES_ARRAY },
	{ 3, set_word, VHOST_SET_BACKEND_FEATURES },
	{ 3, set_word, VHOST_GET_BACKEND_FEATURES },
	{ 10, set_table, VHOST_SET_MEM_TABLE },
	{ 10, set_log, VHOST_SET_LOG_BASE },
	{ 5, set_fd, VHOST_SET_LOG_FD },
	{ 10, set_state, VHOST_SET_VRING_NUM },
	{ 10, set_addr, VHOST_SET_VRING_ADDR },
	{ 10, set_place, VHOST_SET_VRING_BASE },
	{ 10, set_state, VHOST_GET_VRING_BASE },
	{ 5, set_state, VHOST_SET_VRING_ENDIAN },
	{ 5, set_state, VHOST_GET_VRING_ENDIAN },
	{ 10, set_file, VHOST_SET_VRING_KICK },
	{ 10, set_file, VHOST_SET_VRING_CALL },
	{ 10, set_file, VHOST_SET_VRING_ERR },
	{ 5, set_state, VHOST_SET_VRING_BUSYLOOP_TIMEOUT },
	{ 5, set_state, VHOST_GET_VRING_BUSYLOOP_TIMEOUT },
	{ 20, set_file, VHOST_NET_SET_BACKEND, NET },
	{ 10, set_cid, VHOST_VSOCK_SET_GUEST_CID, VSOCK },
	{ 20, set_running, VHOST_VSOCK_SET_RUNNING, VSOCK },
	{ 5, worker, VHOST_NEW_WORKER },
	{ 5, worker, VHOST_FREE_WORKER },
	{ 10, worker, VHOST_ATTACH_VRING_WORKER },
	{ 5, worker, VHOST_GET_VRING_WORKER },
	{ 3, set_word, VHOST_SET_FORK_FROM_OWNER },
	{ 3, set_word, VHOST_GET_FORK_FROM_OWNER },
	{ 20, write_msg },
	{ 10, read_msg },
	{ 5, poll_it },
};

/* Commands of the other kind of device are tried rarely. */
static uint32_t weight(const struct caller *c, uint32_t i)
{
	return calls[i].only && calls[i].only != c->w->kind ? 1 :
							      calls[i].weight;
}

static int call(struct caller *c)
{
	uint32_t total = 0, pick, i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		total += weight(c, i);
	pick = rnd(c, total);
	for (i = 0; pick >= weight(c, i); i++)
		pick -= weight(c, i);
	return calls[i].fn(c, calls[i].nr);
}

void *random_calls(void *arg)
{
	struct caller *c = arg;

	while (!stopped(c->w)) {
		c->good += !call(c);
		c->calls++;
		if (!rnd(c, 16))
			usleep(rnd(c, 2000));
	}
	return NULL;
}
