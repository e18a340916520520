// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of bench-scsi, inside a host kernel: bursts of reads or writes of a RAM
 * disk of LIO through /dev/vhost-scsi, and what one of them takes.
 *
 *	load read|write FEATURES DEPTH BYTES QUEUES null|memory [BURSTS]
 *	FEATURES: split or packed, then +event, +indirect as wanted
 *	DEPTH: commands in flight, divided among QUEUES request queues; with "null"
 *	the disk moves no data (rd_nullio)
 *
 * A burst is DEPTH commands, all in the rings before its clock starts: from the
 * kicks until the last call, as in bench-net. What the driver takes to look at used
 * buffers in between is subtracted. With one CPU nothing else runs meanwhile. Program
 * and worker have SCHED_BATCH: when a completion wakes the worker it does not
 * preempt LIO's workqueue, whose next completion it would find on one CPU only.
 *
 * Prints  LOAD <commands> <mean> <median> <best>: ns for one command; where the clock
 * counts instructions, these are instructions.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <linux/virtio_scsi.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lib/lio.h"
#include "host/lib/report.h"
#include "insnprof.h"
#include "load.h"

#define WWN "naa.5001405000000001"

enum {
	FIRST_REQUEST = 2,	/* queue */
	RING_NUM = 512,
	MAX_DEPTH = 128,
	BLOCK = 512,
	PAGES = 4096,		/* of the disk */
	WARM_UP = 8,
	PATIENCE_MS = 5000,
};

struct command {
	struct virtio_scsi_cmd_req req;
	struct virtio_scsi_cmd_resp resp;
};

struct load {
	struct device dev;
	struct lio_store store;
	struct lio_tpg tpg;
	unsigned int depth, bytes, queues;
	bool write;
	bool counts;		/* no longer warming up */
	struct command *command[MAX_DEPTH];
	void *data[MAX_DEPTH];
};

static bool has(const char *words, const char *word)
{
	return strstr(words, word);
}

/* ---- setting up ------------------------------------------------------- */

static void make_target(struct load *l, bool null)
{
	lio_ready();
	(null ? lio_ramdisk_null : lio_ramdisk)(&l->store, "bench", PAGES);
	lio_tpg_make(&l->tpg, WWN, 1);
	if (lio_lun_add(&l->tpg, 0, &l->store))
		report_die("LUN 0");
}

static void end_target(struct load *l)
{
	lio_tpg_remove(&l->tpg);
	lio_store_remove(&l->store);
	lio_done();
}

static void open_device(struct load *l, const char *words)
{
	struct device *d = &l->dev;
	struct vhost_scsi_target t = {
		.abi_version = VHOST_SCSI_ABI_VERSION, .vhost_tpgt = 1,
		.vhost_wwpn = WWN,
	};

	device_open_node(d, "/dev/vhost-scsi", FIRST_REQUEST + l->queues);
	d->features = F_V1 | (has(words, "packed") ? F_PACKED : 0) |
		      (has(words, "event") ? F_EVENT : 0) |
		      (has(words, "indirect") ? F_INDIRECT : 0);
	if (d->features & ~d->offered) {
		device_close(d);
		end_target(l);
		exit(77);
	}
	load_set_owner(d);
	for (unsigned int i = 0; i < d->n_queues; i++) {
		queue_make_tables(d, i, RING_NUM, 4, MAX_DEPTH);
		if (queue_setup(&d->q[i]))
			report_die("setting up queue %u", i);
	}
	if (cmd(d->fd, VHOST_SCSI_SET_ENDPOINT, &t))
		report_die("VHOST_SCSI_SET_ENDPOINT");
}

/* READ(10) or WRITE(10) of LUN 0. */
static void make_command(const struct load *l, unsigned int i)
{
	uint32_t blocks = l->bytes / BLOCK, lba = i * blocks % (PAGES * 8 - blocks);
	struct virtio_scsi_cmd_req *r = &l->command[i]->req;

	*r = (struct virtio_scsi_cmd_req){
		.lun = { 1, 1, 0x40, 0 }, .tag = htole64(i),
		.cdb = { l->write ? 0x2a : 0x28, 0, lba >> 24, lba >> 16, lba >> 8, lba,
			 0, blocks >> 8, blocks },
	};
}

static void make_commands(struct load *l)
{
	for (unsigned int i = 0; i < l->depth; i++) {
		l->command[i] = memory_take(&l->dev.mem, sizeof(struct command), 64);
		make_command(l, i);
	}
	for (unsigned int i = 0; i < l->depth; i++)
		l->data[i] = memory_take(&l->dev.mem, l->bytes, 4096);
}

/* ---- a burst ---------------------------------------------------------- */

static struct queue *queue_of(struct load *l, unsigned int i)
{
	return &l->dev.q[FIRST_REQUEST + i % l->queues];
}

static void offer(struct load *l)
{
	const struct memory *m = &l->dev.mem;

	for (unsigned int i = 0; i < l->depth; i++) {
		struct drv_buf data = { memory_gpa(m, l->data[i]), l->bytes };
		struct drv_buf req = { memory_gpa(m, &l->command[i]->req), sizeof(l->command[i]->req) };
		struct drv_buf resp = { memory_gpa(m, &l->command[i]->resp), sizeof(l->command[i]->resp) };
		struct drv_buf buf[3] = { req, l->write ? data : resp, l->write ? resp : data };
		struct drv_chain c = {
			.buf = buf, .n_read = l->write ? 2 : 1, .n_write = l->write ? 1 : 2,
			.n_table = l->dev.features & F_INDIRECT ? 3 : 0, .token = i,
		};

		l->command[i]->resp.response = 0xff;
		if (drv_add(&queue_of(l, i)->ring, &c) != DRV_GOT)
			report_die("no room in the ring");
	}
	for (unsigned int i = 0; i < l->queues; i++)
		drv_publish(&queue_of(l, i)->ring);
}

/* Take back what is used, and look at the responses. */
static unsigned int reap(struct load *l)
{
	struct drv_used used;
	unsigned int n = 0;

	for (unsigned int i = 0; i < l->queues; i++)
		while (drv_get_used(&queue_of(l, i)->ring, &used) == DRV_GOT) {
			struct virtio_scsi_cmd_resp *r = &l->command[used.token]->resp;

			if (r->response || r->status)
				report_die("response %u, status %u", r->response, r->status);
			n++;
		}
	return n;
}

static bool await_call(struct load *l)
{
	struct pollfd p[MOST_QUEUES];

	for (unsigned int i = 0; i < l->queues; i++)
		p[i] = (struct pollfd){ .fd = queue_of(l, i)->call, .events = POLLIN };
	if (poll(p, l->queues, PATIENCE_MS) < 1)
		return false;
	for (unsigned int i = 0; i < l->queues; i++)
		event_wait(p[i].fd, 0);
	return true;
}

/* Return: ns from the kicks to the call behind the last command. */
static uint64_t serve(struct load *l)
{
	uint64_t begin, at, spent = 0;
	unsigned int done = 0;

	for (unsigned int i = 0; i < l->queues; i++) {
		drv_enable_calls_after(&queue_of(l, i)->ring,
				       (l->depth + l->queues - 1) / l->queues - 1);
		event_wait(queue_of(l, i)->call, 0);
	}
	if (l->counts)
		insnprof_mark(INSNPROF_BEGIN);
	begin = load_now_ns();
	for (unsigned int i = 0; i < l->queues; i++)
		queue_kick(queue_of(l, i));
	for (;;) {
		if (!await_call(l))
			report_die("no call; %u of %u done", done, l->depth);
		at = load_now_ns();
		insnprof_mark(INSNPROF_END);
		done += reap(l);
		if (done == l->depth)
			return at - begin - spent;
		for (unsigned int i = 0; i < l->queues; i++)
			drv_enable_calls(&queue_of(l, i)->ring);
		spent += load_now_ns() - at;
		if (l->counts)
			insnprof_mark(INSNPROF_BEGIN);
	}
}

static uint64_t one_burst(struct load *l)
{
	offer(l);
	return serve(l);
}

/* ---- all of them ------------------------------------------------------ */

static void print(uint64_t *ns, unsigned int n, unsigned int depth)
{
	struct load_spread s = load_spread(ns, n);

	printf("LOAD %u %.1f %.1f %.1f\n", n * depth, s.mean / depth, s.median / depth,
	       s.best / depth);
}

/* The first command of a new nexus may get a unit attention. */
static void pass_attentions(struct load *l)
{
	struct drv_used used;
	unsigned int depth = l->depth;

	for (int i = 0; i < 4; i++) {
		l->depth = 1;
		offer(l);
		l->depth = depth;
		queue_kick(queue_of(l, 0));
		if (!event_wait(queue_of(l, 0)->call, PATIENCE_MS))
			report_die("the first command does not come back");
		while (drv_get_used(&queue_of(l, 0)->ring, &used) == DRV_GOT)
			;
		drv_enable_calls(&queue_of(l, 0)->ring);
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	unsigned int bursts = argc > 7 ? atoi(argv[7]) : 100;
	uint64_t *ns = calloc(bursts, sizeof(*ns));

	report_begin(300);
	if (argc < 7 || !bursts || !ns)
		report_die("usage: load read|write FEATURES DEPTH BYTES QUEUES null|memory [BURSTS]");
	l.write = has(argv[1], "write");
	l.depth = atoi(argv[3]);
	l.bytes = atoi(argv[4]);
	l.queues = atoi(argv[5]);
	if (!l.depth || l.depth > MAX_DEPTH || !l.queues || l.queues > MOST_QUEUES - FIRST_REQUEST)
		report_die("1 to %d commands, 1 to %d queues", MAX_DEPTH, MOST_QUEUES - FIRST_REQUEST);
	load_set_policy(SCHED_BATCH);
	make_target(&l, has(argv[6], "null"));
	open_device(&l, argv[2]);
	make_commands(&l);
	pass_attentions(&l);
	for (int i = 0; i < WARM_UP; i++)
		one_burst(&l);
	l.counts = true;
	insnprof_mark(INSNPROF_NEXT);
	for (unsigned int i = 0; i < bursts; i++)
		ns[i] = one_burst(&l);
	print(ns, bursts, l.depth);
	device_close(&l.dev);
	end_target(&l);
	return 0;
}
