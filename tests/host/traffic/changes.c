// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an owner does while traffic goes on: swap and remove backends, stop and
 * start, hand the rings to another device, reset one queue, change things.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "traffic/tests.h"

/* A device with traffic on its way. */
struct world {
	struct device d;
	struct link l, other;
	struct traffic t;
	uint64_t features;
};

static const struct {
	const char *name;
	uint64_t features;
} rings[] = {
	{ "split", F_V1 | F_MRG },
	{ "split, event index", F_V1 | F_MRG | F_EVENT | F_INDIRECT },
	{ "split, in order", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_ORDER },
	{ "packed", F_V1 | F_MRG | F_PACKED },
	{ "packed, event index", F_V1 | F_MRG | F_EVENT | F_INDIRECT |
				 F_PACKED },
	{ "packed, in order", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_PACKED |
			      F_ORDER },
};

static void must(int err, const char *what)
{
	if (!err)
		return;
	errno = err;
	report_die("%s", what);
}

static void world_open(struct world *w)
{
	const struct traffic_plan plan = { .lossy = true, .rx_buf = 600,
					   .lazy = 3 };
	size_t header = header_bytes(w->features);

	link_tap(&w->l, header);
	link_tap(&w->other, header);
	must(device_ready(&w->d, w->features, 256), "configuration");
	must(device_set_backend(&w->d, w->l.backend), "NET_SET_BACKEND");
	traffic_open(&w->t, &w->d, &w->l, &plan);
}

static void world_close(struct world *w)
{
	traffic_close(&w->t);
	link_close(&w->l);
	link_close(&w->other);
	device_close(&w->d);
}

/* After all changes: everything that is sent comes. */
static const char *end_cleanly(struct world *w)
{
	const char *why = traffic_more(&w->t, 1, 1);

	if (why)
		return why;
	for (int i = 0; i < QUEUES; i++)
		w->t.dir[i].last = w->t.dir[i].sent;
	w->t.plan.lossy = w->t.plan.stale = false;
	return traffic_more(&w->t, 300, 300);
}

/* ---- backends --------------------------------------------------------- */

static const char *swap(struct world *w)
{
	struct link first = w->l;

	w->t.plan.stale = true;
	for (int i = 0; i < 15; i++) {
		traffic_switch(&w->t, i & 1 ? &w->l : &w->other);
		must(device_set_backend(&w->d, w->t.link->backend), "swap");
		if (traffic_for(&w->t, 5 + i % 7))
			return w->t.error;
	}
	/* A fresh one, that holds nothing from before. */
	link_tap(&w->l, header_bytes(w->features));
	traffic_switch(&w->t, &w->l);
	must(device_set_backend(&w->d, w->l.backend), "last swap");
	link_close(&first);
	return end_cleanly(w);
}

static const char *take_away(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		if (traffic_for(&w->t, 5 + i % 7))
			return w->t.error;
		must(device_set_backend(&w->d, -1), "removal");
		if (traffic_for(&w->t, i % 3))
			return w->t.error;
		must(device_set_backend(&w->d, w->l.backend), "return");
	}
	return end_cleanly(w);
}

/* The file that is the backend is closed: the device holds it itself. */
static const char *close_it(struct world *w)
{
	int fd = w->l.backend;

	w->l.backend = dup(fd);
	close(w->l.backend);
	w->l.backend = -1;
	close(fd);
	return end_cleanly(w);
}

/* ---- rings ------------------------------------------------------------ */

static void restart(struct queue *q, uint32_t base)
{
	must(queue_set_state(q, VHOST_SET_VRING_NUM, q->cfg.num), "NUM");
	must(queue_set_state(q, VHOST_SET_VRING_BASE, base), "BASE");
	must(queue_set_addr(q), "ADDR");
}

/* As QEMU does when the guest is paused. */
static const char *stop_and_go(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		uint32_t base[QUEUES];

		if (traffic_for(&w->t, 5 + i % 7))
			return w->t.error;
		must(device_set_backend(&w->d, -1), "stop");
		for (int k = 0; k < QUEUES; k++)
			base[k] = queue_base(&w->d.q[k]);
		for (int k = 0; k < QUEUES; k++)
			restart(&w->d.q[k], base[k]);
		must(device_set_backend(&w->d, w->l.backend), "start");
	}
	return end_cleanly(w);
}

static void open_again(struct world *w, const uint32_t *base)
{
	struct device *d = &w->d;

	close(d->fd);
	d->fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (d->fd < 0)
		report_die("/dev/vhost-net");
	must(device_begin(d, w->features), "begin");
	for (int k = 0; k < QUEUES; k++) {
		must(queue_setup(&d->q[k]), "setup");
		must(queue_set_state(&d->q[k], VHOST_SET_VRING_BASE, base[k]),
		     "BASE");
	}
	must(device_set_backend(d, w->l.backend), "start");
}

/* As at the end of a migration, but to the same host. */
static const char *move(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		uint32_t base[QUEUES];

		if (traffic_for(&w->t, 5 + i % 7))
			return w->t.error;
		must(device_set_backend(&w->d, -1), "stop");
		for (int k = 0; k < QUEUES; k++)
			base[k] = queue_base(&w->d.q[k]);
		open_again(w, base);
	}
	return end_cleanly(w);
}

/* The driver resets one queue and sets it up anew, with another size. */
static const char *reset(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		struct queue *q = &w->d.q[i & 1];

		if (traffic_for(&w->t, 5 + i % 7))
			return w->t.error;
		must(queue_set_file(q, VHOST_NET_SET_BACKEND, -1), "stop");
		drv_exit(&q->ring);
		close(q->kick);
		close(q->call);
		close(q->err);
		queue_make(&w->d, i & 1, 64 << i % 3);
		must(queue_setup(q), "setup");
		traffic_reopen(&w->t, i & 1);
		must(queue_set_file(q, VHOST_NET_SET_BACKEND, w->l.backend),
		     "start");
	}
	return end_cleanly(w);
}

/* ---- the rest --------------------------------------------------------- */

static void new_call(struct queue *q)
{
	uint64_t one = 1;
	int old = q->call;

	q->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	must(queue_set_file(q, VHOST_SET_VRING_CALL, q->call), "CALL");
	close(old);
	/* What was signalled to the old one. */
	if (write(q->call, &one, sizeof(one)) != sizeof(one))
		report_die("eventfd");
}

static void new_kick(struct queue *q)
{
	int old = q->kick;

	q->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	must(queue_set_file(q, VHOST_SET_VRING_KICK, q->kick), "KICK");
	close(old);
	queue_kick(q);
}

static const char *settings(struct world *w)
{
	struct vhost_memory *table = memory_table(&w->d.mem);

	for (int i = 0; i < 36 && !w->t.error; i++) {
		struct queue *q = &w->d.q[i / 6 & 1];

		traffic_for(&w->t, 1 + i % 5);
		switch (i % 6) {
		case 0:
			must(cmd(w->d.fd, VHOST_SET_MEM_TABLE, table), "MEM");
			break;
		case 1:
			new_call(q);
			break;
		case 2:
			new_kick(q);
			break;
		case 3:
			must(queue_set_addr(q), "ADDR");
			break;
		case 4:
			must(queue_set_state(q, VHOST_SET_VRING_BUSYLOOP_TIMEOUT,
					     i % 12 == 4 ? 50 : 0), "BUSYLOOP");
			break;
		default:
			must(cmd(w->d.fd, VHOST_SET_FEATURES, &w->features),
			     "FEATURES");
		}
	}
	free(table);
	return w->t.error ? w->t.error : end_cleanly(w);
}

static const char *busy_polling(struct world *w)
{
	for (int k = 0; k < QUEUES; k++)
		must(queue_set_state(&w->d.q[k],
				     VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 100),
		     "BUSYLOOP");
	return traffic_for(&w->t, 100) ? w->t.error : end_cleanly(w);
}

/* ---- all of it -------------------------------------------------------- */

static const struct {
	const char *name;
	const char *(*fn)(struct world *w);
	uint64_t needs;
	bool place;		/* goes on from a base */
} changes[] = {
	{ "another backend", swap },
	{ "backend gone and back", take_away },
	{ "the backend's file closed", close_it },
	{ "stopped and started", stop_and_go, .place = true },
	{ "on to another device", move, .place = true },
	{ "one queue reset", reset, F_RESET },
	{ "settings changed", settings },
	{ "busy polling", busy_polling },
};

static void try(unsigned int change, unsigned int ring)
{
	struct world w = { .features = rings[ring].features };
	const char *why;

	device_open(&w.d);
	w.features |= changes[change].needs;
	if (w.features & ~w.d.offered) {
		report_skip("not offered", "%s, %s", changes[change].name,
			    rings[ring].name);
		device_close(&w.d);
		return;
	}
	if (changes[change].place && loses_place(&w.d, w.features)) {
		report_skip("Linux loses its place", "%s, %s",
			    changes[change].name, rings[ring].name);
		device_close(&w.d);
		return;
	}
	world_open(&w);
	why = changes[change].fn(&w);
	report_ok(!why, "%s, %s: %s", changes[change].name, rings[ring].name,
		  why ? why : "fine");
	world_close(&w);
}

void traffic_changes(void)
{
	for (unsigned int i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		for (unsigned int k = 0; k < sizeof(rings) / sizeof(*rings);
		     k++)
			try(i, k);
}
