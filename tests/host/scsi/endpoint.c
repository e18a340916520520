// SPDX-License-Identifier: GPL-2.0-only
/*
 * The endpoint set and cleared: again and again, by two threads, with a target
 * that has no nexus, by two devices.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "tests.h"

/* CVE-2025-22083 was a second SET_ENDPOINT. */
static void again(struct scsi_guest *g, const char *name)
{
	int bad = 0, rejected = 0;

	for (int i = 0; i < 50; i++) {
		rejected += scsi_set_endpoint(g, WWN, 1) == EEXIST;
		bad += !scsi_works(g, 0);
		bad += scsi_clear_endpoint(g, WWN, 1) != 0;
		scsi_clear_endpoint(g, WWN, 1);
		bad += scsi_set_endpoint(g, WWN, 1) != 0;
	}
	report_ok(!bad && rejected == 50,
		  "CVE-2025-22083: %s: set twice and cleared twice 50 times: %d bad, %d rejected",
		  name, bad, rejected);
	report_ok(scsi_works(g, 0), "%s: works after that", name);
}

/* Requests given while no endpoint is set wait for one. */
static void between(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_inquiry(0);
	struct scsi_result r;
	int slot;

	scsi_clear_endpoint(g, WWN, 1);
	slot = scsi_send(g, &io);
	r = scsi_take(g, slot, SCSI_NOT);
	report_ok(!r.back, "%s: nothing is served without an endpoint", name);
	scsi_set_endpoint(g, WWN, 1);
	queue_kick(&g->d.q[SCSI_IO]);
	r = scsi_take(g, slot, SCSI_SOON);
	report_ok(scsi_good(&r), "%s: served once it is set: %s", name,
		  scsi_text(&r));
}

struct racer {
	struct scsi_guest *g;
	uint32_t calls, odd;
	bool stop;
};

static void *race(void *arg)
{
	struct racer *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		int err = scsi_set_endpoint(r->g, WWN, 1);

		r->odd += err && err != EEXIST;
		err = scsi_clear_endpoint(r->g, WWN, 1);
		r->odd += err && err != EINVAL;
		r->calls++;
	}
	return NULL;
}

/* Two threads set and clear while commands go; all of them come back. */
static void racing(struct scsi_guest *g, const char *name)
{
	struct racer r[2] = { { .g = g }, { .g = g } };
	uint64_t until = now_ms() + 1500;
	pthread_t thread[2];
	uint32_t done = 0, bad = 0;

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, race, &r[i]);
	while (now_ms() < until) {
		struct scsi_io io = scsi_rw(0, done & 1, 10, done % 64 * 8, 8,
					    SCSI_BIG_GPA + done % 32 * 4096);
		int slot = scsi_send(g, &io);
		struct scsi_result res;

		if (slot < 0)
			report_die("ring is full");
		/* it may wait for the next endpoint, and then for a kick */
		for (int i = 0; i < 500 && !scsi_back(g, slot, 10); i++)
			queue_kick(&g->d.q[SCSI_IO]);
		res = scsi_take(g, slot, 0);
		bad += !scsi_good(&res);
		done++;
	}
	for (int i = 0; i < 2; i++) {
		__atomic_store_n(&r[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(thread[i], NULL);
	}
	report_ok(r[0].calls > 10 && r[1].calls > 10 && done > 10 && !bad &&
		  !r[0].odd && !r[1].odd,
		  "%s: %u and %u rounds race, %u commands, %u bad; other errors %u, %u",
		  name, r[0].calls, r[1].calls, done, bad, r[0].odd, r[1].odd);
	scsi_clear_endpoint(g, WWN, 1);
	went(scsi_set_endpoint(g, WWN, 1), 0, "set after the race");
	report_ok(scsi_works(g, 0), "%s: works after that", name);
}

static void no_nexus(void)
{
	struct scsi_guest g;
	struct lio_tpg t;

	if (lio_tpg_mkdir(&t, OTHER_WWN, 1))
		report_die("TPG");
	scsi_open(&g, F_V1);
	scsi_queues(&g, 0, SCSI_QUEUES - 1);
	report_ok(scsi_set_endpoint(&g, OTHER_WWN, 1),
		  "a target without a nexus is rejected");
	lio_nexus(&t, OTHER_WWN);
	went(scsi_set_endpoint(&g, OTHER_WWN, 1), 0, "and taken with one");
	scsi_close(&g);
	lio_tpg_remove(&t);
}

/* A TPG belongs to one device at a time. */
static void two_devices(void)
{
	struct scsi_guest a, b;

	scsi_start(&a, F_V1, WWN);
	scsi_open(&b, F_V1);
	scsi_queues(&b, 0, SCSI_QUEUES - 1);
	report_ok(scsi_set_endpoint(&b, WWN, 1),
		  "a target that another device uses is rejected");
	report_ok(scsi_works(&a, 0), "the first goes on");
	scsi_close(&a);
	went(scsi_set_endpoint(&b, WWN, 1), 0, "free once the first closed");
	report_ok(scsi_works(&b, 0), "the second works");
	scsi_close(&b);
}

/* The target goes while the endpoint is cleared, and comes back another. */
static void target_changes(void)
{
	struct scsi_guest g;

	scsi_start(&g, F_V1, WWN);
	report_ok(scsi_works(&g, 0), "works at first");
	scsi_clear_endpoint(&g, WWN, 1);
	lio_tpg_remove(&target.tpg);
	report_ok(scsi_set_endpoint(&g, WWN, 1), "no target: rejected");
	lio_tpg_make(&target.tpg, WWN, 1);
	lio_lun_add(&target.tpg, 0, &target.disk);
	went(scsi_set_endpoint(&g, WWN, 1), 0, "made anew: set");
	report_ok(scsi_works(&g, 0), "and works");
	scsi_close(&g);
}

static void run(struct scsi_guest *g, const char *name)
{
	again(g, name);
	between(g, name);
	racing(g, name);
}

void test_endpoint(void)
{
	target_up();
	each_kind(0, run);
	no_nexus();
	two_devices();
	target_changes();
	target_down();
}
