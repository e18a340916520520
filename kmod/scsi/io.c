// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request queues: requests are taken in batches, validated, and handed to
 * LIO, each with a command that keeps its chain. What is no request, and what
 * there is no memory for, comes back at once.
 *
 * In the queue's worker, vq->lock held.
 */
#include "scsi.h"

/*
 * Backstores rely on it that the lists have as many bytes as the command says.
 * LIO looks at the data itself, but not where the CDB asks for protection: there
 * it takes the length from the CDB.
 */
static bool is_all_there(const struct scsi_cmd *cmd,
			 const struct scsi_request *rq)
{
	const struct se_cmd *se = &cmd->se;

	if (se->data_length > rq->data_len)
		return false;
	return se->prot_op == TARGET_PROT_NORMAL || !cmd->prot.kind ||
	       cmd->prot.len == se->prot_length;
}

/* LIO calls back with the result also where this fails. */
static void submit(struct scsi_cmd *cmd, struct scsi_request *rq)
{
	struct scsi_data *data = &cmd->data, *prot = &cmd->prot;
	enum dma_data_direction dir = DMA_NONE;
	struct se_cmd *se = &cmd->se;

	if (data->kind)
		dir = rq->to_guest ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	if (target_init_cmd(se, rq->tpg->nexus, cmd->sense, rq->lun,
			    rq->data_len, rq->attr, dir, 0)) {
		cmd->response = VIRTIO_SCSI_S_BAD_TARGET;
		scsi_cmd_done(cmd);
		return;
	}
	if (target_submit_prep(se, rq->cdb, data->kind ? data->sgl : NULL,
			       data->kind ? data->n : 0, NULL, 0,
			       prot->kind ? prot->sgl : NULL,
			       prot->kind ? prot->n : 0, GFP_KERNEL))
		return;
	if (!is_all_there(cmd, rq)) {
		transport_generic_request_failure(se,
					TCM_INVALID_FIELD_IN_COMMAND_IU);
		return;
	}
	scsi_data_trim(cmd, se->data_length);
	target_submit(se);
}

static void fill(struct scsi_cmd *cmd, const struct scsi_request *rq)
{
	struct scsi_queue *q = cmd->q;

	/* The guest's own tags need not be different; ours are. */
	cmd->se.tag = (u64)q->vq.index << 48 | q->next_tag++;
	cmd->guest_tag = rq->tag;
	cmd->lun = rq->lun;
	cmd->target = rq->target;
	cmd->opcode = rq->cdb[0];
	cmd->little = rq->little;
	cmd->data_at = rq->data_at;
	cmd->data_len = 0;
}

/* Return: bytes written, when the chain is not kept; otherwise -1. */
static int take(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct scsi_queue *q = scsi_queue_of(vq);
	enum scsi_verdict verdict;
	struct scsi_request rq;
	struct scsi_cmd *cmd;
	int ret;

	verdict = scsi_request_read(vq, c, &rq);
	if (unlikely(verdict != SCSI_FINE)) {
		vhost_vq_bad_request(vq);
		return scsi_request_reject(vq, c, &rq, verdict);
	}
	cmd = scsi_cmd_get(q, c->n_write);
	if (!cmd)
		return scsi_request_full(vq, c);
	fill(cmd, &rq);
	ret = scsi_data_map(cmd, &rq);
	vhost_vq_keep(vq, c, &cmd->kept, cmd->buf);
	if (ret) {
		/* nothing of it is known to LIO */
		if (ret == -ENOMEM)
			cmd->status = SAM_STAT_TASK_SET_FULL;
		else
			cmd->response = VIRTIO_SCSI_S_FAILURE;
	}
	scoped_guard(spinlock, &q->lock)
		cmd->active = true;
	if (ret)
		scsi_cmd_done(cmd);
	else
		submit(cmd, &rq);
	return -1;
}

static void take_batch(struct vhost_vq *vq)
{
	const struct ring_batch *b = &vq->batch;

	for (u32 i = 0; i < b->n_chains; i++) {
		const struct ring_chain *c = &b->chain[i];
		int written = take(vq, c);

		if (written >= 0)
			vhost_vq_done(vq, c, written);
	}
}

static enum vhost_run io_run(struct vhost_vq *vq)
{
	u32 requests = 0;

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	do {
		enum ring_result rc = vhost_vq_pop(vq, VHOST_BATCH);

		if (rc == RING_GOT) {
			take_batch(vq);
			requests += vq->batch.n_chains;
			rc = vhost_vq_complete(vq);
		}
		if (rc == RING_EMPTY || (rc == RING_GOT && vhost_vq_ran_dry(vq)))
			rc = vhost_vq_wait(vq);
		if (rc != RING_GOT)
			return VHOST_RUN_DONE;
	} while (!vhost_vq_budget_used(vq, &requests, 0));
	return VHOST_RUN_MORE;
}

const struct vhost_vq_ops scsi_io_ops = {
	.name = "req",
	.run = io_run,
	.respond = scsi_cmd_respond,
	.release = scsi_cmd_release,
};
