// SPDX-License-Identifier: GPL-2.0-only
/*
 * SET_FEATURES on a device that is configured already: the log is validated
 * with the new features, and the place where a ring is does not outlive its
 * format.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "abi/abi.h"

enum { PAGE = 4096 };

static int set_features(struct device *d, uint64_t features)
{
	return cmd(d->fd, VHOST_SET_FEATURES, &features);
}

/* ---- the log -------------------------------------------------------------- */

/* The highest log base that is taken: its last byte is the last a user has. */
static uint64_t highest_log_base(struct device *d)
{
	uint64_t low = PAGE, high = 1ull << 63;

	while (high - low > 1) {
		uint64_t base = low + (high - low) / 2;

		if (cmd(d->fd, VHOST_SET_LOG_BASE, &base))
			high = base;
		else
			low = base;
	}
	cmd(d->fd, VHOST_SET_LOG_BASE, &low);
	return low;
}

/*
 * The used ring ends with a page whose bit is the last one of a byte of the
 * log; EVENT_IDX makes it two bytes longer, and the log a byte.
 */
static int log_ring_to_the_end(struct queue *q)
{
	const uint64_t pages = 8ull << 20;
	struct vhost_vring_addr addr = {
		.index = q->index,
		.flags = 1 << VHOST_VRING_F_LOG,
		.desc_user_addr = (uintptr_t)q->cfg.area[DRV_DESC],
		.avail_user_addr = (uintptr_t)q->cfg.area[DRV_DRIVER],
		.used_user_addr = (uintptr_t)q->cfg.area[DRV_DEVICE],
		.log_guest_addr = pages * PAGE -
				  drv_area_bytes(DRV_SPLIT, q->cfg.num,
						 DRV_DEVICE, false),
	};

	return cmd(q->dev->fd, VHOST_SET_VRING_ADDR, &addr);
}

static void log_sizes(void)
{
	struct device d;
	struct link l;
	uint64_t base;

	stage_open(&d, &l, READY, F_V1);
	if (!ringside(&d)) {
		report_skip("Linux looks at the log when a queue starts",
			    "log of a longer ring");
		stage_close(&d, &l);
		return;
	}
	went(log_ring_to_the_end(&d.q[TX]), 0, "a ring at the end of the log");
	went(set_features(&d, F_V1 | F_LOG_ALL), 0, "LOG_ALL");
	base = highest_log_base(&d);
	report_note("highest log base: %#llx", (unsigned long long)base);
	went(set_features(&d, F_V1 | F_LOG_ALL), 0, "the same again");
	went(set_features(&d, F_V1 | F_LOG_ALL | F_EVENT), EFAULT,
	     "EVENT_IDX, which makes the ring longer than the log");
	base--;
	went(cmd(d.fd, VHOST_SET_LOG_BASE, &base), 0, "a log a byte longer");
	went(set_features(&d, F_V1 | F_LOG_ALL | F_EVENT), 0, "EVENT_IDX then");
	base++;
	went(cmd(d.fd, VHOST_SET_LOG_BASE, &base), EFAULT, "the shorter log");
	/* back to the shorter ring: the shorter log would do, and is taken */
	went(set_features(&d, F_V1 | F_LOG_ALL), 0, "without EVENT_IDX");
	went(cmd(d.fd, VHOST_SET_LOG_BASE, &base), 0, "the shorter log");
	stage_close(&d, &l);
}

/* ---- the format of rings --------------------------------------------------- */

static bool has_packed(const char *name)
{
	struct device d;
	bool ok;

	device_open(&d);
	ok = d.offered & F_PACKED;
	device_close(&d);
	if (!ok)
		report_skip("not offered", "%s", name);
	return ok;
}

static void base_is(struct device *d, uint32_t want, const char *what)
{
	for (unsigned int i = 0; i < QUEUES; i++) {
		d->q[i].index = i;
		d->q[i].dev = d;
		same(queue_base(&d->q[i]), want, what);
		d->q[i].dev = NULL;
	}
}

static void set_base(struct device *d, uint32_t base)
{
	for (unsigned int i = 0; i < QUEUES; i++) {
		struct vhost_vring_state s = { i, base };

		went(cmd(d->fd, VHOST_SET_VRING_BASE, &s), 0, "SET_VRING_BASE");
	}
}

static void stopped(void)
{
	struct device d;
	struct link l;

	if (!has_packed("base of another format"))
		return;
	stage_open(&d, &l, MEMORY, F_V1);
	set_base(&d, 7);
	set_features(&d, F_V1 | F_EVENT);
	base_is(&d, 7, "split, other features");
	set_features(&d, F_V1 | F_PACKED);
	base_is(&d, 0x80008000, "now packed");
	set_base(&d, 0x80058005);
	set_features(&d, F_V1 | F_PACKED | F_EVENT);
	base_is(&d, 0x80058005, "packed, other features");
	set_features(&d, F_V1);
	base_is(&d, 0, "split again");
	stage_close(&d, &l);
}

static const char *traffic(struct device *d, struct link *l)
{
	const struct traffic_plan plan = { .tx = 100, .rx = 100 };

	return traffic_once(d, l, &plan);
}

static void running(const char *name, uint64_t features)
{
	struct device d;
	struct link l;
	const char *why;

	if (!has_packed(name))
		return;
	stage_open(&d, &l, RUNNING, features);
	went(set_features(&d, features ^ F_PACKED), EBUSY, name);
	why = traffic(&d, &l);
	report_ok(!why, "traffic goes on: %s", why ? why : "fine");
	queue_set_file(&d.q[RX], VHOST_NET_SET_BACKEND, -1);
	went(set_features(&d, features ^ F_PACKED), EBUSY,
	     "with one queue running");
	queue_set_file(&d.q[TX], VHOST_NET_SET_BACKEND, -1);
	went(set_features(&d, features ^ F_PACKED), 0, "with none");
	d.features = features ^ F_PACKED;
	base_is(&d, features & F_PACKED ? 0 : 0x80008000, "base then");
	stage_close(&d, &l);
}

void abi_renegotiation(void)
{
	log_sizes();
	stopped();
	running("split to packed", F_V1 | F_MRG);
	running("packed to split", F_V1 | F_MRG | F_PACKED);
}
