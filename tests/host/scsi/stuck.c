// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storage that does not respond at all: CLEAR_ENDPOINT ends in bounded time with
 * an error; what was in flight is given up, is never pushed, and is finished
 * without harm whenever the disk responds. One guest for each kind of rings, all
 * at the same time, since that takes half a minute.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "tests.h"

enum { HELD = 10, GUESTS = 4, BOUND = 40000, LONG = 30 };

struct victim {
	const char *name;
	char wwn[40];
	struct lio_tpg tpg;
	struct scsi_guest g;
	int slot[HELD];
	int err;
	uint64_t ms;
	pthread_t thread;
};

static struct victim victims[GUESTS];

static bool start(struct victim *v, const struct kind *k, int number)
{
	v->name = k->name;
	snprintf(v->wwn, sizeof(v->wwn), "naa.60014050000001%02x", number);
	lio_tpg_make(&v->tpg, v->wwn, 1);
	if (lio_lun_add(&v->tpg, 0, &target.disk) ||
	    lio_lun_add(&v->tpg, 1, &target.slow))
		report_die("LUNs");
	if (scsi_start(&v->g, k->features, v->wwn))
		return true;
	report_skip("not offered", "%s", k->name);
	lio_tpg_remove(&v->tpg);
	return false;
}

static void hold(struct victim *v)
{
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		io.queue = SCSI_IO + i % 2;
		v->slot[i] = scsi_send(&v->g, &io);
	}
	if (!scsi_works(&v->g, 0))
		report_ok(false, "LUN 0 does not work beside LUN 1");
}

static void *clear(void *arg)
{
	struct victim *v = arg;
	uint64_t from = now_ms();

	v->err = scsi_clear_endpoint(&v->g, v->wwn, 1);
	v->ms = now_ms() - from;
	return NULL;
}

static unsigned int back(struct victim *v)
{
	unsigned int n = 0;

	scsi_poll(&v->g);
	for (int i = 0; i < HELD; i++)
		n += v->g.slot[v->slot[i]].back;
	return n;
}

static void begin_anew(struct victim *v)
{
	uint64_t until = now_ms() + SCSI_SOON;
	struct scsi_guest *g = &v->g;
	int err;

	for (unsigned int i = 0; i < SCSI_QUEUES; i++) {
		drv_exit(&g->d.q[i].ring);
		close(g->d.q[i].kick);
		close(g->d.q[i].call);
		close(g->d.q[i].err);
	}
	for (int i = 0; i < HELD; i++)
		scsi_slot_put(g, v->slot[i]);
	memory_reset(&g->d.mem);
	g->headers = memory_take(&g->d.mem, (2 * SCSI_SLOTS + 1) * SCSI_HEADER,
				 4096);
	scsi_queues(g, 0, SCSI_QUEUES - 1);
	do {
		err = scsi_set_endpoint(g, v->wwn, 1);
	} while (err && now_ms() < until && !usleep(20000));
	report_ok(!err && scsi_works(g, 1), "%s: set up anew, it works: %s",
		  v->name, errno_name(err));
}

void test_stuck(void)
{
	int n = 0;

	if (env_number("SCSI_SECONDS", 0) < LONG) {
		report_skip("takes long: SCSI_SECONDS", "stuck disk");
		return;
	}
	if (!target_up_paused("stuck"))
		return;
	for (unsigned int i = 0; i < n_kinds && n < GUESTS; i++)
		n += start(&victims[n], &kinds[i], i);
	disk_pause(&target.paused);
	for (int i = 0; i < n; i++)
		hold(&victims[i]);
	for (int i = 0; i < n; i++)
		pthread_create(&victims[i].thread, NULL, clear, &victims[i]);
	for (int i = 0; i < n; i++) {
		struct victim *v = &victims[i];

		pthread_join(v->thread, NULL);
		report_ok(v->err == EBUSY && v->ms < BOUND,
			  "%s: CLEAR_ENDPOINT over a stuck disk: %s after %llu ms",
			  v->name, errno_name(v->err),
			  (unsigned long long)v->ms);
		report_ok(!back(v), "%s: nothing is pushed", v->name);
	}
	disk_resume(&target.paused);
	usleep(SCSI_NOT * 1000);
	for (int i = 0; i < n; i++) {
		struct victim *v = &victims[i];

		report_ok(!back(v), "%s: nor when the disk responds", v->name);
		begin_anew(v);
		scsi_close(&v->g);
		lio_tpg_remove(&v->tpg);
	}
	target_down_paused();
}
