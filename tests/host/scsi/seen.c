// SPDX-License-Identifier: GPL-2.0-only
/*
 * What administrators see of requests that a disk does not complete, and of a device
 * that is closed meanwhile: it is there, and says so, until the disk responds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "lib/nl.h"
#include "tests.h"

enum { HELD = 10 };

static uint64_t state(struct nl *nl, uint32_t id)
{
	struct nl_object o;

	return nl_get_dev(nl, id, &o) ? ~0ull :
					nl_number(o.attrs, VHOST_A_DEV_STATE, ~0ull);
}

static uint64_t in_flight(struct nl *nl, uint32_t id)
{
	struct nl_object o;

	return nl_get_queue(nl, id, SCSI_IO, &o) ? ~0ull :
		       nl_number(o.attrs, VHOST_A_QUEUE_IN_FLIGHT, ~0ull);
}

static void hold(struct scsi_guest *g)
{
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		io.queue = SCSI_IO;
		scsi_send(g, &io);
	}
}

static void *close_it(void *arg)
{
	struct scsi_guest *g = arg;

	close(g->d.fd);
	g->d.fd = -1;
	return NULL;
}

static bool becomes(struct nl *nl, uint32_t id, uint64_t want)
{
	uint64_t end = now_ms() + SCSI_SOON;

	while (state(nl, id) != want && now_ms() < end)
		usleep(1000);
	return state(nl, id) == want;
}

static bool flies(struct nl *nl, uint32_t id, uint64_t want)
{
	uint64_t end = now_ms() + SCSI_SOON;

	while (in_flight(nl, id) != want && now_ms() < end)
		usleep(1000);
	return in_flight(nl, id) == want;
}

static void look(struct nl *nl, struct scsi_guest *g, const char *name)
{
	uint32_t id = nl_only_dev_of(nl, getpid());
	pthread_t closer;

	report_ok(scsi_works(g, 0) && flies(nl, id, 0), "%s: nothing in flight",
		  name);
	disk_pause(&target.paused);
	hold(g);
	report_ok(flies(nl, id, HELD), "%s: %llu in flight", name,
		  (unsigned long long)in_flight(nl, id));
	if (pthread_create(&closer, NULL, close_it, g))
		report_die("thread");
	report_ok(becomes(nl, id, VHOST_DEV_STATE_CLOSING), "%s: is closing",
		  name);
	usleep(SCSI_NOT * 1000);
	report_ok(state(nl, id) == VHOST_DEV_STATE_CLOSING &&
			  in_flight(nl, id) == HELD,
		  "%s: still, with %llu in flight", name,
		  (unsigned long long)in_flight(nl, id));
	disk_resume(&target.paused);
	pthread_join(closer, NULL);
	report_ok(state(nl, id) == ~0ull, "%s: then it is gone", name);
}

void test_seen(void)
{
	struct nl nl;

	if (!nl_open(&nl))
		report_die("no family");
	if (!target_up_paused("seen"))
		return;
	for (unsigned int i = 0; i < n_kinds; i++) {
		struct scsi_guest g;

		if (!scsi_start(&g, kinds[i].features, WWN)) {
			report_skip("not offered", "%s", kinds[i].name);
			continue;
		}
		look(&nl, &g, kinds[i].name);
		scsi_close(&g);
	}
	target_down_paused();
	nl_close(&nl);
}
