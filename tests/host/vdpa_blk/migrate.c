// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration as QEMU does it: while requests go on, memory is copied, and then again
 * those pages that the dirty log names, until the device is suspended. A second
 * device goes on in the copy, in which each page has what was read into it last.
 *
 * The disk alone writes to the data pages. What else there is in the rings' part of
 * memory the driver writes, too, so that is copied each time.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "vdpa_blk/tests.h"

enum {
	PAGE = 4096,
	PAGES = MEMORY_RINGS / PAGE,
	BUFS = 16,		/* data pages */
	SPARE = 4,		/* and such that nobody uses */
	BLOCKS = 64,		/* of a page's size, on the disk */
	ROUNDS = 50,
	FIRST_BIT = MEMORY_RINGS_GPA / PAGE,
};

struct migration {
	struct disk *k;
	struct drv_mem data, heads;
	uint8_t *copy;
	uint8_t log[PAGE];	/* a bit for each page from 0 on */
	bool busy[BUFS];
	uint32_t block[BUFS];	/* that a page holds, or will; from 1 on */
	uint32_t wrong;		/* pages or responses */
	uint32_t logged;	/* data pages, in all rounds */
	uint32_t done;
};

static void fill(uint32_t *page, uint32_t block)
{
	for (uint32_t i = 0; i < PAGE / 4; i++)
		page[i] = block * 5003 + i;
}

static bool is_right(const struct migration *m, uint32_t buf)
{
	uint32_t want[PAGE / 4];

	fill(want, m->block[buf]);
	return !memcmp((uint8_t *)m->data.host + buf * PAGE, want, PAGE);
}

static void prepare(struct disk *k)
{
	uint32_t page[PAGE / 4];

	for (uint32_t b = 1; b <= BLOCKS; b++) {
		fill(page, b);
		if (disk_io(k, VIRTIO_BLK_T_OUT, b * 8, page, PAGE))
			report_die("block %u", b);
	}
}

/* ---- requests ------------------------------------------------------------- */

static void read_into(struct migration *m, uint32_t buf, uint32_t block)
{
	uint32_t at = buf * 64;
	struct virtio_blk_outhdr *hdr = (void *)((uint8_t *)m->heads.host + at);
	struct drv_buf chain[3] = {
		{ m->heads.addr + at, sizeof(*hdr) },
		{ m->data.addr + buf * PAGE, PAGE },
		{ m->heads.addr + at + 32, 1 },
	};

	*hdr = (struct virtio_blk_outhdr){ .sector = htole64(block * 8) };
	((uint8_t *)hdr)[32] = 0xff;
	m->busy[buf] = true;
	m->block[buf] = block;
	disk_submit(m->k, chain, 1, 2, buf);
}

static void submit_some(struct migration *m, uint32_t n)
{
	while (n--) {
		uint32_t buf = rand() % BUFS;

		if (!m->busy[buf])
			read_into(m, buf, 1 + rand() % BLOCKS);
	}
}

/* Take back what is used within @ms. */
static void reap(struct migration *m, int ms)
{
	struct drv_used used;

	while (disk_reap(m->k, &used, ms)) {
		uint32_t buf = used.token;

		m->wrong += buf >= BUFS || !m->busy[buf] || !is_right(m, buf) ||
			    ((uint8_t *)m->heads.host)[buf * 64 + 32];
		m->busy[buf % BUFS] = false;
		m->done++;
	}
}

static bool any_busy(const struct migration *m)
{
	for (uint32_t i = 0; i < BUFS; i++)
		if (m->busy[i])
			return true;
	return false;
}

/* ---- copying -------------------------------------------------------------- */

static bool take_bit(struct migration *m, uint32_t page)
{
	uint32_t bit = FIRST_BIT + page;
	uint8_t mask = 1 << bit % 8;

	return __atomic_fetch_and(&m->log[bit / 8], ~mask, __ATOMIC_SEQ_CST) & mask;
}

/* Bits are cleared before pages are copied: what comes behind is logged again. */
static void copy_dirty(struct migration *m)
{
	const uint8_t *from = (uint8_t *)m->k->d.mem.rings;
	uint32_t first = (m->data.addr - MEMORY_RINGS_GPA) / PAGE;

	for (uint32_t p = 0; p < PAGES; p++) {
		bool is_data = p >= first && p < first + BUFS + SPARE;
		bool dirty = take_bit(m, p);

		m->logged += dirty && is_data;
		m->wrong += dirty && p >= first + BUFS && p < first + BUFS + SPARE;
		if (dirty || !is_data)
			memcpy(m->copy + p * PAGE, from + p * PAGE, PAGE);
	}
}

static void begin_log(struct migration *m)
{
	uint64_t base = (uintptr_t)m->log, features = m->k->d.features | F_LOG_ALL;

	if (cmd(m->k->d.fd, VHOST_SET_LOG_BASE, &base) ||
	    cmd(m->k->d.fd, VHOST_SET_FEATURES, &features))
		report_die("LOG_ALL");
	memcpy(m->copy, m->k->d.mem.rings, MEMORY_RINGS);
}

/* All that the second device gets is the copy. */
static void switch_over(struct migration *m, struct disk *to)
{
	struct vhost_vring_state s = { 0 };

	if (cmd(m->k->d.fd, VHOST_VDPA_SUSPEND, NULL) ||
	    cmd(m->k->d.fd, VHOST_GET_VRING_BASE, &s))
		report_die("SUSPEND");
	copy_dirty(m);
	memcpy(m->k->d.mem.rings, m->copy, MEMORY_RINGS);
	disk_take_over(to, m->k, s.num);
	m->k = to;
	queue_kick(&to->d.q[0]);
}

static void check(struct migration *m, const char *name)
{
	uint32_t right = 0, used = 0;

	for (uint32_t i = 0; i < BUFS; i++) {
		used += m->block[i] != 0;
		right += m->block[i] && is_right(m, i);
	}
	report_ok(!any_busy(m) && !m->wrong,
		  "%s: %u requests, %u data pages logged; %u wrong", name, m->done,
		  m->logged, m->wrong);
	report_ok(right == used && used > BUFS / 2,
		  "%s: behind the migration %u of %u pages are right", name, right,
		  used);
}

void disk_migrate(const struct kind *kind, const char *from, const char *to)
{
	static struct migration m;
	struct disk k[2];

	disk_open_node(&k[0], from);
	if (!disk_start(&k[0], kind->features)) {
		report_skip("not offered", "%s: migration", kind->name);
		disk_close_node(&k[0]);
		return;
	}
	m = (struct migration){ .k = &k[0], .copy = malloc(MEMORY_RINGS) };
	prepare(&k[0]);
	m.heads = disk_take(&k[0], BUFS * 64);
	m.data = disk_take(&k[0], (BUFS + SPARE) * PAGE);
	srand(1);
	submit_some(&m, 8);
	begin_log(&m);
	for (int i = 0; i < ROUNDS; i++) {
		submit_some(&m, 1 + i % 12);
		reap(&m, i % 3 ? 0 : 1);
		copy_dirty(&m);
	}
	submit_some(&m, 10);
	disk_open_node(&k[1], to);
	switch_over(&m, &k[1]);
	while (any_busy(&m) && !m.wrong) {
		uint32_t done = m.done;

		reap(&m, SOON);
		if (done == m.done)
			break;
	}
	check(&m, kind->name);
	disk_close_node(&k[0]);
	disk_close_node(&k[1]);
	free(m.copy);
}
