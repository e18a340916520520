// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of a queue: allocated when they are first needed, then kept for
 * the next request until the device closes; and the budget for what commands use
 * beyond their own memory: long scatterlists, many buffers, copies.
 *
 * In the queue's worker, or whoever stops the queue; vq->lock held.
 */
#include <linux/slab.h>

#include "scsi.h"

/* ---- the budget ------------------------------------------------------- */

bool scsi_charge(struct vhost_scsi *v, u32 bytes)
{
	long used = atomic_long_add_return(bytes, &v->extra);

	if (used <= SCSI_EXTRA_BYTES || used == bytes)
		return true;
	atomic_long_sub(bytes, &v->extra);
	return false;
}

void scsi_uncharge(struct vhost_scsi *v, u32 bytes)
{
	atomic_long_sub(bytes, &v->extra);
}

/* ---- commands --------------------------------------------------------- */

/* As many as can be in the ring, unless it is very long. */
static struct scsi_cmd *new_cmd(struct scsi_queue *q)
{
	struct scsi_cmd *cmd;

	if (q->n_cmds >= min_t(u32, q->vq.config.num, SCSI_MAX_CMDS))
		return NULL;
	cmd = kmem_cache_zalloc(scsi_cmd_cache, GFP_KERNEL);
	if (!cmd)
		return NULL;
	cmd->q = q;
	q->n_cmds++;
	scoped_guard(spinlock, &q->lock) {
		cmd->next = q->cmds;
		q->cmds = cmd;
	}
	return cmd;
}

static void put_free(struct scsi_queue *q, struct scsi_cmd *cmd)
{
	cmd->next_free = q->free;
	q->free = cmd;
}

static u32 buf_bytes(u32 n)
{
	return n > SCSI_INLINE ? n * sizeof(struct vhost_buf) : 0;
}

/* Many buffers come in memory of their own. */
static bool get_bufs(struct scsi_cmd *cmd, u32 n)
{
	struct vhost_scsi *v = scsi_device(cmd->q->vq.dev);

	cmd->buf = cmd->inline_buf;
	if (n <= SCSI_INLINE)
		return true;
	if (!scsi_charge(v, buf_bytes(n)))
		return false;
	cmd->buf = kvmalloc_array(n, sizeof(*cmd->buf), GFP_KERNEL_ACCOUNT);
	if (cmd->buf)
		return true;
	scsi_uncharge(v, buf_bytes(n));
	return false;
}

/* What LIO and the last request left behind. */
static void clear(struct scsi_cmd *cmd)
{
	memset(&cmd->se, 0, sizeof(cmd->se));
	cmd->tmfs = 0;
	cmd->cancel = 0;
	cmd->abort_asked = false;
	cmd->ended = false;
	cmd->response = VIRTIO_SCSI_S_OK;
	cmd->status = 0;
	cmd->aborted = false;
	cmd->sense_len = 0;
	cmd->residual = 0;
}

struct scsi_cmd *scsi_cmd_get(struct scsi_queue *q, u32 n_bufs)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&q->vq.lock);
	cmd = q->free;
	if (cmd)
		q->free = cmd->next_free;
	else
		cmd = new_cmd(q);
	if (!cmd)
		return NULL;
	if (!get_bufs(cmd, n_bufs)) {
		put_free(q, cmd);
		return NULL;
	}
	clear(cmd);
	return cmd;
}

void scsi_cmd_put(struct scsi_cmd *cmd)
{
	struct scsi_queue *q = cmd->q;
	u32 n = cmd->kept.chain.n_write;

	lockdep_assert_held(&q->vq.lock);
	if (cmd->buf != cmd->inline_buf) {
		kvfree(cmd->buf);
		scsi_uncharge(scsi_device(q->vq.dev), buf_bytes(n));
	}
	put_free(q, cmd);
}

void scsi_cmds_free(struct scsi_queue *q)
{
	struct scsi_cmd *cmd, *next;

	for (cmd = q->cmds; cmd; cmd = next) {
		next = cmd->next;
		kmem_cache_free(scsi_cmd_cache, cmd);
	}
	q->cmds = NULL;
	q->free = NULL;
	q->n_cmds = 0;
}
