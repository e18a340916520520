/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vhost device as its owner handles it: open, configure, start, stop, with
 * the driver's side of its queues in this process (or in a child of it).
 *
 * Functions that return int give 0 or the errno of the command that failed;
 * the others end the test when they cannot do what they are asked.
 */
#ifndef RINGSIDE_HOST_DEVICE_H
#define RINGSIDE_HOST_DEVICE_H

#include "../../driver/lazy.h"
#include "memory.h"
#include "uapi.h"

enum {
	RX, TX, QUEUES,		/* of a network device; vsock's are two, too */
	MOST_QUEUES = 6,	/* of any device */
};

struct device;

struct queue {
	struct device *dev;
	unsigned int index;
	struct drv_config cfg;
	struct drv_ring ring;
	struct lazy lazy;
	int kick, call, err;	/* eventfds */
	bool log;		/* VHOST_VRING_F_LOG */
	bool iova;		/* ring addresses are guest's, for an IOTLB */
};

struct device {
	int fd;
	uint64_t offered, features;
	struct memory mem;
	unsigned int n_queues;
	struct queue q[MOST_QUEUES];
};

/* ioctl() that returns the errno, 0 when it went well */
int cmd(int fd, unsigned long nr, void *arg);

/**
 * loses_place() - Linux's vhost takes SET_VRING_BASE, which counts chains, for
 * a number of descriptors when it serves a split ring in order. Found with
 * these tests in 7.3; a ring stopped and started is then out of step.
 */
static inline bool loses_place(const struct device *d, uint64_t features)
{
	return (features & F_ORDER) && !(d->offered & F_PACKED);
}

/** device_open_node() - open the node; memory is there, nothing else */
void device_open_node(struct device *d, const char *node,
		      unsigned int n_queues);

/** device_open() - a network device */
void device_open(struct device *d);

/** device_close() - whatever state it is in */
void device_close(struct device *d);

/** device_begin() - owner, features, memory table */
int device_begin(struct device *d, uint64_t features);

/** queue_make() - rings, tables and eventfds of a queue; plain manners */
void queue_make(struct device *d, unsigned int index, uint32_t num);

/** queue_make_tables() - the same with @tables tables of @table_len descriptors */
void queue_make_tables(struct device *d, unsigned int index, uint32_t num,
		       uint32_t table_len, uint32_t tables);

/** queue_set_lazy() - choose manners; of seed 0 are plain ones */
void queue_set_lazy(struct queue *q, uint64_t seed);

/** queue_setup() - NUM, BASE, ADDR, and the eventfds, for a new ring */
int queue_setup(struct queue *q);

/** queue_setup_at() - the same for one that goes on from a base */
int queue_setup_at(struct queue *q, uint32_t base);

/** queue_set_addr() - VHOST_SET_VRING_ADDR alone */
int queue_set_addr(struct queue *q);

/**
 * queue_copy_ring() - the driver goes on in a copy of the ring, at another place
 *
 * The device does not know of it until queue_set_addr().
 */
void queue_copy_ring(struct queue *q);

/** queue_copy_ring_from() - the same, with what the areas must hold */
void queue_copy_ring_from(struct queue *q, void *const from[DRV_AREAS]);

/** queue_set_file() - one of the eventfd commands, or NET_SET_BACKEND */
int queue_set_file(struct queue *q, unsigned long nr, int fd);

/** queue_set_state() - one of the commands with a number */
int queue_set_state(struct queue *q, unsigned long nr, uint32_t num);

/** queue_base() - where the device says it is; ends the test on an error */
uint32_t queue_base(struct queue *q);

/**
 * queue_place() - what the device must say is its base when every chain that it
 * took is back with the driver
 */
uint32_t queue_place(const struct queue *q);

/** device_set_backend() - a network device's queues; -1: none */
int device_set_backend(struct device *d, int fd);

/** device_ready() - all of the above, with queues of this size */
int device_ready(struct device *d, uint64_t features, uint32_t num);

void queue_kick(struct queue *q);

/** event_wait() - has the eventfd been signalled, in so many ms; takes it */
uint64_t event_wait(int fd, int ms);

/** header_bytes() - of the virtio-net header under these features */
static inline size_t header_bytes(uint64_t features)
{
	return features & (F_MRG | F_V1) ? 12 : 10;
}

#endif /* RINGSIDE_HOST_DEVICE_H */
