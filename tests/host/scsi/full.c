// SPDX-License-Identifier: GPL-2.0-only
/*
 * As many commands at once as a ring has room for: each is done, or gets TASK SET
 * FULL or S_BUSY and can be sent again; none is lost.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests.h"

enum {
	MANY = SCSI_NUM,
	TABLE = 6,
	MOST = 16 * 256,	/* commands of a large guest */
	MOST_KIB = 40 << 10,	/* that they may take */
};

/* What all commands there are take, from /proc/slabinfo; 0: it does not say. */
static unsigned long commands_kib(void)
{
	unsigned long per_slab = 0, slabs = 0;
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "scsi_cmd %*u %*u %*u %*u %lu : tunables %*u %*u %*u : slabdata %*u %lu",
			   &per_slab, &slabs) == 2)
			break;
	if (f)
		fclose(f);
	return per_slab * slabs * 4;
}

static void check_memory(const char *name)
{
	unsigned long kib = commands_kib();

	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		report_skip("a debug kernel", "%s: memory of commands", name);
	else if (kib)
		report_ok(kib * MOST / MANY < MOST_KIB,
			  "%s: %d commands take %lu KiB, %d would take %lu", name,
			  MANY, kib, MOST, kib * MOST / MANY);
	else
		report_skip("not in /proc/slabinfo", "%s: memory of commands", name);
}

/* Queues with as many small tables as there are descriptors. */
static bool begin(struct scsi_guest *g, uint64_t features)
{
	if (!scsi_open(g, features))
		return false;
	for (unsigned int i = 0; i < SCSI_QUEUES; i++) {
		queue_make_tables(&g->d, i, SCSI_NUM, TABLE, SCSI_NUM);
		if (queue_setup(&g->d.q[i]))
			report_die("queue %u", i);
	}
	if (scsi_set_endpoint(g, WWN, 1))
		report_die("endpoint");
	return true;
}

static void run(struct scsi_guest *g, const char *name)
{
	unsigned int good = 0, again = 0, sent = 0;
	int slot[MANY];

	disk_pause(&target.paused);
	for (int i = 0; i < MANY; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		slot[i] = scsi_send(g, &io);
		sent += slot[i] >= 0;
	}
	report_ok(sent == MANY, "%s: %u commands are in the ring", name, sent);
	/* the other queue, while this one is full */
	{
		struct scsi_io io = scsi_inquiry(0);
		struct scsi_result r;

		io.queue = SCSI_IO + 1;
		io.in = SCSI_BIG_GPA + SCSI_BIG - 4096;
		r = scsi_once(g, &io);
		report_ok(scsi_good(&r), "%s: the other queue works: %s", name,
			  scsi_text(&r));
	}
	usleep(200000);		/* until all are taken */
	check_memory(name);
	disk_resume(&target.paused);
	for (int i = 0; i < MANY; i++) {
		struct scsi_result r = scsi_take(g, slot[i], SCSI_SOON);

		good += scsi_good(&r);
		again += r.back &&
			 (r.resp.status == TASK_SET_FULL ||
			  r.resp.response == VIRTIO_SCSI_S_BUSY ||
			  scsi_sense_key(&r) == UNIT_ATTENTION);
	}
	report_ok(good + again == MANY && good > MANY / 2,
		  "%s: %u are good, %u are to come again", name, good, again);
	report_ok(scsi_works(g, 1), "%s: the disk works", name);
}

void test_full(void)
{
	struct scsi_guest g;

	if (!target_up_paused("full rings"))
		return;
	for (unsigned int i = 0; i < n_kinds; i++) {
		if (!(kinds[i].features & F_INDIRECT))
			continue;
		if (!begin(&g, kinds[i].features)) {
			report_skip("not offered", "%s", kinds[i].name);
			continue;
		}
		run(&g, kinds[i].name);
		scsi_close(&g);
	}
	target_down_paused();
}
