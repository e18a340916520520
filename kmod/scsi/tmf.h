/* SPDX-License-Identifier: GPL-2.0-only */
/* A task management function in progress, for tmf.c and tmf_cmds.c. */
#ifndef RINGSIDE_SCSI_TMF_H
#define RINGSIDE_SCSI_TMF_H

#include "scsi.h"

enum scsi_tmf_action {
	TMF_REJECT,
	TMF_QUERY,
	TMF_ABORT,
	TMF_RESET,
};

enum scsi_tmf_scope {
	TMF_TASK,
	TMF_LUN,
	TMF_TARGET,
};

struct scsi_tmf_function {
	u8 action, scope;
	u8 cancel;		/* response of the commands that it ends */
};

/* Which commands a function is about. */
struct scsi_tmf_subject {
	struct scsi_tmf_function fn;
	u64 tag;
	u16 lun;
	u8 target;
};

struct scsi_tmf {
	struct se_cmd se;
	struct vhost_kept kept;
	struct vhost_scsi *v;
	struct scsi_tpg *tpg;	/* valid unless v->tmf_stopped */
	struct scsi_tmf_subject subject;
	struct delayed_work work;
	struct scsi_cmd *asked;	/* the last that LIO was asked to abort, and its
				 * tag for LIO; only steps look */
	u64 asked_tag;
	struct scsi_cmd *at;	/* its next command to abort is this one or
				 * behind it, or in a later queue; v->tmf_lock */
	u32 queue;		/* of that; v->tmf_lock */
	u32 bit;
	u32 waiting;		/* commands marked; v->tmf_lock */
	bool lio_done;		/* v->tmf_lock */
	bool submitted;		/* the step before; only steps look */
	u8 lio;			/* enum tcm_tmrsp_table */
	u8 response;
	struct list_head node;	/* of those to be completed now */
	struct vhost_buf buf[];
};

/* ---- tmf_cmds.c ------------------------------------------------------- */

/* Is there such a command in any queue. Takes q->lock. */
bool scsi_tmf_concerns_any(struct vhost_scsi *v,
			   const struct scsi_tmf_subject *s);
/* Mark its commands, and count them in tmf->waiting. v->tmf_lock held. */
void scsi_tmf_mark(struct scsi_tmf *tmf);
/*
 * The next of its commands that LIO was not asked to abort, in tmf->asked; it counts
 * as asked.
 * Return: false when there is none. v->tmf_lock held.
 */
bool scsi_tmf_next_to_abort(struct scsi_tmf *tmf, u16 *lun);
/*
 * LIO did not know the command that it was asked to abort. Return: true when it will
 * know it in a moment: it is then the function's next one again. v->tmf_lock held.
 */
bool scsi_tmf_came_early(struct scsi_tmf *tmf);
/* No command is marked any more. v->tmf_lock held. */
void scsi_tmf_forget_marks(struct vhost_scsi *v);

#endif /* RINGSIDE_SCSI_TMF_H */
