// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a command. LIO calls back, once each, in this order:
 *  1. data_in or status: the result is known; or aborted: there is none
 *  2. done: LIO refers to the command no longer. The chain is completed
 * Then, in the worker or whoever stops the queue, with vq->lock held:
 *  3. respond: the response is written, and data that were copied
 *  4. release: the command is free for the next request
 * Before the session that a command went to is removed, LIO waits for it
 * (scsi_nexus_end()); before the device's memory goes, the core waits for 4.
 */
#include "scsi.h"

/* ---- LIO -------------------------------------------------------------- */

/* What the status does not say: how many bytes were not transferred. */
static void note_lengths(struct scsi_cmd *cmd)
{
	const struct se_cmd *se = &cmd->se;

	if (se->se_cmd_flags & SCF_UNDERFLOW_BIT)
		cmd->residual = se->residual_count;
	else if (se->se_cmd_flags & SCF_OVERFLOW_BIT)
		cmd->response = VIRTIO_SCSI_S_OVERRUN;
}

int scsi_cmd_data_in(struct se_cmd *se)
{
	struct scsi_cmd *cmd = scsi_cmd_of(se);

	cmd->status = se->scsi_status;
	note_lengths(cmd);
	cmd->data_len = se->data_length;
	return 0;
}

int scsi_cmd_status(struct se_cmd *se)
{
	struct scsi_cmd *cmd = scsi_cmd_of(se);

	cmd->status = se->scsi_status;
	note_lengths(cmd);
	if (se->se_cmd_flags & (SCF_TRANSPORT_TASK_SENSE |
				SCF_EMULATED_TASK_SENSE))
		cmd->sense_len = min_t(u32, se->scsi_sense_length,
				       VIRTIO_SCSI_SENSE_SIZE);
	return 0;
}

/* By a function of this guest, or somebody else's LUN reset. */
void scsi_cmd_aborted(struct se_cmd *se)
{
	if (!(se->se_cmd_flags & SCF_SCSI_TMR_CDB))
		scsi_cmd_of(se)->aborted = true;
}

/* Bytes from the beginning of the writable part that may have been written. */
static u32 written(const struct scsi_cmd *cmd)
{
	const struct scsi_data *d = &cmd->data;

	if (!d->kind || !d->to_guest)
		return sizeof(struct virtio_scsi_cmd_resp);
	/* A command that fails may have got some way. */
	if (d->kind == SCSI_DATA_PINNED && (cmd->aborted || cmd->status))
		return cmd->data_at + d->len +
		       (cmd->prot.kind ? cmd->prot.len : 0);
	return cmd->data_len ? cmd->data_at + cmd->data_len :
			       sizeof(struct virtio_scsi_cmd_resp);
}

void scsi_cmd_done(struct scsi_cmd *cmd)
{
	if (cmd->aborted)
		cmd->response = READ_ONCE(cmd->cancel) ?: VIRTIO_SCSI_S_RESET;
	if (cmd->data_len && cmd->prot.kind)
		cmd->data_len += cmd->prot.len;
	WRITE_ONCE(cmd->ended, true);
	vhost_kept_complete(&cmd->kept, written(cmd));
}

/* ---- the worker ------------------------------------------------------- */

enum ring_result scsi_cmd_respond(struct vhost_vq *vq, struct vhost_kept *k)
{
	struct scsi_cmd *cmd = container_of(k, struct scsi_cmd, kept);
	const u32 head = offsetof(struct virtio_scsi_cmd_resp, sense);
	struct virtio_scsi_cmd_resp resp __uninitialized;
	enum ring_result rc;

	resp.sense_len = __cpu_to_virtio32(cmd->little, cmd->sense_len);
	resp.resid = __cpu_to_virtio32(cmd->little, cmd->residual);
	resp.status_qualifier = 0;
	resp.status = cmd->status;
	resp.response = cmd->response;
	rc = vhost_kept_write(vq, k, 0, &resp, head);
	if (rc == RING_GOT && unlikely(cmd->sense_len))
		rc = vhost_kept_write(vq, k, head, cmd->sense, cmd->sense_len);
	if (rc != RING_GOT || !cmd->data_len)
		return rc;
	return scsi_data_copy_back(vq, cmd);
}

void scsi_cmd_release(struct vhost_vq *vq, struct vhost_kept *k,
		      enum vhost_kept_end how)
{
	struct scsi_cmd *cmd = container_of(k, struct scsi_cmd, kept);
	struct scsi_queue *q = cmd->q;
	u32 tmfs;

	lockdep_assert_held(&vq->lock);
	scoped_guard(spinlock, &q->lock) {
		cmd->active = false;
		tmfs = cmd->tmfs;
	}
	scsi_data_unmap(cmd);
	scsi_cmd_put(cmd);
	if (unlikely(tmfs))
		scsi_tmfs_advance(scsi_device(vq->dev), tmfs);
}
