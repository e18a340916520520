// SPDX-License-Identifier: GPL-2.0-only
/*
 * The victim: a running device of a header of 12 bytes, with a region more for
 * the attacks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile/tests.h"

#define GOOD_GPA 0x80000000ull
#define GOOD_BYTES (8ull << 20)
#define BAD_GPA 0x200000000ull

/*
 * One tap for all: making one waits for grace periods, which are long on UML
 * with several CPUs. What the one before left in it is thrown away.
 */
static void borrow_tap(struct link *l)
{
	static struct link tap = { .backend = -1 };
	char buf[2048];

	if (tap.backend < 0)
		link_tap(&tap, 12);
	while (read(tap.backend, buf, sizeof(buf)) > 0)
		;
	while (recv(tap.peer, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		;
	*l = tap;
}

static int add_region(struct victim *v)
{
	struct vhost_memory *t = memory_table(&v->d.mem);
	size_t bytes = sizeof(*t) + (t->nregions + 1) * sizeof(t->regions[0]);
	int err;

	t = realloc(t, bytes);
	if (!t)
		report_die("memory table");
	t->regions[t->nregions++] = (struct vhost_memory_region){
		GOOD_GPA, GOOD_BYTES, (uintptr_t)v->good.host,
	};
	err = cmd(v->d.fd, VHOST_SET_MEM_TABLE, t);
	free(t);
	return err;
}

bool victim_open(struct victim *v, uint64_t features, uint32_t num)
{
	void *p;
	int err;

	*v = (struct victim){ .features = features, .num = num };
	device_open(&v->d);
	if (features & ~v->d.offered) {
		device_close(&v->d);
		return false;
	}
	p = mmap(NULL, GOOD_BYTES, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		report_die("memory");
	v->good = (struct drv_mem){ p, GOOD_BYTES, GOOD_GPA };
	borrow_tap(&v->l);
	err = device_ready(&v->d, features, num);
	if (!err)
		err = add_region(v);
	if (!err)
		err = device_set_backend(&v->d, v->l.backend);
	if (err)
		report_die("victim: %s", errno_name(err));
	return true;
}

void victim_close(struct victim *v)
{
	device_close(&v->d);
	munmap(v->good.host, v->good.size);
}

struct hostile victim_hostile(struct victim *v, int queue, uint64_t seed)
{
	return (struct hostile){
		.ring = &v->d.q[queue].ring,
		.good = v->good,
		.bad = BAD_GPA,
		.edge = GOOD_GPA + GOOD_BYTES - 1,
		.seed = seed,
	};
}

/* Frames from before are none of the test's. */
static void drain(struct victim *v)
{
	char buf[2048];

	while (recv(v->l.peer, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		;
}

const char *victim_other(struct victim *v, int queue)
{
	struct traffic_plan plan = {
		.tx = queue == RX ? 40 : 0,
		.rx = queue == TX ? 40 : 0,
		.leave[RX] = queue == RX,
		.leave[TX] = queue == TX,
	};

	drain(v);
	return traffic_once(&v->d, &v->l, &plan);
}

int victim_renew(struct victim *v, int queue)
{
	struct queue *q = &v->d.q[queue];
	int err = queue_set_file(q, VHOST_NET_SET_BACKEND, -1);

	drv_exit(&q->ring);
	close(q->kick);
	close(q->call);
	close(q->err);
	queue_make(&v->d, queue, v->num);
	if (!err)
		err = queue_setup(q);
	return err ? err : queue_set_file(q, VHOST_NET_SET_BACKEND,
					  v->l.backend);
}

/* RX looks at its ring when there is something to receive. */
void victim_poke(struct victim *v, int queue)
{
	uint8_t frame[FRAME_MIN];

	if (queue == RX) {
		frame_make(frame, sizeof(frame), 1, 0);
		frame[13]++;	/* not one of the traffic's */
		if (send(v->l.peer, frame, sizeof(frame), MSG_DONTWAIT) < 0)
			report_note("send: %s", errno_name(errno));
	}
	queue_kick(&v->d.q[queue]);
}
