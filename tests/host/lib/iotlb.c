// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages as the owner of a device reads and writes them; see iotlb.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "iotlb.h"
#include "report.h"

enum { PAGE = 4096 };

int iotlb_write(int fd, const void *bytes, size_t len)
{
	ssize_t n = write(fd, bytes, len);

	return n < 0 ? errno : n == (ssize_t)len ? 0 : -1;
}

struct iotlb_msg iotlb_message(uint32_t type, uint8_t what, uint64_t iova,
			       uint64_t size, uint64_t uaddr, uint8_t perm)
{
	return (struct iotlb_msg){
		.type = type,
		.iotlb = { iova, size, uaddr, perm, what },
	};
}

int iotlb_update(int fd, uint32_t type, uint64_t iova, uint64_t size,
		 uint64_t uaddr, uint8_t perm)
{
	struct iotlb_msg m = iotlb_message(type, VHOST_IOTLB_UPDATE, iova, size,
					   uaddr, perm);

	return iotlb_write(fd, &m, sizeof(m));
}

int iotlb_invalidate(int fd, uint32_t type, uint64_t iova, uint64_t size)
{
	struct iotlb_msg m = iotlb_message(type, VHOST_IOTLB_INVALIDATE, iova,
					   size, 0, 0);

	return iotlb_write(fd, &m, sizeof(m));
}

bool iotlb_read_miss(int fd, struct iotlb_msg *m, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* a byte that the device does not write shows */
	memset(m, 0xff, sizeof(*m));
	return poll(&p, 1, ms) == 1 && read(fd, m, sizeof(*m)) == sizeof(*m);
}

uint64_t iotlb_stretch(uint64_t gpa)
{
	uint64_t n = PAGE - gpa % PAGE, piece;

	if (gpa - MEMORY_DATA_GPA >= MEMORY_DATA)
		return n;
	piece = MEMORY_PIECE - (gpa - MEMORY_DATA_GPA) % MEMORY_PIECE;
	return piece < n ? piece : n;
}

uint64_t iotlb_translate(const struct memory *m, uint64_t gpa)
{
	if (gpa - MEMORY_RINGS_GPA < MEMORY_RINGS)
		return (uintptr_t)m->rings + (gpa - MEMORY_RINGS_GPA);
	if (gpa - MEMORY_DATA_GPA < MEMORY_DATA)
		return (uintptr_t)memory_at(m, gpa);
	return 0;
}

static uint64_t area_bytes(const struct queue *q, enum drv_area area)
{
	return drv_area_bytes(q->cfg.format, q->cfg.num, area, true);
}

int iotlb_map_area(struct queue *q, uint32_t type, enum drv_area area)
{
	void *host = q->cfg.area[area];

	return iotlb_update(q->dev->fd, type, memory_gpa(&q->dev->mem, host),
			    area_bytes(q, area), (uintptr_t)host,
			    VHOST_ACCESS_RW);
}

int iotlb_unmap_area(struct queue *q, uint32_t type, enum drv_area area)
{
	return iotlb_invalidate(q->dev->fd, type,
				memory_gpa(&q->dev->mem, q->cfg.area[area]),
				area_bytes(q, area));
}

int iotlb_map_rings(struct device *d, uint32_t type)
{
	int err = 0;

	for (unsigned int i = 0; i < d->n_queues && !err; i++)
		for (int a = 0; a < DRV_AREAS && !err; a++)
			err = iotlb_map_area(&d->q[i], type, a);
	return err;
}

int iotlb_map_data(struct device *d, uint32_t type)
{
	int err = 0;

	for (int i = 0; i < MEMORY_PIECES && !err; i++) {
		uint64_t gpa = MEMORY_DATA_GPA + (uint64_t)i * MEMORY_PIECE;

		err = iotlb_update(d->fd, type, gpa, MEMORY_PIECE,
				   iotlb_translate(&d->mem, gpa),
				   VHOST_ACCESS_RW);
	}
	return err;
}

static int set_message_type(struct device *d, uint32_t type)
{
	uint64_t v2 = 1ull << VHOST_BACKEND_F_IOTLB_MSG_V2;
	uint64_t features = type == VHOST_IOTLB_MSG_V2 ? v2 : 0;

	return cmd(d->fd, VHOST_SET_BACKEND_FEATURES, &features);
}

void iotlb_begin(struct device *d, uint64_t features, uint32_t type,
		 uint32_t num)
{
	int err = device_begin(d, features);

	fcntl(d->fd, F_SETFL, O_NONBLOCK);
	if (!err)
		err = set_message_type(d, type);
	for (unsigned int i = 0; i < d->n_queues && !err; i++) {
		queue_make(d, i, num);
		d->q[i].iova = true;
		err = queue_setup(&d->q[i]);
	}
	if (err)
		report_die("set up with IOTLB: %s", errno_name(err));
}

static void *serve_misses(void *arg)
{
	struct iommu *u = arg;
	struct iotlb_msg m;

	while (!__atomic_load_n(&u->stop, __ATOMIC_RELAXED)) {
		uint64_t iova, to;

		if (!iotlb_read_miss(u->d->fd, &m, 5))
			continue;
		iova = m.iotlb.iova;
		to = iotlb_translate(&u->d->mem, iova);
		u->misses++;
		if (to)
			iotlb_update(u->d->fd, VHOST_IOTLB_MSG_V2, iova,
				     iotlb_stretch(iova), to, VHOST_ACCESS_RW);
	}
	return NULL;
}

void iommu_start(struct iommu *u, struct device *d)
{
	*u = (struct iommu){ .d = d };
	if (pthread_create(&u->thread, NULL, serve_misses, u))
		report_die("thread");
}

void iommu_stop(struct iommu *u)
{
	__atomic_store_n(&u->stop, true, __ATOMIC_RELAXED);
	pthread_join(u->thread, NULL);
}
