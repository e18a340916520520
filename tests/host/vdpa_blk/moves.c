// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend, the place of the queue, and a second device that goes on from there:
 * every request is carried out once, by the one or the other.
 */
#include <string.h>
#include <unistd.h>

#include "lib/paused_disk.h"
#include "vdpa_blk/tests.h"

enum { ROUNDS = 40, MOST = 20 };

static uint32_t base_of(struct disk *k)
{
	struct vhost_vring_state s = { 0 };

	if (cmd(k->d.fd, VHOST_GET_VRING_BASE, &s))
		report_die("VHOST_GET_VRING_BASE");
	return s.num;
}

/* WRITEs to sectors of their own, numbered from @first on. */
static void submit(struct disk *k, struct drv_mem *m, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		uint32_t at = (i % MOST) * 1024;
		struct virtio_blk_outhdr *hdr = (void *)((uint8_t *)m->host + at);
		struct drv_buf buf[3] = {
			{ m->addr + at, sizeof(*hdr) },
			{ m->addr + at + 512, 512 },
			{ m->addr + at + 64, 1 },
		};

		*hdr = (struct virtio_blk_outhdr){
			.type = htole32(VIRTIO_BLK_T_OUT), .sector = htole64(100 + i),
		};
		memset((uint8_t *)hdr + 512, i, 512);
		*((uint8_t *)hdr + 64) = 0xff;
		disk_submit(k, buf, 2, 1, i);
	}
}

/* All that is outstanding: each token once. Return: how many were right. */
static uint32_t reap(struct disk *k, uint32_t first, uint32_t n)
{
	uint64_t seen = 0;
	uint32_t good = 0;
	struct drv_used used;

	while (good < n && disk_reap(k, &used, SOON)) {
		uint32_t i = used.token - first;

		if (i >= n || seen >> i & 1)
			return 0;
		seen |= 1ull << i;
		good++;
	}
	return good;
}

/* Is each sector what was written, on the disk that this device has? */
static bool holds(struct disk *k, uint32_t from, uint32_t to)
{
	uint8_t got[512];

	for (uint32_t i = from; i < to; i++) {
		if (disk_io(k, VIRTIO_BLK_T_IN, 100 + i, got, sizeof(got)))
			return false;
		for (int b = 0; b < 512; b++)
			if (got[b] != (uint8_t)i)
				return false;
	}
	return true;
}

/*
 * Published while the first device runs, and while it is suspended, some without a
 * kick that it sees. Both devices have the same disk, one after the other.
 */
static void move(const struct kind *kind)
{
	static const char *const names[] = { "d0", "d1" };
	uint32_t done = 0, i = 0, at, base;
	struct disk k[2];
	struct drv_mem m;
	bool ok = true;

	disk_open_node(&k[0], names[0]);
	if (!disk_start(&k[0], kind->features)) {
		report_skip("not offered", "%s", kind->name);
		disk_close_node(&k[0]);
		return;
	}
	m = disk_take(&k[0], MOST * 1024);
	for (int round = 0; ok && round < ROUNDS; round++, done++) {
		struct disk *old = &k[round & 1], *new = &k[!(round & 1)];
		uint32_t n = 1 + round % (MOST / 2);

		submit(old, &m, i, n);
		if (cmd(old->d.fd, VHOST_VDPA_SUSPEND, NULL))
			report_die("SUSPEND");
		base = base_of(old);
		at = n + 1 + round % 3;
		submit(old, &m, i + n, at - n);
		usleep(1000);
		ok = base == base_of(old);
		disk_open_node(new, names[!(round & 1)]);
		disk_take_over(new, old, base);
		disk_close_node(old);
		queue_kick(&new->d.q[0]);
		ok = ok && reap(new, i, at) == at;
		i += at;
	}
	report_ok(ok && done == ROUNDS, "%s: %u moves with %u requests, each done once",
		  kind->name, done, i);
	report_ok(holds(&k[ROUNDS & 1], i > 200 ? i - 200 : 0, i),
		  "%s: and written", kind->name);
	disk_close_node(&k[ROUNDS & 1]);
}

/* Suspended twice, resumed: what was published meanwhile is served. */
static void resume(const struct kind *kind)
{
	struct drv_used used;
	struct drv_mem m;
	struct disk k;

	disk_open_node(&k, "d0");
	if (disk_start(&k, kind->features)) {
		m = disk_take(&k, MOST * 1024);
		report_ok(!cmd(k.d.fd, VHOST_VDPA_SUSPEND, NULL) &&
			  !cmd(k.d.fd, VHOST_VDPA_SUSPEND, NULL), "%s: suspended", kind->name);
		submit(&k, &m, 0, 5);
		queue_kick(&k.d.q[0]);
		report_ok(!disk_reap(&k, &used, 50), "%s: nothing is served", kind->name);
		report_ok(!cmd(k.d.fd, VHOST_VDPA_RESUME, NULL) && reap(&k, 0, 5) == 5,
			  "%s: resumed, all are", kind->name);
		submit(&k, &m, 0, 5);
		cmd(k.d.fd, VHOST_VDPA_SUSPEND, NULL);
		disk_reset(&k);
		disk_start(&k, kind->features);
		report_ok(disk_works(&k), "%s: a reset ends it, too", kind->name);
	}
	disk_close_node(&k);
}

/* Two devices of device mapper that lead to the same RAM disk. */
void test_moves(void)
{
	struct paused_disk a, b;

	if (!disk_possible()) {
		report_skip("no device mapper, or no RAM disk", "moves");
		return;
	}
	disk_open(&a, "move0", 0);
	disk_open(&b, "move1", 0);
	disk_add(&(struct disk_settings){ "d0", a.node });
	disk_add(&(struct disk_settings){ "d1", b.node });
	for (unsigned int i = 0; i < n_kinds; i++) {
		move(&kinds[i]);
		resume(&kinds[i]);
		disk_migrate(&kinds[i], "d0", "d1");
	}
	disk_del("d0");
	disk_del("d1");
	disk_close(&a);
	disk_close(&b);
}
