// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameters of vhost_vsock. Each has a range in which the module can
 * work: a packet of the biggest size has room, and counters do not overflow.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>

#include "limits.h"

unsigned int vsock_max_replies = 1024;
unsigned int vsock_max_queued = SZ_16M;
unsigned int vsock_max_pair_bytes = SZ_16M;
unsigned int vsock_max_guest_bytes = SZ_64M;
unsigned int vsock_max_connections = 1024;

static int set_packets(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 128, 65536);
}

static int set_bytes(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, SZ_256K, SZ_1G);
}

static int set_connections(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 65536);
}

static const struct kernel_param_ops packets = {
	.set = set_packets,
	.get = param_get_uint,
};

static const struct kernel_param_ops bytes = {
	.set = set_bytes,
	.get = param_get_uint,
};

static const struct kernel_param_ops connections = {
	.set = set_connections,
	.get = param_get_uint,
};

module_param_cb(max_replies, &packets, &vsock_max_replies, 0644);
MODULE_PARM_DESC(max_replies,
		 "replies that wait for a guest before its packets do (1024)");
module_param_cb(max_queued_bytes, &bytes, &vsock_max_queued, 0644);
MODULE_PARM_DESC(max_queued_bytes,
		 "memory that host programs may queue for a guest (16777216)");
module_param_cb(sibling_max_bytes, &bytes, &vsock_max_pair_bytes, 0644);
MODULE_PARM_DESC(sibling_max_bytes,
		 "memory that a guest may queue for one sibling (16777216)");
module_param_cb(sibling_max_bytes_all, &bytes, &vsock_max_guest_bytes, 0644);
MODULE_PARM_DESC(sibling_max_bytes_all,
		 "memory that a guest may queue for all siblings (67108864)");
module_param_cb(sibling_max_connections, &connections, &vsock_max_connections,
		0644);
MODULE_PARM_DESC(sibling_max_connections,
		 "connections that two siblings may have (1024)");
