// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IOTLB loses the translation of a part of a ring while the device has work
 * to do, and then the owner stops the device, moves the ring, or turns the log
 * on, with the miss unanswered. Each chain must still come back exactly once,
 * in the place and with the log that are valid then.
 *
 * One thread, so that nothing happens between two steps but what the device
 * does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "lib/iotlb.h"

enum {
	TYPE = VHOST_IOTLB_MSG_V2,
	NUM = 64,
	FRAMES = 20,		/* on their way when the translation is gone */
	PATTERN = 0xaa,
	PAGE = 4096,
	LOG_BYTES = (MEMORY_DATA_GPA + MEMORY_DATA) / PAGE / 8 + 1,
};

struct scene {
	struct device d;
	struct link l;
	struct traffic t;
};

static const char *const area_names[DRV_AREAS] = {
	"descriptors", "driver area", "device area",
};

static void map_all(struct device *d)
{
	int err = iotlb_map_rings(d, TYPE);

	if (!err)
		err = iotlb_map_data(d, TYPE);
	if (err)
		report_die("map: %s", errno_name(err));
}

static bool scene_open(struct scene *s, uint64_t features, const char *name)
{
	const struct traffic_plan plan = { .ms = 1000 };
	const char *why;
	int err;

	device_open(&s->d);
	if (features & ~s->d.offered) {
		report_skip("not offered", "%s", name);
		device_close(&s->d);
		return false;
	}
	link_tap(&s->l, 12);
	iotlb_begin(&s->d, features | F_IOMMU, TYPE, NUM);
	map_all(&s->d);
	err = device_set_backend(&s->d, s->l.backend);
	traffic_open(&s->t, &s->d, &s->l, &plan);
	why = err ? errno_name(err) : traffic_more(&s->t, 100, 100);
	if (why)
		report_die("%s: %s", name, why);
	return true;
}

static void scene_close(struct scene *s)
{
	traffic_close(&s->t);
	stage_close(&s->d, &s->l);
}

/* The driver goes on for a while; does the device then ask for something. */
static bool go_on(struct scene *s, uint32_t ms)
{
	uint64_t end = now_ms() + ms;
	struct iotlb_msg m;
	bool missed = false;

	while (now_ms() < end && !s->t.error) {
		if (!traffic_step(&s->t))
			usleep(1000);
		missed |= iotlb_read_miss(s->d.fd, &m, 0);
	}
	return missed;
}

/* Take the translation away, then give the device work. */
static bool lose(struct scene *s, int queue, enum drv_area area)
{
	int err = iotlb_unmap_area(&s->d.q[queue], TYPE, area);

	if (err)
		report_die("unmap: %s", errno_name(err));
	s->t.plan.tx += queue == TX ? FRAMES : 0;
	s->t.plan.rx += queue == RX ? FRAMES : 0;
	return go_on(s, 30);
}

/* ---- stop ----------------------------------------------------------------- */

static int restart(struct scene *s, const uint32_t base[QUEUES])
{
	int err = 0;

	map_all(&s->d);
	for (int i = 0; i < QUEUES && !err; i++)
		err = queue_set_state(&s->d.q[i], VHOST_SET_VRING_BASE,
				      base[i]);
	return err ? err : device_set_backend(&s->d, s->l.backend);
}

static void stop(const char *name, uint64_t features, int queue,
		 enum drv_area area)
{
	uint32_t base[QUEUES], place[QUEUES];
	const char *why = NULL;
	struct scene s;
	bool missed;
	int err;

	if (!scene_open(&s, features, name))
		return;
	missed = lose(&s, queue, area);
	err = device_set_backend(&s.d, -1);
	go_on(&s, 5);	/* the driver takes what it was given */
	for (int i = 0; i < QUEUES; i++) {
		base[i] = queue_base(&s.d.q[i]);
		place[i] = queue_place(&s.d.q[i]);
	}
	report_ok(!err && base[RX] == place[RX] && base[TX] == place[TX],
		  "%s, %s: bases %#x %#x, the driver's %#x %#x%s", name,
		  area_names[area], base[RX], base[TX], place[RX], place[TX],
		  missed ? "" : ", no miss");
	err = restart(&s, base);
	why = err ? errno_name(err) : traffic_more(&s.t, 100, 100);
	report_ok(!why, "%s, %s: after the restart: %s", name,
		  area_names[area], why ? why : "fine");
	scene_close(&s);
}

/* ---- move ----------------------------------------------------------------- */

/* The areas that the device writes must stay as they are. */
static bool untouched(const struct drv_config *c)
{
	for (int a = 0; a < DRV_AREAS; a++) {
		const uint8_t *p = c->area[a];
		size_t n = drv_area_bytes(c->format, c->num, a, true);

		for (size_t i = 0; i < n; i++)
			if (p[i] != PATTERN)
				return false;
	}
	return true;
}

static void overwrite(const struct drv_config *c)
{
	for (int a = 0; a < DRV_AREAS; a++)
		memset(c->area[a], PATTERN,
		       drv_area_bytes(c->format, c->num, a, true));
}

static void move(const char *name, uint64_t features, int queue,
		 enum drv_area area)
{
	struct queue was, *q;
	const char *why;
	struct scene s;
	int err;

	if (!scene_open(&s, features, name))
		return;
	if (!ringside(&s.d) && queue == TX) {
		report_skip("Linux does not go on after that",
			    "%s, %s: moved", name, area_names[area]);
		scene_close(&s);
		return;
	}
	q = &s.d.q[queue];
	lose(&s, queue, area);
	was = *q;
	queue_copy_ring(q);
	err = queue_set_addr(q);
	overwrite(&was.cfg);
	/* both places can be reached from here on */
	iotlb_map_area(&was, TYPE, area);
	map_all(&s.d);
	why = err ? errno_name(err) : traffic_more(&s.t, 100, 100);
	report_ok(!why, "%s, %s: moved: %s", name, area_names[area],
		  why ? why : "fine");
	report_ok(untouched(&was.cfg), "%s, %s: nothing in the old place",
		  name, area_names[area]);
	scene_close(&s);
}

/* ---- log ------------------------------------------------------------------ */

static bool logged(const uint8_t *log, const struct queue *q)
{
	const struct drv_config *c = &q->cfg;
	void *at = c->area[c->format == DRV_PACKED ? DRV_DESC : DRV_DEVICE];
	uint64_t page = memory_gpa(&q->dev->mem, at) / PAGE;

	return log[page / 8] >> page % 8 & 1;
}

static int log_on(struct scene *s, uint8_t *log)
{
	uint64_t base = (uintptr_t)log, features = s->d.features | F_LOG_ALL;
	int err = cmd(s->d.fd, VHOST_SET_LOG_BASE, &base);

	if (!err)
		err = cmd(s->d.fd, VHOST_SET_FEATURES, &features);
	for (int i = 0; i < QUEUES && !err; i++) {
		s->d.q[i].log = true;
		err = queue_set_addr(&s->d.q[i]);
	}
	return err;
}

static void turn_log_on(const char *name, uint64_t features, int queue,
			enum drv_area area)
{
	uint8_t *log = calloc(1, LOG_BYTES);
	const char *why;
	struct scene s;
	uint32_t place;
	int err;

	if (!scene_open(&s, features, name)) {
		free(log);
		return;
	}
	if (!ringside(&s.d)) {
		report_skip("Linux does not go on after that",
			    "%s, %s: with the log", name, area_names[area]);
		scene_close(&s);
		free(log);
		return;
	}
	lose(&s, queue, area);
	go_on(&s, 5);
	place = queue_place(&s.d.q[queue]);
	err = log_on(&s, log);
	map_all(&s.d);
	/* what comes back now is what was on its way */
	why = err ? errno_name(err) : traffic_more(&s.t, 0, 0);
	report_ok(!why, "%s, %s: with the log: %s", name, area_names[area],
		  why ? why : "fine");
	/* unless all was there before */
	report_ok(logged(log, &s.d.q[queue]) ||
		  place == queue_place(&s.d.q[queue]),
		  "%s, %s: its ring is in the log", name, area_names[area]);
	scene_close(&s);
	free(log);
}

void abi_pending(void)
{
	static const struct {
		const char *name;
		uint64_t features;
		int queue;
	} kinds[] = {
		{ "split, RX", F_V1 | F_EVENT, RX },
		{ "split, TX", F_V1 | F_EVENT, TX },
		{ "packed, RX", F_V1 | F_EVENT | F_PACKED, RX },
		{ "packed, TX", F_V1 | F_EVENT | F_PACKED, TX },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int a = 0; a < DRV_AREAS; a++) {
			stop(kinds[i].name, kinds[i].features, kinds[i].queue,
			     a);
			move(kinds[i].name, kinds[i].features, kinds[i].queue,
			     a);
			turn_log_on(kinds[i].name, kinds[i].features,
				    kinds[i].queue, a);
		}
}
