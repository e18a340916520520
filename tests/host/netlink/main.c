// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink: what the generic netlink family "vhost" says of devices that this
 * program drives itself.
 */
#include "lib/hostmem.h"
#include "lib/parts.h"
#include "netlink/tests.h"

int main(void)
{
	static const struct part parts[] = {
		{ "objects", netlink_objects },
		{ "counters", netlink_counters },
		{ "breaks", netlink_breaks },
		{ "rights", netlink_rights },
		{ "fuzz", netlink_fuzz },
		{ "dumps", netlink_dumps },
		{ "events", netlink_events },
		{ "stuck", netlink_stuck },
	};

	if (is_kernels_own())
		return 77;	/* Linux has no such family */
	return parts_run_on("/dev/vhost-net", "vhost_net", parts,
			    sizeof(parts) / sizeof(parts[0]), 300);
}
