// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control queue (virtio 1.3, 5.6.6.2): task management, see tmf.c, and
 * asynchronous notifications, of which LIO has none.
 *
 * In the queue's worker, vq->lock held. Each request comes back, whatever it is.
 */
#include "scsi.h"

static int put(struct vhost_vq *vq, const struct ring_chain *c,
	       const void *resp, size_t len)
{
	struct iov_iter it;

	vhost_vq_writable(vq, c, &it);
	return copy_to_iter(resp, len, &it) == len ? len : 0;
}

/* No more is known of a malformed request than that it has one byte of room. */
static int reject(struct vhost_vq *vq, const struct ring_chain *c)
{
	u8 response = VIRTIO_SCSI_S_FAILURE;

	vhost_vq_bad_request(vq);
	return c->write_len ? put(vq, c, &response, sizeof(response)) : 0;
}

static int take_tmf(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct virtio_scsi_ctrl_tmf_req req;

	if (c->write_len < sizeof(struct virtio_scsi_ctrl_tmf_resp) ||
	    !vhost_vq_read(vq, c, 0, &req, sizeof(req)))
		return reject(vq, c);
	return scsi_tmf_take(vq, c, &req);
}

/* 5.6.6.2: event_actual says which of the events LIO can report. */
static int take_notification(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct virtio_scsi_ctrl_an_resp resp = {};
	struct virtio_scsi_ctrl_an_req req;

	if (c->write_len < sizeof(resp) || !vhost_vq_read(vq, c, 0, &req, sizeof(req)))
		return reject(vq, c);
	resp.response = VIRTIO_SCSI_S_OK;
	if (req.lun[0] != 1 || !scsi_endpoint_target(vq, req.lun[1]))
		resp.response = VIRTIO_SCSI_S_BAD_TARGET;
	return put(vq, c, &resp, sizeof(resp));
}

/*
 * A function may look at every command of the device, so a run has a few of them
 * only: other queues of the worker, and ioctls, come in between.
 */
enum { CTL_BATCH = 8 };

/* Return: bytes written, or -1 when the chain is kept. */
static int take(struct vhost_vq *vq, const struct ring_chain *c)
{
	__virtio32 type;

	if (!vhost_vq_read(vq, c, 0, &type, sizeof(type)))
		return reject(vq, c);
	switch (__virtio32_to_cpu(scsi_little(vq), type)) {
	case VIRTIO_SCSI_T_TMF:
		return take_tmf(vq, c);
	case VIRTIO_SCSI_T_AN_QUERY:
	case VIRTIO_SCSI_T_AN_SUBSCRIBE:
		return take_notification(vq, c);
	default:
		return reject(vq, c);
	}
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

static enum vhost_run ctl_run(struct vhost_vq *vq)
{
	enum ring_result rc;

	if (vhost_vq_disable_kicks(vq) != RING_GOT)
		return VHOST_RUN_DONE;
	rc = vhost_vq_pop(vq, CTL_BATCH);
	if (rc == RING_GOT) {
		take_batch(vq);
		rc = vhost_vq_complete(vq);
	}
	if (rc == RING_EMPTY || (rc == RING_GOT && vhost_vq_ran_dry(vq)))
		rc = vhost_vq_enable_kicks(vq);
	return rc == RING_GOT ? VHOST_RUN_MORE : VHOST_RUN_DONE;
}

const struct vhost_vq_ops scsi_ctl_ops = {
	.name = "ctl",
	.run = ctl_run,
	.respond = scsi_tmf_respond,
	.release = scsi_tmf_release,
};
