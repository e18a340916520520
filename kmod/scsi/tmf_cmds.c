// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that a task management function is about: found among those of
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

/* The first one of the queue, or NULL. */
static struct scsi_cmd *first_concerned(struct scsi_queue *q,
					const struct scsi_tmf_subject *s)
{
	struct scsi_cmd *cmd;

	lockdep_assert_held(&q->lock);
	scsi_for_each_active(cmd, q)
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
	scsi_for_each_active(cmd, q) {
		if (!concerns(&tmf->subject, cmd))
			continue;
		cmd->tmfs |= BIT(tmf->bit);
		WRITE_ONCE(cmd->cancel, tmf->subject.fn.cancel);
		tmf->waiting++;
	}
	spin_unlock(&q->lock);
}

/* Each queue's commands are looked at once, from the first queue on. */
static void begin_queue(struct scsi_tmf *tmf, u32 index)
{
	struct vhost_scsi *v = tmf->v;

	tmf->queue = index;
	tmf->at = NULL;
	if (index == v->n_queues)
		return;
	spin_lock(&v->queue[index].lock);
	tmf->at = v->queue[index].cmds;
	spin_unlock(&v->queue[index].lock);
}

void scsi_tmf_mark(struct scsi_tmf *tmf)
{
	struct vhost_scsi *v = tmf->v;

	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++)
		mark_queue(tmf, &v->queue[i]);
	begin_queue(tmf, SCSI_REQUEST);
}

static bool is_to_abort(const struct scsi_tmf *tmf, const struct scsi_cmd *cmd)
{
	return cmd->tmfs & BIT(tmf->bit) && !cmd->abort_asked;
}

/* Return: false when the queue has no more. */
static bool next_of_queue(struct scsi_tmf *tmf, struct scsi_queue *q, u16 *lun)
{
	struct scsi_cmd *cmd;

	spin_lock(&q->lock);
	cmd = scsi_cmd_active_from(tmf->at);
	while (cmd && !is_to_abort(tmf, cmd))
		cmd = scsi_cmd_active_from(cmd->next);
	if (cmd) {
		cmd->abort_asked = true;
		tmf->asked = cmd;
		tmf->asked_tag = cmd->se.tag;
		*lun = cmd->lun;
		tmf->at = cmd->next;
	}
	spin_unlock(&q->lock);
	return cmd;
}

bool scsi_tmf_next_to_abort(struct scsi_tmf *tmf, u16 *lun)
{
	struct vhost_scsi *v = tmf->v;

	lockdep_assert_held(&v->tmf_lock);
	for (; tmf->queue < v->n_queues; begin_queue(tmf, tmf->queue + 1))
		if (next_of_queue(tmf, &v->queue[tmf->queue], lun))
			return true;
	return false;
}

/* Commands stay where they are until close; a used again one has another tag. */
bool scsi_tmf_came_early(struct scsi_tmf *tmf)
{
	struct scsi_cmd *cmd = tmf->asked;
	bool early;

	lockdep_assert_held(&tmf->v->tmf_lock);
	spin_lock(&cmd->q->lock);
	early = cmd->active && cmd->se.tag == tmf->asked_tag &&
		!READ_ONCE(cmd->ended);
	if (early) {
		cmd->abort_asked = false;
		tmf->at = cmd;
	}
	spin_unlock(&cmd->q->lock);
	return early;
}

void scsi_tmf_forget_marks(struct vhost_scsi *v)
{
	lockdep_assert_held(&v->tmf_lock);
	for (u32 i = SCSI_REQUEST; i < v->n_queues; i++) {
		struct scsi_queue *q = &v->queue[i];
		struct scsi_cmd *cmd;

		spin_lock(&q->lock);
		scsi_for_each_active(cmd, q)
			cmd->tmfs = 0;
		spin_unlock(&q->lock);
	}
}
