// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's commands: some of the common ones, made of the core's stages and
 * its own, and those of the test.
 */
#include "norings.h"

/* ---- size, addresses, base -------------------------------------------- */

static int check_num(struct vhost_io *io)
{
	int ret = vhost_cmd_check_num(io);

	if (ret)
		return ret;
	return io->arg.state.num > NORINGS_MAX_NUM ? -E2BIG : 0;
}

static void set_num(struct vhost_io *io)
{
	vhost_cmd_set_num(io);
	norings_queue_of(io->vq)->num = io->vq->config.num;
}

/* The device has no way to log what it writes. */
static int check_addr(struct vhost_io *io)
{
	int ret = vhost_cmd_check_addr(io);

	if (ret)
		return ret;
	return io->arg.addr.flags & BIT(VHOST_VRING_F_LOG) ? -EXDEV : 0;
}

static void set_addr(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_cmd_set_addr(io);
	q->addrs++;
	q->desc = io->vq->config.addr.desc_user_addr;
}

static void set_base(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);

	vhost_cmd_set_base(io);
	q->base_kicks = READ_ONCE(q->kicks);
}

/* As if each kick stood for one chain; a packed ring stays where it was put. */
static void get_base(struct vhost_io *io)
{
	struct norings_queue *q = norings_queue_of(io->vq);
	u64 moved = READ_ONCE(q->kicks) - q->base_kicks;

	vhost_cmd_get_base(io);
	if (!vhost_vq_has(io->vq, VIRTIO_F_RING_PACKED))
		io->arg.state.num = (u16)(io->arg.state.num + moved);
}

/* ---- call ------------------------------------------------------------- */

static void set_call(struct vhost_io *io)
{
	vhost_cmd_set_call(io);
	norings_queue_of(io->vq)->call_fds++;
}

/* ---- features --------------------------------------------------------- */

static int check_features(struct vhost_io *io)
{
	int ret = vhost_cmd_check_features(io);

	if (ret)
		return ret;
	return norings_of(io->dev)->features_ok ? -EBUSY : 0;
}

/* ---- of the test ------------------------------------------------------ */

static int set_features_ok(struct vhost_io *io)
{
	norings_of(io->dev)->features_ok = true;
	return 0;
}

static int set_delay(struct vhost_io *io)
{
	WRITE_ONCE(norings_of(io->dev)->delay_us, io->arg.u32);
	return 0;
}

static void read_record(struct vhost_io *io)
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
	  .check = check_num, .apply = set_num },
	{ VHOST_SET_VRING_ADDR, VQ_SET, .check = check_addr, .apply = set_addr },
	{ VHOST_SET_VRING_BASE, VQ_SET | VHOST_CMD_VQ_STOPPED,
	  .check = vhost_cmd_check_base, .apply = set_base },
	{ VHOST_GET_VRING_BASE, VQ_SET | VHOST_CMD_OUT, .apply = get_base },
	{ VHOST_SET_VRING_CALL, VQ_SET, .prepare = vhost_cmd_find_eventfd,
	  .apply = set_call, .finish = vhost_cmd_drop_eventfd },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_cmd_parse_features, check_features, vhost_cmd_set_features,
	  vhost_cmd_drop_features },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_cmd_parse_features_array, check_features,
	  vhost_cmd_set_features, vhost_cmd_drop_features },
	{ NORINGS_READ, VHOST_CMD_IN | VHOST_CMD_OUT | VHOST_CMD_VQ,
	  .apply = read_record },
	{ NORINGS_FEATURES_OK, VHOST_CMD_OWNER, .prepare = set_features_ok },
	{ NORINGS_SET_DELAY, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .prepare = set_delay },
};
