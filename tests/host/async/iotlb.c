// SPDX-License-Identifier: GPL-2.0-only
/*
 * Behind an IOTLB: translations come late, go while requests are outstanding,
 * or are missing when the device stops.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "async/world.h"
#include "lib/iotlb.h"

enum {
	TYPE = VHOST_IOTLB_MSG_V2,
	HELD = 20,		/* requests of each queue */
	ROUNDS = 100,
};

static void map_all(struct device *d)
{
	int err = iotlb_map_rings(d, TYPE);
	/* indirect tables lie in the rings' memory */
	uint64_t tables = memory_gpa(&d->mem, d->mem.rings);

	if (!err)
		err = iotlb_update(d->fd, TYPE, tables, MEMORY_RINGS,
				   (uintptr_t)d->mem.rings, VHOST_ACCESS_RW);
	if (!err)
		err = iotlb_map_data(d, TYPE);
	if (err)
		report_die("map: %s", errno_name(err));
}

static void unmap_all(struct device *d)
{
	if (iotlb_invalidate(d->fd, TYPE, 0, 1ull << 32))
		report_die("unmap");
}

static struct world *open_behind(const struct kind *kind, uint32_t places)
{
	struct world *w = world_new(kind->features | F_IOMMU);

	iotlb_begin(&w->d, w->features, TYPE, NUM);
	w->run.places = places;
	for_each_lane(w, lane)
		queue_set_lazy(lane->q, 1 + world_rnd(w, 1 << 20));
	return w;
}

/* ---- misses and invalidations under load ------------------------------ */

static int invalidate_some(struct world *w)
{
	uint64_t at = MEMORY_DATA_GPA + world_rnd(w, MEMORY_DATA);

	switch (world_rnd(w, 8)) {
	case 0:
		return iotlb_invalidate(w->d.fd, TYPE, 0, 1ull << 40);
	case 1:
		return iotlb_invalidate(w->d.fd, TYPE, MEMORY_RINGS_GPA,
					MEMORY_RINGS);
	default:
		return iotlb_invalidate(w->d.fd, TYPE, at,
					1 + world_rnd(w, MEMORY_DATA / 4));
	}
}

static void under_load(const struct kind *kind)
{
	struct world *w = open_behind(kind, ANYWHERE);
	uint64_t back = 0;
	struct iommu u;
	int err;

	iommu_start(&u, &w->d);
	err = world_start(w);
	for (int i = 0; i < ROUNDS && !err && !w->error; i++) {
		world_for(w, world_rnd(w, 8));
		err = invalidate_some(w);
	}
	world_finish(w);
	iommu_stop(&u);
	for_each_lane(w, lane)
		back += lane->back;
	report_ok(!err && !w->error && world_mirror_ok(w) && u.misses,
		  "%s: %llu requests, %u misses: %s, %s", kind->name,
		  (unsigned long long)back, u.misses, errno_name(err),
		  w->error ? w->error : "fine");
	world_close(w);
}

/* ---- stopped while translations are missing --------------------------- */

/* The device has requests, all translations it needed, and nothing else. */
static struct world *open_held(const struct kind *kind)
{
	struct world *w = open_behind(kind, ASYNC_HELD);
	int err;

	map_all(&w->d);
	err = world_start(w);
	if (err)
		report_die("start: %s", errno_name(err));
	world_more(w, 0);
	world_fill(w, HELD);
	world_all_taken(w);
	return w;
}

/* Stopped now: nothing is lost, and @given_back requests are done again. */
static void stop_and_go_on(struct world *w, const char *name, const char *what,
			   uint64_t given_back)
{
	uint32_t base[ASYNC_QUEUES];
	uint64_t given = 0, dropped = 0;
	int err = world_stop(w);

	for (int i = 0; i < ASYNC_QUEUES; i++) {
		given += world_stats(w, i).given_back;
		dropped += world_stats(w, i).dropped;
	}
	if (!err)
		world_exact(w, base);
	report_ok(!err && !w->error && given == given_back && !dropped,
		  "%s, %s: %llu given back of %llu, %llu dropped: %s, %s", name,
		  what, (unsigned long long)given,
		  (unsigned long long)given_back, (unsigned long long)dropped,
		  errno_name(err), w->error ? w->error : "fine");
	if (w->error)
		return;
	map_all(&w->d);
	w->run.places = ANYWHERE;
	err = world_resume(w, base);
	if (!err)
		world_finish(w);
	if (!err)
		world_more(w, 400);
	report_ok(!err && !w->error && world_mirror_ok(w),
		  "%s, %s: after the restart: %s, %s", name, what,
		  errno_name(err), w->error ? w->error : "fine");
}

static void stop_without_ring(const struct kind *kind, enum drv_area area)
{
	static const char *const names[DRV_AREAS] = {
		"no descriptors", "no driver area", "no device area",
	};
	struct world *w = open_held(kind);

	unmap_all(&w->d);
	for (int a = 0; a < DRV_AREAS; a++)
		for (int i = 0; i < ASYNC_QUEUES && a != (int)area; i++)
			iotlb_map_area(&w->d.q[i], TYPE, a);
	iotlb_map_data(&w->d, TYPE);
	world_let_go(w);
	usleep(20000);
	stop_and_go_on(w, kind->name, names[area], ASYNC_QUEUES * HELD);
	world_close(w);
}

/* The ring has to be set up anew for new addresses, and cannot. */
static void stop_while_starting(const struct kind *kind)
{
	struct world *w = open_held(kind);
	int err = 0;

	unmap_all(&w->d);
	for (int i = 0; i < ASYNC_QUEUES && !err; i++)
		err = queue_set_addr(&w->d.q[i]);
	if (err)
		report_die("SET_VRING_ADDR: %s", errno_name(err));
	world_let_go(w);
	usleep(20000);
	stop_and_go_on(w, kind->name, "rings set anew", ASYNC_QUEUES * HELD);
	world_close(w);
}

/* The same by features: whoever sets them loses all translations. */
static void stop_after_features(const struct kind *kind)
{
	struct world *w = open_held(kind);

	if (cmd(w->d.fd, VHOST_SET_FEATURES, &w->features))
		report_die("SET_FEATURES");
	world_let_go(w);
	usleep(20000);
	stop_and_go_on(w, kind->name, "features set anew",
		       ASYNC_QUEUES * HELD);
	world_close(w);
}

/* What is completed first is what was taken first here. */
static void stop_without_buffers(const struct kind *kind)
{
	struct world *w = open_held(kind);

	iotlb_invalidate(w->d.fd, TYPE, MEMORY_DATA_GPA, MEMORY_DATA);
	world_let_go(w);
	usleep(20000);
	stop_and_go_on(w, kind->name, "no buffers", ASYNC_QUEUES * HELD);
	world_close(w);
}

/*
 * Requests overtake one another, and buffers are missing: younger ones may be
 * used already, and then a base cannot tell that an older one is not. Said, not
 * checked, but the counters must agree.
 */
static void stop_without_some_buffers(const struct kind *kind)
{
	struct world *w = open_behind(kind, ANYWHERE);
	uint64_t given = 0, dropped = 0, wrong = 0;
	struct iommu u;
	int err;

	iommu_start(&u, &w->d);
	w->run.max_delay_us = 30000;
	err = world_start(w);
	if (!err)
		world_for(w, 300);
	world_all_taken(w);
	iommu_stop(&u);
	iotlb_invalidate(w->d.fd, TYPE, MEMORY_DATA_GPA, MEMORY_DATA / 2);
	if (!err)
		err = world_stop(w);
	world_collect(w);
	for (int i = 0; i < ASYNC_QUEUES; i++) {
		struct async_stats s = world_stats(w, i);
		uint64_t in_flight = drv_in_flight(&w->d.q[i].ring);

		given += s.given_back;
		dropped += s.dropped;
		wrong += s.kept != s.pushed + s.given_back + s.dropped ||
			 s.abandoned != s.dropped || s.in_flight ||
			 in_flight < s.given_back + s.dropped;
	}
	report_note("%s: %llu given back, %llu dropped", kind->name,
		    (unsigned long long)given, (unsigned long long)dropped);
	report_ok(!err && !w->error && !wrong,
		  "%s: some buffers missing, counters of %llu queues wrong: %s, %s",
		  kind->name, (unsigned long long)wrong, errno_name(err),
		  w->error ? w->error : "fine");
	world_close(w);
}

void part_iotlb(void)
{
	for (int k = 0; k < KINDS; k++) {
		under_load(&kinds[k]);
		for (int a = 0; a < DRV_AREAS; a++)
			stop_without_ring(&kinds[k], a);
		stop_while_starting(&kinds[k]);
		stop_after_features(&kinds[k]);
		stop_without_buffers(&kinds[k]);
		stop_without_some_buffers(&kinds[k]);
	}
}
