// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks of vdpa_blk, as their administrator and their driver handle them; see
 * tests.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vdpa_blk/tests.h"

#define CONFIGFS "/sys/kernel/config"
#define SETTINGS CONFIGFS "/vdpa_blk/%s"

const struct kind kinds[] = {
	{ "split", BLK_FEATURES },
	{ "split, indirect, event", BLK_FEATURES | F_INDIRECT | F_EVENT },
	{ "packed", BLK_FEATURES | F_PACKED },
	{ "packed, indirect, event", BLK_FEATURES | F_PACKED | F_INDIRECT | F_EVENT },
};
const unsigned int n_kinds = COUNT(kinds);

/* ---- the administrator ---------------------------------------------------- */

static void set(const char *name, const char *setting, const char *value)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), SETTINGS "/%s", name, setting);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f))
		report_die("%s", path);
}

static void vdpa_tool(const char *what, const char *name)
{
	char command[200];

	snprintf(command, sizeof(command), "vdpa dev %s %s", what, name);
	if (system(command))
		report_die("%s", command);
}

void disk_add(const struct disk_settings *s)
{
	char path[200], features[32];

	mount("configfs", CONFIGFS, "configfs", 0, NULL);
	snprintf(path, sizeof(path), SETTINGS, s->name);
	if (mkdir(path, 0755))
		report_die("%s", path);
	set(s->name, "backing", s->backing);
	if (s->read_only)
		set(s->name, "read_only", "1");
	if (s->features) {
		snprintf(features, sizeof(features), "%#llx",
			 (unsigned long long)s->features);
		set(s->name, "features", features);
	}
	vdpa_tool("add mgmtdev vdpa_blk name", s->name);
}

void disk_del(const char *name)
{
	char path[200];

	vdpa_tool("del", name);
	snprintf(path, sizeof(path), SETTINGS, name);
	if (rmdir(path))
		report_die("%s", path);
}

uint64_t disk_counter(const char *name, const char *counter)
{
	unsigned long long value, found = -1ull;
	char path[200], what[40];
	FILE *f;

	snprintf(path, sizeof(path), SETTINGS "/counters", name);
	f = fopen(path, "r");
	while (f && fscanf(f, "%39s %llu", what, &value) == 2)
		if (!strcmp(what, counter))
			found = value;
	if (!f || found == -1ull)
		report_die("%s: %s", path, counter);
	fclose(f);
	return found;
}

/* ---- its owner ------------------------------------------------------------ */

static uint64_t capacity(int fd)
{
	struct {
		struct vhost_vdpa_config head;
		uint64_t sectors;
	} c = { .head = { .off = 0, .len = 8 } };

	if (cmd(fd, VHOST_VDPA_GET_CONFIG, &c))
		report_die("VHOST_VDPA_GET_CONFIG");
	return le64toh(c.sectors);
}

void disk_open_node(struct disk *k, const char *name)
{
	uint64_t backend;
	int fd;

	*k = (struct disk){ .name = name, .config_call = event_new() };
	device_open_node(&k->d, node_path(name), 1);
	fd = k->d.fd;
	k->sectors = capacity(fd);
	if (cmd(fd, VHOST_SET_OWNER, NULL) ||
	    cmd(fd, VHOST_GET_BACKEND_FEATURES, &backend) ||
	    cmd(fd, VHOST_SET_BACKEND_FEATURES, &backend) ||
	    cmd(fd, VHOST_VDPA_SET_CONFIG_CALL, &k->config_call))
		report_die("%s: the owner", name);
}

void disk_close_node(struct disk *k)
{
	device_close(&k->d);
	close(k->config_call);
}

uint8_t disk_status(const struct disk *k)
{
	uint8_t status = 0;

	if (cmd(k->d.fd, VHOST_VDPA_GET_STATUS, &status))
		report_die("VHOST_VDPA_GET_STATUS");
	return status;
}

int disk_set_status(const struct disk *k, uint8_t status)
{
	return cmd(k->d.fd, VHOST_VDPA_SET_STATUS, &status);
}

static bool negotiate(struct disk *k, uint64_t features)
{
	uint8_t status = ACKNOWLEDGE | DRIVER;

	if (features & ~k->d.offered)
		features &= k->d.offered | F_PACKED | F_INDIRECT | F_EVENT;
	if (features & ~k->d.offered)
		return false;
	k->d.features = features;
	if (disk_set_status(k, status) ||
	    cmd(k->d.fd, VHOST_SET_FEATURES, &features) ||
	    disk_set_status(k, status | FEATURES_OK))
		report_die("%s: features", k->name);
	return true;
}

/* Rings, tables and data are all in the rings' part of the memory. */
static int map_all(struct disk *k)
{
	return iotlb_update(k->d.fd, V2, MEMORY_RINGS_GPA, MEMORY_RINGS,
			    (uintptr_t)k->d.mem.rings, VHOST_ACCESS_RW);
}

static void run(struct disk *k, uint32_t base)
{
	struct queue *q = &k->d.q[0];
	int err = map_all(k);

	q->iova = true;
	if (!err)
		err = queue_setup_at(q, base);
	if (!err)
		err = queue_set_state(q, VHOST_VDPA_SET_VRING_ENABLE, 1);
	if (!err)
		err = disk_set_status(k, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	if (err)
		report_die("%s: start: %s", k->name, errno_name(err));
}

bool disk_start(struct disk *k, uint64_t features)
{
	if (!negotiate(k, features))
		return false;
	queue_make_tables(&k->d, 0, NUM, MAX_BUFS, 16);
	run(k, k->d.q[0].cfg.format == DRV_PACKED ? 0x80008000 : 0);
	return true;
}

void disk_take_over(struct disk *k, struct disk *from, uint32_t base)
{
	struct memory unused = k->d.mem;

	if (!negotiate(k, from->d.features))
		report_die("%s: features of %s", k->name, from->name);
	k->d.mem = from->d.mem;
	k->d.q[0] = from->d.q[0];
	k->d.q[0].dev = &k->d;
	from->d.mem = unused;
	from->d.q[0] = (struct queue){ .kick = -1, .call = -1, .err = -1 };
	run(k, base);
}

void disk_reset(struct disk *k)
{
	struct queue *q = &k->d.q[0];

	if (disk_set_status(k, 0))
		report_die("%s: reset", k->name);
	iotlb_invalidate(k->d.fd, V2, MEMORY_RINGS_GPA, MEMORY_RINGS);
	if (!q->dev)
		return;
	close(q->kick);
	close(q->call);
	close(q->err);
	drv_exit(&q->ring);
	*q = (struct queue){ .kick = -1, .call = -1, .err = -1 };
	memory_reset(&k->d.mem);
}

/* ---- requests ------------------------------------------------------------- */

struct drv_mem disk_take(struct disk *k, size_t bytes)
{
	struct drv_mem m = {
		.host = memory_take(&k->d.mem, bytes, 4096), .size = bytes,
	};

	m.addr = memory_gpa(&k->d.mem, m.host);
	return m;
}

void disk_submit(struct disk *k, const struct drv_buf *buf, uint32_t n_read,
		 uint32_t n_write, uint64_t token)
{
	struct queue *q = &k->d.q[0];
	uint32_t n = n_read + n_write;
	struct drv_chain c = {
		.buf = buf, .n_read = n_read, .n_write = n_write,
		.n_table = k->d.features & F_INDIRECT && n > 1 ? n : 0,
		.token = token,
	};

	if (drv_add(&q->ring, &c) != DRV_GOT)
		report_die("%s: a chain of %u buffers", k->name, n);
	if (drv_kick_prepare(&q->ring))
		queue_kick(q);
}

bool disk_reap(struct disk *k, struct drv_used *used, int ms)
{
	struct queue *q = &k->d.q[0];

	for (;;) {
		enum drv_result rc = drv_get_used(&q->ring, used);

		if (rc == DRV_BROKEN)
			report_die("%s: the used ring is wrong: %d", k->name,
				   q->ring.fault);
		if (rc == DRV_GOT)
			return true;
		if (drv_enable_calls(&q->ring))
			continue;
		if (!event_wait(q->call, ms))
			return drv_get_used(&q->ring, used) == DRV_GOT;
	}
}

int disk_io(struct disk *k, uint32_t type, uint64_t sector, void *data,
	    uint32_t bytes)
{
	size_t used_before = k->d.mem.used;
	struct drv_mem m = disk_take(k, 4096 + bytes);
	struct virtio_blk_outhdr *hdr = m.host;
	uint8_t *status = (uint8_t *)m.host + 100, *at = (uint8_t *)m.host + 4096;
	bool write = type == VIRTIO_BLK_T_OUT;
	struct drv_buf buf[3] = {
		{ m.addr, sizeof(*hdr) }, { m.addr + 4096, bytes }, { m.addr + 100, 1 },
	};
	struct drv_used used;

	*hdr = (struct virtio_blk_outhdr){
		.type = htole32(type), .sector = htole64(sector),
	};
	*status = 0xff;
	if (write)
		memcpy(at, data, bytes);
	if (!bytes)
		buf[1] = buf[2];
	disk_submit(k, buf, write && bytes ? 2 : 1, write || !bytes ? 1 : 2, 1);
	if (!disk_reap(k, &used, SOON))
		return -1;
	if (!write)
		memcpy(data, at, bytes);
	k->d.mem.used = used_before;
	return *status;
}

bool disk_works(struct disk *k)
{
	static uint32_t round;
	uint32_t out[SECTOR / 4], in[SECTOR / 4] = { 0 };

	round++;
	for (unsigned int i = 0; i < SECTOR / 4; i++)
		out[i] = round * 1000 + i;
	return !disk_io(k, VIRTIO_BLK_T_OUT, 7, out, SECTOR) &&
	       !disk_io(k, VIRTIO_BLK_T_IN, 7, in, SECTOR) &&
	       !memcmp(out, in, SECTOR);
}
