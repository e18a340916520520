// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task management of commands that wait in a disk which responds when the test
 * says so. Each command comes back once, before the function that ended it
 * (5.6.6.2), and the LUN next to it goes on.
 */
#include <stdio.h>

#include "tests.h"

enum { HELD = 6, SUCCEEDED = VIRTIO_SCSI_S_FUNCTION_SUCCEEDED };

struct held {
	int slot[HELD];
	uint64_t tag[HELD];
};

static void hold(struct scsi_guest *g, struct held *h)
{
	disk_pause(&target.paused);
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		io.queue = SCSI_IO + i % 2;
		h->tag[i] = io.tag;
		h->slot[i] = scsi_send(g, &io);
		if (h->slot[i] < 0)
			report_die("ring is full");
	}
	/* On LUN 0, behind them in both queues: so all were taken. */
	if (!scsi_works(g, 0))
		report_ok(false, "LUN 0 does not work beside LUN 1");
}

static unsigned int count_back(struct scsi_guest *g, const struct held *h)
{
	unsigned int n = 0;

	scsi_poll(g);
	for (int i = 0; i < HELD; i++)
		n += g->slot[h->slot[i]].back;
	return n;
}

/* All have come back, or do so now; how many of them were aborted or reset. */
static unsigned int take_all(struct scsi_guest *g, const struct held *h,
			     unsigned int *good)
{
	unsigned int ended = 0;

	*good = 0;
	for (int i = 0; i < HELD; i++) {
		struct scsi_result r = scsi_take(g, h->slot[i], SCSI_SOON);

		*good += scsi_good(&r);
		ended += r.back &&
			 (r.resp.response == VIRTIO_SCSI_S_ABORTED ||
			  r.resp.response == VIRTIO_SCSI_S_RESET ||
			  r.resp.status == TASK_ABORTED);
	}
	return ended;
}

static void finish(struct scsi_guest *g, const char *name, const char *what)
{
	bool works = scsi_works(g, 1);

	report_ok(works && scsi_works(g, 0), "%s: both disks work after %s",
		  name, what);
}

/* ---- queries ------------------------------------------------------------ */

static void queries(struct scsi_guest *g, const char *name)
{
	unsigned int good;
	struct held h;
	int one, none, set, other;

	hold(g, &h);
	one = scsi_tmf(g, VIRTIO_SCSI_T_TMF_QUERY_TASK, 1, h.tag[2]);
	none = scsi_tmf(g, VIRTIO_SCSI_T_TMF_QUERY_TASK, 1, 1ull << 60);
	other = scsi_tmf(g, VIRTIO_SCSI_T_TMF_QUERY_TASK, 0, h.tag[2]);
	set = scsi_tmf(g, VIRTIO_SCSI_T_TMF_QUERY_TASK_SET, 1, 0);
	report_ok(one == SUCCEEDED && none == 0 && other == 0 &&
		  set == SUCCEEDED,
		  "%s: queries: a task %d, another tag %d, another LUN %d, the set %d",
		  name, one, none, other, set);
	set = scsi_tmf(g, VIRTIO_SCSI_T_TMF_QUERY_TASK_SET, 0, 0);
	report_ok(set == 0, "%s: the set of LUN 0 is empty: %d", name, set);
	report_ok(count_back(g, &h) == 0, "%s: queries end nothing", name);
	disk_resume(&target.paused);
	take_all(g, &h, &good);
	report_ok(good == HELD, "%s: %u of %d are good", name, good, HELD);
	finish(g, name, "queries");
}

/* ---- ends --------------------------------------------------------------- */

/* Linux's own says SUCCEEDED of a reset, which is for queries. */
static bool completed(const struct scsi_guest *g, int response)
{
	return response == 0 || (response == SUCCEEDED && !scsi_is_ours(g));
}

/*
 * Sent while the disk waits, with the tag of command @index. LIO responds once
 * the disk has responded.
 */
static void end_some(struct scsi_guest *g, const char *name, uint32_t subtype,
		     const char *what, int index, unsigned int want)
{
	unsigned int good, ended, before;
	struct held h;
	uint8_t lun[8];
	bool back = false;
	int slot, got;

	hold(g, &h);
	scsi_lun(lun, 1, 1);
	slot = scsi_tmf_send(g, subtype, lun, h.tag[index]);
	if (scsi_back(g, slot, SCSI_NOT))
		back = true;
	before = count_back(g, &h);
	report_ok(!back || before >= want,
		  "%s: %s is not back before what it ends (%u are)", name, what,
		  before);
	report_ok(scsi_works(g, 0), "%s: LUN 0 works meanwhile", name);
	disk_resume(&target.paused);
	got = scsi_tmf_take(g, slot, SCSI_SOON);
	before = count_back(g, &h);
	report_ok(completed(g, got) && before >= want,
		  "%s: %s: response %d, %u commands are back before it", name,
		  what, got, before);
	ended = take_all(g, &h, &good);
	report_ok(ended + good == HELD && ended <= want,
		  "%s: %s: %u ended, %u good", name, what, ended, good);
	finish(g, name, what);
}

static void ends(struct scsi_guest *g, const char *name)
{
	if (scsi_is_ours(g)) {
		queries(g, name);
		end_some(g, name, VIRTIO_SCSI_T_TMF_ABORT_TASK, "ABORT TASK",
			 3, 1);
		end_some(g, name, VIRTIO_SCSI_T_TMF_ABORT_TASK_SET,
			 "ABORT TASK SET", 0, HELD);
		end_some(g, name, VIRTIO_SCSI_T_TMF_CLEAR_TASK_SET,
			 "CLEAR TASK SET", 0, HELD);
		end_some(g, name, VIRTIO_SCSI_T_TMF_I_T_NEXUS_RESET,
			 "I_T NEXUS RESET", 0, HELD);
	} else {
		report_skip("rejects them", "%s: aborts and queries", name);
	}
	end_some(g, name, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET,
		 "LOGICAL UNIT RESET", 0, HELD);
}

/* ---- races -------------------------------------------------------------- */

/* An abort that meets its command anywhere on its way, or comes too late. */
static void races(struct scsi_guest *g, const char *name)
{
	unsigned int aborted = 0, good = 0, bad = 0, rounds = 300;

	for (unsigned int i = 0; i < rounds; i++) {
		struct scsi_io io = scsi_rw(i % 2, i & 4, 10, 0, 8 + i % 100,
					    SCSI_BIG_GPA);
		int slot = scsi_send(g, &io), got;
		struct scsi_result r;

		got = scsi_tmf(g, i % 7 ? VIRTIO_SCSI_T_TMF_ABORT_TASK :
			       VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, i % 2,
			       io.tag);
		r = scsi_take(g, slot, SCSI_SOON);
		good += scsi_good(&r) || scsi_sense_key(&r) == UNIT_ATTENTION;
		aborted += r.back && r.resp.response != VIRTIO_SCSI_S_OK;
		bad += !r.back || (got && scsi_is_ours(g));
	}
	report_ok(!bad && good + aborted == rounds,
		  "%s: %u rounds race: %u good, %u aborted, %u bad", name,
		  rounds, good, aborted, bad);
	finish(g, name, "the race");
}

/* Two functions for one command, and one tag for two commands. */
static void twice(struct scsi_guest *g, const char *name)
{
	unsigned int good, ended;
	struct held h;
	uint8_t lun[8];
	int a, b, one, two;

	hold(g, &h);
	scsi_lun(lun, 1, 1);
	a = scsi_tmf_send(g, VIRTIO_SCSI_T_TMF_ABORT_TASK, lun, h.tag[0]);
	b = scsi_tmf_send(g, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, lun, 0);
	scsi_back(g, b, SCSI_NOT);
	disk_resume(&target.paused);
	one = scsi_tmf_take(g, a, SCSI_SOON);
	two = scsi_tmf_take(g, b, SCSI_SOON);
	ended = take_all(g, &h, &good);
	report_ok((one == 0 || !scsi_is_ours(g)) && completed(g, two) &&
		  ended + good == HELD,
		  "%s: an abort and a reset at once: %d, %d; %u ended, %u good",
		  name, one, two, ended, good);
	finish(g, name, "both");
}

static void same_tags(struct scsi_guest *g, const char *name)
{
	int slot[3], back = 0, got;

	disk_pause(&target.paused);
	for (int i = 0; i < 3; i++) {
		struct scsi_io io = scsi_rw(1, false, 10, 8 * i, 8,
					    SCSI_BIG_GPA + i * 4096);

		io.tag = 99;
		slot[i] = scsi_send(g, &io);
	}
	if (!scsi_works(g, 0))
		report_ok(false, "%s: LUN 0", name);
	{
		uint8_t lun[8];
		int t;

		scsi_lun(lun, 1, 1);
		t = scsi_tmf_send(g, VIRTIO_SCSI_T_TMF_ABORT_TASK, lun, 99);
		scsi_back(g, t, SCSI_NOT);
		disk_resume(&target.paused);
		got = scsi_tmf_take(g, t, SCSI_SOON);
	}
	for (int i = 0; i < 3; i++) {
		struct scsi_result r = scsi_take(g, slot[i], SCSI_SOON);

		back += r.back;
	}
	report_ok(got >= 0 && back == 3,
		  "%s: one tag for three commands: %d back, response %d", name,
		  back, got);
	finish(g, name, "that");
}

static void run(struct scsi_guest *g, const char *name)
{
	ends(g, name);
	races(g, name);
	twice(g, name);
	same_tags(g, name);
}

void test_aborts(void)
{
	if (!target_up_paused("aborts"))
		return;
	each_kind(F_INDIRECT, run);
	target_down_paused();
}
