// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a backend away from a queue that was never configured. QEMU does it
 * for each queue of a device when a guest stops, also for those that the
 * guest never set up, and ends the guest when it fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "abi/abi.h"

static int set_backend(struct device *d, unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return cmd(d->fd, VHOST_NET_SET_BACKEND, &file);
}

static bool offered(uint64_t features)
{
	struct device d;
	bool ok;

	device_open(&d);
	ok = !(features & ~d.offered);
	device_close(&d);
	return ok;
}

/* No queue was ever configured. */
static void no_queue(const char *name, enum stage stage, uint64_t features)
{
	struct device d;
	struct link l;
	char what[80];

	if (!offered(features)) {
		report_skip("not offered", "no queue, %s", name);
		return;
	}
	stage_open(&d, &l, stage, features);
	link_tap(&l, 12);
	for (unsigned int i = 0; i < QUEUES; i++) {
		snprintf(what, sizeof(what), "%s: take away from queue %u",
			 name, i);
		went(set_backend(&d, i, -1),
		     stage == OWNED && !ringside(&d) ? EFAULT : 0, what);
		snprintf(what, sizeof(what), "%s: start queue %u", name, i);
		went(set_backend(&d, i, l.backend), EFAULT, what);
		snprintf(what, sizeof(what), "%s: queue %u once more", name, i);
		went(set_backend(&d, i, -1),
		     stage == OWNED && !ringside(&d) ? EFAULT : 0, what);
	}
	went(set_backend(&d, QUEUES, -1), ENOBUFS, "take away from no queue");
	stage_close(&d, &l);
}

static int configure(struct device *d, unsigned int index)
{
	queue_make(d, index, 64);
	return queue_setup(&d->q[index]);
}

/* As QEMU stops a device whose second queue the guest never set up. */
static void one_queue(const char *name, uint64_t features, unsigned int index)
{
	const struct traffic_plan plan = { .tx = 200, .rx = 200 };
	unsigned int other = !index;
	struct vhost_vring_state base = { .index = other };
	struct device d;
	struct link l;
	const char *why;
	int err;

	if (!offered(features)) {
		report_skip("not offered", "one queue, %s", name);
		return;
	}
	stage_open(&d, &l, MEMORY, features);
	link_tap(&l, 12);
	err = configure(&d, index);
	if (!err)
		err = set_backend(&d, index, l.backend);
	report_ok(!err, "%s: start of queue %u alone: %s", name, index,
		  errno_name(err));
	for (unsigned int i = 0; i < QUEUES; i++)
		went(set_backend(&d, i, -1), 0, "stop");
	went(cmd(d.fd, VHOST_GET_VRING_BASE, &base), 0, "base of the other");
	same(base.num, features & F_PACKED ? 0x80008000 : 0, "which is fresh");

	/* the guest's next driver uses both */
	err = configure(&d, other);
	if (!err)
		err = device_set_backend(&d, l.backend);
	why = err ? errno_name(err) : traffic_once(&d, &l, &plan);
	report_ok(!why, "%s: then both: %s", name, why ? why : "fine");
	stage_close(&d, &l);
}

void abi_unconfigured(void)
{
	no_queue("owned", OWNED, 0);
	no_queue("memory", MEMORY, 0);
	no_queue("split", MEMORY, F_V1 | F_MRG | F_EVENT);
	no_queue("packed", MEMORY, F_V1 | F_MRG | F_PACKED);
	no_queue("IOTLB", MEMORY, F_V1 | F_IOMMU);
	for (unsigned int i = 0; i < QUEUES; i++) {
		one_queue("split", F_V1, i);
		one_queue("packed", F_V1 | F_PACKED, i);
	}
}
