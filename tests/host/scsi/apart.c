// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one guest, queue or disk suffers, the next one does not: a disk that
 * hangs, a queue that is flooded with nonsense, beside one that works.
 */
#include <stdio.h>

#include "tests.h"

enum { MANY = 20 };	/* below the number of tables */

static struct lio_tpg other;

static bool good_ms(struct scsi_guest *g, uint64_t ms)
{
	uint64_t start = now_ms();

	return scsi_works(g, 0) && now_ms() - start < ms;
}

static void hold(struct scsi_guest *g, int *slot, int n)
{
	disk_pause(&target.paused);
	for (int i = 0; i < n; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		slot[i] = scsi_send(g, &io);
	}
}

static void hanging(const struct kind *k)
{
	struct scsi_guest a, b;
	int slot[MANY], n = 0;

	if (!scsi_start(&a, k->features, WWN)) {
		report_skip("not offered", "%s", k->name);
		return;
	}
	scsi_start(&b, k->features, OTHER_WWN);
	hold(&a, slot, MANY);
	report_ok(good_ms(&a, 2000), "%s: another disk of this guest works",
		  k->name);
	report_ok(good_ms(&b, 2000), "%s: another guest's disk works",
		  k->name);
	{
		uint64_t start = now_ms();

		scsi_close(&b);
		report_ok(now_ms() - start < 2000,
			  "%s: another guest closes in %llu ms", k->name,
			  (unsigned long long)(now_ms() - start));
	}
	disk_resume(&target.paused);
	for (int i = 0; i < MANY; i++)
		n += scsi_take(&a, slot[i], SCSI_SOON).back;
	report_ok(n == MANY, "%s: all %d came back", k->name, n);
	scsi_close(&a);
}

/* Nothing but bad requests in one queue, as fast as it goes. */
static void flooded(const struct kind *k)
{
	unsigned int bad = 0, good = 0, back = 0;
	uint64_t until = now_ms() + 1000;
	struct scsi_guest a;

	if (!scsi_start(&a, k->features, WWN)) {
		report_skip("not offered", "%s", k->name);
		return;
	}
	while (now_ms() < until) {
		int slot[MANY];

		for (int i = 0; i < MANY; i++) {
			struct scsi_io io = scsi_inquiry(0);

			memset(io.lun, 0xff, 8);
			slot[i] = scsi_send(&a, &io);
			bad++;
		}
		{
			struct scsi_io io = scsi_inquiry(0);
			struct scsi_result r;

			io.queue = SCSI_IO + 1;
			io.in = SCSI_BIG_GPA + 4096;
			r = scsi_once(&a, &io);
			good += scsi_good(&r);
		}
		for (int i = 0; i < MANY; i++)
			back += scsi_take(&a, slot[i], SCSI_SOON).back;
	}
	report_ok(back == bad && good == bad / MANY,
		  "%s: %u bad requests are back, of %u; %u good ones beside",
		  k->name, back, bad, good);
	scsi_close(&a);
}

void test_apart(void)
{
	if (!target_up_paused("apart"))
		return;
	lio_tpg_make(&other, OTHER_WWN, 1);
	if (lio_lun_add(&other, 0, &target.disk))
		report_die("LUN 0 of the other");
	for (unsigned int i = 0; i < n_kinds; i++) {
		hanging(&kinds[i]);
		flooded(&kinds[i]);
	}
	lio_tpg_remove(&other);
	target_down_paused();
}
