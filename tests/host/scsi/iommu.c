// SPDX-License-Identifier: GPL-2.0-only
/*
 * Behind an IOTLB (ACCESS_PLATFORM): translations of headers, data and rings come
 * late, are taken away while a disk has the command, or never come.
 */
#include "lib/iotlb.h"
#include "tests.h"

enum {
	TYPE = VHOST_IOTLB_MSG_V2,
	BLOCKS = 8,
	BYTES = BLOCKS * SCSI_BLOCK,
	OUT = MEMORY_PIECE / 2 - BYTES / 2,	/* from the start of data */
	IN = OUT + MEMORY_PIECE,
};

#define AT(offset) (MEMORY_DATA_GPA + (offset))

static const struct kind behind[] = {
	{ "split", F_V1 | F_EVENT | F_IOMMU },
	{ "packed", F_V1 | F_EVENT | F_PACKED | F_IOMMU },
};

static void map_all(struct scsi_guest *g)
{
	struct device *d = &g->d;
	/* the headers lie in the rings' memory */
	int err = iotlb_update(d->fd, TYPE, memory_gpa(&d->mem, d->mem.rings),
			       MEMORY_RINGS, (uintptr_t)d->mem.rings,
			       VHOST_ACCESS_RW);

	if (!err)
		err = iotlb_map_data(d, TYPE);
	if (err)
		report_die("map: %s", errno_name(err));
}

static void unmap_all(struct scsi_guest *g)
{
	if (iotlb_invalidate(g->d.fd, TYPE, 0, 1ull << 40))
		report_die("unmap");
}

/* Nothing is mapped; the endpoint is set, which needs no translation. */
static void open_behind(struct scsi_guest *g, const struct kind *k)
{
	scsi_open_bare(g);
	iotlb_begin(&g->d, k->features, TYPE, SCSI_NUM);
	errno = scsi_set_endpoint(g, WWN, 1);
	if (errno)
		report_die("endpoint");
}

static void fill(struct scsi_guest *g, uint8_t seed)
{
	for (uint32_t i = 0; i < BYTES; i++) {
		*memory_at(&g->d.mem, AT(OUT + i)) = seed + i / 3;
		*memory_at(&g->d.mem, AT(IN + i)) = 0;
	}
}

/* Bytes read that are not those written; data crosses pages and pieces. */
static uint32_t wrong(struct scsi_guest *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < BYTES; i++)
		n += *memory_at(&g->d.mem, AT(IN + i)) !=
		     *memory_at(&g->d.mem, AT(OUT + i));
	return n;
}

static bool there_and_back(struct scsi_guest *g, uint16_t lun, uint8_t seed)
{
	struct scsi_io out = scsi_rw(lun, true, 10, seed, BLOCKS, AT(OUT));
	struct scsi_io in = scsi_rw(lun, false, 10, seed, BLOCKS, AT(IN));
	struct scsi_result r;

	fill(g, seed);
	r = scsi_do(g, &out);
	if (!scsi_good(&r))
		return false;
	r = scsi_do(g, &in);
	return scsi_good(&r) && !wrong(g);
}

/* ---- misses ----------------------------------------------------------- */

static void misses(const struct kind *k)
{
	struct scsi_guest g;
	struct iommu u;
	uint32_t before, bad = 0;

	open_behind(&g, k);
	iommu_start(&u, &g.d);
	for (uint8_t seed = 1; seed <= 20; seed++) {
		bad += !there_and_back(&g, 0, seed);
		if (seed % 4 == 0)
			unmap_all(&g);
	}
	before = u.misses;
	bad += !there_and_back(&g, 0, 40);
	bad += !there_and_back(&g, 0, 41);
	iommu_stop(&u);
	report_ok(!bad && before, "%s: %u of 22 went wrong, %u misses", k->name,
		  bad, before);
	scsi_close(&g);
}

/* ---- a translation that does not come --------------------------------- */

static void missing(const struct kind *k)
{
	struct scsi_guest g;
	struct scsi_io io;
	struct scsi_result r;
	int slot;

	open_behind(&g, k);
	map_all(&g);
	if (!there_and_back(&g, 0, 3))
		report_ok(false, "%s: all mapped", k->name);
	fill(&g, 3);
	iotlb_invalidate(g.d.fd, TYPE, AT(IN), BYTES);
	io = scsi_rw(0, false, 10, 3, BLOCKS, AT(IN));
	slot = scsi_send(&g, &io);
	report_ok(slot >= 0 && !scsi_back(&g, slot, SCSI_NOT),
		  "%s: a READ waits for its translation", k->name);
	map_all(&g);
	r = scsi_take(&g, slot, SCSI_SOON);
	report_ok(scsi_good(&r) && !wrong(&g), "%s: and goes on: %s", k->name,
		  scsi_text(&r));

	/* may be read, not written */
	iotlb_invalidate(g.d.fd, TYPE, AT(0), 2 * MEMORY_PIECE);
	for (uint64_t at = AT(0); at < AT(2 * MEMORY_PIECE); at += MEMORY_PIECE)
		iotlb_update(g.d.fd, TYPE, at, MEMORY_PIECE,
			     (uintptr_t)memory_at(&g.d.mem, at), VHOST_ACCESS_RO);
	slot = scsi_send(&g, &io);
	report_ok(slot >= 0 && !scsi_back(&g, slot, SCSI_NOT),
		  "%s: a READ does not write what it may only read", k->name);
	map_all(&g);
	r = scsi_take(&g, slot, SCSI_SOON);
	report_ok(scsi_good(&r), "%s: until it may: %s", k->name, scsi_text(&r));

	/* a stop ends the wait */
	iotlb_invalidate(g.d.fd, TYPE, AT(IN), BYTES);
	slot = scsi_send(&g, &io);
	report_ok(slot >= 0 && !scsi_back(&g, slot, SCSI_NOT) &&
		  !scsi_clear_endpoint(&g, WWN, 1),
		  "%s: CLEAR_ENDPOINT does not wait for it", k->name);
	scsi_close(&g);
}

/* ---- taken away while the disk has the command -------------------------- */

static void taken_away(const struct kind *k)
{
	struct scsi_guest g;
	struct scsi_result r[2];
	struct iommu u;
	int slot[2];

	open_behind(&g, k);
	map_all(&g);
	if (!there_and_back(&g, 1, 5))
		report_ok(false, "%s: all mapped", k->name);
	fill(&g, 5);
	disk_pause(&target.paused);
	for (int i = 0; i < 2; i++) {
		struct scsi_io io = scsi_rw(1, !i, 10, 5, BLOCKS, AT(i ? IN : OUT));

		slot[i] = scsi_send(&g, &io);
	}
	/* on LUN 0, behind them in the queue: so they were taken */
	if (!there_and_back(&g, 0, 6))
		report_ok(false, "%s: LUN 0 beside a disk that waits", k->name);
	unmap_all(&g);
	disk_resume(&target.paused);
	report_ok(!scsi_back(&g, slot[0], SCSI_NOT),
		  "%s: a response waits for its translation", k->name);
	iommu_start(&u, &g.d);
	queue_kick(&g.d.q[SCSI_IO]);
	for (int i = 0; i < 2; i++)
		r[i] = scsi_take(&g, slot[i], SCSI_SOON);
	report_ok(r[0].back && r[1].back && u.misses,
		  "%s: both came back, %u misses: %s", k->name, u.misses,
		  scsi_text(&r[0]));
	report_ok(there_and_back(&g, 1, 7) && there_and_back(&g, 0, 8),
		  "%s: both disks go on", k->name);
	iommu_stop(&u);
	scsi_close(&g);
}

/* ---- replaced while the disk has the command ------------------------------ */

/* The owner puts another page behind the response's address, and says no more. */
static void replaced(const struct kind *k)
{
	struct scsi_guest g;
	struct scsi_io io = scsi_rw(1, false, 10, 5, BLOCKS, AT(IN));
	uint8_t *other = aligned_alloc(4096, 4096), *was;
	struct iommu u;
	uint64_t page;
	int slot;

	open_behind(&g, k);
	map_all(&g);
	disk_pause(&target.paused);
	slot = scsi_send(&g, &io);
	if (!other || slot < 0 || !there_and_back(&g, 0, 9))
		report_die("begin");
	page = scsi_resp_gpa(&g, slot) & ~4095ull;
	was = scsi_resp(&g, slot);
	memset(other, 0x5a, 4096);
	if (iotlb_update(g.d.fd, TYPE, page, 4096, (uintptr_t)other,
			 VHOST_ACCESS_RW))
		report_die("update");
	/* the entry that had the page is gone: the rest of it is asked for */
	iommu_start(&u, &g.d);
	disk_resume(&target.paused);
	report_ok(scsi_back(&g, slot, SCSI_SOON), "%s: it comes back", k->name);
	report_ok(other[scsi_resp_gpa(&g, slot) - page] != 0x5a && *was == 0xa5,
		  "%s: its response where its address leads now", k->name);
	iommu_stop(&u);
	scsi_close(&g);
	free(other);
}

void test_iommu(void)
{
	struct scsi_guest probe;
	bool offered;

	scsi_open_bare(&probe);
	offered = probe.d.offered & F_IOMMU;
	scsi_close(&probe);
	if (!offered) {
		report_skip("this module has no IOTLB", "IOTLB");
		return;
	}
	target_up();
	for (unsigned int i = 0; i < COUNT(behind); i++) {
		misses(&behind[i]);
		missing(&behind[i]);
	}
	target_down();
	if (!target_up_paused("IOTLB"))
		return;
	for (unsigned int i = 0; i < COUNT(behind); i++) {
		taken_away(&behind[i]);
		replaced(&behind[i]);
	}
	target_down_paused();
}
