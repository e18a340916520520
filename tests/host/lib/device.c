// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vhost device as its owner handles it; see device.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/event.h"
#include "lib/report.h"

enum { TABLE_LEN = 64 };	/* descriptors in an indirect table */

int cmd(int fd, unsigned long nr, void *arg)
{
	return ioctl(fd, nr, arg) < 0 ? errno : 0;
}

/* ---- the device ------------------------------------------------------- */

void device_open_node(struct device *d, const char *node,
		      unsigned int n_queues)
{
	*d = (struct device){
		.fd = open(node, O_RDWR | O_CLOEXEC),
		.n_queues = n_queues,
	};
	if (d->fd < 0)
		report_die("%s", node);
	if (cmd(d->fd, VHOST_GET_FEATURES, &d->offered))
		report_die("VHOST_GET_FEATURES");
	for (unsigned int i = 0; i < n_queues; i++)
		d->q[i] = (struct queue){ .kick = -1, .call = -1, .err = -1 };
	memory_open(&d->mem);
}

void device_open(struct device *d)
{
	device_open_node(d, "/dev/vhost-net", QUEUES);
}

static void shut(int fd)
{
	if (fd >= 0)
		close(fd);
}

void device_close(struct device *d)
{
	shut(d->fd);
	for (unsigned int i = 0; i < d->n_queues; i++) {
		shut(d->q[i].kick);
		shut(d->q[i].call);
		shut(d->q[i].err);
		if (d->q[i].dev)
			drv_exit(&d->q[i].ring);
	}
	memory_close(&d->mem);
}

int device_begin(struct device *d, uint64_t features)
{
	struct vhost_memory *table = memory_table(&d->mem);
	int err = cmd(d->fd, VHOST_SET_OWNER, NULL);

	d->features = features;
	if (!err)
		err = cmd(d->fd, VHOST_SET_FEATURES, &features);
	if (!err)
		err = cmd(d->fd, VHOST_SET_MEM_TABLE, table);
	free(table);
	return err;
}

int device_set_backend(struct device *d, int fd)
{
	int err = 0;

	for (unsigned int i = 0; i < d->n_queues && !err; i++)
		err = queue_set_file(&d->q[i], VHOST_NET_SET_BACKEND, fd);
	return err;
}

int device_ready(struct device *d, uint64_t features, uint32_t num)
{
	int err = device_begin(d, features);

	for (unsigned int i = 0; i < d->n_queues && !err; i++) {
		queue_make(d, i, num);
		err = queue_setup(&d->q[i]);
	}
	return err;
}

/* ---- a queue ---------------------------------------------------------- */

static uint32_t driver_features(uint64_t features)
{
	return (features & F_INDIRECT ? DRV_F_INDIRECT : 0) |
	       (features & F_EVENT ? DRV_F_EVENT_IDX : 0) |
	       (features & F_ORDER ? DRV_F_IN_ORDER : 0);
}

void queue_make(struct device *d, unsigned int index, uint32_t num)
{
	queue_make_tables(d, index, num, TABLE_LEN, num < 256 ? num : 256);
}

void queue_make_tables(struct device *d, unsigned int index, uint32_t num,
		       uint32_t table_len, uint32_t tables)
{
	struct queue *q = &d->q[index];
	size_t bytes;

	*q = (struct queue){ .dev = d, .index = index };
	q->cfg = (struct drv_config){
		.format = d->features & F_PACKED ? DRV_PACKED : DRV_SPLIT,
		.num = num,
		.features = driver_features(d->features),
		.table_len = table_len,
	};
	bytes = drv_layout(&q->cfg, (void *)4096, 64);
	drv_layout(&q->cfg, memory_take(&d->mem, bytes, 4096), 64);
	bytes = drv_tables_bytes(table_len, tables);
	q->cfg.tables.host = memory_take(&d->mem, bytes, 16);
	q->cfg.tables.size = bytes;
	q->cfg.tables.addr = memory_gpa(&d->mem, q->cfg.tables.host);
	if (!drv_init(&q->ring, &q->cfg))
		report_die("drv_init");
	queue_set_lazy(q, 0);
	q->kick = event_new();
	q->call = event_new();
	q->err = event_new();
}

void queue_set_lazy(struct queue *q, uint64_t seed)
{
	struct lazy_policy plain = { .publish_max = 1, .tables = 3 };

	if (seed)
		plain = lazy_policy(seed);
	/* Linux's vhost reads a table from its beginning to its end, whatever
	 * its next fields say; traffic/jumps.c is about that.
	 */
	plain.whims &= ~(uint32_t)DRV_MIXED_TABLES;
	lazy_init(&q->lazy, &q->ring, &plain, seed);
}

void queue_copy_ring_from(struct queue *q, void *const from[DRV_AREAS])
{
	struct drv_config *c = &q->cfg;
	size_t bytes = drv_layout(&(struct drv_config){
		.format = c->format, .num = c->num, .features = c->features,
	}, (void *)4096, 64);

	drv_layout(c, memory_take(&q->dev->mem, bytes, 4096), 64);
	for (int a = 0; a < DRV_AREAS; a++)
		memcpy(c->area[a], from[a],
		       drv_area_bytes(c->format, c->num, a,
				      c->features & DRV_F_EVENT_IDX));
	drv_move(&q->ring, c->area);
}

void queue_copy_ring(struct queue *q)
{
	void *from[DRV_AREAS];

	memcpy(from, q->cfg.area, sizeof(from));
	queue_copy_ring_from(q, from);
}

int queue_set_state(struct queue *q, unsigned long nr, uint32_t num)
{
	struct vhost_vring_state state = { .index = q->index, .num = num };

	return cmd(q->dev->fd, nr, &state);
}

int queue_set_file(struct queue *q, unsigned long nr, int fd)
{
	struct vhost_vring_file file = { .index = q->index, .fd = fd };

	return cmd(q->dev->fd, nr, &file);
}

static uint64_t area_addr(const struct queue *q, enum drv_area area)
{
	void *host = q->cfg.area[area];

	return q->iova ? memory_gpa(&q->dev->mem, host) : (uintptr_t)host;
}

int queue_set_addr(struct queue *q)
{
	void *const *area = q->cfg.area;
	struct vhost_vring_addr addr = {
		.index = q->index,
		.flags = q->log ? 1 << VHOST_VRING_F_LOG : 0,
		.desc_user_addr = area_addr(q, DRV_DESC),
		.avail_user_addr = area_addr(q, DRV_DRIVER),
		.used_user_addr = area_addr(q, DRV_DEVICE),
		.log_guest_addr = memory_gpa(&q->dev->mem, area[DRV_DEVICE]),
	};

	return cmd(q->dev->fd, VHOST_SET_VRING_ADDR, &addr);
}

/* A new ring of either format; 2.8: both wrap counters begin at 1. */
static uint32_t first_base(const struct queue *q)
{
	return q->cfg.format == DRV_PACKED ? 0x80008000 : 0;
}

int queue_setup_at(struct queue *q, uint32_t base)
{
	int err = queue_set_state(q, VHOST_SET_VRING_NUM, q->cfg.num);

	if (!err)
		err = queue_set_state(q, VHOST_SET_VRING_BASE, base);
	if (!err)
		err = queue_set_addr(q);
	if (!err)
		err = queue_set_file(q, VHOST_SET_VRING_KICK, q->kick);
	if (!err)
		err = queue_set_file(q, VHOST_SET_VRING_CALL, q->call);
	if (!err)
		err = queue_set_file(q, VHOST_SET_VRING_ERR, q->err);
	return err;
}

int queue_setup(struct queue *q)
{
	return queue_setup_at(q, first_base(q));
}

uint32_t queue_base(struct queue *q)
{
	struct vhost_vring_state state = { .index = q->index };

	if (cmd(q->dev->fd, VHOST_GET_VRING_BASE, &state))
		report_die("VHOST_GET_VRING_BASE");
	return state.num;
}

uint32_t queue_place(const struct queue *q)
{
	const struct drv_ring *r = &q->ring;
	uint32_t at = r->next_used | (uint32_t)r->used_wrap << 15;

	return r->packed ? at | at << 16 : r->next_used;
}

/* ---- events ----------------------------------------------------------- */

void queue_kick(struct queue *q)
{
	uint64_t one = 1;

	if (write(q->kick, &one, sizeof(one)) != sizeof(one))
		report_die("kick");
}

uint64_t event_wait(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&p, 1, ms) == 1 &&
	    read(fd, &count, sizeof(count)) != sizeof(count))
		report_die("eventfd");
	return count;
}
