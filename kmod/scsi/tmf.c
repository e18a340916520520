// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task management functions (virtio 1.3, 5.6.6.2; SAM-5, clause 7).
 *
 * LIO can abort one task and reset a LUN. The other functions are made of these
 * and of the device's own lists of commands that are not back in the ring:
 *
 *	QUERY TASK, QUERY TASK SET		a look at the lists
 *	LOGICAL UNIT RESET			LIO's
 *	ABORT TASK (SET), CLEAR TASK SET,	LIO's abort for each command
 *	I_T NEXUS RESET				found, one after the other
 *	CLEAR ACA				rejected: nothing sets NACA
 *
 * The driver must see the end of a command before that of the function that
 * ended it. So a function first marks the commands that it is about, with its
 * bit in cmd->tmfs, and counts them; it is completed when LIO is through with it
 * and each of them was released, that is, pushed.
 *
 * tmf_cmds.c has the commands; here are functions, from a request to its
 * completion.
 *
 * take: in the control queue's worker, vq->lock held. step: in a workqueue; LIO
 * ends its part in a thread of its own, which queues the next step.
 */
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <linux/nospec.h>
#include <linux/workqueue.h>

#include "tmf.h"

/* The specification's; Linux's header has S_OK, which is the same number. */
enum { FUNCTION_COMPLETE = VIRTIO_SCSI_S_OK };

enum { EARLY_MS = 10 };		/* until LIO may know a command */

static const struct scsi_tmf_function functions[] = {
	[VIRTIO_SCSI_T_TMF_ABORT_TASK] = { TMF_ABORT, TMF_TASK, VIRTIO_SCSI_S_ABORTED },
	[VIRTIO_SCSI_T_TMF_ABORT_TASK_SET] = { TMF_ABORT, TMF_LUN,
					       VIRTIO_SCSI_S_ABORTED },
	[VIRTIO_SCSI_T_TMF_CLEAR_ACA] = { TMF_REJECT },
	[VIRTIO_SCSI_T_TMF_CLEAR_TASK_SET] = { TMF_ABORT, TMF_LUN,
					       VIRTIO_SCSI_S_ABORTED },
	[VIRTIO_SCSI_T_TMF_I_T_NEXUS_RESET] = { TMF_ABORT, TMF_TARGET,
						VIRTIO_SCSI_S_RESET },
	[VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET] = { TMF_RESET, TMF_LUN,
						   VIRTIO_SCSI_S_RESET },
	[VIRTIO_SCSI_T_TMF_QUERY_TASK] = { TMF_QUERY, TMF_TASK },
	[VIRTIO_SCSI_T_TMF_QUERY_TASK_SET] = { TMF_QUERY, TMF_LUN },
};

static struct scsi_tmf *tmf_of(struct se_cmd *se)
{
	return container_of(se, struct scsi_tmf, se);
}

/* ---- completing ------------------------------------------------------- */

/* Nothing else refers to it from here on. */
static void detach(struct scsi_tmf *tmf, struct list_head *ready)
{
	struct vhost_scsi *v = tmf->v;

	lockdep_assert_held(&v->tmf_lock);
	v->tmf[tmf->bit] = NULL;
	v->tmf_used &= ~BIT(tmf->bit);
	list_add_tail(&tmf->node, ready);
}

static void detach_if_ready(struct scsi_tmf *tmf, struct list_head *ready)
{
	if (tmf->lio_done && !tmf->waiting)
		detach(tmf, ready);
}

/* Without tmf_lock: with the last one, the device may go. */
static void complete_all_ready(struct list_head *ready)
{
	struct scsi_tmf *tmf, *next;

	list_for_each_entry_safe(tmf, next, ready, node)
		vhost_kept_complete(&tmf->kept,
				    sizeof(struct virtio_scsi_ctrl_tmf_resp));
}

void scsi_tmfs_advance(struct vhost_scsi *v, u32 tmfs)
{
	LIST_HEAD(ready);

	scoped_guard(spinlock, &v->tmf_lock) {
		for (u32 i = 0; i < SCSI_MAX_TMFS; i++) {
			struct scsi_tmf *tmf = v->tmf[i];

			/* after a stop nothing is waited for */
			if (!(tmfs & BIT(i)) || !tmf || !tmf->waiting)
				continue;
			tmf->waiting--;
			detach_if_ready(tmf, &ready);
		}
	}
	complete_all_ready(&ready);
}

void scsi_tmfs_stop(struct vhost_scsi *v)
{
	LIST_HEAD(ready);

	scoped_guard(spinlock, &v->tmf_lock) {
		v->tmf_stopped = true;
		scsi_tmf_forget_marks(v);
		for (u32 i = 0; i < SCSI_MAX_TMFS; i++) {
			if (!v->tmf[i])
				continue;
			v->tmf[i]->waiting = 0;
			detach_if_ready(v->tmf[i], &ready);
		}
	}
	complete_all_ready(&ready);
}

void scsi_tmfs_start(struct vhost_scsi *v)
{
	spin_lock(&v->tmf_lock);
	v->tmf_stopped = false;
	spin_unlock(&v->tmf_lock);
}

/* ---- LIO's part ------------------------------------------------------- */

static u8 response_of(u8 lio)
{
	switch (lio) {
	case TMR_FUNCTION_COMPLETE:
	case TMR_TASK_DOES_NOT_EXIST:	/* SAM-5, 7.2: it is complete, too */
		return FUNCTION_COMPLETE;
	case TMR_LUN_DOES_NOT_EXIST:
		return VIRTIO_SCSI_S_INCORRECT_LUN;
	case TMR_FUNCTION_REJECTED:
	case TMR_TASK_MGMT_FUNCTION_NOT_SUPPORTED:
		return VIRTIO_SCSI_S_FUNCTION_REJECTED;
	default:
		return VIRTIO_SCSI_S_FAILURE;
	}
}

static bool submit(struct scsi_tmf *tmf, u16 lun, u8 function, u64 tag)
{
	memset(&tmf->se, 0, sizeof(tmf->se));
	tmf->lio = TMR_FUNCTION_FAILED;
	tmf->submitted = true;
	if (!target_submit_tmr(&tmf->se, tmf->tpg->nexus, NULL, lun, NULL,
			       function, GFP_ATOMIC, tag, 0))
		return true;
	tmf->submitted = false;
	tmf->response = VIRTIO_SCSI_S_FAILURE;
	return false;
}

/* Return: LIO has something to do for it. The endpoint stays meanwhile. */
static bool submit_next(struct scsi_tmf *tmf)
{
	const struct scsi_tmf_subject *s = &tmf->subject;
	u16 lun;

	lockdep_assert_held(&tmf->v->tmf_lock);
	if (tmf->v->tmf_stopped)
		return false;
	if (s->fn.action == TMF_RESET)
		return !tmf->submitted && submit(tmf, s->lun, TMR_LUN_RESET, 0);
	return scsi_tmf_next_to_abort(tmf, &lun) &&
	       submit(tmf, lun, TMR_ABORT_TASK, tmf->asked_tag);
}

/*
 * An abort that comes too late is as good as one in time. One that comes before LIO
 * has begun with the command is not.
 */
static bool is_early(struct scsi_tmf *tmf)
{
	return tmf->submitted && tmf->subject.fn.action == TMF_ABORT &&
	       tmf->lio == TMR_TASK_DOES_NOT_EXIST && !tmf->v->tmf_stopped &&
	       scsi_tmf_came_early(tmf);
}

static void step(struct work_struct *work)
{
	struct scsi_tmf *tmf = container_of(to_delayed_work(work),
					    struct scsi_tmf, work);
	struct vhost_scsi *v = tmf->v;
	LIST_HEAD(ready);

	if (tmf->submitted && tmf->subject.fn.action == TMF_RESET)
		tmf->response = response_of(tmf->lio);
	scoped_guard(spinlock, &v->tmf_lock) {
		if (is_early(tmf)) {
			tmf->submitted = false;
			queue_delayed_work(scsi_wq, &tmf->work,
					   msecs_to_jiffies(EARLY_MS));
			return;
		}
		if (submit_next(tmf))
			return;
		tmf->lio_done = true;
		detach_if_ready(tmf, &ready);
	}
	complete_all_ready(&ready);
}

void scsi_tmf_responded(struct se_cmd *se)
{
	tmf_of(se)->lio = se->se_tmr_req->response;
}

void scsi_tmf_done(struct se_cmd *se)
{
	queue_delayed_work(scsi_wq, &tmf_of(se)->work, 0);
}

/* ---- the worker ------------------------------------------------------- */

static int put(struct vhost_vq *vq, const struct ring_chain *c, u8 response)
{
	struct virtio_scsi_ctrl_tmf_resp resp = { .response = response };
	struct iov_iter it;

	vhost_vq_writable(vq, c, &it);
	return copy_to_iter(&resp, sizeof(resp), &it) == sizeof(resp) ?
	       sizeof(resp) : 0;
}

static void use_bit(struct scsi_tmf *tmf)
{
	struct vhost_scsi *v = tmf->v;

	lockdep_assert_held(&v->tmf_lock);
	tmf->bit = ffz(v->tmf_used);
	v->tmf_used |= BIT(tmf->bit);
	v->tmf[tmf->bit] = tmf;
	scsi_tmf_mark(tmf);
}

/* Find it a bit, and mark its commands. Return: false when all are in use. */
static bool attach(struct scsi_tmf *tmf)
{
	struct vhost_scsi *v = tmf->v;
	bool room;

	spin_lock(&v->tmf_lock);
	room = v->tmf_used != U32_MAX;
	if (room)
		use_bit(tmf);
	spin_unlock(&v->tmf_lock);
	return room;
}

static int begin(struct vhost_vq *vq, const struct ring_chain *c,
		 struct scsi_tpg *tpg, const struct scsi_tmf_subject *s)
{
	struct scsi_tmf *tmf;

	tmf = kvzalloc(struct_size(tmf, buf, c->n_write), GFP_KERNEL_ACCOUNT);
	if (!tmf)
		return put(vq, c, VIRTIO_SCSI_S_BUSY);
	tmf->v = scsi_device(vq->dev);
	tmf->tpg = tpg;
	tmf->subject = *s;
	tmf->response = FUNCTION_COMPLETE;
	INIT_DELAYED_WORK(&tmf->work, step);
	if (!attach(tmf)) {
		kvfree(tmf);
		return put(vq, c, VIRTIO_SCSI_S_BUSY);
	}
	vhost_vq_keep(vq, c, &tmf->kept, tmf->buf);
	queue_delayed_work(scsi_wq, &tmf->work, 0);
	return -1;
}

static struct scsi_tmf_function function_of(u32 subtype)
{
	if (subtype >= ARRAY_SIZE(functions))
		return (struct scsi_tmf_function){ TMF_REJECT };
	return functions[array_index_nospec(subtype, ARRAY_SIZE(functions))];
}

int scsi_tmf_take(struct vhost_vq *vq, const struct ring_chain *c,
		  const struct virtio_scsi_ctrl_tmf_req *req)
{
	bool little = scsi_little(vq);
	struct scsi_tmf_subject s = {
		.fn = function_of(__virtio32_to_cpu(little, req->subtype)),
		.tag = __virtio64_to_cpu(little, req->tag),
		.lun = get_unaligned_be16(req->lun + 2) & SCSI_MAX_LUN,
		.target = req->lun[1],
	};
	struct scsi_tpg *tpg;

	if (s.fn.action == TMF_REJECT)
		return put(vq, c, VIRTIO_SCSI_S_FUNCTION_REJECTED);
	tpg = req->lun[0] == 1 ? scsi_endpoint_target(vq, s.target) : NULL;
	if (!tpg)
		return put(vq, c, VIRTIO_SCSI_S_BAD_TARGET);
	if (s.fn.scope != TMF_TARGET && !scsi_lun_exists(tpg, s.lun))
		return put(vq, c, VIRTIO_SCSI_S_INCORRECT_LUN);
	if (s.fn.action == TMF_QUERY)
		return put(vq, c, scsi_tmf_concerns_any(scsi_device(vq->dev), &s) ?
			   VIRTIO_SCSI_S_FUNCTION_SUCCEEDED :
			   FUNCTION_COMPLETE);
	if (s.fn.scope == TMF_TARGET)
		core_allocate_nexus_loss_ua(tpg->nexus->se_node_acl);
	return begin(vq, c, tpg, &s);
}

enum ring_result scsi_tmf_respond(struct vhost_vq *vq, struct vhost_kept *k)
{
	struct scsi_tmf *tmf = container_of(k, struct scsi_tmf, kept);

	return vhost_kept_write(vq, k, 0, &tmf->response,
				sizeof(tmf->response));
}

void scsi_tmf_release(struct vhost_vq *vq, struct vhost_kept *k,
		      enum vhost_kept_end how)
{
	kvfree(container_of(k, struct scsi_tmf, kept));
}
