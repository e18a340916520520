// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request after the other, right and wrong: each comes back once, with the
 * status that the specification has for it (virtio 1.3, 5.2.6), and is counted by
 * what was wrong with it. What was rejected has changed nothing.
 */
#include <string.h>

#include "vdpa_blk/tests.h"

/* Stands for the number of sectors, in the tables. */
#define END (1ull << 62)

enum {
	OK = VIRTIO_BLK_S_OK,
	IOERR = VIRTIO_BLK_S_IOERR,
	UNSUPP = VIRTIO_BLK_S_UNSUPP,
	NO_STATUS = 0x100,	/* there is no byte for one */
	PARTS = 6,		/* buffers each way */
	STRIDE = 0x10000,	/* from one buffer to the next */
	UNTOUCHED = 0xee,
};

struct row {
	const char *what;
	uint32_t type;
	uint64_t sector;
	uint32_t out[PARTS], in[PARTS];	/* bytes of the buffers */
	int status;
	const char *counter;	/* goes up by one */
	struct {
		uint64_t sector;
		uint32_t sectors, flags;
	} range;		/* of each 16 bytes of a discard's data */
};

#define IN VIRTIO_BLK_T_IN
#define OUT VIRTIO_BLK_T_OUT
#define FLUSH VIRTIO_BLK_T_FLUSH
#define GET_ID VIRTIO_BLK_T_GET_ID
#define DISCARD VIRTIO_BLK_T_DISCARD
#define ZEROES VIRTIO_BLK_T_WRITE_ZEROES

static const struct row rows[] = {
	/* header, data and status may be divided into buffers at will (2.7.4) */
	{ "READ", IN, 0, { 16 }, { 512, 1 }, OK, "reads" },
	{ "READ, header in pieces", IN, 8, { 1, 7, 5, 3 }, { 512, 1 }, OK, "reads" },
	{ "READ, status behind the data", IN, 8, { 16 }, { 513 }, OK, "reads" },
	{ "READ, data in odd pieces", IN, 8, { 16 }, { 1, 510, 2 }, OK, "bounced" },
	{ "READ of 64 KiB", IN, 8, { 16 }, { 65536, 1 }, OK, "reads" },
	{ "READ of the last sector", IN, END - 1, { 16 }, { 512, 1 }, OK, "reads" },
	{ "WRITE", OUT, 8, { 16, 512 }, { 1 }, OK, "writes" },
	{ "WRITE, all in one buffer", OUT, 8, { 528 }, { 1 }, OK, "writes" },
	{ "WRITE of the last sector", OUT, END - 1, { 16, 512 }, { 1 }, OK, "writes" },
	{ "FLUSH", FLUSH, 0, { 16 }, { 1 }, OK, "flushes" },
	{ "FLUSH with a sector", FLUSH, 77, { 16 }, { 1 }, OK, "flushes" },
	{ "GET_ID", GET_ID, 0, { 16 }, { 20, 1 }, OK, "ids" },
	{ "DISCARD", DISCARD, 0, { 16, 16 }, { 1 }, OK, "discards", { 64, 8 } },
	{ "DISCARD of 16 ranges", DISCARD, 0, { 16, 256 }, { 1 }, OK, "discards", { 64, 8 } },
	{ "WRITE_ZEROES", ZEROES, 0, { 16, 16 }, { 1 }, OK, "write_zeroes", { 64, 8 } },
	{ "WRITE_ZEROES, unmap", ZEROES, 0, { 16, 16 }, { 1 }, OK, "write_zeroes", { 64, 8, 1 } },

	/* header and status */
	{ "a header of 15 bytes", IN, 0, { 15 }, { 512, 1 }, IOERR, "bad_header" },
	{ "no header", IN, 0, { 0 }, { 512, 1 }, IOERR, "bad_header" },
	{ "nothing writable", IN, 0, { 16 }, { 0 }, NO_STATUS, "bad_header" },
	{ "WRITE without a status", OUT, 8, { 16, 512 }, { 0 }, NO_STATUS, "bad_header" },
	{ "one byte", IN, 0, { 1 }, { 0 }, NO_STATUS, "bad_header" },

	/* lengths and directions */
	{ "READ of nothing", IN, 0, { 16 }, { 1 }, IOERR, "bad_length" },
	{ "READ of 511 bytes", IN, 0, { 16 }, { 511, 1 }, IOERR, "bad_length" },
	{ "READ of 513 bytes", IN, 0, { 16 }, { 513, 1 }, IOERR, "bad_length" },
	{ "READ of 1 byte", IN, 0, { 16 }, { 1, 1 }, IOERR, "bad_length" },
	{ "READ with readable data", IN, 0, { 16, 512 }, { 512, 1 }, IOERR, "bad_length" },
	{ "READ with one byte behind the header", IN, 0, { 17 }, { 512, 1 }, IOERR, "bad_length" },
	{ "WRITE of nothing", OUT, 8, { 16 }, { 1 }, IOERR, "bad_length" },
	{ "WRITE of 511 bytes", OUT, 8, { 16, 511 }, { 1 }, IOERR, "bad_length" },
	{ "WRITE with writable data", OUT, 8, { 16, 512 }, { 512, 1 }, IOERR, "bad_length" },
	{ "FLUSH with data to read", FLUSH, 0, { 16 }, { 512, 1 }, IOERR, "bad_length" },
	{ "FLUSH with data", FLUSH, 0, { 16, 512 }, { 1 }, IOERR, "bad_length" },
	{ "GET_ID of 19 bytes", GET_ID, 0, { 16 }, { 19, 1 }, IOERR, "bad_length" },
	{ "GET_ID of 21 bytes", GET_ID, 0, { 16 }, { 21, 1 }, IOERR, "bad_length" },

	/* sectors: CVE-2026-97991 */
	{ "READ behind the end", IN, END, { 16 }, { 512, 1 }, IOERR, "bad_range" },
	{ "READ across the end", IN, END - 1, { 16 }, { 1024, 1 }, IOERR, "bad_range" },
	{ "READ of the last number", IN, -1ull, { 16 }, { 512, 1 }, IOERR, "bad_range" },
	{ "READ that wraps around", IN, -1ull, { 16 }, { 1024, 1 }, IOERR, "bad_range" },
	{ "READ whose byte number wraps to 0", IN, 1ull << 55, { 16 }, { 512, 1 }, IOERR, "bad_range" },
	{ "READ at 2^54", IN, 1ull << 54, { 16 }, { 512, 1 }, IOERR, "bad_range" },
	{ "WRITE behind the end", OUT, END, { 16, 512 }, { 1 }, IOERR, "bad_range" },
	{ "WRITE across the end", OUT, END - 1, { 16, 1024 }, { 1 }, IOERR, "bad_range" },
	{ "WRITE that wraps around", OUT, -2ull, { 16, 2048 }, { 1 }, IOERR, "bad_range" },
	{ "WRITE whose byte number wraps to 0", OUT, 1ull << 55, { 16, 512 }, { 1 }, IOERR, "bad_range" },

	/* types */
	{ "SCSI_CMD", 2, 0, { 16, 512 }, { 512, 1 }, UNSUPP, "bad_type" },
	{ "type 3", 3, 0, { 16 }, { 512, 1 }, UNSUPP, "bad_type" },
	{ "GET_LIFETIME", 10, 0, { 16 }, { 512, 1 }, UNSUPP, "bad_type" },
	{ "SECURE_ERASE", 14, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type" },
	{ "ZONE_APPEND", 15, 0, { 16, 512 }, { 9 }, UNSUPP, "bad_type" },
	{ "READ with the barrier of old drivers", 0x80000000, 0, { 16 }, { 512, 1 }, UNSUPP, "bad_type" },
	{ "type 2^32 - 1", -1u, 0, { 16 }, { 512, 1 }, UNSUPP, "bad_type" },
	{ "a type in the wrong byte order", 0x04000000, 0, { 16 }, { 1 }, UNSUPP, "bad_type" },

	/* ranges */
	{ "DISCARD of no range", DISCARD, 0, { 16 }, { 1 }, IOERR, "bad_length" },
	{ "DISCARD of half a range", DISCARD, 0, { 24 }, { 1 }, IOERR, "bad_length" },
	{ "DISCARD of 17 ranges", DISCARD, 0, { 16, 272 }, { 1 }, IOERR, "bad_length", { 64, 8 } },
	{ "DISCARD with data to read", DISCARD, 0, { 16, 16 }, { 512, 1 }, IOERR, "bad_length", { 64, 8 } },
	{ "DISCARD of no sector", DISCARD, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { 64, 0 } },
	{ "DISCARD across the end", DISCARD, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { END - 1, 2 } },
	{ "DISCARD that wraps around", DISCARD, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { -1ull, 2 } },
	{ "DISCARD of 2^32 - 1 sectors", DISCARD, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { 0, -1u } },
	{ "DISCARD with a flag", DISCARD, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8, 1 } },
	{ "WRITE_ZEROES of 2 ranges", ZEROES, 0, { 16, 32 }, { 1 }, IOERR, "bad_length", { 64, 8 } },
	{ "WRITE_ZEROES behind the end", ZEROES, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { END, 1 } },
	{ "WRITE_ZEROES of too many sectors", ZEROES, 0, { 16, 16 }, { 1 }, IOERR, "bad_range", { 0, -1u } },
	{ "WRITE_ZEROES with an unknown flag", ZEROES, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8, 2 } },
};

/* Of a disk that can only be read, and of a driver that took no feature. */
static const struct row read_only_rows[] = {
	{ "READ", IN, 0, { 16 }, { 512, 1 }, OK, "reads" },
	{ "FLUSH", FLUSH, 0, { 16 }, { 1 }, OK, "flushes" },
	{ "GET_ID", GET_ID, 0, { 16 }, { 20, 1 }, OK, "ids" },
	{ "WRITE", OUT, 8, { 16, 512 }, { 1 }, IOERR, "read_only" },
	{ "DISCARD", DISCARD, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8 } },
	{ "WRITE_ZEROES", ZEROES, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8 } },
};

static const struct row plain_rows[] = {
	{ "WRITE", OUT, 8, { 16, 512 }, { 1 }, OK, "writes" },
	{ "FLUSH", FLUSH, 0, { 16 }, { 1 }, OK, "flushes" },
	{ "DISCARD", DISCARD, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8 } },
	{ "WRITE_ZEROES", ZEROES, 0, { 16, 16 }, { 1 }, UNSUPP, "bad_type", { 64, 8 } },
};

static uint64_t sector_of(const struct disk *k, uint64_t sector)
{
	return sector - (END - 16) <= 32 ? sector - END + k->sectors : sector;
}

static uint32_t total(const uint32_t *bytes)
{
	uint32_t n = 0;

	for (int i = 0; i < PARTS; i++)
		n += bytes[i];
	return n;
}

/* The readable bytes of a request, as far as there is room for them. */
static void fill(const struct disk *k, const struct row *r, uint8_t *all, uint32_t len)
{
	struct virtio_blk_outhdr hdr = {
		.type = htole32(r->type), .sector = htole64(sector_of(k, r->sector)),
	};
	struct virtio_blk_discard_write_zeroes range = {
		.sector = htole64(sector_of(k, r->range.sector)),
		.num_sectors = htole32(r->range.sectors),
		.flags = htole32(r->range.flags),
	};

	memset(all, 'w', len);
	memcpy(all, &hdr, len < sizeof(hdr) ? len : sizeof(hdr));
	if (r->type == DISCARD || r->type == ZEROES)
		for (uint32_t at = 16; at + 16 <= len; at += 16)
			memcpy(all + at, &range, 16);
}

/* Buffers of these sizes, STRIDE apart. Return: how many. */
static uint32_t lay_out(const uint32_t *bytes, uint64_t addr, struct drv_buf *buf)
{
	uint32_t n = 0;

	for (int i = 0; i < PARTS && bytes[i]; i++)
		buf[n++] = (struct drv_buf){ addr + (uint64_t)i * STRIDE, bytes[i] };
	return n;
}

static const char *send(struct disk *k, const struct row *r, int *status)
{
	struct drv_mem m = disk_take(k, 2 * PARTS * STRIDE + 65536);
	uint8_t all[4096], *out = m.host, *in = out + PARTS * STRIDE;
	uint32_t out_len = total(r->out), in_len = total(r->in), at = 0;
	uint32_t n_out, n_in, last = 0;
	struct drv_buf buf[2 * PARTS];
	struct drv_used used;

	fill(k, r, all, out_len);
	for (int i = 0; i < PARTS; at += r->out[i++])
		memcpy(out + i * STRIDE, all + at, r->out[i]);
	memset(in, UNTOUCHED, PARTS * STRIDE);
	n_out = lay_out(r->out, m.addr, buf);
	n_in = lay_out(r->in, m.addr + PARTS * STRIDE, buf + n_out);
	disk_submit(k, buf, n_out, n_in, 5);
	if (!disk_reap(k, &used, SOON))
		return "it does not come back";
	k->d.mem.used -= m.size;
	if (used.token != 5)
		return "another one comes back";
	*status = NO_STATUS;
	if (n_in) {
		last = n_in - 1;
		*status = in[last * STRIDE + r->in[last] - 1];
	}
	if (used.len > in_len || (*status == OK && used.len != in_len))
		return "the used length is wrong";
	return NULL;
}

static const char *try(struct disk *k, const struct row *r, int *status)
{
	uint64_t before = disk_counter(k->name, r->counter);
	const char *why = send(k, r, status);

	if (why)
		return why;
	if (*status != r->status)
		return "the status is wrong";
	return disk_counter(k->name, r->counter) == before + 1 ? NULL :
	       "it is not counted";
}

static void try_all(struct disk *k, const char *kind, const struct row *row,
		    unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		int status = -1;
		const char *why = try(k, &row[i], &status);

		report_ok(!why, "%s: %s: status %#x, %s: %s", kind, row[i].what,
			  status, row[i].counter, why ? why : "fine");
	}
}

/* Sectors 0 to 7 and those before the last are never written by a good row. */
static void put_marks(struct disk *k, uint8_t *mark)
{
	memset(mark, 'm', 8 * SECTOR);
	if (disk_io(k, OUT, 0, mark, 8 * SECTOR) ||
	    disk_io(k, OUT, k->sectors - 9, mark, 8 * SECTOR))
		report_die("marks");
}

static bool marks_are_there(struct disk *k, const uint8_t *mark)
{
	static uint8_t got[8 * SECTOR];

	return !disk_io(k, IN, 0, got, sizeof(got)) &&
	       !memcmp(got, mark, 7 * SECTOR) &&
	       !disk_io(k, IN, k->sectors - 9, got, sizeof(got)) &&
	       !memcmp(got, mark, sizeof(got));
}

static void on_kind(const struct kind *kind)
{
	static uint8_t mark[8 * SECTOR];
	struct disk k;

	disk_open_node(&k, "d0");
	if (disk_start(&k, kind->features)) {
		put_marks(&k, mark);
		try_all(&k, kind->name, rows, COUNT(rows));
		report_ok(marks_are_there(&k, mark), "%s: what was there is there",
			  kind->name);
		report_ok(!(disk_status(&k) & 0x40) && disk_works(&k),
			  "%s: and the disk works", kind->name);
	} else {
		report_skip("not offered", "%s", kind->name);
	}
	disk_close_node(&k);
}

static void with(const struct disk_settings *s, const char *what,
		 uint64_t features, const struct row *row, unsigned int n)
{
	struct disk k;

	disk_add(s);
	disk_open_node(&k, s->name);
	if (!disk_start(&k, features))
		report_die("%s: features", what);
	try_all(&k, what, row, n);
	disk_close_node(&k);
	disk_del(s->name);
}

void test_requests(void)
{
	const struct disk_settings d0 = { "d0", "/dev/ram0" };
	const struct disk_settings ro = { "d1", "/dev/ram1", .read_only = true };
	const struct disk_settings plain = { "d2", "/dev/ram2" };

	disk_add(&d0);
	for (unsigned int i = 0; i < n_kinds; i++)
		on_kind(&kinds[i]);
	disk_del("d0");
	with(&ro, "read-only", F_V1 | F_IOMMU | BIT64(VIRTIO_BLK_F_RO) |
	     BIT64(VIRTIO_BLK_F_FLUSH), read_only_rows, COUNT(read_only_rows));
	with(&plain, "without features", F_V1 | F_IOMMU, plain_rows,
	     COUNT(plain_rows));
}
