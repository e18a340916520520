// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications, in the same form as replies, and the family as a whole.
 *
 * Written and sent where something happens: in threads of the owner, and in a worker
 * whose queue breaks. Without a listener nothing is written. One that does not
 * read fast enough loses some, and is told by its socket (ENOBUFS); nobody waits.
 *
 * Only listeners in the initial network namespace get any: a device has the cookie
 * of its namespace, not the namespace.
 */
#include <linux/pid_namespace.h>

#include "core/events.h"
#include "core/netlink.h"
#include "core/netlink_gen.h"

/* The generator knows no flags of groups. */
static const struct genl_multicast_group groups[] = {
	[VHOST_NLGRP_MONITOR] = {
		.name = VHOST_MCGRP_MONITOR,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static void notify(u8 command, struct vhost_dev *dev, u32 index,
		   int (*put)(const struct vhost_nl_out *out,
			      struct vhost_dev *dev, u32 *index))
{
	struct genl_info info;
	struct vhost_nl_out out = {
		.info = &info,
		.who = { .pid_ns = &init_pid_ns, .has_vq_lock = true },
	};

	if (!genl_has_listeners(&vhost_nl_family, &init_net,
				VHOST_NLGRP_MONITOR))
		return;
	genl_info_init_ntf(&info, &vhost_nl_family, command);
	out.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!out.skb)
		return;
	if (put(&out, dev, &index))
		nlmsg_free(out.skb);
	else
		genlmsg_multicast(&vhost_nl_family, out.skb, 0,
				  VHOST_NLGRP_MONITOR, GFP_KERNEL);
}

static void dev_happened(struct vhost_dev *dev, enum vhost_dev_event event)
{
	static const u8 command[] = {
		[VHOST_DEV_ADDED] = VHOST_NL_CMD_DEV_ADD_NTF,
		[VHOST_DEV_CHANGED] = VHOST_NL_CMD_DEV_CHANGE_NTF,
		[VHOST_DEV_DELETED] = VHOST_NL_CMD_DEV_DEL_NTF,
	};

	notify(command[event], dev, 0, vhost_nl_put_dev);
}

static void queue_happened(struct vhost_vq *vq)
{
	notify(VHOST_NL_CMD_QUEUE_CHANGE_NTF, vq->dev, vq->index,
	       vhost_nl_put_queue);
}

static const struct vhost_listener listener = {
	.dev = dev_happened,
	.queue = queue_happened,
};

int __init vhost_nl_register(void)
{
	int ret;

	static_assert(ARRAY_SIZE(groups) == 1);
	vhost_nl_family.mcgrps = groups;
	ret = genl_register_family(&vhost_nl_family);
	if (!ret)
		vhost_events_listen(&listener);
	return ret;
}

void __exit vhost_nl_unregister(void)
{
	vhost_events_listen(NULL);
	genl_unregister_family(&vhost_nl_family);
}
