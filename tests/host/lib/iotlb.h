/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOTLB messages as the owner of a device reads and writes them, and what
 * guest addresses of lib/memory.h translate to. Rings are given by their guest
 * addresses, so I/O addresses are guest addresses.
 */
#ifndef RINGSIDE_HOST_IOTLB_H
#define RINGSIDE_HOST_IOTLB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "device.h"

enum { IOTLB_MSG_BYTES = 72 };

/* The first layout; in the second, bytes 4 to 7 are an address space. */
struct iotlb_msg {
	uint32_t type;
	uint32_t asid;
	struct vhost_iotlb_msg iotlb;
	uint8_t rest[IOTLB_MSG_BYTES - 8 - sizeof(struct vhost_iotlb_msg)];
};

_Static_assert(sizeof(struct iotlb_msg) == IOTLB_MSG_BYTES, "layout");
_Static_assert(sizeof(struct vhost_msg) == IOTLB_MSG_BYTES, "layout");

/** iotlb_write() - any bytes: 0, the errno, or -1 for a short write */
int iotlb_write(int fd, const void *bytes, size_t len);

/** iotlb_message() - @type is the layout, @what the kind of message */
struct iotlb_msg iotlb_message(uint32_t type, uint8_t what, uint64_t iova,
			       uint64_t size, uint64_t uaddr, uint8_t perm);

int iotlb_update(int fd, uint32_t type, uint64_t iova, uint64_t size,
		 uint64_t uaddr, uint8_t perm);
int iotlb_invalidate(int fd, uint32_t type, uint64_t iova, uint64_t size);

/** iotlb_read_miss() - the next miss, within @ms; false: there is none */
bool iotlb_read_miss(int fd, struct iotlb_msg *m, int ms);

/** iotlb_translate() - the user address of a guest address; 0: not mapped */
uint64_t iotlb_translate(const struct memory *m, uint64_t gpa);

/** iotlb_stretch() - bytes to the end of its page, or of its piece of data */
uint64_t iotlb_stretch(uint64_t gpa);

/** iotlb_map_area() - map one area of a queue's ring, as a whole */
int iotlb_map_area(struct queue *q, uint32_t type, enum drv_area area);

/** iotlb_unmap_area() - the opposite */
int iotlb_unmap_area(struct queue *q, uint32_t type, enum drv_area area);

/** iotlb_map_rings() - all areas of all queues */
int iotlb_map_rings(struct device *d, uint32_t type);

/** iotlb_map_data() - the memory for data, each piece readable and writable */
int iotlb_map_data(struct device *d, uint32_t type);

/**
 * iotlb_begin() - owner, features, layout of messages, queues of this size
 *
 * Nothing is mapped yet, and there are no backends. Ends the test on an error.
 */
void iotlb_begin(struct device *d, uint64_t features, uint32_t type,
		 uint32_t num);

/* A thread that replies to misses, as a VMM with an IOMMU has one. */
struct iommu {
	struct device *d;
	pthread_t thread;
	uint32_t misses;	/* so far; written by the thread */
	bool stop;
};

/** iommu_start() - with messages of the second layout; what is not mapped gets no reply */
void iommu_start(struct iommu *u, struct device *d);
void iommu_stop(struct iommu *u);

#endif /* RINGSIDE_HOST_IOTLB_H */
