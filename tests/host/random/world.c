// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that everyone calls, its rings and descriptors; and the one next
 * to it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "random/random.h"

static char *hole(void)
{
	char *p = mmap(NULL, HOLE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		report_die("mmap");
	return p;
}

static char *log_memory(void)
{
	char *p = mmap(NULL, HOLE_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		report_die("mmap");
	return p;
}

static void make_rings(struct world *w)
{
	static const uint64_t shape[SHAPES] = {
		F_V1 | F_EVENT | F_INDIRECT, F_V1 | F_PACKED | F_INDIRECT,
	};

	for (int s = 0; s < SHAPES; s++) {
		w->d.features = shape[s];
		for (int i = 0; i < QUEUES; i++) {
			queue_make(&w->d, i, 64);
			w->q[s][i] = w->d.q[i];
			w->q[s][i].lazy.ring = &w->q[s][i].ring;
		}
	}
}

static void open_fds(struct world *w)
{
	int n = 0;

	for (int i = 0; i < 2 && w->kind == NET; i++) {
		link_tap(&w->link[i], 12);
		w->fd[n++] = w->link[i].backend;
		w->fd[n++] = w->link[i].backend;
	}
	while (n < 4)
		w->fd[n++] = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0);
	for (int s = 0; s < SHAPES; s++)
		for (int i = 0; i < QUEUES; i++) {
			w->fd[n++] = w->q[s][i].kick;
			w->fd[n++] = w->q[s][i].call;
		}
	w->fd[n++] = open("/dev/null", O_RDWR | O_CLOEXEC);
	w->fd[n++] = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	w->fd[n++] = w->d.fd;
	w->fd[n++] = -1;
}

static void open_device(struct world *w)
{
	struct guest g;

	if (w->kind == NET) {
		device_open(&w->d);
	} else {
		guest_open_bare(&g);
		w->d = g.d;
	}
}

void world_open(struct world *w, enum kind kind)
{
	*w = (struct world){ .kind = kind, .hole = hole(),
			     .log = log_memory() };
	open_device(w);
	fcntl(w->d.fd, F_SETFL, O_NONBLOCK);
	make_rings(w);
	open_fds(w);
}

void world_close(struct world *w)
{
	device_close(&w->d);
	for (int i = 0; i < 2 && w->kind == NET; i++)
		link_close(&w->link[i]);
	munmap(w->hole, HOLE_BYTES);
	munmap(w->log, HOLE_BYTES);
	for (int i = 0; i < FDS; i++)
		if (w->fd[i] >= 0 && (i == 12 || i == 13 ||
				      (w->kind == VSOCK && i < 4)))
			close(w->fd[i]);
}

/* ---- the neighbours: checked to the last byte, all the time -------------- */

static void *calm_vsock(struct world *w)
{
	uint32_t rounds = 0;
	struct guest g;
	bool ok = true;
	int s;

	guest_start(&g, F_V1 | F_EVENT, CALM_CID, 64);
	s = host_to_guest(&g, SOCK_STREAM);
	for (; !stopped(w) && ok; rounds++) {
		ok = data_flows(&g, s);
		usleep(3000);
	}
	report_note("the neighbour: 3000 bytes each way, %u times", rounds);
	close(s);
	guest_close(&g);
	return ok ? NULL : "wrong data";
}

static void *calm_net(struct world *w)
{
	const struct traffic_plan plan = { .ms = 20000, .lazy = 4 };
	struct device d;
	struct link l;
	struct traffic t;
	static char why[120];

	device_open(&d);
	link_tap(&l, 12);
	if (device_ready(&d, F_V1 | F_EVENT, 128) ||
	    device_set_backend(&d, l.backend))
		return "configuration";
	traffic_open(&t, &d, &l, &plan);
	while (!stopped(w) && !t.error) {
		traffic_more(&t, 50, 50);
		usleep(5000);
	}
	memcpy(why, t.error_text, sizeof(why));
	report_note("the neighbour: %u frames out, %u in", t.dir[TX].seen,
		    t.dir[RX].seen);
	traffic_close(&t);
	device_close(&d);
	link_close(&l);
	return *why ? why : NULL;
}

void *calm_neighbour(void *arg)
{
	struct world *w = arg;

	return w->kind == NET ? calm_net(w) : calm_vsock(w);
}
