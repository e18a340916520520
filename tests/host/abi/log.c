// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty log: every page the device writes has its bit set, payload and
 * ring alike, and no other page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/abi.h"
#include "lib/dirty.h"

enum {
	PAGE = 4096,
	PAGES = (MEMORY_DATA_GPA + MEMORY_DATA) / PAGE + 1,
	LOG_BYTES = PAGES / 8 + 1,
	CANARY = 64,
};

struct world {
	struct device d;
	struct link l;
	uint8_t *log;		/* what the device writes */
	uint8_t *payload;	/* pages where it has to */
	uint8_t *rings;		/* pages where it may, as well */
};

static void wrote(void *ctx, uint64_t gpa, uint32_t len)
{
	struct world *w = ctx;

	dirty_mark(w->payload, gpa, len);
}

static uint8_t *new_bits(void)
{
	uint8_t *bits = calloc(1, LOG_BYTES + CANARY);

	if (!bits)
		report_die("log");
	memset(bits + LOG_BYTES, 0xa5, CANARY);
	return bits;
}

static void may_write_rings(struct world *w)
{
	for (int i = 0; i < QUEUES; i++) {
		const struct drv_config *c = &w->d.q[i].cfg;
		enum drv_area area = DRV_DEVICE;

		/* Packed: used descriptors are in the descriptor ring. */
		for (area = 0; area < DRV_AREAS; area++)
			if (area == DRV_DEVICE ||
			    (area == DRV_DESC && c->format == DRV_PACKED))
				dirty_mark(w->rings,
				     memory_gpa(&w->d.mem, c->area[area]),
				     drv_area_bytes(c->format, c->num, area,
						    true));
	}
}

/* ---- switching it on and off, as QEMU does while the guest runs --------- */

static int set_features(struct device *d, uint64_t features)
{
	return cmd(d->fd, VHOST_SET_FEATURES, &features);
}

static int log_on(struct world *w)
{
	uint64_t base = (uintptr_t)w->log;
	int err = cmd(w->d.fd, VHOST_SET_LOG_BASE, &base);

	if (!err)
		err = set_features(&w->d, w->d.features | F_LOG_ALL);
	for (int i = 0; i < QUEUES && !err; i++) {
		w->d.q[i].log = true;
		err = queue_set_addr(&w->d.q[i]);
	}
	return err;
}

static int log_off(struct world *w)
{
	int err = set_features(&w->d, w->d.features);

	for (int i = 0; i < QUEUES && !err; i++) {
		w->d.q[i].log = false;
		err = queue_set_addr(&w->d.q[i]);
	}
	return err;
}

/* ---- checking ------------------------------------------------------------ */

static void check_pages(struct world *w, const char *name)
{
	uint32_t missing = 0, extra = 0, set = 0;
	uint64_t first = 0;

	for (uint64_t p = 0; p < PAGES; p++) {
		bool is = dirty_get(w->log, p), must = dirty_get(w->payload, p);

		set += is;
		if (must && !is)
			missing++;
		if (is && !must && !dirty_get(w->rings, p)) {
			first = first ? first : p;
			extra++;
		}
	}
	report_ok(!missing, "%s: %u of the pages written are not in the log",
		  name, missing);
	report_ok(!extra, "%s: %u of %u pages in the log were not written (%#llx)",
		  name, extra, set, (unsigned long long)first * PAGE);
	report_ok(set, "%s: %u pages in the log", name, set);
	for (int i = 0; i < CANARY; i++)
		if (w->log[LOG_BYTES + i] != 0xa5) {
			report_ok(false, "%s: wrote behind the log", name);
			break;
		}
}

/* The page with the used index, and that of the first used element. */
static void check_rings(struct world *w, const char *name)
{
	for (int i = 0; i < QUEUES; i++) {
		const struct drv_ring *r = &w->d.q[i].ring;
		void *at = r->packed ? (void *)r->pdesc : (void *)r->used;

		report_ok(dirty_get(w->log, memory_gpa(&w->d.mem, at) / PAGE),
			  "%s: ring of queue %d is in the log", name, i);
	}
}

static const char *go(struct world *w, uint32_t tx, uint32_t rx)
{
	const struct traffic_plan plan = {
		.tx = tx, .rx = rx, .lazy = 12,
		.rx_buf = w->d.features & F_MRG ? 500 : 0,
	};
	static char why[120];
	struct traffic t;
	bool failed;

	traffic_open(&t, &w->d, &w->l, &plan);
	t.wrote = wrote;
	t.ctx = w;
	failed = traffic_run(&t);
	snprintf(why, sizeof(why), "%s", t.error_text);
	traffic_close(&t);
	return failed ? why : NULL;
}

/* ---- tests -------------------------------------------------------------- */

static bool world_open(struct world *w, const char *name, uint64_t features)
{
	device_open(&w->d);
	if (features & ~w->d.offered) {
		report_skip("not offered", "log, %s", name);
		device_close(&w->d);
		return false;
	}
	if (loses_place(&w->d, features)) {
		report_skip("Linux loses its place", "log, %s", name);
		device_close(&w->d);
		return false;
	}
	device_close(&w->d);
	w->log = new_bits();
	w->payload = new_bits();
	w->rings = new_bits();
	if (!stage_open(&w->d, &w->l, RUNNING, features))
		report_die("device");
	may_write_rings(w);
	return true;
}

static void world_close(struct world *w)
{
	stage_close(&w->d, &w->l);
	free(w->log);
	free(w->payload);
	free(w->rings);
}

/* New slots for new traffic: the driver forgets what is in RX. */
static void again(struct world *w)
{
	device_set_backend(&w->d, -1);
	for (int i = 0; i < QUEUES; i++) {
		struct drv_used u;
		struct queue *q = &w->d.q[i];

		while (drv_get_used(&q->ring, &u) == DRV_GOT)
			;
		drv_restart(&q->ring, q->ring.next_used, q->ring.used_wrap);
		/* The same place, but the avail index seen is forgotten. */
		queue_set_state(q, VHOST_SET_VRING_BASE, queue_base(q));
	}
	device_set_backend(&w->d, w->l.backend);
}

static bool all_zero(const uint8_t *bits)
{
	for (size_t i = 0; i < LOG_BYTES; i++)
		if (bits[i])
			return false;
	return true;
}

static void try(const char *name, uint64_t features)
{
	struct world w;
	int event = eventfd(0, EFD_NONBLOCK);
	const char *why;

	if (!world_open(&w, name, features)) {
		close(event);
		return;
	}
	went(cmd(w.d.fd, VHOST_SET_LOG_FD, &event), 0, "SET_LOG_FD");
	why = go(&w, 50, 50);
	report_ok(!why && all_zero(w.log), "%s: no log before it is on", name);
	report_ok(!event_wait(event, 0), "%s: no log event before", name);

	again(&w);
	memset(w.payload, 0, LOG_BYTES);
	went(log_on(&w), 0, "log on");
	why = go(&w, 300, 300);
	report_ok(!why, "%s: traffic with the log: %s", name, why ? why : "fine");
	check_pages(&w, name);
	check_rings(&w, name);
	report_ok(event_wait(event, 0), "%s: log event", name);

	went(log_off(&w), 0, "log off");
	again(&w);
	memset(w.log, 0, LOG_BYTES);
	why = go(&w, 50, 50);
	report_ok(!why && all_zero(w.log), "%s: no log when it is off", name);
	world_close(&w);
	close(event);
}

static uint32_t pages_missing(const struct world *w)
{
	uint32_t n = 0;

	for (uint64_t p = 0; p < PAGES; p++)
		n += dirty_get(w->payload, p) && !dirty_get(w->log, p);
	return n;
}

/*
 * Switched on with frames on their way. What was used by the time the ioctls
 * returned may have been written before; all that is used later is logged.
 */
static void under_load(const char *name, uint64_t features)
{
	const struct traffic_plan plan = { .rx_buf = 500, .ms = 2000 };
	struct traffic t;
	struct world w;
	int err = 0;

	if (!world_open(&w, name, features))
		return;
	traffic_open(&t, &w.d, &w.l, &plan);
	t.wrote = wrote;
	t.ctx = &w;
	for (int i = 0; i < 20 && !err && !t.error; i++) {
		traffic_for(&t, 3 + i % 4);
		memset(w.log, 0, LOG_BYTES);
		err = log_on(&w);
		/* a step takes half a ring at most */
		for (int k = 0; k < 4; k++)
			traffic_step(&t);
		memset(w.payload, 0, LOG_BYTES);
		traffic_for(&t, 3);
		if (pages_missing(&w))
			break;
		err = err ? err : log_off(&w);
	}
	report_ok(!err && !t.error, "%s, on and off under load: %s, %s", name,
		  errno_name(err), t.error ? t.error : "fine");
	report_ok(!pages_missing(&w), "%s, under load: %u pages missing", name,
		  pages_missing(&w));
	traffic_close(&t);
	world_close(&w);
}

/* Only VRING_F_LOG: the ring is logged, payload is not. */
static void ring_alone(void)
{
	struct world w;
	uint64_t base;

	if (!world_open(&w, "ring alone", F_V1))
		return;
	base = (uintptr_t)w.log;
	cmd(w.d.fd, VHOST_SET_LOG_BASE, &base);
	w.d.q[TX].log = true;
	went(queue_set_addr(&w.d.q[TX]), 0, "VRING_F_LOG alone");
	report_ok(!go(&w, 100, 0), "traffic");
	check_pages(&w, "TX alone");
	world_close(&w);
}

/* ---- errors ------------------------------------------------------------- */

static void errors(void)
{
	uint64_t kernels = 1ull << 63, high = ~0xfffull;
	struct world w;

	if (!world_open(&w, "errors", F_V1))
		return;
	went(cmd(w.d.fd, VHOST_SET_LOG_BASE, &kernels), 0,
	     "log base in the kernel, not in use");
	went(set_features(&w.d, F_V1 | F_LOG_ALL), EFAULT,
	     "LOG_ALL with a log base in the kernel");
	report_ok(!go(&w, 20, 20), "traffic goes on");
	again(&w);
	kernels = (uintptr_t)w.log;
	went(cmd(w.d.fd, VHOST_SET_LOG_BASE, &kernels), 0, "a good log base");
	went(set_features(&w.d, F_V1 | F_LOG_ALL), 0, "LOG_ALL with it");
	went(cmd(w.d.fd, VHOST_SET_LOG_BASE, &high), EFAULT,
	     "log base in the kernel, in use");
	report_ok(!go(&w, 50, 50), "traffic goes on");
	report_ok(!all_zero(w.log), "to the log from before");
	world_close(&w);
}

/* The log's memory is not there: the device must survive it. */
static void vanished(void)
{
	struct world w;
	uint8_t *gone = mmap(NULL, LOG_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t base = (uintptr_t)gone;

	if (!world_open(&w, "vanished", F_V1))
		return;
	cmd(w.d.fd, VHOST_SET_LOG_BASE, &base);
	went(set_features(&w.d, F_V1 | F_LOG_ALL), 0, "LOG_ALL");
	munmap(gone, LOG_BYTES);
	if (!fork()) {
		/* Whatever becomes of the traffic. */
		struct traffic_plan plan = { .tx = 20, .rx = 20, .ms = 300,
					     .lossy = true };

		traffic_once(&w.d, &w.l, &plan);
		_exit(0);
	}
	usleep(500000);
	report_ok(true, "survives a log that is not mapped");
	world_close(&w);
}

void abi_log(void)
{
	try("split", F_V1 | F_MRG);
	try("split, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT);
	try("split, in order", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_ORDER);
	try("split, not mergeable", F_V1);
	try("header by vhost", F_V1 | F_MRG | F_NET_HDR);
	try("packed", F_V1 | F_MRG | F_PACKED);
	try("packed, all", F_V1 | F_MRG | F_EVENT | F_INDIRECT | F_PACKED);
	try("packed, in order", F_V1 | F_MRG | F_EVENT | F_PACKED | F_ORDER);
	under_load("split", F_V1 | F_MRG | F_EVENT);
	under_load("packed", F_V1 | F_MRG | F_EVENT | F_PACKED);
	ring_alone();
	errors();
	vanished();
}
