// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to a disk, and data both ways, on all queues.
 */
#include "tests.h"

static bool is_disk(struct scsi_guest *g)
{
	const uint8_t *data = scsi_at(g, SCSI_BIG_GPA);

	return !(data[0] & 0x1f) && !memcmp(data + 8, "LIO-ORG ", 8);
}

static void inquiry(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_inquiry(0);
	struct scsi_result r;

	memset(scsi_at(g, SCSI_BIG_GPA), 0xa5, 64);
	r = scsi_once(g, &io);
	report_ok(scsi_good(&r) && is_disk(g), "%s: INQUIRY: %s", name,
		  scsi_text(&r));
	report_ok(r.len <= sizeof(r.resp) + 36 && !r.resp.resid,
		  "%s: nothing left over", name);
	/* LIO clears the rest of the first buffer; what is behind stays. */
	io.cdb[4] = 5;
	memset(scsi_at(g, SCSI_BIG_GPA), 0xa5, 64);
	r = scsi_once(g, &io);
	report_ok(scsi_good(&r) && le32toh(r.resp.resid) == 31 &&
		  !is_disk(g) && scsi_at(g, SCSI_BIG_GPA)[36] == 0xa5,
		  "%s: five bytes of INQUIRY into 36: %s", name,
		  scsi_text(&r));
}

static void no_data(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_io(0, 0x00);
	struct scsi_result r = scsi_do(g, &io);

	report_ok(scsi_good(&r), "%s: TEST UNIT READY: %s", name,
		  scsi_text(&r));
	io = scsi_io(0, 0x35);
	r = scsi_do(g, &io);
	report_ok(scsi_good(&r), "%s: SYNCHRONIZE CACHE: %s", name,
		  scsi_text(&r));
	io = scsi_io(0, 0xc9);
	r = scsi_do(g, &io);
	report_ok(scsi_sense_key(&r) == ILLEGAL_REQUEST &&
		  scsi_asc(&r) == 0x2000, "%s: unknown command: %s", name,
		  scsi_text(&r));
}

static void capacity(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_io(0, 0x25);
	struct scsi_result r;
	uint32_t last, size;

	io.in = SCSI_BIG_GPA;
	io.in_len = 8;
	r = scsi_do(g, &io);
	memcpy(&last, scsi_at(g, SCSI_BIG_GPA), 4);
	memcpy(&size, scsi_at(g, SCSI_BIG_GPA) + 4, 4);
	report_ok(scsi_good(&r) && be32toh(size) == SCSI_BLOCK &&
		  be32toh(last) + 1 == DISK_BLOCKS,
		  "%s: READ CAPACITY: %u blocks of %u", name,
		  be32toh(last) + 1, be32toh(size));
}

static void report_luns(struct scsi_guest *g, const char *name,
			const uint8_t lun[8], const char *what)
{
	struct scsi_io io = scsi_io(0, 0xa0);
	struct scsi_result r;
	uint32_t len;

	memcpy(io.lun, lun, 8);
	io.cdb[9] = 64;
	io.in = SCSI_BIG_GPA;
	io.in_len = 64;
	r = scsi_do(g, &io);
	memcpy(&len, scsi_at(g, SCSI_BIG_GPA), 4);
	report_ok(scsi_good(&r) && be32toh(len) == 8,
		  "%s: REPORT LUNS to %s: %u bytes, %s", name, what,
		  be32toh(len), scsi_text(&r));
}

static void luns(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_inquiry(7);
	struct scsi_result r = scsi_do(g, &io);
	uint8_t lun[8];

	report_ok(r.back && !(scsi_good(&r) && is_disk(g)),
		  "%s: INQUIRY to a LUN that is not there: %s", name,
		  scsi_text(&r));
	io = scsi_rw(7, false, 10, 0, 1, SCSI_BIG_GPA);
	r = scsi_do(g, &io);
	report_ok(scsi_sense_key(&r) == ILLEGAL_REQUEST &&
		  scsi_asc(&r) == 0x2500,
		  "%s: READ from a LUN that is not there: %s", name,
		  scsi_text(&r));
	io.lun[1] = 9;
	r = scsi_do(g, &io);
	report_ok(r.back && r.resp.response == VIRTIO_SCSI_S_BAD_TARGET,
		  "%s: a target that is not there: %s", name, scsi_text(&r));
	/* 5.6.6.1: both single level formats mean LUN 0 */
	io = scsi_inquiry(0);
	io.lun[2] = 0;
	r = scsi_do(g, &io);
	report_ok(scsi_good(&r) && is_disk(g),
		  "%s: a LUN in peripheral format: %s", name, scsi_text(&r));
	scsi_lun(lun, 1, 0);
	report_luns(g, name, lun, "LUN 0");
}

/* 5.6.6.1: the device should implement it. Linux's own never did. */
static void well_known(struct scsi_guest *g, const char *name)
{
	static const uint8_t lun[8] = { 0xc1, 0x01 };

	if (!scsi_is_ours(g)) {
		report_skip("has none", "%s: the well-known LUN", name);
		return;
	}
	report_luns(g, name, lun, "the well-known LUN");
}

static void data(struct scsi_guest *g, const char *name)
{
	static const struct {
		int cdb;
		uint32_t lba, blocks, piece;
	} rows[] = {
		{ 6, 0, 1, 0 }, { 6, 5, 255, 0 }, { 10, 1, 1, 0 },
		{ 10, 77, 100, 4096 }, { 10, 8, 64, 512 },
		{ 16, 0, 2048, 65536 }, { 16, DISK_BLOCKS - 9, 9, 0 },
	};
	const uint64_t a = SCSI_BIG_GPA, b = a + (2 << 20);

	for (unsigned int i = 0; i < COUNT(rows); i++) {
		uint32_t len = rows[i].blocks * SCSI_BLOCK, wrong;
		struct scsi_io w = scsi_rw(0, true, rows[i].cdb, rows[i].lba,
					   rows[i].blocks, a);
		struct scsi_io r = scsi_rw(0, false, rows[i].cdb, rows[i].lba,
					   rows[i].blocks, b);
		struct scsi_result res;

		w.piece = r.piece = rows[i].piece;
		w.queue = SCSI_IO + i % 2;
		r.queue = SCSI_IO + (i + 1) % 2;
		scsi_fill(g, a, len, i);
		memset(scsi_at(g, b), 0xa5, len + 16);
		res = scsi_do(g, &w);
		report_ok(scsi_good(&res) && !res.resp.resid,
			  "%s: WRITE(%d) of %u blocks at %u: %s", name,
			  rows[i].cdb, rows[i].blocks, rows[i].lba,
			  scsi_text(&res));
		res = scsi_do(g, &r);
		wrong = scsi_check(g, b, len, i);
		report_ok(scsi_good(&res) && !wrong && !res.resp.resid &&
			  scsi_at(g, b)[len] == 0xa5,
			  "%s: READ(%d): %u bytes wrong, %s", name,
			  rows[i].cdb, wrong, scsi_text(&res));
	}
}

static void beyond(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(0, false, 10, DISK_BLOCKS, 1, SCSI_BIG_GPA);
	struct scsi_result r = scsi_do(g, &io);

	report_ok(scsi_sense_key(&r) == ILLEGAL_REQUEST &&
		  scsi_asc(&r) == 0x2100, "%s: READ beyond the end: %s", name,
		  scsi_text(&r));
	report_ok(r.back && le32toh(r.resp.sense_len) >= 8 &&
		  le32toh(r.resp.sense_len) <= sizeof(r.resp.sense),
		  "%s: %u bytes of sense", name, le32toh(r.resp.sense_len));
}

/* Both queues full of commands; each comes back once, with its data. */
static void many(struct scsi_guest *g, const char *name)
{
	enum { BYTES = 4096, MANY = 40 };
	const uint64_t a = SCSI_BIG_GPA, b = a + MANY * BYTES;
	int slot[MANY], good = 0;
	uint32_t wrong = 0;

	scsi_fill(g, a, MANY * BYTES, 99);
	memset(scsi_at(g, b), 0, MANY * BYTES);
	for (int write = 1; write >= 0; write--) {
		for (int i = 0; i < MANY; i++) {
			struct scsi_io io = scsi_rw(0, write, 10, i * 8, 8,
						    (write ? a : b) +
						    i * BYTES);

			io.queue = SCSI_IO + i % 2;
			slot[i] = scsi_send(g, &io);
		}
		for (int i = 0; i < MANY; i++) {
			struct scsi_result r = scsi_take(g, slot[i],
							 SCSI_SOON);

			good += scsi_good(&r);
		}
	}
	wrong = scsi_check(g, b, MANY * BYTES, 99);
	report_ok(good == 2 * MANY && !wrong,
		  "%s: %d of %d commands at once are good, %u bytes wrong",
		  name, good, 2 * MANY, wrong);
}

static void run(struct scsi_guest *g, const char *name)
{
	inquiry(g, name);
	no_data(g, name);
	capacity(g, name);
	luns(g, name);
	well_known(g, name);
	data(g, name);
	beyond(g, name);
	many(g, name);
}

void test_disks(void)
{
	target_up();
	each_kind(0, run);
	target_down();
}
