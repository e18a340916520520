// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings and data that move to another place while the device runs, with chains
 * pending: once SET_VRING_ADDR or SET_MEM_TABLE has returned, the device does
 * not touch the old place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/abi.h"

enum { PATTERN = 0xaa, ROUNDS = 30 };

/* A place that a ring has left: as it was when it was copied. */
struct left {
	struct drv_config cfg;
	uint16_t *copy[DRV_AREAS];
};

static void *copy_of(const void *from, size_t bytes)
{
	void *copy = malloc(bytes);

	if (!copy)
		report_die("copy");
	return memcpy(copy, from, bytes);
}

/*
 * What the device wrote to the old place between the copy and the end of the
 * ioctl is carried over, unless it has gone on in the new one already.
 */
static void carry_over(const void *from, const void *before, void *to,
		       size_t bytes)
{
	const uint16_t *old = from, *copy = before;
	uint16_t *new = to;

	for (size_t i = 0; i < bytes / 2; i++) {
		uint16_t was = copy[i];

		if (old[i] != was)
			__atomic_compare_exchange_n(&new[i], &was, old[i],
						    false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST);
	}
}

static uint32_t bytes_changed(const void *of, size_t bytes)
{
	const uint8_t *p = of;
	uint32_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += p[i] != PATTERN;
	return n;
}

/* ---- rings ---------------------------------------------------------------- */

static size_t area_bytes(const struct drv_config *c, enum drv_area area)
{
	return drv_area_bytes(c->format, c->num, area,
			      c->features & DRV_F_EVENT_IDX);
}

static void remember(struct left *left, const struct drv_config *c)
{
	left->cfg = *c;
	for (int a = 0; a < DRV_AREAS; a++)
		left->copy[a] = copy_of(c->area[a], area_bytes(c, a));
}

static void forget(struct left *left)
{
	for (int a = 0; a < DRV_AREAS; a++)
		free(left->copy[a]);
}

static uint32_t ring_bytes_changed(const struct drv_config *c)
{
	uint32_t n = 0;

	for (int a = 0; a < DRV_AREAS; a++)
		n += bytes_changed(c->area[a], area_bytes(c, a));
	return n;
}

static void move(struct queue *q, struct left *left)
{
	int err;

	remember(left, &q->cfg);
	queue_copy_ring_from(q, (void **)left->copy);
	err = queue_set_addr(q);
	if (err)
		report_die("SET_VRING_ADDR: %s", errno_name(err));
	for (int a = 0; a < DRV_AREAS; a++) {
		size_t bytes = area_bytes(&q->cfg, a);
		void *old = left->cfg.area[a];

		carry_over(old, left->copy[a], q->cfg.area[a], bytes);
		memset(old, PATTERN, bytes);
	}
}

static void rings(const char *name, uint64_t features)
{
	const struct traffic_plan plan = { .ms = 2000 };
	struct left left[QUEUES];
	uint32_t changed = 0;
	struct traffic t;
	struct device d;
	struct link l;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "moves, %s", name);
		device_close(&d);
		return;
	}
	device_close(&d);
	stage_open(&d, &l, RUNNING, features);
	traffic_open(&t, &d, &l, &plan);
	for (int i = 0; i < ROUNDS && !t.error; i++) {
		traffic_for(&t, 3 + i % 4);
		for (int k = 0; k < QUEUES; k++)
			move(&d.q[k], &left[k]);
		traffic_for(&t, 3);
		for (int k = 0; k < QUEUES; k++) {
			changed += ring_bytes_changed(&left[k].cfg);
			forget(&left[k]);
		}
	}
	if (!t.error)
		traffic_more(&t, 300, 300);
	report_ok(!t.error, "%s, rings that move: %s", name,
		  t.error ? t.error : "fine");
	report_ok(!changed, "%s: %u bytes changed in places left", name,
		  changed);
	traffic_close(&t);
	stage_close(&d, &l);
}

/* ---- data ----------------------------------------------------------------- */

static int set_table(struct device *d)
{
	struct vhost_memory *table = memory_table(&d->mem);
	int err = cmd(d->fd, VHOST_SET_MEM_TABLE, table);

	free(table);
	return err;
}

/* The data memory goes from one block to the other, and is overwritten there. */
static int move_data(struct device *d, char *to)
{
	char *from = d->mem.data, *before = copy_of(from, MEMORY_DATA);
	int err;

	memcpy(to, before, MEMORY_DATA);
	d->mem.data = to;
	err = set_table(d);
	carry_over(from, before, to, MEMORY_DATA);
	memset(from, PATTERN, MEMORY_DATA);
	free(before);
	return err;
}

static void data(const char *name, uint64_t features)
{
	const struct traffic_plan plan = { .ms = 2000 };
	struct memory spare;
	uint32_t changed = 0;
	struct traffic t;
	struct device d;
	struct link l;
	int err = 0;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "data that moves, %s", name);
		device_close(&d);
		return;
	}
	device_close(&d);
	memory_open(&spare);
	stage_open(&d, &l, RUNNING, features);
	traffic_open(&t, &d, &l, &plan);
	for (int i = 0; i < ROUNDS && !err && !t.error; i++) {
		char *was = d.mem.data;

		traffic_for(&t, 3 + i % 4);
		err = move_data(&d, spare.data);
		spare.data = was;
		traffic_for(&t, 3);
		changed += bytes_changed(was, MEMORY_DATA);
	}
	if (!err && !t.error)
		traffic_more(&t, 300, 300);
	report_ok(!err && !t.error, "%s, data that moves: %s, %s", name,
		  errno_name(err), t.error ? t.error : "fine");
	report_ok(!changed, "%s: %u bytes of data changed in places left", name,
		  changed);
	traffic_close(&t);
	stage_close(&d, &l);
	memory_close(&spare);
}

void abi_moves(void)
{
	rings("split", F_V1);
	rings("split, all", F_V1 | F_EVENT | F_INDIRECT);
	rings("packed", F_V1 | F_PACKED);
	rings("packed, all", F_V1 | F_PACKED | F_EVENT | F_INDIRECT);
	data("split", F_V1 | F_MRG);
	data("packed", F_V1 | F_MRG | F_PACKED);
}
