// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware sets up one request queue and nothing else, with the legacy layout;
 * old ones leave padding behind the headers. Without ANY_LAYOUT the first
 * descriptor of each direction is the header, whatever its length (5.6.6.4).
 */
#include <stdio.h>

#include "tests.h"

static void begin(struct scsi_guest *g, uint64_t features, const char *name)
{
	if (!scsi_open(g, features))
		report_die("%s", name);
	scsi_queues(g, SCSI_IO, SCSI_IO);
	went(scsi_set_endpoint(g, WWN, 1), 0, name);
}

/* INQUIRY and READ(10), as SeaBIOS does, with headers too long. */
static void padded(struct scsi_guest *g, const char *name, uint32_t req,
		   uint32_t resp)
{
	const uint64_t a = SCSI_BIG_GPA, b = SCSI_BIG_GPA + 65536;
	struct scsi_io q = scsi_inquiry(0);
	struct scsi_io w = scsi_rw(0, true, 10, 32, 16, a);
	struct scsi_io r = scsi_rw(0, false, 10, 32, 16, b);
	struct scsi_result one, two, three;
	uint32_t wrong;

	q.req_pad = w.req_pad = r.req_pad = req;
	q.resp_pad = w.resp_pad = r.resp_pad = resp;
	memset(scsi_at(g, a), 0xa5, 64);
	one = scsi_do(g, &q);
	report_ok(scsi_good(&one) &&
		  !memcmp(scsi_at(g, a) + 8, "LIO-ORG ", 8),
		  "%s: INQUIRY, %u and %u bytes too long: %s", name, req, resp,
		  scsi_text(&one));
	scsi_fill(g, a, 8192, req + resp);
	memset(scsi_at(g, b), 0xa5, 8192);
	two = scsi_do(g, &w);
	three = scsi_do(g, &r);
	wrong = scsi_check(g, b, 8192, req + resp);
	report_ok(scsi_good(&two) && scsi_good(&three) && !wrong,
		  "%s: WRITE and READ: %u bytes wrong; %s; %s", name, wrong,
		  scsi_text(&two), scsi_text(&three));
}

static void legacy(void)
{
	static const uint32_t pads[] = { 0, 1, 13, 64 };
	struct scsi_guest g;

	begin(&g, 0, "legacy, only queue 2 is configured");
	for (unsigned int i = 0; i < COUNT(pads); i++) {
		padded(&g, "legacy", pads[i], 0);
		padded(&g, "legacy", 0, pads[i]);
		padded(&g, "legacy", pads[i], pads[i]);
	}
	scsi_close(&g);
}

/* With ANY_LAYOUT what is behind a header is data; there is no padding. */
static void any_layout(uint64_t features, const char *name)
{
	const uint64_t gpa = SCSI_BIG_GPA;
	struct scsi_io w = scsi_rw(0, true, 10, 40, 1, gpa);
	struct scsi_guest g;
	struct scsi_result r;
	uint32_t at = sizeof(struct virtio_scsi_cmd_req);
	struct drv_buf buf[3];
	int slot;

	begin(&g, features, name);
	padded(&g, name, 0, 0);
	/* header and data in one descriptor */
	slot = scsi_slot_get(&g);
	memcpy(scsi_at(&g, gpa), &(struct virtio_scsi_cmd_req){
		.lun = { 1, 1, 0x40 }, .cdb = { 0x2a, [5] = 40, [8] = 1 } },
	       at);
	scsi_fill(&g, gpa + at, SCSI_BLOCK, 4321);
	buf[0] = (struct drv_buf){ gpa, at + SCSI_BLOCK };
	buf[1] = (struct drv_buf){ scsi_resp_gpa(&g, slot),
				   sizeof(struct virtio_scsi_cmd_resp) };
	scsi_add(&g, SCSI_IO, slot, buf, 1, 1, false);
	r = scsi_take(&g, slot, SCSI_SOON);
	report_ok(scsi_good(&r), "%s: WRITE in one descriptor: %s", name,
		  scsi_text(&r));
	w = scsi_rw(0, false, 10, 40, 1, gpa + 65536);
	r = scsi_do(&g, &w);
	report_ok(scsi_good(&r) &&
		  !scsi_check(&g, gpa + 65536, SCSI_BLOCK, 4321),
		  "%s: its data is read back: %s", name, scsi_text(&r));
	scsi_close(&g);
}

/* The operating system sets up everything anew, without an open or a close. */
static void handed_over(uint64_t features, const char *name)
{
	uint32_t pad = is_kernels_own() ? 0 : 13;
	uint64_t system = features;
	struct scsi_guest g;

	if (!scsi_open(&g, 0))
		report_die("open");
	if (features & ~g.d.offered) {
		report_skip("not offered", "%s", name);
		scsi_close(&g);
		return;
	}
	scsi_queues(&g, SCSI_IO, SCSI_IO);
	went(scsi_set_endpoint(&g, WWN, 1), 0, name);
	padded(&g, name, pad, pad);
	went(scsi_clear_endpoint(&g, WWN, 1), 0, "the firmware's endpoint cleared");
	report_ok(queue_base(&g.d.q[SCSI_IO]) ==
		  queue_place(&g.d.q[SCSI_IO]), "%s: all was used", name);
	drv_exit(&g.d.q[SCSI_IO].ring);
	went(cmd(g.d.fd, VHOST_SET_FEATURES, &system), 0, "features of the system");
	g.d.features = features;
	scsi_queues(&g, 0, SCSI_QUEUES - 1);
	went(scsi_set_endpoint(&g, WWN, 1), 0, "all queues");
	report_ok(scsi_works(&g, 0), "%s: works with all queues", name);
	scsi_close(&g);
}

/* 2.8.1: flags of a descriptor that is available, and refers to nothing. */
static void make_available(struct drv_ring *r)
{
	struct wire_pdesc *d = &r->pdesc[r->next_avail];

	d->addr = ~0ull << 20;
	d->flags = r->avail_wrap ? WIRE_AVAIL : WIRE_USED;
}

/*
 * Firmware frees a ring without a reset of the device and other things are
 * written there. The queue is broken, and can be set up anew.
 */
static void overwritten(uint64_t features, const char *name)
{
	struct scsi_guest g;
	struct queue *q;

	if (!scsi_start(&g, features, WWN)) {
		report_skip("not offered", "%s", name);
		return;
	}
	q = &g.d.q[SCSI_IO];
	report_ok(scsi_works(&g, 0), "%s: works at first", name);
	for (int i = 0; i < DRV_AREAS; i++) {
		uint8_t *p = q->cfg.area[i];
		size_t n = drv_area_bytes(q->cfg.format, q->cfg.num, i,
					  features & F_EVENT);

		while (n--)
			*p++ = rand();
	}
	/* packed: the next descriptor is available, whatever the others say */
	if (q->ring.packed)
		make_available(&q->ring);
	queue_kick(q);
	report_ok(event_wait(q->err, SCSI_SOON), "%s: an error is signalled",
		  name);
	went(scsi_clear_endpoint(&g, WWN, 1), 0, "cleared");
	drv_exit(&q->ring);
	scsi_queues(&g, SCSI_IO, SCSI_IO);
	went(scsi_set_endpoint(&g, WWN, 1), 0, "set after set-up anew");
	report_ok(scsi_works(&g, 0), "%s: works again", name);
	scsi_close(&g);
}

void test_firmware(void)
{
	target_up();
	if (is_kernels_own())
		report_skip("takes padding for data", "padded headers");
	else
		legacy();
	any_layout(F_ANY_LAYOUT, "legacy, any layout");
	any_layout(F_V1, "version 1");
	handed_over(F_V1 | F_INDIRECT | F_EVENT, "firmware, then split");
	handed_over(F_V1 | F_INDIRECT | F_EVENT | F_PACKED,
		    "firmware, then packed");
	overwritten(F_V1 | F_EVENT, "split");
	overwritten(F_V1 | F_PACKED, "packed");
	target_down();
}
