// SPDX-License-Identifier: GPL-2.0-only
/*
 * Indirect tables whose next fields jump to and fro (2.7.5.3 allows it). The
 * kernel's own vhost ignores the fields, so there is nothing to test where the
 * device is that one; the packed ring that it never had shows it.
 */
#include "traffic/tests.h"

static const struct traffic_plan plan = { .tx = 1000, .rx = 1000, .rx_buf = 900 };

void traffic_jumps(void)
{
	struct traffic t;
	struct device d;
	struct link l;
	const char *why;

	device_open(&d);
	if (!(d.offered & F_PACKED)) {
		report_skip("Linux's own takes tables in order", "jumping tables");
		device_close(&d);
		return;
	}
	link_tap(&l, 12);
	if (device_ready(&d, F_V1 | F_MRG | F_INDIRECT | F_EVENT, 256) ||
	    device_set_backend(&d, l.backend))
		report_die("device");
	traffic_open(&t, &d, &l, &plan);
	for (int i = 0; i < QUEUES; i++) {
		d.q[i].lazy.policy.tables = 8;
		drv_set_whims(&d.q[i].ring, DRV_MIXED_TABLES | DRV_ODD_TABLES |
						    DRV_RANDOM_FREE, 77);
	}
	why = traffic_run(&t);
	report_ok(!why, "jumping tables: %s", why ? why : "fine");
	traffic_close(&t);
	link_close(&l);
	device_close(&d);
}
