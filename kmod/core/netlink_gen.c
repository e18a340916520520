// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	netlink/vhost.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/ringside/vhost_netlink.h>

/* VHOST_NL_CMD_DEV_GET - do */
static const struct nla_policy vhost_dev_get_nl_policy[VHOST_A_DEV_ID + 1] = {
	[VHOST_A_DEV_ID] = { .type = NLA_U32, },
};

/* VHOST_NL_CMD_QUEUE_GET - do */
static const struct nla_policy vhost_queue_get_do_nl_policy[VHOST_A_QUEUE_INDEX + 1] = {
	[VHOST_A_QUEUE_DEV_ID] = { .type = NLA_U32, },
	[VHOST_A_QUEUE_INDEX] = { .type = NLA_U32, },
};

/* VHOST_NL_CMD_QUEUE_GET - dump */
static const struct nla_policy vhost_queue_get_dump_nl_policy[VHOST_A_QUEUE_DEV_ID + 1] = {
	[VHOST_A_QUEUE_DEV_ID] = { .type = NLA_U32, },
};

/* VHOST_NL_CMD_WORKER_GET - do */
static const struct nla_policy vhost_worker_get_do_nl_policy[VHOST_A_WORKER_ID + 1] = {
	[VHOST_A_WORKER_DEV_ID] = { .type = NLA_U32, },
	[VHOST_A_WORKER_ID] = { .type = NLA_U32, },
};

/* VHOST_NL_CMD_WORKER_GET - dump */
static const struct nla_policy vhost_worker_get_dump_nl_policy[VHOST_A_WORKER_DEV_ID + 1] = {
	[VHOST_A_WORKER_DEV_ID] = { .type = NLA_U32, },
};

/* Ops table for vhost */
static const struct genl_split_ops vhost_nl_ops[] = {
	{
		.cmd		= VHOST_NL_CMD_DEV_GET,
		.doit		= vhost_nl_dev_get_doit,
		.policy		= vhost_dev_get_nl_policy,
		.maxattr	= VHOST_A_DEV_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= VHOST_NL_CMD_DEV_GET,
		.dumpit	= vhost_nl_dev_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= VHOST_NL_CMD_QUEUE_GET,
		.doit		= vhost_nl_queue_get_doit,
		.policy		= vhost_queue_get_do_nl_policy,
		.maxattr	= VHOST_A_QUEUE_INDEX,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VHOST_NL_CMD_QUEUE_GET,
		.dumpit		= vhost_nl_queue_get_dumpit,
		.policy		= vhost_queue_get_dump_nl_policy,
		.maxattr	= VHOST_A_QUEUE_DEV_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= VHOST_NL_CMD_WORKER_GET,
		.doit		= vhost_nl_worker_get_doit,
		.policy		= vhost_worker_get_do_nl_policy,
		.maxattr	= VHOST_A_WORKER_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VHOST_NL_CMD_WORKER_GET,
		.dumpit		= vhost_nl_worker_get_dumpit,
		.policy		= vhost_worker_get_dump_nl_policy,
		.maxattr	= VHOST_A_WORKER_DEV_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group vhost_nl_mcgrps[] = {
	[VHOST_NLGRP_MONITOR] = { "monitor", },
};

struct genl_family vhost_nl_family __ro_after_init = {
	.name		= VHOST_FAMILY_NAME,
	.version	= VHOST_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= vhost_nl_ops,
	.n_split_ops	= ARRAY_SIZE(vhost_nl_ops),
	.mcgrps		= vhost_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(vhost_nl_mcgrps),
};
