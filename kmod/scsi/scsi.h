/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kmod/scsi share. Grouped by the file that provides it.
 *
 * A device has a control queue (0), an event queue (1) and request queues. While
 * an endpoint is set, it serves the TPGs of one WWN: the target number in a
 * request is the TPG's tag. How a command travels: docs/scsi.md.
 *
 * Locks, outermost first:
 *	dev->lock		the core's: ioctls
 *	configfs		its inode locks
 *	scsi_tpgs_lock		the list of TPGs, their nexus, who uses them
 *	vq->lock		the core's: one queue
 *	v->tmf_lock		task management functions in progress
 *	q->lock			the commands of a queue, and which are active
 * dev->lock is taken neither inside configfs nor inside scsi_tpgs_lock, and no
 * vq->lock inside scsi_tpgs_lock.
 */
#ifndef RINGSIDE_SCSI_H
#define RINGSIDE_SCSI_H

#include <linux/scatterlist.h>
#include <linux/virtio_scsi.h>

#include <scsi/scsi_proto.h>
#include <target/target_core_base.h>
#include <target/target_core_backend.h>
#include <target/target_core_fabric.h>

#include "core/core.h"
#include "../../compat/target.h"

enum {
	SCSI_CONTROL,
	SCSI_EVENT,
	SCSI_REQUEST,			/* the first of them */

	SCSI_TARGETS = 256,		/* values of a byte in a request */
	SCSI_MAX_LUN = 0x3fff,
	SCSI_NAME_LEN = 224,		/* of a WWN, with its NUL */
	SCSI_MAX_REQUESTS = 256,	/* of one run of a queue */
	SCSI_MAX_CMDS = 1024,		/* of a queue at once */
	SCSI_MAX_TMFS = 32,		/* of a device at once: bits in a u32 */
	SCSI_MAX_EVENTS = 128,		/* that wait for a buffer */
	SCSI_MAX_DATA = 64 << 20,	/* bytes of data of one command */
	SCSI_EXTRA_BYTES = 32 << 20,	/* of a device, beyond its commands */
	SCSI_INLINE = 8,		/* buffers, and scatterlist entries, that
					 * a command has room for */
	SCSI_DRAIN_MS = 30000,		/* a stop waits that long for storage */
};

struct scsi_queue;
struct scsi_tmf;
struct vhost_scsi;

/* ---- the target's side ------------------------------------------------ */

struct scsi_wwn {
	struct se_wwn se;
	u8 proto;			/* SCSI_PROTOCOL_*; immutable, as all here */
	u8 skip;			/* of name, before the address */
	char name[SCSI_NAME_LEN];
};

/* A TPG. The members below wwn: scsi_tpgs_lock. */
struct scsi_tpg {
	struct se_portal_group se;
	struct scsi_wwn *wwn;		/* immutable */
	u16 tag;			/* immutable; the guest's target number */
	struct list_head node;
	struct se_session *nexus;	/* NULL: none */
	struct vhost_scsi *user;	/* NULL: no endpoint has it */
	int fabric_prot_type;
};

static inline struct scsi_tpg *scsi_tpg_of(struct se_portal_group *se)
{
	return container_of(se, struct scsi_tpg, se);
}

/* What an endpoint consists of. */
struct scsi_endpoint {
	char name[SCSI_NAME_LEN];
	struct scsi_tpg *tpg[SCSI_TARGETS];
};

/* ---- commands --------------------------------------------------------- */

enum scsi_data_kind {
	SCSI_DATA_NONE,
	SCSI_DATA_PINNED,		/* the guest's own pages */
	SCSI_DATA_COPIED,		/* ours */
};

/* One data buffer, or one of protection information. */
struct scsi_data {
	struct scatterlist *sgl;
	u32 n;				/* entries filled */
	u32 len;			/* bytes */
	u32 charge;			/* bytes taken from the device's budget */
	u8 kind;			/* enum scsi_data_kind */
	bool to_guest;
	struct sg_table table;		/* when the inline ones do not do */
	struct scatterlist *cut;	/* made shorter for LIO */
	u32 cut_len;			/* what it was */
};

struct scsi_cmd {
	struct se_cmd se;
	struct vhost_kept kept;
	struct scsi_queue *q;		/* immutable */
	struct scsi_cmd *next;		/* in q->cmds; immutable */
	struct scsi_cmd *next_free;	/* in q->free; vq->lock */
	bool active;			/* kept and not released; q->lock */
	bool ended;			/* LIO is through with it, or never had it */

	/* task management: q->lock while the command is active */
	u32 tmfs;			/* bits of those that wait for it */
	u8 cancel;			/* response if it is aborted */
	bool abort_asked;

	/* the result; LIO's callbacks, then the worker */
	u8 response;
	u8 status;
	bool aborted;
	u16 sense_len;
	u32 residual;

	u64 guest_tag;
	u16 lun;
	u8 target;
	u8 opcode;
	bool little;			/* byte order of the response */
	u32 data_at;			/* of PI and data in the writable part */
	u32 data_len;			/* bytes of PI and data behind that */
	struct scsi_data data, prot;
	struct vhost_buf *buf;
	u8 sense[TRANSPORT_SENSE_BUFFER];
	struct vhost_buf inline_buf[SCSI_INLINE];
	struct scatterlist inline_sg[SCSI_INLINE];
};

static inline struct scsi_cmd *scsi_cmd_of(struct se_cmd *se)
{
	return container_of(se, struct scsi_cmd, se);
}

/* A request queue; the two others use vq only. */
struct scsi_queue {
	struct vhost_vq vq;
	struct scsi_cmd *free;		/* vq->lock */
	u32 n_cmds;			/* free and in use; vq->lock */
	u64 next_tag;			/* vq->lock */
	spinlock_t lock;
	struct scsi_cmd *cmds;		/* free and in use; lock */
};

/* The first active command from @cmd on, or NULL. q->lock held. */
static inline struct scsi_cmd *scsi_cmd_active_from(struct scsi_cmd *cmd)
{
	while (cmd && !cmd->active)
		cmd = cmd->next;
	return cmd;
}

/* All active commands of @q. q->lock held. */
#define scsi_for_each_active(cmd, q) \
	for ((cmd) = scsi_cmd_active_from((q)->cmds); (cmd); \
	     (cmd) = scsi_cmd_active_from((cmd)->next))

static inline struct scsi_queue *scsi_queue_of(struct vhost_vq *vq)
{
	return container_of(vq, struct scsi_queue, vq);
}

/* ---- the device ------------------------------------------------------- */

struct scsi_event {
	struct list_head node;
	u32 event, reason;
	u16 lun;
	u8 target;
};

struct vhost_scsi {
	struct vhost_dev dev;
	struct vhost_vq **vqs;		/* immutable */
	struct scsi_queue *queue;	/* immutable */
	u32 n_queues;			/* immutable */

	/* changed under dev->lock and all vq->locks */
	struct scsi_endpoint *endpoint;	/* NULL: not set */

	atomic_long_t extra;		/* bytes, see SCSI_EXTRA_BYTES */

	spinlock_t tmf_lock;
	u32 tmf_used;			/* bits of tmf[]; tmf_lock */
	bool tmf_stopped;		/* do not wait for pushes; tmf_lock */
	struct scsi_tmf *tmf[SCSI_MAX_TMFS];

	spinlock_t evt_lock;		/* irqs off */
	struct list_head events;	/* evt_lock */
	u32 n_events;			/* evt_lock */
	bool missed;			/* evt_lock */
	bool hotplug, change;		/* negotiated; READ_ONCE */

	struct delayed_work look;	/* for changed LUNs */
	struct xarray sizes;		/* of LUNs; only look */
};

static inline struct vhost_scsi *scsi_device(struct vhost_dev *dev)
{
	return container_of(dev, struct vhost_scsi, dev);
}

/* Are the fields of requests little-endian. vq->lock held. */
static inline bool scsi_little(const struct vhost_vq *vq)
{
	if (vhost_vq_has(vq, VIRTIO_F_VERSION_1))
		return true;
	if (vq->config.order == VHOST_ORDER_HOST)
		return virtio_legacy_is_little_endian();
	return vq->config.order == VHOST_ORDER_LITTLE;
}

/* The TPG of a target number, or NULL. A vq->lock held. */
static inline struct scsi_tpg *scsi_endpoint_target(const struct vhost_vq *vq,
						    u8 target)
{
	const struct scsi_endpoint *ep = scsi_device(vq->dev)->endpoint;

	lockdep_assert_held(&vq->lock);
	return ep ? ep->tpg[target] : NULL;
}

/* resources.c */
extern struct kmem_cache *scsi_cmd_cache;
/* Of our own: its end waits for functions that have just been completed. */
extern struct workqueue_struct *scsi_wq;
extern struct mutex scsi_tpgs_lock;
int scsi_resources_init(void);
void scsi_resources_exit(void);

/* dev.c */
extern const struct file_operations scsi_device_fops;
/* May a header share a descriptor with others or with data. vq->lock held. */
static inline bool scsi_any_layout(const struct vhost_vq *vq)
{
	return vhost_vq_has(vq, VIRTIO_F_VERSION_1) ||
	       vhost_vq_has(vq, VIRTIO_F_ANY_LAYOUT);
}

/* endpoint.c: VHOST_SCSI_SET_ENDPOINT, VHOST_SCSI_CLEAR_ENDPOINT */
int scsi_endpoint_set_prepare(struct vhost_io *io);
int scsi_endpoint_set_execute(struct vhost_io *io);
void scsi_endpoint_set_finish(struct vhost_io *io);
int scsi_endpoint_clear_prepare(struct vhost_io *io);
void scsi_endpoint_clear_finish(struct vhost_io *io);
/* RESET_OWNER and close; dev->lock held. */
void scsi_endpoint_end(struct vhost_scsi *v);

/* wwn.c */
struct se_wwn *scsi_wwn_make(struct target_fabric_configfs *tf,
			     struct config_group *group, const char *name);
void scsi_wwn_drop(struct se_wwn *se);
/* SCSI_PROTOCOL_* and the length of the prefix, or -EINVAL. */
int scsi_name_proto(const char *name, u8 *skip);

/* tpg.c: TPGs and LUNs in configfs */
struct se_portal_group *scsi_tpg_make(struct se_wwn *se, const char *name);
void scsi_tpg_drop(struct se_portal_group *se);
int scsi_lun_linked(struct se_portal_group *se, struct se_lun *lun);
void scsi_lun_unlinked(struct se_portal_group *se, struct se_lun *lun);
/*
 * Take all TPGs called ep->name that have a nexus, for @v.
 * Return: 0; -ENODEV: there is none; -EBUSY: all belong to other devices.
 */
int scsi_tpgs_claim(struct vhost_scsi *v, struct scsi_endpoint *ep);
void scsi_tpgs_release(struct scsi_endpoint *ep);
/* Is there such a LUN for the guest. */
bool scsi_lun_exists(const struct scsi_tpg *tpg, u16 lun);
/* Bytes of a LUN's block; 512 if there is no such LUN. */
u32 scsi_lun_block(const struct scsi_tpg *tpg, u16 lun);

/* nexus.c: the attributes of a TPG */
extern struct configfs_attribute *scsi_tpg_attrs[];
extern struct configfs_attribute *scsi_tpg_attrib_attrs[];
/* Remove the nexus, if any; waits for its commands. No lock held. */
void scsi_nexus_end(struct scsi_tpg *tpg);

/* fabric.c: what LIO calls */
extern const struct target_core_fabric_ops scsi_fabric_ops;

/* request.c: decoding */
/* Bytes of a chain, from @skip bytes into the first segment on. */
struct scsi_bytes {
	const struct ring_seg *seg;
	u32 n;				/* segments */
	u32 skip;
};
struct scsi_request {
	u64 tag;
	u32 pi_len, data_len;		/* bytes */
	u32 data_at;			/* of PI and data in the writable part */
	u16 lun;
	u8 target;
	u8 attr;			/* TCM_*_TAG */
	bool to_guest;
	bool little;
	struct scsi_tpg *tpg;
	struct scsi_bytes at;		/* PI, and data behind it */
	u8 cdb[VIRTIO_SCSI_CDB_SIZE];
};
enum scsi_verdict {
	SCSI_FINE,
	SCSI_NO_RESPONSE,		/* no room for one: no byte is written */
	SCSI_BAD,			/* rq is not valid: S_FAILURE */
	SCSI_BAD_TARGET,
	SCSI_TOO_LONG,			/* more than SCSI_MAX_DATA */
	SCSI_WRONG_WAY,			/* data against the CDB's direction */
};
/* Decode and validate a chain. In the worker, vq->lock held. */
enum scsi_verdict scsi_request_read(struct vhost_vq *vq,
				    const struct ring_chain *c,
				    struct scsi_request *rq);
/* Step over @bytes; there are as many. */
static inline void scsi_bytes_skip(struct scsi_bytes *at, u32 bytes)
{
	size_t skip = (size_t)at->skip + bytes;

	for (; at->n && skip >= at->seg->len; at->n--)
		skip -= at->seg++->len;
	at->skip = skip;
}
/* Do blocks of the medium follow, as for READ and WRITE. */
bool scsi_is_transfer(const u8 *cdb);
/* Respond to a chain that is not kept. Return: bytes written. */
u32 scsi_request_reject(struct vhost_vq *vq, const struct ring_chain *c,
			const struct scsi_request *rq, enum scsi_verdict why);
u32 scsi_request_full(struct vhost_vq *vq, const struct ring_chain *c);

/* data.c: scatterlists for LIO */
/*
 * Make the command's scatterlists, from the guest's pages or copies.
 * Return: 0; -EFAULT: no such memory; -ENOMEM: none left, or the budget used.
 */
int scsi_data_map(struct scsi_cmd *cmd, struct scsi_request *rq);
/* Leave LIO @len bytes of it. */
void scsi_data_trim(struct scsi_cmd *cmd, u32 len);
/* Copy what LIO read into copies. In respond(). */
enum ring_result scsi_data_copy_back(struct vhost_vq *vq, struct scsi_cmd *cmd);
void scsi_data_unmap(struct scsi_cmd *cmd);

/* cmd.c: the commands of a queue, and what a device may use beyond them */
struct scsi_cmd *scsi_cmd_get(struct scsi_queue *q, u32 n_bufs);
void scsi_cmd_put(struct scsi_cmd *cmd);
void scsi_cmds_free(struct scsi_queue *q);
/* A single user of the budget may exceed it. Return: was there room. */
bool scsi_charge(struct vhost_scsi *v, u32 bytes);
void scsi_uncharge(struct vhost_scsi *v, u32 bytes);

/* io.c */
extern const struct vhost_vq_ops scsi_io_ops;

/* complete.c */
enum ring_result scsi_cmd_respond(struct vhost_vq *vq, struct vhost_kept *k);
void scsi_cmd_release(struct vhost_vq *vq, struct vhost_kept *k,
		      enum vhost_kept_end how);
int scsi_cmd_data_in(struct se_cmd *se);
int scsi_cmd_status(struct se_cmd *se);
void scsi_cmd_aborted(struct se_cmd *se);
/* LIO is through with it. */
void scsi_cmd_done(struct scsi_cmd *cmd);

/* ctl.c */
extern const struct vhost_vq_ops scsi_ctl_ops;

/* tmf.c: task management */
/*
 * A request: respond at once, or keep the chain and respond when all commands
 * that it is about are done. Return: bytes written, or -1: kept.
 */
int scsi_tmf_take(struct vhost_vq *vq, const struct ring_chain *c,
		  const struct virtio_scsi_ctrl_tmf_req *req);
enum ring_result scsi_tmf_respond(struct vhost_vq *vq, struct vhost_kept *k);
void scsi_tmf_release(struct vhost_vq *vq, struct vhost_kept *k,
		      enum vhost_kept_end how);
void scsi_tmf_responded(struct se_cmd *se);
void scsi_tmf_done(struct se_cmd *se);
/* A command is released that those in @tmfs wait for. No lock held. */
void scsi_tmfs_advance(struct vhost_scsi *v, u32 tmfs);
/* The queues stop: functions do not wait for what is pushed any more. */
void scsi_tmfs_stop(struct vhost_scsi *v);
void scsi_tmfs_start(struct vhost_scsi *v);

/* evt.c */
extern const struct vhost_vq_ops scsi_evt_ops;
/* Notify the guest. Any context. */
void scsi_event_send(struct vhost_scsi *v, u8 target, u16 lun, u32 event,
		     u32 reason);
void scsi_events_drop(struct vhost_scsi *v);
bool scsi_events_missed(struct vhost_scsi *v);
void scsi_events_set_missed(struct vhost_scsi *v, bool missed);

/* change.c: LUNs whose capacity changes; dev->lock held */
void scsi_changes_init(struct vhost_scsi *v);
void scsi_changes_start(struct vhost_scsi *v);
void scsi_changes_stop(struct vhost_scsi *v);

#endif /* RINGSIDE_SCSI_H */
