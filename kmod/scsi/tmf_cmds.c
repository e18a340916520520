// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that a task management function is about: found on the lists of
 * their queues, marked with the function's bit, and given to LIO to abort.
 */
#include "tmf.h"

static bool concerns(const struct scsi_tmf_subject *s, const struct scsi_cmd *cmd)
{
	if (cmd->target != s->target)
		return false;
	if (s->fn.scope == TMF_TARGET)
		return true;
	if (cmd->lun != s->lun)
		return false;
	return s->fn.scope == TMF_LUN || cmd->guest_tag == s->tag;
}

/* The first one on the queue's list, or NULL. */
static struct scsi_cmd *first_concerned(struct scsi_queue *q,
					const struct scsi_tmf_subject *s)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&q->lock);
	list_for_each_entry(cmd, &q->active, node)
		if (concerns(s, cmd))
			return cmd;
	return NULL;
}

bool scsi_tmf_concerns_any(struct vhost_scsi *v,
			   const struct scsi_tmf_subject *s)
{
	bool any = false;

	for (u32 i = SCSI_REQUEST; i < v->n_queues && !any; i++) {
		spin_lock(&v->queue[i].lock);
		any = first_concerned(&v->queue[i], s);
		spin_unlock(&v->queue[i].lock);
	}
	return any;
}

static void mark_queue(struct scsi_tmf *tmf, struct scsi_queue *q)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&tmf->v->tmf_lock);
	spin_lock(&q->lock);
	list_for_each_entry(cmd, &q->active, node) {
		if (!concerns(&tmf->subject, cmd))
			continue;
		cmd->tmfs |= BIT(tmf->bit);
		WRITE_ONCE(cmd->cancel, tmf->subject.fn.cancel);
		tmf->waiting++;
	}
	spin_unlock(&q->lock);
}

void scsi_tmf_mark(struct scsi_tmf *tmf)
{
	struct vhost_scsi *v = tmf->v;

	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++)
		mark_queue(tmf, &v->queue[i]);
}

/* The first one that LIO was not asked to abort, or NULL. */
static struct scsi_cmd *first_to_abort(const struct scsi_tmf *tmf,
				       struct scsi_queue *q)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&q->lock);
	list_for_each_entry(cmd, &q->active, node)
		if (cmd->tmfs & BIT(tmf->bit) && !cmd->abort_asked)
			return cmd;
	return NULL;
}

/* Those that LIO was asked for go to the end: the next is found soon. */
static bool next_of_queue(struct scsi_tmf *tmf, struct scsi_queue *q, u64 *tag,
			  u16 *lun)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&tmf->v->tmf_lock);
	spin_lock(&q->lock);
	cmd = first_to_abort(tmf, q);
	if (cmd) {
		cmd->abort_asked = true;
		*tag = cmd->se.tag;
		*lun = cmd->lun;
		list_move_tail(&cmd->node, &q->active);
	}
	spin_unlock(&q->lock);
	return cmd;
}

bool scsi_tmf_next_to_abort(struct scsi_tmf *tmf, u64 *tag, u16 *lun)
{
	struct vhost_scsi *v = tmf->v;

	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++)
		if (next_of_queue(tmf, &v->queue[i], tag, lun))
			return true;
	return false;
}

void scsi_tmf_forget_marks(struct vhost_scsi *v)
{
	lockdep_assert_held(&v->tmf_lock);
	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++) {
		struct scsi_queue *q = &v->queue[i];
		struct scsi_cmd *cmd;

		spin_lock(&q->lock);
		list_for_each_entry(cmd, &q->active, node)
			cmd->tmfs = 0;
		spin_unlock(&q->lock);
	}
}
