// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control queue: malformed requests, unknown types, and asynchronous
 * notifications, of which there are none (5.6.6.2).
 */
#include "tests.h"

enum {
	TMF = sizeof(struct virtio_scsi_ctrl_tmf_req),
	AN = sizeof(struct virtio_scsi_ctrl_an_req),
	AN_RESP = sizeof(struct virtio_scsi_ctrl_an_resp),
	ROOM = 64,
};

struct row {
	const char *what;
	uint32_t type, subtype;
	uint32_t req, resp;	/* bytes of buffers */
};

static const struct row rows[] = {
	{ "type 3", 3, 0, TMF, ROOM },
	{ "type 2^31", 0x80000000, 0, TMF, ROOM },
	{ "type 2^32 - 1", ~0u, 0, TMF, ROOM },
	{ "no request at all", 0, 0, 0, ROOM },
	{ "a type of 3 bytes", 0, 0, 3, ROOM },
	{ "a type alone", 0, 0, 4, ROOM },
	{ "an unknown type alone", 77, 0, 4, ROOM },
	{ "a TMF one byte short", 0, 5, TMF - 1, ROOM },
	{ "a TMF without a response", 0, 5, TMF, 0 },
	{ "a query one byte short", 1, 0, AN - 1, ROOM },
	{ "a query without a response", 1, 0, AN, 0 },
	{ "a query with 4 bytes of response", 1, 0, AN, AN_RESP - 1 },
	{ "a subscription one byte short", 2, 0, AN - 1, ROOM },
	{ "an unknown type without a response", 77, 0, TMF, 0 },
};

static void malformed(struct scsi_guest *g, const char *name,
		      const struct row *r)
{
	struct virtio_scsi_ctrl_tmf_req req = {
		.type = htole32(r->type), .subtype = htole32(r->subtype),
	};
	int slot = scsi_slot_get(g);
	struct drv_buf buf[2];
	uint32_t n = 0, n_read;

	scsi_lun(req.lun, 1, 0);
	memcpy(scsi_req(g, slot), &req, sizeof(req));
	if (r->req)
		buf[n++] = (struct drv_buf){ scsi_req_gpa(g, slot), r->req };
	n_read = n;
	if (r->resp)
		buf[n++] = (struct drv_buf){ scsi_resp_gpa(g, slot), r->resp };
	scsi_add(g, SCSI_CONTROL, slot, buf, n_read, n - n_read, false);
	if (report_ok(scsi_back(g, slot, SCSI_SOON), "%s: %s comes back", name,
		      r->what))
		scsi_slot_put(g, slot);
}

/* A request that lies in a buffer which the device may only write. */
static void not_readable(struct scsi_guest *g, const char *name)
{
	struct virtio_scsi_ctrl_tmf_req req = {
		.type = htole32(VIRTIO_SCSI_T_TMF),
		.subtype = htole32(VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET),
	};
	int slot = scsi_slot_get(g);
	uint8_t *at = scsi_resp(g, slot);
	struct drv_buf buf = { scsi_resp_gpa(g, slot), TMF + 8 };
	bool back;

	scsi_lun(req.lun, 1, 0);
	memcpy(at, &req, sizeof(req));
	scsi_add(g, SCSI_CONTROL, slot, &buf, 0, 1, false);
	back = scsi_back(g, slot, SCSI_SOON);
	report_ok(back && g->slot[slot].len == 1 && *at == VIRTIO_SCSI_S_FAILURE,
		  "%s: a TMF in a writable buffer: %u bytes, response %u", name,
		  g->slot[slot].len, *at);
	if (back)
		scsi_slot_put(g, slot);
}

static void run_malformed(struct scsi_guest *g, const char *name)
{
	for (unsigned int i = 0; i < COUNT(rows); i++)
		malformed(g, name, &rows[i]);
	not_readable(g, name);
	report_ok(scsi_tmf(g, VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET, 0, 0) == 0,
		  "%s: a LUN reset after all that", name);
	report_ok(scsi_works(g, 0), "%s: the disk works", name);
}

/* ---- asynchronous notifications ------------------------------------------ */

static void notification(struct scsi_guest *g, const char *name, uint32_t type,
			 uint8_t tgt, uint32_t events)
{
	struct virtio_scsi_ctrl_an_req req = {
		.type = htole32(type), .event_requested = htole32(events),
	};
	struct virtio_scsi_ctrl_an_resp resp;
	int slot = scsi_slot_get(g);
	struct drv_buf buf[2] = {
		{ scsi_req_gpa(g, slot), sizeof(req) },
		{ scsi_resp_gpa(g, slot), sizeof(resp) },
	};
	bool back;

	scsi_lun(req.lun, tgt, 0);
	memcpy(scsi_req(g, slot), &req, sizeof(req));
	scsi_add(g, SCSI_CONTROL, slot, buf, 1, 1, false);
	back = scsi_back(g, slot, SCSI_SOON);
	memcpy(&resp, scsi_resp(g, slot), sizeof(resp));
	scsi_slot_put(g, slot);
	report_ok(back && !resp.event_actual &&
		  (resp.response == VIRTIO_SCSI_S_OK ||
		   (tgt != 1 && resp.response == VIRTIO_SCSI_S_BAD_TARGET)),
		  "%s: AN type %u to target %u, events %#x: %#x, response %u",
		  name, type, tgt, events, le32toh(resp.event_actual),
		  resp.response);
}

static void run_notifications(struct scsi_guest *g, const char *name)
{
	for (uint32_t type = VIRTIO_SCSI_T_AN_QUERY;
	     type <= VIRTIO_SCSI_T_AN_SUBSCRIBE; type++) {
		notification(g, name, type, 1, 0);
		notification(g, name, type, 1, 0x7e);
		notification(g, name, type, 1, ~0u);
		notification(g, name, type, 77, 0x7e);
	}
}

void test_control(void)
{
	target_up();
	each_kind(0, run_malformed);
	target_down();
}

void test_notifications(void)
{
	target_up();
	each_kind(0, run_notifications);
	target_down();
}
