// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: what is the same for all commands of the family that get
 * something. What they write: netlink_dev.c, netlink_queue.c, netlink_worker.c.
 *
 * In threads of administrators; the table of commands, which is generated, asks
 * for CAP_NET_ADMIN in the initial user namespace, since what is shown says what
 * other users' guests do. So those in a container with a user namespace of its
 * own learn nothing, not even of their own devices.
 *
 * Network namespaces. A device belongs to the one in which it was opened, like
 * the CID of a vsock guest and, mostly, the tap behind a network device. A caller
 * sees those of its own; one in the initial namespace sees all, as it sees the
 * processes. The device keeps the namespace's cookie, which is never used again,
 * and no reference: watching must not keep a namespace alive.
 *
 * Lifetimes. Messages are written under devices_lock: a device that is being
 * closed waits for the message before it goes. A dump gives the lock back between
 * its parts and goes on by number. When devices or workers came or went meanwhile
 * the rest of it is marked NLM_F_DUMP_INTR: something may be missing.
 */
#include <linux/pid_namespace.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core/netlink.h"

/* ---- messages --------------------------------------------------------- */

void *vhost_nl_begin(const struct vhost_nl_out *out)
{
	void *begun = __genlmsg_iput(out->skb, out->info,
				     out->cb ? NLM_F_MULTI : 0);

	if (begun && out->cb)
		genl_dump_check_consistent(out->cb, begun);
	return begun;
}

int vhost_nl_end(const struct vhost_nl_out *out, void *begun, int ret)
{
	if (ret) {
		genlmsg_cancel(out->skb, begun);
		return -EMSGSIZE;
	}
	genlmsg_end(out->skb, begun);
	return 0;
}

/* ---- which device ----------------------------------------------------- */

static bool sees(const struct net *net, const struct vhost_dev *dev)
{
	return net_eq(net, &init_net) || dev->netns == net->net_cookie;
}

/* The first one from number @id on that those in @net see. */
static struct vhost_dev *seen_from(const struct net *net, u32 id)
{
	struct vhost_dev *dev;

	for (dev = vhost_devices_from(id); dev;
	     dev = vhost_devices_from(dev->id + 1))
		if (sees(net, dev))
			return dev;
	return NULL;
}

static struct vhost_dev *seen_device(const struct net *net, u32 id)
{
	struct vhost_dev *dev = seen_from(net, id);

	return dev && dev->id == id ? dev : NULL;
}

/* ---- one -------------------------------------------------------------- */

static struct vhost_onlooker caller(void)
{
	return (struct vhost_onlooker){
		.pid_ns = task_active_pid_ns(current),
	};
}

static int put_one(const struct vhost_nl_out *out, struct genl_info *info,
		   const struct vhost_nl_kind *kind)
{
	struct nlattr *which = info->attrs[kind->dev_attr];
	u32 index = 0, want = 0;
	struct vhost_dev *dev;
	int ret;

	dev = seen_device(genl_info_net(info), nla_get_u32(which));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(info->extack, which, "no such device");
		return -ENODEV;
	}
	if (kind->index_attr) {
		which = info->attrs[kind->index_attr];
		index = want = nla_get_u32(which);
	}
	ret = kind->put(out, dev, &index);
	if (ret != -ENOENT && (ret || index == want))
		return ret;
	NL_SET_ERR_MSG_ATTR(info->extack, which, "the device has no such object");
	return -ENOENT;
}

int vhost_nl_get(struct genl_info *info, const struct vhost_nl_kind *kind)
{
	struct vhost_nl_out out = { .info = info, .who = caller() };
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, kind->dev_attr) ||
	    (kind->index_attr && GENL_REQ_ATTR_CHECK(info, kind->index_attr)))
		return -EINVAL;
	out.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!out.skb)
		return -ENOMEM;
	vhost_devices_lock();
	ret = put_one(&out, info, kind);
	vhost_devices_unlock();
	if (!ret)
		return genlmsg_reply(out.skb, info);
	nlmsg_free(out.skb);
	return ret;
}

/* ---- all -------------------------------------------------------------- */

/* Where a dump goes on, in cb->ctx. */
struct cursor {
	u32 dev, index;
};

static int put_rest_of(const struct vhost_nl_out *out, struct vhost_dev *dev,
		       const struct vhost_nl_kind *kind, struct cursor *at)
{
	int ret;

	if (at->dev != dev->id)
		*at = (struct cursor){ .dev = dev->id };
	do {
		ret = kind->put(out, dev, &at->index);
		if (!ret)
			at->index++;
	} while (!ret && kind->index_attr);
	return ret == -ENOENT ? 0 : ret;
}

static int put_all(const struct vhost_nl_out *out, const struct net *net,
		   const struct vhost_nl_kind *kind, struct cursor *at)
{
	struct vhost_dev *dev;
	int ret;

	while ((dev = seen_from(net, at->dev))) {
		ret = put_rest_of(out, dev, kind, at);
		if (ret)
			return ret;
		*at = (struct cursor){ .dev = dev->id + 1 };
	}
	return 0;
}

static int put_all_of(const struct vhost_nl_out *out, const struct net *net,
		      const struct vhost_nl_kind *kind, struct cursor *at)
{
	struct nlattr *which = out->info->attrs[kind->dev_attr];
	struct vhost_dev *dev = seen_device(net, nla_get_u32(which));

	if (dev)
		return put_rest_of(out, dev, kind, at);
	/* Not known, or it went after the first part: that one is marked. */
	NL_SET_ERR_MSG_ATTR(out->cb->extack, which, "no such device");
	return -ENODEV;
}

int vhost_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		  const struct vhost_nl_kind *kind)
{
	struct vhost_nl_out out = {
		.skb = skb, .info = genl_info_dump(cb), .cb = cb,
		.who = caller(),
	};
	struct cursor *at = (struct cursor *)cb->ctx;
	const struct net *net = sock_net(skb->sk);
	int ret;

	static_assert(sizeof(*at) <= sizeof(cb->ctx));
	vhost_devices_lock();
	cb->seq = vhost_devices_generation();
	if (out.info->attrs && out.info->attrs[kind->dev_attr])
		ret = put_all_of(&out, net, kind, at);
	else
		ret = put_all(&out, net, kind, at);
	vhost_devices_unlock();
	/* What did not fit comes in the next part. */
	return ret == -EMSGSIZE && skb->len ? (int)skb->len : ret;
}
