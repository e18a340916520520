// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IOTLB whose owner replies to a miss with less than it needs, as
 * virtio-iommu and SMMUv3 do with a miss for reading and writing: first the
 * one, and the other when that is asked for. What was given adds up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "abi/abi.h"
#include "lib/iotlb.h"

enum { PAGE = 4096, RANGES = 4096, TYPE = VHOST_IOTLB_MSG_V2 };

/* A page, or the part of it that lies in one piece of memory. */
struct range {
	uint64_t start, len;
	uint8_t given;
};

struct owner {
	struct device *d;
	uint8_t first;		/* given of what is asked for reading and
				 * writing at once */
	struct range range[RANGES];
	uint32_t ranges, misses;
	uint32_t halves;	/* replies with less */
	uint32_t again;		/* asked for what had been given */
	pthread_t thread;
	bool stop;
};

/* The piece of data memory, or all of the rings'. */
static struct range whole_of(uint64_t gpa)
{
	uint64_t at = gpa - MEMORY_DATA_GPA;

	if (at < MEMORY_DATA)
		return (struct range){ gpa - at % MEMORY_PIECE, MEMORY_PIECE };
	return (struct range){ MEMORY_RINGS_GPA, MEMORY_RINGS };
}

static struct range page_of(uint64_t gpa)
{
	struct range in = whole_of(gpa);
	uint64_t start = gpa & ~(uint64_t)(PAGE - 1), end = start + PAGE;

	start = start < in.start ? in.start : start;
	end = end > in.start + in.len ? in.start + in.len : end;
	return (struct range){ start, end - start };
}

static struct range *find(struct owner *o, uint64_t gpa)
{
	struct range page = page_of(gpa);

	for (uint32_t i = 0; i < o->ranges; i++)
		if (o->range[i].start == page.start)
			return &o->range[i];
	if (o->ranges == RANGES)
		report_die("ranges");
	o->range[o->ranges] = page;
	return &o->range[o->ranges++];
}

static void reply(struct owner *o, const struct iotlb_msg *m)
{
	struct range *r = find(o, m->iotlb.iova);
	uint8_t give = m->iotlb.perm;
	uint64_t to = iotlb_translate(&o->d->mem, r->start);

	o->misses++;
	o->again += (give & r->given) != 0;
	if (give == VHOST_ACCESS_RW) {
		give = o->first;
		o->halves++;
	}
	r->given |= give;
	if (!to || iotlb_update(o->d->fd, TYPE, r->start, r->len, to, give))
		report_note("miss of %#llx", (unsigned long long)m->iotlb.iova);
}

static bool has_permissions(uint64_t features, const char *name)
{
	struct device d;
	const char *why = NULL;

	device_open(&d);
	if (!ringside(&d))
		why = "Linux wants the used ring mapped before the start";
	else if (features & ~d.offered)
		why = "not offered";
	device_close(&d);
	if (why)
		report_skip(why, "%s", name);
	return !why;
}

static void begin(struct owner *o, struct device *d, struct link *l,
		  uint64_t features, uint8_t first)
{
	*o = (struct owner){ .d = d, .first = first };
	device_open(d);
	link_tap(l, 12);
	iotlb_begin(d, features | F_IOMMU, TYPE, 64);
}

/*
 * Miss by miss, and one queue: nothing is asked for twice, as nothing wakes
 * the queue but a reply and the one kick.
 */
static void step_by_step(const char *name, uint64_t features, uint8_t first)
{
	static struct owner o;
	struct iotlb_msg m;
	struct device d;
	struct link l;
	bool used = false;
	int err;

	if (!has_permissions(features, name))
		return;
	begin(&o, &d, &l, features, first);
	err = queue_set_file(&d.q[TX], VHOST_NET_SET_BACKEND, l.backend);
	report_ok(!err, "%s: start: %s", name, errno_name(err));
	while (iotlb_read_miss(d.fd, &m, 100))
		reply(&o, &m);
	frame_add(&d);
	queue_kick(&d.q[TX]);
	for (uint64_t end = now_ms() + 2000; !used && now_ms() < end;) {
		while (iotlb_read_miss(d.fd, &m, 20))
			reply(&o, &m);
		used = frame_used(&d, 2);
	}
	report_ok(used, "%s: a frame is used, %u misses, %u of them halved",
		  name, o.misses, o.halves);
	report_ok(!o.again, "%s: %u misses for what had been given", name,
		  o.again);
	report_ok(!event_wait(d.q[TX].err, 0), "%s: the queue is whole", name);
	stage_close(&d, &l);
}

static void *serve(void *arg)
{
	struct owner *o = arg;
	struct iotlb_msg m;

	while (!__atomic_load_n(&o->stop, __ATOMIC_RELAXED))
		if (iotlb_read_miss(o->d->fd, &m, 20))
			reply(o, &m);
	return NULL;
}

/* Forget all that was given; the owner with it, or it would not halve. */
static void forget(struct owner *o)
{
	iotlb_invalidate(o->d->fd, TYPE, 0, -1ull);
	for (uint32_t i = 0; i < o->ranges; i++)
		o->range[i].given = 0;
}

static void with_traffic(const char *name, uint64_t features, uint8_t first)
{
	const struct traffic_plan plan = { .tx = 300, .rx = 300, .lazy = 5,
					   .ms = 2000 };
	static struct owner o;
	struct device d;
	struct traffic t;
	struct link l;
	const char *why;
	int err;

	if (!has_permissions(features, name))
		return;
	begin(&o, &d, &l, features, first);
	if (pthread_create(&o.thread, NULL, serve, &o))
		report_die("thread");
	err = device_set_backend(&d, l.backend);
	traffic_open(&t, &d, &l, &plan);
	why = err ? errno_name(err) : traffic_run(&t);
	for (int i = 0; i < 5 && !why; i++) {
		forget(&o);
		why = traffic_more(&t, 50, 50);
	}
	report_ok(!why, "%s: traffic: %s, %u misses", name, why ? why : "fine",
		  o.misses);
	traffic_close(&t);
	__atomic_store_n(&o.stop, true, __ATOMIC_RELAXED);
	pthread_join(o.thread, NULL);
	stage_close(&d, &l);
}

void abi_permissions(void)
{
	static const struct {
		const char *name;
		uint64_t features;
		uint8_t first;
	} kinds[] = {
		{ "write-only first, split", F_V1, VHOST_ACCESS_WO },
		{ "write-only first, split, all", F_V1 | F_EVENT | F_INDIRECT,
		  VHOST_ACCESS_WO },
		{ "write-only first, packed", F_V1 | F_PACKED,
		  VHOST_ACCESS_WO },
		{ "read-only first, packed, all", F_V1 | F_PACKED | F_EVENT |
						  F_INDIRECT, VHOST_ACCESS_RO },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		step_by_step(kinds[i].name, kinds[i].features, kinds[i].first);
		with_traffic(kinds[i].name, kinds[i].features, kinds[i].first);
	}
}
