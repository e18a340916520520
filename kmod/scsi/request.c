// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests (virtio 1.3, 5.6.6.1): decoding and validating the header, where the
 * data are, and responses to requests that get no command.
 *
 * The header is copied once; the copy is validated. In the queue's worker,
 * vq->lock held.
 */
#include <linux/unaligned.h>
#include <scsi/scsi_proto.h>

#include "scsi.h"

/* What the two layouts of the header hold, in the host's order. */
struct header {
	const u8 *lun, *cdb;
	u64 tag;
	u32 pi_out, pi_in;
	u8 attr;
};

union raw {
	struct virtio_scsi_cmd_req plain;
	struct virtio_scsi_cmd_req_pi pi;
};

static size_t header_size(const struct vhost_vq *vq)
{
	return vhost_vq_has(vq, VIRTIO_SCSI_F_T10_PI) ?
	       sizeof(struct virtio_scsi_cmd_req_pi) :
	       sizeof(struct virtio_scsi_cmd_req);
}

/*
 * A header without ANY_LAYOUT has its first descriptor for itself, whatever the
 * length of that: old firmware leaves padding behind it (5.6.6.4).
 */
static u32 header_room(const struct vhost_vq *vq, const struct ring_seg *first,
		       u32 n, u32 total, u32 size)
{
	if (!n)
		return 0;
	return scsi_any_layout(vq) ? min(total, size) : first->len;
}

static void decode(const struct vhost_vq *vq, const union raw *raw, bool little,
		   struct header *h)
{
	if (!vhost_vq_has(vq, VIRTIO_SCSI_F_T10_PI)) {
		*h = (struct header){
			.lun = raw->plain.lun,
			.cdb = raw->plain.cdb,
			.tag = __virtio64_to_cpu(little, raw->plain.tag),
			.attr = raw->plain.task_attr,
		};
		return;
	}
	*h = (struct header){
		.lun = raw->pi.lun,
		.cdb = raw->pi.cdb,
		.tag = __virtio64_to_cpu(little, raw->pi.tag),
		.attr = raw->pi.task_attr,
		.pi_out = __virtio32_to_cpu(little, raw->pi.pi_bytesout),
		.pi_in = __virtio32_to_cpu(little, raw->pi.pi_bytesin),
	};
}

static u8 task_attr(u8 attr)
{
	switch (attr) {
	case VIRTIO_SCSI_S_ORDERED:
		return TCM_ORDERED_TAG;
	case VIRTIO_SCSI_S_HEAD:
		return TCM_HEAD_TAG;
	case VIRTIO_SCSI_S_ACA:
		return TCM_ACA_TAG;
	default:
		return TCM_SIMPLE_TAG;
	}
}

/* ---- CDBs ------------------------------------------------------------- */

enum direction {
	ANY,
	FROM_MEDIUM,
	TO_MEDIUM,
};

static enum direction transfer_direction(const u8 *cdb)
{
	switch (cdb[0]) {
	case READ_6:
	case READ_10:
	case READ_12:
	case READ_16:
		return FROM_MEDIUM;
	case WRITE_6:
	case WRITE_10:
	case WRITE_12:
	case WRITE_16:
	case WRITE_VERIFY:
	case WRITE_VERIFY_16:
		return TO_MEDIUM;
	default:
		return ANY;
	}
}

bool scsi_is_transfer(const u8 *cdb)
{
	return transfer_direction(cdb) != ANY;
}

/* A CDB of variable length says its own, beyond the first 8 bytes (SPC-4). */
static bool cdb_fits(const u8 *cdb)
{
	return cdb[0] != VARIABLE_LENGTH_CMD ||
	       8 + cdb[7] <= VIRTIO_SCSI_CDB_SIZE;
}

static bool wrong_way(const struct scsi_request *rq)
{
	enum direction d = transfer_direction(rq->cdb);

	if (d == ANY || !rq->data_len)
		return false;
	return rq->to_guest != (d == FROM_MEDIUM);
}

/* ---- validation ------------------------------------------------------- */

/* Which way the data go, and how many bytes are protection information. */
static enum scsi_verdict find_data(struct vhost_vq *vq,
				   const struct ring_chain *c,
				   const struct header *h, u32 req_room,
				   u32 resp_room, struct scsi_request *rq)
{
	u32 out = c->read_len - req_room, in = c->write_len - resp_room;
	u32 pi = h->pi_in ?: h->pi_out;

	if ((out && in) || (h->pi_in && h->pi_out))
		return SCSI_BAD;
	rq->to_guest = in;
	if (pi && (h->pi_in ? !in : !out))
		return SCSI_BAD;
	if (pi && pi >= max(in, out))
		return SCSI_BAD;
	rq->data_at = resp_room;
	rq->pi_len = pi;
	rq->data_len = max(in, out) - pi;
	rq->at = rq->to_guest ?
		(struct scsi_bytes){ vhost_vq_write_segs(vq, c), c->n_write } :
		(struct scsi_bytes){ vhost_vq_read_segs(vq, c), c->n_read };
	scsi_bytes_skip(&rq->at, rq->to_guest ? resp_room : req_room);
	return SCSI_FINE;
}

static bool is_report_luns(const u8 *lun, const u8 *cdb)
{
	static const u8 well_known[8] = { 0xc1, 0x01 };

	return cdb[0] == REPORT_LUNS && !memcmp(lun, well_known, 8);
}

/*
 * A target number and a single level LUN, peripheral or flat (SAM-5, 4.7). The
 * REPORT LUNS well-known logical unit belongs to no target: LUN 0 of the first
 * one serves it.
 */
static void find_lun(const struct vhost_vq *vq, const u8 *lun,
		     struct scsi_request *rq)
{
	u32 last = lun[1];

	rq->tpg = NULL;
	rq->target = lun[1];
	rq->lun = get_unaligned_be16(lun + 2) & SCSI_MAX_LUN;
	if (is_report_luns(lun, rq->cdb)) {
		rq->target = 0;
		rq->lun = 0;
		last = SCSI_TARGETS - 1;
	} else if (lun[0] != 1 || lun[2] & 0x80) {
		return;
	}
	for (u32 i = rq->target; i <= last && !rq->tpg; i++) {
		rq->target = i;
		rq->tpg = scsi_endpoint_target(vq, i);
	}
}

enum scsi_verdict scsi_request_read(struct vhost_vq *vq,
				    const struct ring_chain *c,
				    struct scsi_request *rq)
{
	u32 size = header_size(vq), req_room, resp_room;
	enum scsi_verdict verdict;
	struct header h __uninitialized;
	union raw raw __uninitialized;

	req_room = header_room(vq, vhost_vq_read_segs(vq, c), c->n_read,
			       c->read_len, size);
	resp_room = header_room(vq, vhost_vq_write_segs(vq, c), c->n_write,
				c->write_len,
				sizeof(struct virtio_scsi_cmd_resp));
	rq->little = scsi_little(vq);
	if (resp_room < sizeof(struct virtio_scsi_cmd_resp))
		return SCSI_NO_RESPONSE;
	rq->data_at = resp_room;
	if (req_room < size)
		return SCSI_BAD;
	if (!vhost_vq_read(vq, c, 0, &raw, size))
		return SCSI_BAD;
	decode(vq, &raw, rq->little, &h);
	memcpy(rq->cdb, h.cdb, sizeof(rq->cdb));
	rq->tag = h.tag;
	rq->attr = task_attr(h.attr);
	find_lun(vq, h.lun, rq);
	if (!rq->tpg)
		return SCSI_BAD_TARGET;
	verdict = find_data(vq, c, &h, req_room, resp_room, rq);
	if (verdict != SCSI_FINE)
		return verdict;
	if (!cdb_fits(rq->cdb))
		return SCSI_BAD;
	if (rq->data_len > SCSI_MAX_DATA || rq->pi_len > SCSI_MAX_DATA)
		return SCSI_TOO_LONG;
	return wrong_way(rq) ? SCSI_WRONG_WAY : SCSI_FINE;
}

/* ---- responses without a command -------------------------------------- */

static u32 put(struct vhost_vq *vq, const struct ring_chain *c,
	       const struct virtio_scsi_cmd_resp *resp)
{
	struct iov_iter it;

	vhost_vq_writable(vq, c, &it);
	return copy_to_iter(resp, sizeof(*resp), &it) == sizeof(*resp) ?
	       sizeof(*resp) : 0;
}

/* Fixed format (SPC-4, 4.5.3); @field: of the CDB, or 0. */
static void put_sense(struct virtio_scsi_cmd_resp *resp, bool little, u16 asc,
		      u8 field, u32 info)
{
	u8 *s = resp->sense;

	s[0] = 0x70 | (info ? 0x80 : 0);
	s[2] = ILLEGAL_REQUEST;
	put_unaligned_be32(info, s + 3);
	s[7] = 10;
	put_unaligned_be16(asc, s + 12);
	if (field) {
		s[15] = 0xc0;	/* the field is in the CDB */
		put_unaligned_be16(field, s + 16);
	}
	resp->sense_len = __cpu_to_virtio32(little, 18);
	resp->status = SAM_STAT_CHECK_CONDITION;
}

/* Where the CDB says how long the transfer is. */
static u8 length_field(u8 opcode)
{
	switch (opcode >> 5) {
	case 0:
		return 4;
	case 4:
		return 10;
	case 5:
		return 6;
	default:
		return 7;
	}
}

static void too_long(struct vhost_vq *vq, const struct scsi_request *rq,
		     struct virtio_scsi_cmd_resp *resp)
{
	pr_info_ratelimited("vhost-scsi%u: queue %u: command %#x: %u bytes of data are more than %u\n",
			    vq->dev->id, vq->index, rq->cdb[0], rq->data_len,
			    SCSI_MAX_DATA);
	put_sense(resp, rq->little, 0x2400, length_field(rq->cdb[0]),
		  SCSI_MAX_DATA / scsi_lun_block(rq->tpg, rq->lun));
}

u32 scsi_request_reject(struct vhost_vq *vq, const struct ring_chain *c,
			const struct scsi_request *rq, enum scsi_verdict why)
{
	struct virtio_scsi_cmd_resp resp = {};

	switch (why) {
	case SCSI_NO_RESPONSE:
		return 0;
	case SCSI_BAD_TARGET:
		resp.response = VIRTIO_SCSI_S_BAD_TARGET;
		break;
	case SCSI_TOO_LONG:
		too_long(vq, rq, &resp);
		break;
	case SCSI_WRONG_WAY:
		put_sense(&resp, rq->little, 0x0e03, 0, 0);
		break;
	default:
		resp.response = VIRTIO_SCSI_S_FAILURE;
		break;
	}
	return put(vq, c, &resp);
}

u32 scsi_request_full(struct vhost_vq *vq, const struct ring_chain *c)
{
	struct virtio_scsi_cmd_resp resp = {
		.status = SAM_STAT_TASK_SET_FULL,
	};

	return put(vq, c, &resp);
}
