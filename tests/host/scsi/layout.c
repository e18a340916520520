// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that LIO cannot take as they are: what it makes of them must be right,
 * and stay within them.
 */
#include "tests.h"

static struct lio_store file;

/* SBC-4 5.3: one block to compare with, and one to write, behind it. */
static void compare_and_write(struct scsi_guest *g, const char *name)
{
	const uint64_t verify = SCSI_BIG_GPA + 4096 - SCSI_BLOCK,
		       next = SCSI_BIG_GPA + 100 * 4096,
		       back = SCSI_BIG_GPA + 200 * 4096;
	struct virtio_scsi_cmd_req req = { .cdb = { 0x89, [9] = 3, [13] = 1 } };
	struct scsi_io r = scsi_rw(0, false, 10, 3, 1, verify);
	int slot = scsi_slot_get(g);
	struct scsi_result one, two;
	struct drv_buf buf[4] = {
		{ scsi_req_gpa(g, slot), sizeof(req) },
		{ verify, SCSI_BLOCK },
		{ next, SCSI_BLOCK },
		{ scsi_resp_gpa(g, slot), sizeof(struct virtio_scsi_cmd_resp) },
	};
	uint32_t wrong;

	scsi_do(g, &r);		/* what is there now */
	scsi_fill(g, next, SCSI_BLOCK, 4242);
	scsi_lun(req.lun, 1, 0);
	memcpy(scsi_req(g, slot), &req, sizeof(req));
	scsi_add(g, SCSI_IO, slot, buf, 3, 1, false);
	one = scsi_take(g, slot, SCSI_SOON);
	r = scsi_rw(0, false, 10, 3, 1, back);
	two = scsi_do(g, &r);
	wrong = scsi_check(g, back, SCSI_BLOCK, 4242);
	report_ok(one.back && scsi_good(&two) && (!wrong || !scsi_good(&one)),
		  "%s: COMPARE AND WRITE, halves in two pages: %u bytes wrong: %s",
		  name, wrong, scsi_text(&one));
}

static void run(struct scsi_guest *g, const char *name)
{
	compare_and_write(g, name);
	report_ok(scsi_works(g, 0), "%s: the disk works", name);
}

/* PI as long as the CDB asks for, and one block of the 2048 of data. */
static void run_short(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(5, false, 10, 0, 2048, SCSI_BIG_GPA);
	struct scsi_result r;

	io.cdb[1] = 0x20;
	io.pi = SCSI_BIG_GPA + (1 << 20);
	io.pi_in = 2048 * 8;
	io.in_len = SCSI_BLOCK;
	r = scsi_do(g, &io);
	report_ok(r.back && !scsi_good(&r),
		  "%s: READ of 2048 blocks with PI to one block: %s", name,
		  scsi_text(&r));
	io = scsi_rw(5, true, 10, 0, 2048, SCSI_BIG_GPA);
	io.cdb[1] = 0x20;
	io.pi = SCSI_BIG_GPA + (1 << 20);
	io.pi_out = 2048 * 8;
	io.out_len = SCSI_BLOCK;
	r = scsi_do(g, &io);
	report_ok(r.back && !scsi_good(&r),
		  "%s: WRITE of 2048 blocks with PI from one block: %s", name,
		  scsi_text(&r));
	/* nothing but data, where the CDB asks for protection */
	io = scsi_rw(5, false, 10, 0, 2048, SCSI_BIG_GPA);
	io.cdb[1] = 0x20;
	io.in_len = SCSI_BLOCK;
	r = scsi_do(g, &io);
	report_ok(r.back && !scsi_good(&r),
		  "%s: READ of 2048 blocks, protected, to one block: %s", name,
		  scsi_text(&r));
	report_ok(scsi_works(g, 0), "%s: the disk works", name);
}

void test_layout(void)
{
	target_up();
	each_kind(0, run);
	lio_file(&file, "layout", "/run/layout", 4 << 20);
	lio_nexus(&target.tpg, NULL);
	lio_write("1", LIO_FABRIC "/" WWN "/tpgt_1/attrib/fabric_prot_type");
	lio_nexus(&target.tpg, WWN);
	if (lio_lun_add(&target.tpg, 5, &file))
		report_die("LUN 5");
	each_kind(SCSI_F_PI, run_short);
	lio_lun_remove(&target.tpg, 5);
	lio_store_remove(&file);
	target_down();
}
