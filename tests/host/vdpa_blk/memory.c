// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that the disk may not use: not mapped, mapped for one direction only,
 * beyond the end of a mapping, or unmapped while the device runs. It touches
 * nothing and asks for a reset.
 */
#include <string.h>
#include <sys/mman.h>

#include "vdpa_blk/tests.h"

#define EXTRA_ADDR 0x200000000ull

enum { EXTRA = 65536, NEEDS_RESET = 0x40 };

struct extra {
	uint8_t *at;
	uint8_t perm;
};

static void extra_map(struct disk *k, struct extra *e, uint8_t perm)
{
	e->at = mmap(NULL, EXTRA, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e->at == MAP_FAILED)
		report_die("mmap");
	memset(e->at, 'e', EXTRA);
	if (iotlb_update(k->d.fd, V2, EXTRA_ADDR, EXTRA, (uintptr_t)e->at, perm))
		report_die("map");
}

static bool is_untouched(const struct extra *e)
{
	for (int i = 0; i < EXTRA; i++)
		if (e->at[i] != 'e')
			return false;
	return true;
}

/* A READ or WRITE whose data is at @addr. */
static void submit(struct disk *k, uint32_t type, uint64_t addr, uint32_t bytes)
{
	struct drv_mem h = disk_take(k, 4096);
	struct virtio_blk_outhdr *hdr = h.host;
	bool write = type == VIRTIO_BLK_T_OUT;
	struct drv_buf buf[3] = {
		{ h.addr, sizeof(*hdr) }, { addr, bytes }, { h.addr + 64, 1 },
	};

	*hdr = (struct virtio_blk_outhdr){ .type = htole32(type), .sector = htole64(write ? 16 : 64) };
	disk_submit(k, buf, write ? 2 : 1, write ? 1 : 2, 1);
}

static bool breaks(struct disk *k)
{
	return event_wait(k->config_call, SOON) && disk_status(k) & NEEDS_RESET;
}

static const struct {
	const char *what;
	uint8_t perm;
	uint32_t type;
	uint64_t addr;
	uint32_t bytes;
	bool permitted;
} rows[] = {
	{ "READ into what it may write", VHOST_ACCESS_WO, VIRTIO_BLK_T_IN, EXTRA_ADDR, 4096, true },
	{ "WRITE from what it may read", VHOST_ACCESS_RO, VIRTIO_BLK_T_OUT, EXTRA_ADDR, 4096, true },
	{ "READ up to the last mapped byte", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, EXTRA_ADDR + EXTRA - 512, 512, true },
	{ "READ into what it may only read", VHOST_ACCESS_RO, VIRTIO_BLK_T_IN, EXTRA_ADDR, 4096 },
	{ "WRITE from what it may only write", VHOST_ACCESS_WO, VIRTIO_BLK_T_OUT, EXTRA_ADDR, 4096 },
	{ "READ beyond the end of a mapping", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, EXTRA_ADDR + EXTRA - 512, 1024 },
	{ "READ before its beginning", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, EXTRA_ADDR - 512, 1024 },
	{ "READ to nowhere", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, 0x900000000ull, 512 },
	{ "READ to the last addresses", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, -512ull, 512 },
	{ "READ that wraps around", VHOST_ACCESS_RW, VIRTIO_BLK_T_IN, -512ull, 1024 },
};

static void try_row(struct disk *k, unsigned int i, uint64_t features)
{
	struct drv_used used;
	struct extra e;
	bool good;

	disk_start(k, features);
	extra_map(k, &e, rows[i].perm);
	submit(k, rows[i].type, rows[i].addr, rows[i].bytes);
	if (rows[i].permitted)
		good = disk_reap(k, &used, SOON) && used.len;
	else
		good = breaks(k) && is_untouched(&e);
	report_ok(good, "%s", rows[i].what);
	disk_reset(k);
	event_take(k->config_call);
	iotlb_invalidate(k->d.fd, V2, EXTRA_ADDR, EXTRA);
	munmap(e.at, EXTRA);
}

/* Unmapped and mapped again, to something else, while the device runs. */
static void replaced(struct disk *k, uint64_t features)
{
	struct drv_used used;
	struct extra a, b;

	disk_start(k, features);
	disk_works(k);
	extra_map(k, &a, VHOST_ACCESS_RW);
	submit(k, VIRTIO_BLK_T_IN, EXTRA_ADDR, 512);
	report_ok(disk_reap(k, &used, SOON) && a.at[0] != 'e', "memory that is mapped while it runs");
	memset(a.at, 'e', EXTRA);
	report_ok(!iotlb_invalidate(k->d.fd, V2, EXTRA_ADDR, EXTRA), "and unmapped");
	extra_map(k, &b, VHOST_ACCESS_RW);
	submit(k, VIRTIO_BLK_T_IN, EXTRA_ADDR, 512);
	report_ok(disk_reap(k, &used, SOON) && b.at[0] != 'e' && is_untouched(&a),
		  "another memory at the same address is what it uses");
	report_ok(!iotlb_invalidate(k->d.fd, V2, EXTRA_ADDR, EXTRA) && disk_works(k),
		  "without it, other requests go on");
	submit(k, VIRTIO_BLK_T_IN, EXTRA_ADDR, 512);
	report_ok(breaks(k), "and one to it breaks the queue");
	disk_reset(k);
	event_take(k->config_call);
	munmap(a.at, EXTRA);
	munmap(b.at, EXTRA);
}

/* The ring itself. */
static void ring_unmapped(struct disk *k, uint64_t features)
{
	disk_start(k, features);
	report_ok(!iotlb_invalidate(k->d.fd, V2, MEMORY_RINGS_GPA, MEMORY_RINGS),
		  "the ring is unmapped while it runs");
	queue_kick(&k->d.q[0]);
	report_ok(breaks(k), "the device asks for a reset");
	disk_reset(k);
	event_take(k->config_call);
	disk_start(k, features);
	report_ok(disk_works(k), "and works after it");
	disk_reset(k);
}

void test_memory(void)
{
	struct disk k;

	disk_add(&(struct disk_settings){ "d0", "/dev/ram0" });
	for (unsigned int i = 0; i < n_kinds; i++) {
		disk_open_node(&k, "d0");
		if (disk_start(&k, kinds[i].features)) {
			disk_reset(&k);
			report_note("%s", kinds[i].name);
			for (unsigned int r = 0; r < COUNT(rows); r++)
				try_row(&k, r, kinds[i].features);
			replaced(&k, kinds[i].features);
			ring_unmapped(&k, kinds[i].features);
		}
		disk_close_node(&k);
	}
	disk_del("d0");
}
