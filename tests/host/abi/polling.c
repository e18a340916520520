// SPDX-License-Identifier: GPL-2.0-only
/*
 * Busy polling of one queue does not hold up another one of the same worker,
 * however both came to the worker: here at the same moment, as they share a
 * kick.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "abi/abi.h"

enum { SPIN_US = 50000, TRIES = 21 };

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The queue whose kick is set last is the first to be woken. */
static void share_kick(struct device *d, int first)
{
	int fd = d->q[first].kick, err;

	err = queue_set_file(&d->q[!first], VHOST_SET_VRING_KICK, fd);
	if (!err)
		err = queue_set_file(&d->q[first], VHOST_SET_VRING_KICK, -1);
	if (!err)
		err = queue_set_file(&d->q[first], VHOST_SET_VRING_KICK, fd);
	if (err)
		report_die("kick: %s", errno_name(err));
}

/* From the kick to the call; the time of a try without a call is the limit. */
static uint64_t latency_us(struct device *d, int first)
{
	struct queue *tx = &d->q[TX];
	struct drv_used u;
	uint64_t start;

	usleep(2000);	/* the worker has come to rest */
	while (drv_get_used(&tx->ring, &u) == DRV_GOT)
		;
	drv_enable_calls(&tx->ring);
	event_wait(tx->call, 0);
	frame_add(d);
	start = now_us();
	queue_kick(&d->q[first]);
	event_wait(tx->call, 1000);
	return now_us() - start;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void try(const char *name, uint64_t features, int first)
{
	uint64_t us[TRIES];
	struct device d;
	struct link l;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "%s", name);
		device_close(&d);
		return;
	}
	device_close(&d);
	stage_open(&d, &l, RUNNING, features);
	share_kick(&d, first);
	queue_set_state(&d.q[RX], VHOST_SET_VRING_BUSYLOOP_TIMEOUT, SPIN_US);
	for (int i = 0; i < TRIES; i++)
		us[i] = latency_us(&d, first);
	qsort(us, TRIES, sizeof(us[0]), compare);
	report_ok(us[TRIES / 2] < SPIN_US / 2,
		  "%s: TX served after %llu us (median; %llu to %llu), RX polls for %d us",
		  name, (unsigned long long)us[TRIES / 2],
		  (unsigned long long)us[0],
		  (unsigned long long)us[TRIES - 1], SPIN_US);
	stage_close(&d, &l);
}

void abi_polling(void)
{
	try("split, RX woken first", F_V1, RX);
	try("split, TX woken first", F_V1, TX);
	try("packed, RX woken first", F_V1 | F_PACKED, RX);
}
