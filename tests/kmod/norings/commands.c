// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's commands: some of the common ones, made of the core's stages and
 * its own, and those of the test.
 */
#include "norings.h"

/* ---- size, addresses, base -------------------------------------------- */

static int num_check(struct vhost_io *io)
{
	int ret = vhost_num_check(io);

	if (ret)
		return ret;
	return io->arg.state.num > NORINGS_MAX_NUM ? -E2BIG : 0;
}

static void num_apply(struct vhost_io *io)
{
	vhost_num_apply(io);
	norings_queue_of(io->vq)->num = io->vq->config.num;
}

/* The device has no way to log what it writes. */
static int addr_check(struct vhost_io *io)
{
	int ret = vhost_addr_check(io);

	if (ret)
		return ret;
	return io->arg.addr.flags & BIT(VHOST_VRING_F_LOG) ? -EXDEV : 0;
}

static void addr_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_addr_apply(io);
	q->addrs++;
	q->desc = io->vq->config.addr.desc_user_addr;
}

static void base_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_base_apply(io);
	q->base_kicks = READ_ONCE(q->kicks);
}

/* As if each kick stood for one chain; a packed ring stays where it was put. */
static void base_get_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);
	u64 moved = READ_ONCE(q->kicks) - q->base_kicks;

	vhost_base_get_apply(io);
	if (!vhost_vq_has(io->vq, VIRTIO_F_RING_PACKED))
		io->arg.state.num = (u16)(io->arg.state.num + moved);
}

/* ---- call ------------------------------------------------------------- */

static void call_apply(struct vhost_io *io)
{
	vhost_call_apply(io);
	norings_queue_of(io->vq)->call_fds++;
}

/* ---- features --------------------------------------------------------- */

static int features_check(struct vhost_io *io)
{
	int ret = vhost_features_check(io);

	if (ret)
		return ret;
	return norings_of(io->dev)->features_ok ? -EBUSY : 0;
}

/* ---- of the test ------------------------------------------------------ */

static void features_ok_apply(struct vhost_io *io)
{
	norings_of(io->dev)->features_ok = true;
}

static void delay_apply(struct vhost_io *io)
{
	WRITE_ONCE(norings_of(io->dev)->delay_us, io->arg.u32);
}

static void read_apply(struct vhost_io *io)
{
	struct norings *n = norings_of(io->dev);
	struct norings_queue *q = norings_queue_of(io->vq);
	struct norings_record *r = (void *)io->arg.raw;

	static_assert(sizeof(*r) <= VHOST_ARG_SIZE);
	*r = (struct norings_record){
		.index = io->vq->index,
		.features_ok = n->features_ok,
		.queue = {
			.kicks = READ_ONCE(q->kicks),
			.calls = READ_ONCE(q->calls),
			.odd_kicks = READ_ONCE(q->odd_kicks),
			.odd_calls = READ_ONCE(q->odd_calls),
			.num = q->num,
			.addrs = q->addrs,
			.call_fds = q->call_fds,
			.desc = q->desc,
		},
		.msg = n->msg,
	};
}

enum {
	VQ_SET = VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_VQ,
};

const struct vhost_cmd norings_cmds[NORINGS_CMDS] = {
	{ VHOST_SET_VRING_NUM, VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = num_check, .apply = num_apply },
	{ VHOST_SET_VRING_ADDR, VQ_SET, .check = addr_check, .apply = addr_apply },
	{ VHOST_SET_VRING_BASE, VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = vhost_base_check, .apply = base_apply },
	{ VHOST_GET_VRING_BASE, VQ_SET | VHOST_CMD_OUT, .apply = base_get_apply },
	{ VHOST_SET_VRING_CALL, VQ_SET, .prepare = vhost_eventfd_prepare,
	  .apply = call_apply, .finish = vhost_eventfd_finish },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  .prepare = vhost_features_prepare,
	  .check = features_check,
	  .apply = vhost_features_apply,
	  .finish = vhost_features_finish },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  .prepare = vhost_features_array_prepare,
	  .check = features_check,
	  .apply = vhost_features_apply,
	  .finish = vhost_features_finish },
	{ NORINGS_READ, VHOST_CMD_IN | VHOST_CMD_OUT | VHOST_CMD_VQ,
	  .apply = read_apply },
	{ NORINGS_FEATURES_OK, VHOST_CMD_OWNER, .apply = features_ok_apply },
	{ NORINGS_SET_DELAY, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .apply = delay_apply },
};
