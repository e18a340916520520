// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver and device in two threads on two CPUs; see measure.h. Both poll:
 * neither sleeps, kicks or calls. The caller's thread is the driver.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "clock.h"
#include "measure.h"

enum {
	SAMPLE_NS = 4 * 1000 * 1000,
	NAIVE_BATCH = 32,	/* the driver's, when the device has none */
};

struct race {
	struct rig *g;
	const struct device *d;
	int device_cpu;
	atomic_bool stop;

	/* the device's thread, read after it ended */
	uint64_t busy;		/* ticks */
	uint64_t turns, chains;
};

/* The first two CPUs we may use. */
static bool pick_cpus(int cpu[2])
{
	cpu_set_t may;
	int n = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		return false;
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++) {
		if (CPU_ISSET(i, &may))
			cpu[n++] = i;
	}
	return n == 2;
}

bool two_cores_here(void)
{
	int cpu[2];

	return pick_cpus(cpu);
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *device_thread(void *arg)
{
	struct race *r = arg;

	bind_to(r->device_cpu);
	while (!atomic_load_explicit(&r->stop, memory_order_relaxed)) {
		uint64_t start = clock_ticks();
		uint32_t n = device_turn(r->g, r->d);

		if (!n)
			continue;
		r->busy += clock_ticks() - start;
		r->chains += n;
		r->turns++;
	}
	return NULL;
}

/* Keep the ring full for a while. Returns the chains that came back. */
static uint64_t drive(struct race *r, uint64_t *took_ns)
{
	uint32_t batch = r->d->kind == DEVICE_NAIVE ? NAIVE_BATCH : r->d->batch;
	uint64_t start = clock_ns(), now, back = 0;

	do {
		rig_add(r->g, batch);
		back += rig_reap(r->g);
		now = clock_ns();
	} while (now - start < SAMPLE_NS);
	*took_ns = now - start;
	return back;
}

bool measure_two_cores(struct rig *g, const struct device *d, struct cell *c)
{
	struct race r = { .g = g, .d = d };
	cpu_set_t before;
	uint64_t back, ns;
	pthread_t thread;
	int cpu[2];

	if (!pick_cpus(cpu) ||
	    sched_getaffinity(0, sizeof(before), &before))
		return false;
	rig_restart(g);
	r.device_cpu = cpu[1];
	if (pthread_create(&thread, NULL, device_thread, &r))
		return false;
	bind_to(cpu[0]);
	back = drive(&r, &ns);
	atomic_store_explicit(&r.stop, true, memory_order_relaxed);
	pthread_join(thread, NULL);
	pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	if (!back || !r.chains)
		return false;	/* the other thread never ran: no sample */
	stat_add(&c->wall, (double)ns / (double)back);
	stat_add(&c->device,
		 clock_work_ns(r.busy, r.turns) / (double)r.chains);
	return true;
}
