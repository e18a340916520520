// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks on a file and on a block device, one that fails all I/O, and one that
 * changes its size.
 */
#include <unistd.h>

#include "tests.h"

#define FILE_PATH "/run/scsi-file"

static void data(struct scsi_guest *g, uint16_t lun, const char *name)
{
	const uint64_t a = SCSI_BIG_GPA, b = a + (1 << 20);
	const uint32_t blocks = 1024, len = blocks * SCSI_BLOCK;
	struct scsi_io w = scsi_rw(lun, true, 16, 3, blocks, a);
	struct scsi_io r = scsi_rw(lun, false, 16, 3, blocks, b);
	struct scsi_result one, two;
	uint32_t wrong;

	w.piece = r.piece = 8192;
	scsi_fill(g, a, len, lun + 40);
	memset(scsi_at(g, b), 0, len);
	one = scsi_do(g, &w);
	two = scsi_do(g, &r);
	wrong = scsi_check(g, b, len, lun + 40);
	report_ok(scsi_good(&one) && scsi_good(&two) && !wrong,
		  "%s: %u bytes wrong; %s; %s", name, wrong, scsi_text(&one),
		  scsi_text(&two));
}

static void on_file(uint64_t features, const char *name)
{
	struct lio_store store;
	struct scsi_guest g;

	lio_file(&store, "file", FILE_PATH, 8 << 20);
	if (lio_lun_add(&target.tpg, 2, &store))
		report_die("LUN 2");
	if (scsi_start(&g, features, WWN)) {
		data(&g, 2, name);
		report_ok(scsi_works(&g, 2), "%s: works on all queues", name);
		scsi_close(&g);
	} else {
		report_skip("not offered", "%s", name);
	}
	lio_lun_remove(&target.tpg, 2);
	lio_store_remove(&store);
	unlink(FILE_PATH);
}

static uint32_t last_block(struct scsi_guest *g, uint16_t lun)
{
	struct scsi_io io = scsi_io(lun, 0x25);
	struct scsi_result r;
	uint32_t last;

	io.in = SCSI_BIG_GPA;
	io.in_len = 8;
	r = scsi_do(g, &io);
	memcpy(&last, scsi_at(g, SCSI_BIG_GPA), 4);
	return scsi_good(&r) ? be32toh(last) : 0;
}

static void failing(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_rw(1, false, 10, 0, 64, SCSI_BIG_GPA);
	struct scsi_result r;

	disk_set_failing(&target.paused, true);
	r = scsi_do(g, &io);
	report_ok(r.back && r.resp.status == CHECK_CONDITION &&
		  scsi_sense_key(&r), "%s: READ from a disk that fails: %s",
		  name, scsi_text(&r));
	io = scsi_rw(1, true, 10, 0, 64, SCSI_BIG_GPA);
	r = scsi_do(g, &io);
	report_ok(r.back && r.resp.status == CHECK_CONDITION &&
		  scsi_sense_key(&r), "%s: WRITE to a disk that fails: %s",
		  name, scsi_text(&r));
	disk_set_failing(&target.paused, false);
	report_ok(scsi_works(g, 1), "%s: works when it fails no more", name);
}

static void resized(struct scsi_guest *g, const char *name)
{
	uint64_t before = target.paused.sectors;

	disk_resize(&target.paused, before / 2);
	report_ok(last_block(g, 1) + 1 == before / 2,
		  "%s: half the size: %u blocks", name, last_block(g, 1) + 1);
	disk_resize(&target.paused, before);
	report_ok(last_block(g, 1) + 1 == before, "%s: and the old: %u", name,
		  last_block(g, 1) + 1);
}

static void run(struct scsi_guest *g, const char *name)
{
	data(g, 1, name);
	failing(g, name);
	resized(g, name);
}

void test_backstores(void)
{
	target_up();
	on_file(F_V1 | F_INDIRECT, "fileio, split");
	on_file(F_V1 | F_INDIRECT | F_PACKED, "fileio, packed");
	target_down();
	if (!target_up_paused("iblock"))
		return;
	each_kind(0, run);
	target_down_paused();
}
