// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of bench-vdpa, inside a host kernel: bursts of 4 KiB reads or writes of
 * a disk behind /dev/vhost-vdpa-N, whoever is its parent, and what one takes.
 *
 *	disk NAME read|write split|packed DEPTH QUEUES [BURSTS]
 *	NAME: of the device on the vdpa bus
 *	DEPTH: requests in flight, divided among QUEUES virtqueues
 *
 * The driver's side is as Linux's driver has it: indirect tables, event index,
 * rings of 256, requests of three buffers. A burst is DEPTH requests, all in the
 * rings before its clock starts: from the kicks until the last call. What the
 * driver takes to look at used buffers in between is subtracted. With one CPU,
 * all that anybody does for these requests is in it, programs included.
 *
 * Prints  LOAD <requests> <mean> <median> <best>: ns for one request; where the
 * clock counts instructions, these are instructions.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "insnprof.h"
#include "load.h"
#include "vdpa_blk/tests.h"

enum {
	RING_NUM = 256,
	MAX_DEPTH = 128,
	BYTES = 4096,
	PATIENCE_MS = 5000,
	WARM_UP = 8,
	REQUEST_BYTES = 32,	/* header, and the status behind it */
};

#define FEATURES (F_V1 | F_IOMMU | F_INDIRECT | F_EVENT | BIT64(VIRTIO_BLK_F_FLUSH))
#define RUNNING (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK)

struct load {
	struct device dev;
	unsigned int depth, queues;
	bool write;
	bool counts;		/* no longer warming up */
	uint64_t blocks;	/* of the disk */
	uint64_t random;
	uint8_t *head;		/* DEPTH times REQUEST_BYTES */
	uint8_t *data;
};

/* ---- setting up ------------------------------------------------------- */

static void set_status(struct load *l, uint8_t status)
{
	if (cmd(l->dev.fd, VHOST_VDPA_SET_STATUS, &status))
		report_die("status %#x", status);
}

static void negotiate(struct load *l, bool packed)
{
	struct device *d = &l->dev;
	uint64_t backend;

	d->features = FEATURES | (packed ? F_PACKED : 0) |
		      (l->queues > 1 ? BIT64(VIRTIO_BLK_F_MQ) : 0);
	if (d->features & ~d->offered) {
		device_close(d);
		exit(77);
	}
	if (cmd(d->fd, VHOST_SET_OWNER, NULL) ||
	    cmd(d->fd, VHOST_GET_BACKEND_FEATURES, &backend) ||
	    cmd(d->fd, VHOST_SET_BACKEND_FEATURES, &backend))
		report_die("the owner");
	set_status(l, 0);
	set_status(l, ACKNOWLEDGE | DRIVER);
	if (cmd(d->fd, VHOST_SET_FEATURES, &d->features))
		report_die("features %#llx", (unsigned long long)d->features);
	set_status(l, ACKNOWLEDGE | DRIVER | FEATURES_OK);
}

static void start_queues(struct load *l)
{
	struct device *d = &l->dev;
	uint32_t base = d->features & F_PACKED ? 0x80008000 : 0;

	for (unsigned int i = 0; i < l->queues; i++) {
		queue_make_tables(d, i, RING_NUM, 3, MAX_DEPTH);
		d->q[i].iova = true;
		if (queue_setup_at(&d->q[i], base) ||
		    queue_set_state(&d->q[i], VHOST_VDPA_SET_VRING_ENABLE, 1))
			report_die("queue %u", i);
	}
	set_status(l, RUNNING);
}

static void take_memory(struct load *l)
{
	l->head = memory_take(&l->dev.mem, l->depth * REQUEST_BYTES, 64);
	l->data = memory_take(&l->dev.mem, l->depth * BYTES, 4096);
}

static void open_disk(struct load *l, const char *name, bool packed)
{
	struct device *d = &l->dev;
	struct {
		struct vhost_vdpa_config head;
		uint64_t sectors;
	} config = { .head = { .off = 0, .len = 8 } };

	device_open_node(d, node_path(name), l->queues);
	if (cmd(d->fd, VHOST_VDPA_GET_CONFIG, &config))
		report_die("VHOST_VDPA_GET_CONFIG");
	l->blocks = le64toh(config.sectors) * SECTOR / BYTES;
	negotiate(l, packed);
	if (iotlb_update(d->fd, V2, MEMORY_RINGS_GPA, MEMORY_RINGS,
			 (uintptr_t)d->mem.rings, VHOST_ACCESS_RW))
		report_die("memory");
	start_queues(l);
	take_memory(l);
}

/* ---- a burst ---------------------------------------------------------- */

static struct queue *queue_of(struct load *l, unsigned int i)
{
	return &l->dev.q[i % l->queues];
}

static uint64_t any_block(struct load *l)
{
	l->random = l->random * 6364136223846793005ull + 1442695040888963407ull;
	return (l->random >> 33) % l->blocks;
}

static void offer_one(struct load *l, unsigned int i)
{
	const struct memory *m = &l->dev.mem;
	uint8_t *head = l->head + i * REQUEST_BYTES;
	struct virtio_blk_outhdr *hdr = (void *)head;
	struct drv_buf buf[3] = {
		{ memory_gpa(m, head), sizeof(*hdr) },
		{ memory_gpa(m, l->data + i * BYTES), BYTES },
		{ memory_gpa(m, head + sizeof(*hdr)), 1 },
	};
	struct drv_chain c = {
		.buf = buf, .n_read = l->write ? 2 : 1, .n_write = l->write ? 1 : 2,
		.n_table = 3, .token = i,
	};

	*hdr = (struct virtio_blk_outhdr){
		.type = htole32(l->write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN),
		.sector = htole64(any_block(l) * (BYTES / SECTOR)),
	};
	head[sizeof(*hdr)] = 0xff;
	if (drv_add(&queue_of(l, i)->ring, &c) != DRV_GOT)
		report_die("no room in the ring");
}

static void offer(struct load *l)
{
	for (unsigned int i = 0; i < l->depth; i++)
		offer_one(l, i);
	for (unsigned int i = 0; i < l->queues; i++)
		drv_publish(&queue_of(l, i)->ring);
}

/* Take back what is used, and look at each status. */
static unsigned int reap(struct load *l)
{
	struct drv_used used;
	unsigned int n = 0;

	for (unsigned int i = 0; i < l->queues; i++)
		while (drv_get_used(&queue_of(l, i)->ring, &used) == DRV_GOT) {
			uint8_t *head = l->head + used.token * REQUEST_BYTES;

			if (head[sizeof(struct virtio_blk_outhdr)])
				report_die("request %llu: status %u",
					   (unsigned long long)used.token,
					   head[sizeof(struct virtio_blk_outhdr)]);
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

static void kick(struct load *l)
{
	for (unsigned int i = 0; i < l->queues; i++)
		queue_kick(queue_of(l, i));
}

/* Return: ns from the kicks to the call behind the last request. */
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
	kick(l);
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

static void parse(struct load *l, int argc, char **argv)
{
	if (argc < 6)
		report_die("usage: disk NAME read|write split|packed DEPTH QUEUES [BURSTS]");
	l->write = !strcmp(argv[2], "write");
	l->depth = atoi(argv[4]);
	l->queues = atoi(argv[5]);
	if (!l->depth || l->depth > MAX_DEPTH || !l->queues || l->queues > MOST_QUEUES)
		report_die("1 to %d requests, 1 to %d queues", MAX_DEPTH, MOST_QUEUES);
}

int main(int argc, char **argv)
{
	static struct load l;
	unsigned int bursts = argc > 6 ? atoi(argv[6]) : 100;
	uint64_t *ns = calloc(bursts, sizeof(*ns));

	report_begin(300);
	if (!bursts || !ns)
		report_die("no bursts");
	parse(&l, argc, argv);
	open_disk(&l, argv[1], !strcmp(argv[3], "packed"));
	for (int i = 0; i < WARM_UP; i++)
		one_burst(&l);
	l.counts = true;
	insnprof_mark(INSNPROF_NEXT);
	for (unsigned int i = 0; i < bursts; i++)
		ns[i] = one_burst(&l);
	print(ns, bursts, l.depth);
	set_status(&l, 0);
	device_close(&l.dev);
	return 0;
}
