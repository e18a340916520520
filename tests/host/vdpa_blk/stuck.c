// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that does not respond for a while, or fails: what must wait for requests
 * in flight does, what need not does not, and memory is not touched any more once
 * it is unmapped.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/paused_disk.h"
#include "vdpa_blk/tests.h"

#define EXTRA_ADDR 0x200000000ull

enum { EXTRA = 65536, WAIT_MS = 100 };

static struct paused_disk paused;

/* A call in a thread of its own: has it returned, and what. */
struct call {
	void (*fn)(struct disk *k);
	struct disk *k;
	pthread_t thread;
	bool done;
};

static void *call_run(void *arg)
{
	struct call *c = arg;

	c->fn(c->k);
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void call_begin(struct call *c, struct disk *k, void (*fn)(struct disk *k))
{
	*c = (struct call){ .fn = fn, .k = k };
	if (pthread_create(&c->thread, NULL, call_run, c))
		report_die("thread");
}

static bool call_returned(struct call *c, int ms)
{
	for (; ms > 0 && !__atomic_load_n(&c->done, __ATOMIC_ACQUIRE); ms -= 5)
		usleep(5000);
	return __atomic_load_n(&c->done, __ATOMIC_ACQUIRE);
}

static void unmap(struct disk *k)
{
	iotlb_invalidate(k->d.fd, V2, EXTRA_ADDR, EXTRA);
}

static void suspend(struct disk *k)
{
	cmd(k->d.fd, VHOST_VDPA_SUSPEND, NULL);
}

static void reset(struct disk *k)
{
	disk_set_status(k, 0);
}

static void stop_queue(struct disk *k)
{
	queue_set_state(&k->d.q[0], VHOST_VDPA_SET_VRING_ENABLE, 0);
}

static void read_counters(struct disk *k)
{
	disk_counter(k->name, "reads");
	disk_status(k);
}

static void submit_read(struct disk *k)
{
	struct drv_mem h = disk_take(k, 4096);
	struct virtio_blk_outhdr *hdr = h.host;
	struct drv_buf buf[3] = {
		{ h.addr, sizeof(*hdr) }, { EXTRA_ADDR, 4096 }, { h.addr + 64, 1 },
	};

	*hdr = (struct virtio_blk_outhdr){ .type = htole32(VIRTIO_BLK_T_IN) };
	disk_submit(k, buf, 1, 2, 1);
	usleep(20000);
}

static const struct {
	const char *what;
	void (*fn)(struct disk *k);
	bool waits;
} rows[] = {
	{ "an unmap", unmap, true },
	{ "SUSPEND", suspend, true },
	{ "a reset", reset, true },
	{ "the stop of a queue", stop_queue, true },
	{ "counters and status", read_counters, false },
};

static void try_row(unsigned int i, const struct kind *kind)
{
	uint8_t *extra = mmap(NULL, EXTRA, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool early, late;
	struct disk k;
	struct call c;

	disk_open_node(&k, "d0");
	disk_start(&k, kind->features);
	memset(extra, 'e', EXTRA);
	if (iotlb_update(k.d.fd, V2, EXTRA_ADDR, EXTRA, (uintptr_t)extra, VHOST_ACCESS_RW))
		report_die("map");
	disk_pause(&paused);
	submit_read(&k);
	call_begin(&c, &k, rows[i].fn);
	early = call_returned(&c, WAIT_MS);
	disk_resume(&paused);
	late = call_returned(&c, SOON);
	if (late)
		pthread_join(c.thread, NULL);
	report_ok(late && early == !rows[i].waits && (!rows[i].waits || extra[0] == 0),
		  "%s: %s %s for what is in flight", kind->name, rows[i].what,
		  early ? "does not wait" : "waits");
	disk_close_node(&k);
	munmap(extra, EXTRA);
}

/* The owner's end: close() waits as well, or leaves the rest to the kernel. */
static void closed(const struct kind *kind)
{
	struct disk k;

	disk_open_node(&k, "d0");
	disk_start(&k, kind->features);
	disk_pause(&paused);
	disk_submit(&k, (struct drv_buf[]){ { MEMORY_RINGS_GPA + 0x300000, 16 },
					    { MEMORY_RINGS_GPA + 0x301000, 513 } }, 1, 1, 1);
	usleep(20000);
	disk_resume(&paused);
	disk_close_node(&k);
	disk_open_node(&k, "d0");
	report_ok(disk_start(&k, kind->features) && disk_works(&k),
		  "%s: closed with a request in flight, then used anew", kind->name);
	disk_close_node(&k);
}

static void failing(const struct kind *kind)
{
	uint64_t errors = disk_counter("d0", "io_errors");
	uint8_t data[512] = { 0 };
	struct disk k;

	disk_open_node(&k, "d0");
	disk_start(&k, kind->features);
	disk_set_failing(&paused, true);
	report_ok(disk_io(&k, VIRTIO_BLK_T_IN, 8, data, 512) == VIRTIO_BLK_S_IOERR &&
		  disk_io(&k, VIRTIO_BLK_T_OUT, 8, data, 512) == VIRTIO_BLK_S_IOERR &&
		  disk_io(&k, VIRTIO_BLK_T_OUT, 8, data, 512) == VIRTIO_BLK_S_IOERR &&
		  disk_counter("d0", "io_errors") == errors + 3,
		  "%s: errors of the disk are the requests', and counted", kind->name);
	disk_set_failing(&paused, false);
	report_ok(disk_works(&k), "%s: and then it works", kind->name);
	disk_close_node(&k);
}

void test_stuck(void)
{
	if (!disk_possible()) {
		report_skip("no device mapper, or no RAM disk", "a disk that waits");
		return;
	}
	disk_open(&paused, "stuck", 3);
	disk_add(&(struct disk_settings){ "d0", paused.node });
	for (unsigned int k = 0; k < n_kinds; k++) {
		struct disk d;

		disk_open_node(&d, "d0");
		if (!disk_start(&d, kinds[k].features)) {
			disk_close_node(&d);
			continue;
		}
		disk_close_node(&d);
		for (unsigned int i = 0; i < COUNT(rows); i++)
			try_row(i, &kinds[k]);
		closed(&kinds[k]);
		failing(&kinds[k]);
	}
	disk_del("d0");
	disk_close(&paused);
}
