// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's commands: some of the common ones, made of the core's stages and
 * its own, and those of the test.
 */
#include "norings.h"

/* ---- size, addresses, base -------------------------------------------- */

static int num_check(struct vhost_io *io)
{
	int ret = vhost_cmd_check_num(io);

	if (ret)
		return ret;
	return io->arg.state.num > NORINGS_MAX_NUM ? -E2BIG : 0;
}

static void num_apply(struct vhost_io *io)
{
	vhost_cmd_set_num(io);
	norings_queue_of(io->vq)->num = io->vq->config.num;
}

/* The device has no way to log what it writes. */
static int addr_check(struct vhost_io *io)
{
	int ret = vhost_cmd_check_addr(io);

	if (ret)
		return ret;
	return io->arg.addr.flags & BIT(VHOST_VRING_F_LOG) ? -EXDEV : 0;
}

static void addr_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_cmd_set_addr(io);
	q->addrs++;
	q->desc = io->vq->config.addr.desc_user_addr;
}

static void base_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_cmd_set_base(io);
	q->base_kicks = READ_ONCE(q->kicks);
}

/* As if each kick stood for one chain; a packed ring stays where it was put. */
static void base_get_apply(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);
	u64 moved = READ_ONCE(q->kicks) - q->base_kicks;

	vhost_cmd_get_base(io);
	if (!vhost_vq_has(io->vq, VIRTIO_F_RING_PACKED))
		io->arg.state.num = (u16)(io->arg.state.num + moved);
}

/* ---- call ------------------------------------------------------------- */

static void call_apply(struct vhost_io *io)
{
	vhost_cmd_set_call(io);
	norings_queue_of(io->vq)->call_fds++;
}

/* ---- features --------------------------------------------------------- */

static int features_check(struct vhost_io *io)
{
	int ret = vhost_cmd_check_features(io);

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
	  .check = vhost_cmd_check_base, .apply = base_apply },
	{ VHOST_GET_VRING_BASE, VQ_SET | VHOST_CMD_OUT, .apply = base_get_apply },
	{ VHOST_SET_VRING_CALL, VQ_SET, .prepare = vhost_cmd_find_eventfd,
	  .apply = call_apply, .finish = vhost_cmd_drop_eventfd },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_cmd_parse_features, features_check, vhost_cmd_set_features,
	  vhost_cmd_drop_features },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_cmd_parse_features_array, features_check,
	  vhost_cmd_set_features, vhost_cmd_drop_features },
	{ NORINGS_READ, VHOST_CMD_IN | VHOST_CMD_OUT | VHOST_CMD_VQ,
	  .apply = read_apply },
	{ NORINGS_FEATURES_OK, VHOST_CMD_OWNER, .apply = features_ok_apply },
	{ NORINGS_SET_DELAY, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .apply = delay_apply },
};
