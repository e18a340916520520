// SPDX-License-Identifier: GPL-2.0-only
/*
 * T10 protection information: eight bytes for each block travel in front of the
 * data (5.6.6.1), are stored, checked, and read back.
 */
#include "tests.h"

enum { BLOCKS = 64, BYTES = BLOCKS * SCSI_BLOCK, PI = BLOCKS * 8 };

static struct lio_store protected;

/* SBC-3 4.22.4.2: polynomial 0x8bb7 */
static uint16_t guard_of(const uint8_t *p, uint32_t len)
{
	uint16_t crc = 0;

	while (len--) {
		crc ^= *p++ << 8;
		for (int i = 0; i < 8; i++)
			crc = crc << 1 ^ (crc & 0x8000 ? 0x8bb7 : 0);
	}
	return crc;
}

static void put_pi(struct scsi_guest *g, uint64_t pi, uint64_t data,
		   uint32_t lba)
{
	for (uint32_t i = 0; i < BLOCKS; i++) {
		uint8_t *t = scsi_at(g, pi) + i * 8;
		uint16_t guard = htobe16(guard_of(scsi_at(g, data) +
						  i * SCSI_BLOCK, SCSI_BLOCK));
		uint32_t ref = htobe32(lba + i);

		memcpy(t, &guard, 2);
		t[2] = 0;
		t[3] = 0;
		memcpy(t + 4, &ref, 4);
	}
}

static const uint64_t data = SCSI_BIG_GPA, pi = SCSI_BIG_GPA + (1 << 20),
		      back = SCSI_BIG_GPA + (2 << 20),
		      back_pi = SCSI_BIG_GPA + (3 << 20);

static struct scsi_result put(struct scsi_guest *g, uint32_t lba, int piece)
{
	struct scsi_io io = scsi_rw(5, true, 10, lba, BLOCKS, data);

	io.cdb[1] = 0x20;
	io.pi = pi;
	io.pi_out = PI;
	io.piece = piece;
	return scsi_do(g, &io);
}

static struct scsi_result get(struct scsi_guest *g, uint32_t lba, int piece)
{
	struct scsi_io io = scsi_rw(5, false, 10, lba, BLOCKS, back);

	io.cdb[1] = 0x20;
	io.pi = back_pi;
	io.pi_in = PI;
	io.piece = piece;
	memset(scsi_at(g, back), 0, BYTES);
	memset(scsi_at(g, back_pi), 0, PI);
	return scsi_do(g, &io);
}

static void round_trip(struct scsi_guest *g, const char *name, int piece)
{
	struct scsi_result w, r;

	scsi_fill(g, data, BYTES, 1234 + piece);
	put_pi(g, pi, data, 8);
	w = put(g, 8, piece);
	r = get(g, 8, piece);
	report_ok(scsi_good(&w) && scsi_good(&r) &&
		  !scsi_check(g, back, BYTES, 1234 + piece) &&
		  !memcmp(scsi_at(g, back_pi), scsi_at(g, pi), PI),
		  "%s: data and PI come back, pieces of %d: %s; %s", name,
		  piece, scsi_text(&w), scsi_text(&r));
}

static void wrong(struct scsi_guest *g, const char *name, uint32_t at, int asc,
		  const char *what)
{
	struct scsi_result w;

	scsi_fill(g, data, BYTES, 77);
	put_pi(g, pi, data, 8);
	scsi_at(g, pi)[at] ^= 1;
	w = put(g, 8, 0);
	report_ok(!scsi_good(&w) && scsi_asc(&w) == asc, "%s: %s: %s", name,
		  what, scsi_text(&w));
}

static void plain(struct scsi_guest *g, const char *name)
{
	struct scsi_io w = scsi_rw(5, true, 10, 100, 8, data);
	struct scsi_io r = scsi_rw(5, false, 10, 100, 8, back);
	struct scsi_result one, two;

	scsi_fill(g, data, 4096, 5);
	memset(scsi_at(g, back), 0, 4096);
	one = scsi_do(g, &w);
	two = scsi_do(g, &r);
	report_ok(scsi_good(&one) && scsi_good(&two) &&
		  !scsi_check(g, back, 4096, 5),
		  "%s: without PI to the same disk: %s; %s", name,
		  scsi_text(&one), scsi_text(&two));
}

static void run(struct scsi_guest *g, const char *name)
{
	round_trip(g, name, 0);
	round_trip(g, name, 4096);
	wrong(g, name, 8 * 8, 0x1001, "wrong guard of block 8");
	wrong(g, name, 20 * 8 + 7, 0x1003, "wrong reference of block 20");
	plain(g, name);
	report_ok(scsi_works(g, 0), "%s: an unprotected disk works", name);
}

void test_protection(void)
{
	target_up();
	lio_ramdisk_pi(&protected, "protected", 512, 1);
	if (lio_lun_add(&target.tpg, 5, &protected))
		report_die("LUN 5");
	each_kind(SCSI_F_PI, run);
	lio_lun_remove(&target.tpg, 5);
	lio_store_remove(&protected);
	target_down();
}
