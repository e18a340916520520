// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers at odd places and in uneven pieces, which no block device takes:
 * the data must be right all the same.
 */
#include <stdio.h>

#include "tests.h"

enum { BLOCKS = 96, BYTES = BLOCKS * SCSI_BLOCK };

static const uint32_t offsets[] = { 1, 3, 4, 16, 100, 511, 512, 2048 + 4,
				    4095 };

static void offset(struct scsi_guest *g, const char *name, uint16_t lun,
		   uint32_t off, uint32_t piece)
{
	const uint64_t a = SCSI_BIG_GPA + off, b = SCSI_BIG_GPA + (1 << 20);
	struct scsi_io w = scsi_rw(lun, true, 10, 8, BLOCKS, a);
	struct scsi_io r = scsi_rw(lun, false, 10, 8, BLOCKS, b);
	struct scsi_result one, two, three;
	uint32_t wrong;

	w.piece = piece;
	scsi_fill(g, a, BYTES, off);
	memset(scsi_at(g, b), 0, BYTES);
	one = scsi_do(g, &w);
	two = scsi_do(g, &r);
	wrong = scsi_check(g, b, BYTES, off);
	r = scsi_rw(lun, false, 10, 8, BLOCKS, a);
	r.piece = piece;
	memset(scsi_at(g, a) - 1, 0xa5, BYTES + 2);
	three = scsi_do(g, &r);
	wrong += scsi_check(g, a, BYTES, off);
	wrong += scsi_at(g, a)[-1] != 0xa5;
	wrong += scsi_at(g, a)[BYTES] != 0xa5;
	report_ok(scsi_good(&one) && scsi_good(&two) && scsi_good(&three) &&
		  !wrong,
		  "%s: LUN %u, offset %u in pieces of %u: %u wrong; %s; %s; %s",
		  name, lun, off, piece, wrong, scsi_text(&one),
		  scsi_text(&two), scsi_text(&three));
}

/* Regions of an odd size, the other way round in our memory. */
static void regions(struct scsi_guest *g, const char *name, uint16_t lun)
{
	const uint64_t gpa = MEMORY_DATA_GPA + MEMORY_PIECE - 5000;
	struct scsi_io w = scsi_rw(lun, true, 10, 8, 200, gpa);
	struct scsi_io r = scsi_rw(lun, false, 10, 8, 200, gpa);
	static uint8_t out[200 * SCSI_BLOCK], in[200 * SCSI_BLOCK];
	struct scsi_result one, two;

	for (unsigned int i = 0; i < sizeof(out); i++)
		out[i] = i * 7 + i / 251;
	memory_put(&g->d.mem, gpa, out, sizeof(out));
	one = scsi_do(g, &w);
	memory_fill(&g->d.mem, gpa, 0, sizeof(in));
	two = scsi_do(g, &r);
	memory_get(&g->d.mem, gpa, in, sizeof(in));
	report_ok(scsi_good(&one) && scsi_good(&two) &&
		  !memcmp(in, out, sizeof(in)),
		  "%s: LUN %u, across regions: %s; %s", name, lun,
		  scsi_text(&one), scsi_text(&two));
}

/*
 * Headers and data cut anywhere (ANY_LAYOUT; always with VERSION_1), for
 * commands that LIO completes itself as well.
 */
static void cut(struct scsi_guest *g, const char *name, uint16_t lun)
{
	const uint64_t a = SCSI_BIG_GPA + 77, b = SCSI_BIG_GPA + (1 << 20) + 33;
	unsigned int good = 0;
	uint32_t wrong = 0;

	if (!(g->d.features & F_INDIRECT))
		return;
	for (uint32_t i = 0; i < 100; i++) {
		struct scsi_io w = scsi_rw(lun, true, 10, i, 24, a);
		struct scsi_io r = scsi_rw(lun, false, 10, i, 24, b);
		struct scsi_io q = scsi_inquiry(lun);
		struct scsi_result res;

		w.odd = r.odd = q.odd = true;
		q.cdb[4] = q.in_len = 96;
		q.in = SCSI_BIG_GPA + (2 << 20) + 4096 - 50;
		scsi_fill(g, a, 24 * SCSI_BLOCK, i);
		memset(scsi_at(g, b), 0, 24 * SCSI_BLOCK);
		res = scsi_do(g, &w);
		good += scsi_good(&res);
		res = scsi_do(g, &r);
		good += scsi_good(&res);
		wrong += scsi_check(g, b, 24 * SCSI_BLOCK, i);
		memset(scsi_at(g, q.in), 0xa5, 96);
		res = scsi_do(g, &q);
		good += scsi_good(&res) &&
			!memcmp(scsi_at(g, q.in) + 8, "LIO-ORG ", 8);
	}
	report_ok(good == 300 && !wrong,
		  "%s: LUN %u, cut anywhere: %u of 300 good, %u bytes wrong",
		  name, lun, good, wrong);
}

static void run(struct scsi_guest *g, const char *name)
{
	uint32_t pieces = g->d.features & F_INDIRECT ? 100 : 2000;

	for (uint16_t lun = 0; lun < 2; lun++) {
		for (unsigned int i = 0; i < COUNT(offsets); i++) {
			offset(g, name, lun, offsets[i], 0);
			offset(g, name, lun, offsets[i], pieces + i);
		}
		regions(g, name, lun);
		cut(g, name, lun);
	}
}

void test_unaligned(void)
{
	if (!target_up_paused("unaligned"))
		return;
	each_kind(0, run);
	target_down_paused();
}
