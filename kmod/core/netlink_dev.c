// SPDX-License-Identifier: GPL-2.0-only
/*
 * dev-get: what a device is, whose, and in which state.
 */
#include <linux/pid.h>
#include <linux/sched.h>

#include "core/netlink.h"
#include "core/netlink_gen.h"

/* As those see it who ask; a process that has gone has no name. */
static int put_owner(const struct vhost_nl_out *out, struct pid *owner)
{
	pid_t number = pid_nr_ns(owner, out->who.pid_ns);
	char name[TASK_COMM_LEN] = "";
	struct task_struct *task;

	scoped_guard(rcu) {
		task = pid_task(owner, PIDTYPE_TGID);
		if (task)
			get_task_comm(name, task);
	}
	if (nla_put_u32(out->skb, VHOST_A_DEV_OWNER_PID, number))
		return -EMSGSIZE;
	return *name ? nla_put_string(out->skb, VHOST_A_DEV_OWNER_COMM, name) : 0;
}

static int put_features(struct sk_buff *skb, const struct vhost_dev_info *info)
{
	static_assert(VHOST_FEATURE_WORDS == 2);
	if (nla_put_uint(skb, VHOST_A_DEV_FEATURES, info->features[0]) ||
	    nla_put_uint(skb, VHOST_A_DEV_FEATURES_HIGH, info->features[1]) ||
	    nla_put_uint(skb, VHOST_A_DEV_BACKEND_FEATURES,
			 info->backend_features))
		return -EMSGSIZE;
	return 0;
}

static int put_numbers(struct sk_buff *skb, const struct vhost_dev *dev,
		       const struct vhost_dev_info *info)
{
	if (nla_put_uint(skb, VHOST_A_DEV_NETNS, dev->netns) ||
	    nla_put_u32(skb, VHOST_A_DEV_MEM_REGIONS, info->n_regions) ||
	    nla_put_u32(skb, VHOST_A_DEV_QUEUES, dev->nvqs) ||
	    nla_put_u32(skb, VHOST_A_DEV_WORKERS, info->n_workers) ||
	    (info->iotlb && nla_put_flag(skb, VHOST_A_DEV_IOTLB)) ||
	    (info->log && nla_put_flag(skb, VHOST_A_DEV_LOG)))
		return -EMSGSIZE;
	return 0;
}

static int put_info(const struct vhost_nl_out *out, const struct vhost_dev *dev,
		    const struct vhost_dev_info *info)
{
	struct sk_buff *skb = out->skb;

	if (nla_put_u32(skb, VHOST_A_DEV_ID, dev->id) ||
	    nla_put_string(skb, VHOST_A_DEV_KIND, dev->ops->kind) ||
	    nla_put_u32(skb, VHOST_A_DEV_STATE, info->state) ||
	    (info->owner && put_owner(out, info->owner)) ||
	    put_features(skb, info))
		return -EMSGSIZE;
	return put_numbers(skb, dev, info);
}

int vhost_nl_put_dev(const struct vhost_nl_out *out, struct vhost_dev *dev,
		     u32 *index)
{
	struct vhost_dev_info info;
	void *begun;
	int ret;

	if (*index)
		return -ENOENT;
	begun = vhost_nl_begin(out);
	if (!begun)
		return -EMSGSIZE;
	vhost_dev_info_get(dev, &info);
	ret = put_info(out, dev, &info);
	put_pid(info.owner);
	return vhost_nl_end(out, begun, ret);
}

static const struct vhost_nl_kind devices = {
	.dev_attr = VHOST_A_DEV_ID,
	.put = vhost_nl_put_dev,
};

int vhost_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vhost_nl_get(info, &devices);
}

int vhost_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vhost_nl_dump(skb, cb, &devices);
}
