// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a queue is: what GET_VRING_BASE says after traffic, and starting from
 * somewhere else than the beginning.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "abi/abi.h"

static const char *go(struct device *d, struct link *l, uint32_t seed)
{
	const struct traffic_plan plan = {
		.tx = 177, .rx = 133, .lazy = seed,
	};

	return traffic_once(d, l, &plan);
}

/* The traffic may not have taken back all that was used. */
static void take_rest(struct queue *q)
{
	struct drv_used u;

	while (drv_get_used(&q->ring, &u) == DRV_GOT)
		;
}

static void compare(struct device *d, const char *name)
{
	char what[80];

	for (int i = 0; i < QUEUES; i++) {
		take_rest(&d->q[i]);
		snprintf(what, sizeof(what), "%s, base of %s", name,
			 i == TX ? "TX" : "RX");
		same(queue_base(&d->q[i]), queue_place(&d->q[i]), what);
	}
}

/* What the driver has put in must be forgotten by both before a restart. */
static int start_at(struct device *d, int fd, uint16_t pos, bool wrap)
{
	int err = device_set_backend(d, -1);

	for (int i = 0; i < QUEUES && !err; i++) {
		drv_restart(&d->q[i].ring, pos, wrap);
		err = queue_set_state(&d->q[i], VHOST_SET_VRING_BASE,
				      queue_place(&d->q[i]));
	}
	return err ? err : device_set_backend(d, fd);
}

static void try(const char *name, uint64_t features, uint16_t pos, bool wrap)
{
	struct device d;
	struct link l;
	const char *why;
	int err;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "base, %s", name);
		device_close(&d);
		return;
	}
	if (loses_place(&d, features)) {
		report_skip("Linux loses its place", "base, %s", name);
		device_close(&d);
		return;
	}
	device_close(&d);
	stage_open(&d, &l, RUNNING, features);
	err = start_at(&d, l.backend, pos, wrap);
	report_ok(!err, "%s, start at %u %d: %s", name, pos, wrap,
		  errno_name(err));
	for (uint32_t i = 0; !err && i < 3; i++) {
		uint32_t base[QUEUES];

		why = go(&d, &l, i + pos);
		report_ok(!why, "%s, traffic: %s", name, why ? why : "fine");
		compare(&d, name);
		device_set_backend(&d, -1);
		compare(&d, name);
		for (int k = 0; k < QUEUES; k++) {
			base[k] = queue_base(&d.q[k]);
			/* Buffers left in RX are forgotten. */
			drv_restart(&d.q[k].ring, d.q[k].ring.next_used,
				    d.q[k].ring.used_wrap);
			queue_setup(&d.q[k]);
			queue_set_state(&d.q[k], VHOST_SET_VRING_BASE, base[k]);
		}
		err = device_set_backend(&d, l.backend);
	}
	stage_close(&d, &l);
}

/* A ring without a base that was set begins at the beginning. */
static void unset(const char *name, uint64_t features)
{
	struct device d;
	struct link l;
	struct vhost_vring_state s = { 0 };

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "no base, %s", name);
	} else {
		device_begin(&d, features);
		went(cmd(d.fd, VHOST_GET_VRING_BASE, &s), 0, name);
		same(s.num, features & F_PACKED ? 0x80008000 : 0,
		     "base that was not set");
	}
	l.backend = -1;
	stage_close(&d, &l);
}

/* Places that no ring of this size has, or from which it would never move. */
static void impossible(void)
{
	static const uint32_t base[] = {
		0x80008040,	/* avail slot 64 of 64 */
		0x80408000,	/* used slot 64 */
		0x80008001 ^ 0x8000,	/* avail more than a lap ahead */
		0x80000000,	/* a full lap in flight */
		0x80050005,	/* the same, from another slot */
		0,		/* both wrap counters 0, on a fresh ring */
	};
	struct device d;
	struct link l;
	char what[60];

	device_open(&d);
	if (!(d.offered & F_PACKED)) {
		report_skip("not offered", "impossible bases, packed");
		device_close(&d);
		return;
	}
	device_close(&d);
	stage_open(&d, &l, READY, F_V1 | F_PACKED);
	link_tap(&l, 12);
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++) {
		snprintf(what, sizeof(what), "start from base %#x", base[i]);
		queue_set_state(&d.q[0], VHOST_SET_VRING_BASE, base[i]);
		went(queue_set_file(&d.q[0], VHOST_NET_SET_BACKEND, l.backend),
		     EINVAL, what);
		queue_set_file(&d.q[0], VHOST_NET_SET_BACKEND, -1);
	}
	queue_set_state(&d.q[0], VHOST_SET_VRING_BASE, 0x80008000);
	went(queue_set_file(&d.q[0], VHOST_NET_SET_BACKEND, l.backend), 0,
	     "start from a good one");
	stage_close(&d, &l);
}

/* ---- places that depend on what the ring holds ---------------------------- */

static bool packed_open(struct device *d, struct link *l, enum stage stage,
			const char *name)
{
	device_open(d);
	if (!(d->offered & F_PACKED)) {
		report_skip("not offered", "%s", name);
		device_close(d);
		return false;
	}
	device_close(d);
	stage_open(d, l, stage, F_V1 | F_PACKED);
	return true;
}

/*
 * DPDK's virtio-user and SPDK begin with 0x8000: the used half is not set. As
 * the state of a ring that would be a full lap in flight.
 */
static void avail_half_alone(void)
{
	struct device d;
	struct link l;
	const char *why;
	int err = 0;

	if (!packed_open(&d, &l, READY, "base 0x8000"))
		return;
	link_tap(&l, 12);
	for (int i = 0; i < QUEUES && !err; i++)
		err = queue_set_state(&d.q[i], VHOST_SET_VRING_BASE, 0x8000);
	if (!err)
		err = device_set_backend(&d, l.backend);
	report_ok(!err, "start from base 0x8000: %s", errno_name(err));
	for (int i = 0; i < QUEUES && !err; i++)
		same(queue_base(&d.q[i]), 0x80008000, "base after the start");
	why = err ? "not started" : go(&d, &l, 3);
	report_ok(!why, "base 0x8000, traffic: %s", why ? why : "fine");
	if (!why)
		compare(&d, "base 0x8000");
	stage_close(&d, &l);
}

static int stop_and_start(struct queue *q, struct link *l, uint32_t base)
{
	int err = queue_set_file(q, VHOST_NET_SET_BACKEND, -1);

	if (!err)
		err = queue_set_state(q, VHOST_SET_VRING_BASE, base);
	return err ? err : queue_set_file(q, VHOST_NET_SET_BACKEND, l->backend);
}

/* After one lap the base is 0, the same as of a ring that cannot be. */
static void one_lap(void)
{
	struct device d;
	struct link l;

	if (!packed_open(&d, &l, RUNNING, "base after one lap"))
		return;
	same(frames_pass(&d, 64), 64, "frames of one lap");
	same(queue_base(&d.q[TX]), 0, "base after one lap");
	went(stop_and_start(&d.q[TX], &l, 0), 0, "start from there");
	same(queue_base(&d.q[TX]), 0, "base after the start");
	same(frames_pass(&d, 100), 100, "frames after it");
	stage_close(&d, &l);
}

/* All 64 buffers in flight: nobody would ever give one back. */
static void split_in_flight(void)
{
	struct device d;
	struct link l;

	stage_open(&d, &l, RUNNING, F_V1);
	same(frames_pass(&d, 10), 10, "frames before");
	went(stop_and_start(&d.q[TX], &l, 10 + 64), ringside(&d) ? EINVAL : 0,
	     "split, start with the whole ring in flight");
	went(stop_and_start(&d.q[TX], &l, 10 + 63), 0,
	     "split, with all but one");
	went(stop_and_start(&d.q[TX], &l, 10), 0, "split, with none");
	same(frames_pass(&d, 100), 100, "frames after it");
	stage_close(&d, &l);
}

/* With RING_PACKED sizes need not be powers of two. */
static void sizes(void)
{
	struct vhost_vring_state s = { 0, 100 };
	struct device d;
	struct link l;

	stage_open(&d, &l, OWNED, 0);
	if (d.offered & F_PACKED) {
		uint64_t features = F_V1 | F_PACKED;

		cmd(d.fd, VHOST_SET_FEATURES, &features);
		went(cmd(d.fd, VHOST_SET_VRING_NUM, &s), 0, "packed of 100");
		s.num = 32768;
		went(cmd(d.fd, VHOST_SET_VRING_NUM, &s), 0, "packed of 32768");
		s.num = 32769;
		went(cmd(d.fd, VHOST_SET_VRING_NUM, &s), EINVAL,
		     "packed of 32769");
		s.num = 0;
		went(cmd(d.fd, VHOST_SET_VRING_NUM, &s), EINVAL, "packed of 0");
	} else {
		report_skip("not offered", "sizes of packed rings");
	}
	stage_close(&d, &l);
}

void abi_bases(void)
{
	unset("split", F_V1);
	unset("packed", F_V1 | F_PACKED);
	try("split", F_V1, 0, true);
	try("split", F_V1, 65500, true);
	try("split, all", F_V1 | F_EVENT | F_INDIRECT, 32700, true);
	try("split, in order", F_V1 | F_ORDER | F_INDIRECT, 65500, true);
	try("packed", F_V1 | F_PACKED, 0, true);
	try("packed", F_V1 | F_PACKED, 63, false);
	try("packed, all", F_V1 | F_PACKED | F_EVENT | F_INDIRECT, 17, false);
	try("packed, in order", F_V1 | F_PACKED | F_ORDER, 40, true);
	impossible();
	avail_half_alone();
	one_lap();
	split_in_flight();
	sizes();
}
