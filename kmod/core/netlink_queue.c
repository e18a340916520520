// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue-get: what a queue is, where it is, and its counters.
 */
#include "core/netlink.h"
#include "core/netlink_gen.h"

/* ---- counters --------------------------------------------------------- */

#define COUNTER(attr, member) \
	{ VHOST_A_STATS_##attr, offsetof(struct vhost_vq_stats, member) }

/* All that are one number. */
static const struct {
	u16 attr, offset;
} counters[] = {
	COUNTER(KICKS, kicks),
	COUNTER(RUNS, runs),
	COUNTER(REQUEUES, requeues),
	COUNTER(CHAINS, chains),
	COUNTER(UNPOPPED, unpopped),
	COUNTER(DONE, done),
	COUNTER(BYTES_READ, bytes_read),
	COUNTER(BYTES_UNPOPPED, bytes_unpopped),
	COUNTER(BYTES_WRITTEN, bytes_written),
	COUNTER(CALLS, calls),
	COUNTER(SUPPRESSED, suppressed),
	COUNTER(MISSES, misses),
	COUNTER(VANISHED, vanished),
	COUNTER(LATE, late),
	COUNTER(ABANDONED, abandoned),
	COUNTER(BAD_REQUESTS, bad_requests),
	COUNTER(DROPPED, dropped),
};

/* None was forgotten. */
static_assert(ARRAY_SIZE(counters) * sizeof(u64) ==
	      offsetof(struct vhost_vq_stats, bad));
static_assert(ARRAY_SIZE(counters) == VHOST_A_STATS_BREAKS - 1);

static int put_break(struct sk_buff *skb, enum ring_cause cause, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, VHOST_A_STATS_BREAKS);

	if (!nest ||
	    nla_put_string(skb, VHOST_A_BREAK_CAUSE, ring_cause_name(cause)) ||
	    nla_put_uint(skb, VHOST_A_BREAK_COUNT, count))
		return -EMSGSIZE;	/* the whole message is taken back */
	nla_nest_end(skb, nest);
	return 0;
}

static int put_breaks(struct sk_buff *skb, const struct vhost_vq_stats *stats)
{
	int ret = 0;

	for (u32 cause = 0; cause < RING_CAUSES && !ret; cause++)
		if (stats->bad[cause])
			ret = put_break(skb, cause, stats->bad[cause]);
	return ret;
}

static int put_stats(struct sk_buff *skb, const struct vhost_vq_stats *stats)
{
	struct nlattr *nest = nla_nest_start(skb, VHOST_A_QUEUE_STATS);

	if (!nest)
		return -EMSGSIZE;
	for (u32 i = 0; i < ARRAY_SIZE(counters); i++)
		if (nla_put_uint(skb, counters[i].attr,
				 *(const u64 *)((const char *)stats +
						counters[i].offset)))
			return -EMSGSIZE;
	if (put_breaks(skb, stats))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- the rest --------------------------------------------------------- */

static int put_failure(struct sk_buff *skb, const struct ring_fault *failure)
{
	struct nlattr *nest;

	if (failure->cause == RING_OK)
		return 0;
	nest = nla_nest_start(skb, VHOST_A_QUEUE_FAILURE);
	if (!nest ||
	    nla_put_string(skb, VHOST_A_FAILURE_CAUSE,
			   ring_cause_name(failure->cause)) ||
	    nla_put_u32(skb, VHOST_A_FAILURE_INDEX, failure->index) ||
	    nla_put_uint(skb, VHOST_A_FAILURE_VALUE, failure->value))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_ring(struct sk_buff *skb, const struct vhost_vq_info *info)
{
	if (nla_put_u32(skb, VHOST_A_QUEUE_STATE, info->state) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_FORMAT, info->format) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_SIZE, info->num) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_IN_FLIGHT, info->in_flight))
		return -EMSGSIZE;
	if (!info->has_position)
		return 0;
	if (nla_put_u32(skb, VHOST_A_QUEUE_AVAIL, info->position & 0xffff) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_USED, info->position >> 16))
		return -EMSGSIZE;
	return 0;
}

static int put_service(struct sk_buff *skb, const struct vhost_vq_info *info)
{
	if ((info->has_worker &&
	     nla_put_u32(skb, VHOST_A_QUEUE_WORKER, info->worker)) ||
	    (info->worker_tid &&
	     nla_put_u32(skb, VHOST_A_QUEUE_WORKER_TID, info->worker_tid)) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_BUSYLOOP_US, info->busyloop_us) ||
	    (info->has_kick && nla_put_flag(skb, VHOST_A_QUEUE_KICK)) ||
	    (info->has_call && nla_put_flag(skb, VHOST_A_QUEUE_CALL)))
		return -EMSGSIZE;
	return 0;
}

static int put_info(struct sk_buff *skb, const struct vhost_vq *vq,
		    const struct vhost_vq_info *info)
{
	if (nla_put_u32(skb, VHOST_A_QUEUE_DEV_ID, vq->dev->id) ||
	    nla_put_u32(skb, VHOST_A_QUEUE_INDEX, vq->index) ||
	    nla_put_string(skb, VHOST_A_QUEUE_NAME, vq->ops->name) ||
	    put_ring(skb, info) || put_service(skb, info) ||
	    put_failure(skb, &info->failure))
		return -EMSGSIZE;
	return put_stats(skb, &info->stats);
}

/* ---- commands --------------------------------------------------------- */

int vhost_nl_put_queue(const struct vhost_nl_out *out, struct vhost_dev *dev,
		       u32 *index)
{
	struct vhost_vq_info info;
	void *begun;

	if (*index >= dev->nvqs)
		return -ENOENT;
	begun = vhost_nl_begin(out);
	if (!begun)
		return -EMSGSIZE;
	vhost_vq_info_get(dev->vqs[*index], &out->who, &info);
	return vhost_nl_end(out, begun,
			    put_info(out->skb, dev->vqs[*index], &info));
}

static const struct vhost_nl_kind queues = {
	.dev_attr = VHOST_A_QUEUE_DEV_ID,
	.index_attr = VHOST_A_QUEUE_INDEX,
	.put = vhost_nl_put_queue,
};

int vhost_nl_queue_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vhost_nl_get(info, &queues);
}

int vhost_nl_queue_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vhost_nl_dump(skb, cb, &queues);
}
