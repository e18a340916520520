// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of many MiB: each is either done, or gets sense that names the
 * limit, and page B0 says what the limit is; at once, in any cut.
 */
#include <stdio.h>

#include "tests.h"

enum { BIG_PAGES = 9000, MIB = 1 << 20 };

static struct lio_store big;

struct size {
	const char *name;
	uint32_t bytes;
};

static const struct size sizes[] = {
	{ "8 MiB less 4 KiB", 8 * MIB - 4096 },
	{ "8 MiB", 8 * MIB },
	{ "8 MiB and 4 KiB", 8 * MIB + 4096 },
	{ "8 MiB and a block", 8 * MIB + SCSI_BLOCK },
	{ "10.3 MiB", (103 * MIB / 10) & ~511 },
	{ "32 MiB less a block", 32 * MIB - SCSI_BLOCK },
};

struct cut {
	const char *name;
	uint32_t offset;	/* of the data in its page */
	uint32_t pieces;	/* of data; 0: in one */
	bool direct;
};

static const struct cut cuts[] = {
	{ "in one", 0, 0, true },
	{ "in one, offset by 512", 512, 0, true },
	{ "in 100 pieces", 0, 100, true },
	{ "in 1000 pieces", 0, 1000 },
	{ "in 1000 pieces, offset by 512", 512, 1000 },
};

/* Rounded up to blocks, so that pieces do not cut one. */
static uint32_t piece_of(const struct cut *c, uint32_t bytes)
{
	if (!c->pieces)
		return 0;
	return (bytes / c->pieces + SCSI_BLOCK) & ~(SCSI_BLOCK - 1);
}

/* CHECK CONDITION is right if it says that the transfer is too long. */
static bool names_limit(const struct scsi_result *r)
{
	return scsi_sense_key(r) == ILLEGAL_REQUEST && scsi_asc(r) == 0x2400;
}

/* Return: whether the requests came back. */
static bool transfer(struct scsi_guest *g, const char *name,
		     const struct size *s, const struct cut *c)
{
	uint64_t gpa = SCSI_BIG_GPA + c->offset, start = now_ms();
	uint32_t blocks = s->bytes / SCSI_BLOCK, wrong = 0;
	bool write_good, read_good;
	struct scsi_io io = scsi_rw(3, true, 10, 16, blocks, gpa);
	struct scsi_result w, r;

	io.direct = c->direct;
	io.piece = piece_of(c, s->bytes);
	scsi_fill(g, gpa, s->bytes, blocks);
	w = scsi_do(g, &io);
	if (!w.back)
		return report_ok(false, "%s: %s, %s: WRITE is not back", name,
				 s->name, c->name);
	write_good = scsi_good(&w) && !w.resp.resid;
	memset(scsi_at(g, gpa), 0xa5, s->bytes + 16);
	io = scsi_rw(3, false, 10, 16, blocks, gpa);
	io.direct = c->direct;
	io.piece = piece_of(c, s->bytes);
	r = scsi_do(g, &io);
	read_good = scsi_good(&r) && !r.resp.resid;
	if (write_good && read_good)
		wrong = scsi_check(g, gpa, s->bytes, blocks) +
			(scsi_at(g, gpa)[s->bytes] != 0xa5);
	report_ok((write_good || names_limit(&w)) &&
		  (read_good || names_limit(&r)) && !wrong,
		  "%s: %s, %s: %u bytes wrong, %llu ms; %s; %s", name,
		  s->name, c->name, wrong,
		  (unsigned long long)(now_ms() - start), scsi_text(&w),
		  scsi_text(&r));
	return r.back;
}

/* SBC-3 6.6.4: bytes 8 to 11 are the most blocks of a transfer; 0: no limit */
static void limits(struct scsi_guest *g, const char *name)
{
	struct scsi_io io = scsi_io(3, 0x12);
	struct scsi_result r;
	uint32_t most = 0;

	io.cdb[1] = 1;
	io.cdb[2] = 0xb0;
	io.cdb[4] = 64;
	io.in = SCSI_BIG_GPA;
	io.in_len = 64;
	r = scsi_do(g, &io);
	memcpy(&most, scsi_at(g, SCSI_BIG_GPA) + 8, 4);
	most = be32toh(most);
	report_ok(scsi_good(&r), "%s: page B0: at most %u blocks: %s", name,
		  most, scsi_text(&r));
	if (!most || most > 32 * MIB / SCSI_BLOCK)
		return;
	/* What it says can be done must be done. */
	io = scsi_rw(3, false, 16, 0, most, SCSI_BIG_GPA);
	r = scsi_do(g, &io);
	report_ok(scsi_good(&r) && !r.resp.resid,
		  "%s: READ of as much as page B0 says: %s", name,
		  scsi_text(&r));
}

static void run(struct scsi_guest *g, const char *name)
{
	limits(g, name);
	for (unsigned int i = 0; i < COUNT(sizes) * COUNT(cuts); i++) {
		const struct cut *c = &cuts[i % COUNT(cuts)];

		if (!c->direct && !(g->d.features & F_INDIRECT))
			continue;
		if (!transfer(g, name, &sizes[i / COUNT(cuts)], c))
			return;
	}
	report_ok(scsi_works(g, 3), "%s: works after that", name);
}

void test_sizes(void)
{
	target_up();
	lio_ramdisk(&big, "big", BIG_PAGES);
	if (lio_lun_add(&target.tpg, 3, &big))
		report_die("LUN 3");
	each_kind(0, run);
	lio_lun_remove(&target.tpg, 3);
	lio_store_remove(&big);
	target_down();
}
