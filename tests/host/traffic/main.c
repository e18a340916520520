// SPDX-License-Identifier: GPL-2.0-only
/*
 * traffic: frames both ways through /dev/vhost-net, each byte checked, over
 * all kinds of rings and backends. What the device does not offer is skipped.
 */
#include "traffic/tests.h"

int main(void)
{
	report_begin(500);
	traffic_kinds();
	traffic_changes();
	traffic_processes();
	traffic_jumps();
	traffic_waiting();
	traffic_detach();
	traffic_budget();
	traffic_coalesce();
	traffic_layer3();
	traffic_memory();
	return report_end();
}
