// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the loads share; see load.h.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "host/lib/report.h"
#include "load.h"

uint64_t load_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void load_set_policy(int policy)
{
	struct sched_param p = {
		.sched_priority = sched_get_priority_min(policy),
	};

	if (sched_setscheduler(0, policy, &p))
		report_die("sched_setscheduler");
}

void load_set_owner(struct device *d)
{
	struct {
		struct vhost_memory table;
		struct vhost_memory_region region;
	} mem = {
		.table.nregions = 1,
		.region = {
			.guest_phys_addr = MEMORY_RINGS_GPA,
			.memory_size = MEMORY_RINGS,
			.userspace_addr = (uintptr_t)d->mem.rings,
		},
	};

	if (cmd(d->fd, VHOST_SET_OWNER, NULL) ||
	    cmd(d->fd, VHOST_SET_FEATURES, &d->features) ||
	    cmd(d->fd, VHOST_SET_MEM_TABLE, &mem))
		report_die("setting up the device");
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct load_spread load_spread(uint64_t *figure, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += figure[i];
	qsort(figure, n, sizeof(*figure), by_value);
	return (struct load_spread){ .mean = (double)sum / n,
				     .median = (double)figure[n / 2],
				     .best = (double)figure[0] };
}
