// SPDX-License-Identifier: GPL-2.0-only
/*
 * worker-get: a thread that serves queues, and which.
 */
#include "core/netlink.h"
#include "core/netlink_gen.h"

static int put_queues(struct sk_buff *skb, const struct vhost_worker *worker)
{
	struct vhost_dev *dev = worker->dev;

	for (u32 i = 0; i < dev->nvqs; i++)
		if (vhost_worker_of(dev->vqs[i]) == worker &&
		    nla_put_u32(skb, VHOST_A_WORKER_QUEUE, i))
			return -EMSGSIZE;
	return 0;
}

static int put_info(struct sk_buff *skb, const struct vhost_worker *worker,
		    const struct vhost_worker_info *info)
{
	if (nla_put_u32(skb, VHOST_A_WORKER_DEV_ID, worker->dev->id) ||
	    nla_put_u32(skb, VHOST_A_WORKER_ID, info->id) ||
	    (info->tid && nla_put_u32(skb, VHOST_A_WORKER_TID, info->tid)) ||
	    (*info->name &&
	     nla_put_string(skb, VHOST_A_WORKER_NAME, info->name)) ||
	    nla_put_uint(skb, VHOST_A_WORKER_CPU_TIME, info->cpu_ns) ||
	    (info->killed && nla_put_flag(skb, VHOST_A_WORKER_KILLED)))
		return -EMSGSIZE;
	return put_queues(skb, worker);
}

static int put_worker(const struct vhost_nl_out *out, struct vhost_dev *dev,
		      u32 *index)
{
	struct vhost_worker_info info;
	struct vhost_worker *worker;
	unsigned long id = *index;
	void *begun;

	guard(mutex)(&dev->worker_lock);
	worker = xa_find(&dev->workers, &id, U32_MAX, XA_PRESENT);
	if (!worker)
		return -ENOENT;
	begun = vhost_nl_begin(out);
	if (!begun)
		return -EMSGSIZE;
	*index = id;
	vhost_worker_info_get(worker, &out->who, &info);
	return vhost_nl_end(out, begun, put_info(out->skb, worker, &info));
}

static const struct vhost_nl_kind workers = {
	.dev_attr = VHOST_A_WORKER_DEV_ID,
	.index_attr = VHOST_A_WORKER_ID,
	.put = put_worker,
};

int vhost_nl_worker_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vhost_nl_get(info, &workers);
}

int vhost_nl_worker_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vhost_nl_dump(skb, cb, &workers);
}
