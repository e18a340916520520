// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every attack of tests/driver/hostile.h on the control queue and an I/O queue:
 * its owner is notified once, the guest next to it goes on, and the queue can be
 * set up anew. The hostile program does the same with net, in more shapes.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "../driver/hostile.h"
#include "tests.h"

#define BAD_GPA 0x500000000ull

enum { GOOD_BYTES = 1 << 20 };

static struct lio_tpg other;

static const struct kind attacked[] = {
	{ "split", F_V1 | F_EVENT | F_INDIRECT },
	{ "packed", F_V1 | F_EVENT | F_INDIRECT | F_PACKED },
};

static bool notified(struct queue *q, const struct hostile_attack *a)
{
	bool must = a->cause != RING_OK && a->cause != HOSTILE_ANY;
	uint64_t n = event_wait(q->err, must ? SCSI_SOON : 5);

	queue_kick(q);
	usleep(1000);
	n += event_wait(q->err, 0);
	return a->cause == HOSTILE_ANY ? n <= 1 : n == must;
}

static bool begin_anew(struct scsi_guest *g, unsigned int queue)
{
	struct queue *q = &g->d.q[queue];

	if (scsi_clear_endpoint(g, WWN, 1))
		return false;
	drv_exit(&q->ring);
	close(q->kick);
	close(q->call);
	close(q->err);
	queue_make_tables(&g->d, queue, SCSI_NUM, 64, 16);
	return !queue_setup(q) && !scsi_set_endpoint(g, WWN, 1);
}

static const char *attack(const struct hostile_attack *a, uint64_t features,
			  unsigned int queue, struct scsi_guest *next)
{
	const char *why = NULL;
	struct scsi_guest g;
	struct hostile h;

	scsi_open(&g, features);
	for (unsigned int i = 0; i < SCSI_QUEUES; i++) {
		queue_make_tables(&g.d, i, SCSI_NUM, 64, 16);
		if (queue_setup(&g.d.q[i]))
			report_die("queue %u", i);
	}
	if (scsi_set_endpoint(&g, WWN, 1))
		report_die("endpoint");
	h = (struct hostile){
		.ring = &g.d.q[queue].ring,
		.good = { .host = memory_take(&g.d.mem, GOOD_BYTES, 4096),
			  .size = GOOD_BYTES },
		.bad = BAD_GPA,
		.seed = 17 + queue,
	};
	h.good.addr = memory_gpa(&g.d.mem, h.good.host);
	if (!hostile_fits(&h, a)) {
		scsi_close(&g);
		return "";
	}
	a->strike(&h);
	queue_kick(&g.d.q[queue]);
	if (!notified(&g.d.q[queue], a))
		why = "its owner was not notified once";
	else if (!scsi_works(next, 0))
		why = "the guest next to it suffers";
	else if (!begin_anew(&g, queue) || !scsi_works(&g, 0) ||
		 scsi_tmf(&g, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, 0, 0))
		why = "it cannot begin anew";
	scsi_close(&g);
	return why;
}

void test_rings(void)
{
	static const unsigned int queues[] = { SCSI_CONTROL, SCSI_IO };
	struct scsi_guest next;

	target_up();
	lio_tpg_make(&other, OTHER_WWN, 1);
	lio_lun_add(&other, 0, &target.disk);
	scsi_start(&next, F_V1, OTHER_WWN);
	for (unsigned int k = 0; k < COUNT(attacked); k++) {
		uint32_t done = 0;

		for (uint32_t i = 0; i < 2 * hostile_count; i++) {
			const struct hostile_attack *a = &hostile_attacks[i / 2];
			const char *why = attack(a, attacked[k].features,
						 queues[i % 2], &next);

			if (why && *why)
				report_ok(false, "%s, %s, queue %u: %s",
					  a->name, attacked[k].name,
					  queues[i % 2], why);
			done += !why;
		}
		report_ok(done > 20, "%s rings: %u attacks withstood",
			  attacked[k].name, done);
	}
	scsi_close(&next);
	lio_tpg_remove(&other);
	target_down();
}
