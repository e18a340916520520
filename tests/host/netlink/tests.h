/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the netlink program.
 */
#ifndef RINGSIDE_HOST_NETLINK_TESTS_H
#define RINGSIDE_HOST_NETLINK_TESTS_H

#include "lib/device.h"
#include "lib/netdev.h"
#include "lib/report.h"
#include "lib/nl.h"

/* A device of this process with a tap behind it, and what the kernel says of it. */
struct subject {
	struct nl nl;
	struct device d;
	struct link l;
	uint32_t id;
};

/** subject_open() - it has an owner, and queues that do not run */
void subject_open(struct subject *s, uint64_t features, uint32_t num);
void subject_start(struct subject *s);
void subject_close(struct subject *s);

void netlink_objects(void);	/* what is said of devices, queues, workers */
void netlink_counters(void);	/* each moves by what was done */
void netlink_breaks(void);	/* by cause */
void netlink_rights(void);	/* capabilities, namespaces */
void netlink_fuzz(void);	/* requests of any bytes */
void netlink_dumps(void);	/* long ones, and devices that come and go */
void netlink_events(void);	/* notifications */
void netlink_stuck(void);	/* an owner whose memory does not come */

#endif /* RINGSIDE_HOST_NETLINK_TESTS_H */
