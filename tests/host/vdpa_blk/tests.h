/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vdpa_blk program: disks of vdpa_blk on RAM disks, through vhost_vdpa, with a
 * driver of our own that does right and wrong.
 */
#ifndef RINGSIDE_HOST_VDPA_BLK_TESTS_H
#define RINGSIDE_HOST_VDPA_BLK_TESTS_H

#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>

#include "lib/device.h"
#include "lib/event.h"
#include "lib/iotlb.h"
#include "lib/report.h"
#include "lib/vdpa_node.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define V2 VHOST_IOTLB_MSG_V2

enum {
	SECTOR = 512,
	NUM = 64,		/* descriptors in a queue */
	MAX_BUFS = 32,		/* of a chain */
	SOON = 3000,		/* ms */
};

/* ---- disks (disk.c) ------------------------------------------------------- */

/* How an administrator makes one. */
struct disk_settings {
	const char *name, *backing;
	bool read_only;
	uint64_t features;	/* 0: all that are possible */
};

void disk_add(const struct disk_settings *s);
void disk_del(const char *name);
/** disk_counter() - one of its counters */
uint64_t disk_counter(const char *name, const char *counter);

/* Its driver, in this process. */
struct disk {
	const char *name;
	struct device d;
	int config_call;	/* eventfd */
	uint64_t sectors;
};

/** disk_open() - open its node, become its owner; no features yet */
void disk_open_node(struct disk *k, const char *name);
void disk_close_node(struct disk *k);

/**
 * disk_start() - features, memory, one queue, DRIVER_OK
 *
 * Return: false when the features are not offered.
 */
bool disk_start(struct disk *k, uint64_t features);
/**
 * disk_take_over() - go on with the memory and the queue of another disk
 * @base: where that disk's queue was
 */
void disk_take_over(struct disk *k, struct disk *from, uint32_t base);

uint8_t disk_status(const struct disk *k);
int disk_set_status(const struct disk *k, uint8_t status);
/** disk_reset() - and forget the queue; disk_start() may follow */
void disk_reset(struct disk *k);

/* ---- requests (disk.c) ---------------------------------------------------- */

/** disk_take() - @bytes of memory that the disk can reach, until disk_reset() */
struct drv_mem disk_take(struct disk *k, size_t bytes);

/** disk_submit() - publish one chain, kick if that is wanted */
void disk_submit(struct disk *k, const struct drv_buf *buf, uint32_t n_read,
		 uint32_t n_write, uint64_t token);
/** disk_reap() - the next used buffer; false: none within @ms */
bool disk_reap(struct disk *k, struct drv_used *used, int ms);

/**
 * disk_io() - read or write whole sectors, in an ordinary request
 *
 * Return: the status, or -1 when nothing came back.
 */
int disk_io(struct disk *k, uint32_t type, uint64_t sector, void *data,
	    uint32_t bytes);
/** disk_works() - write and read back a sector */
bool disk_works(struct disk *k);

/* ---- kinds of rings ------------------------------------------------------- */

struct kind {
	const char *name;
	uint64_t features;
};

extern const struct kind kinds[];
extern const unsigned int n_kinds;

/* What every test may negotiate, where the disk has it. */
#define BLK_FEATURES (F_V1 | F_IOMMU | BIT64(VIRTIO_BLK_F_FLUSH) | \
		      BIT64(VIRTIO_BLK_F_DISCARD) | \
		      BIT64(VIRTIO_BLK_F_WRITE_ZEROES) | \
		      BIT64(VIRTIO_BLK_F_CONFIG_WCE))

/* migrate.c: memory and all, from one disk to another that has the same backing */
void disk_migrate(const struct kind *kind, const char *from, const char *to);

/* ---- parts ---------------------------------------------------------------- */

void test_requests(void);	/* requests.c */
void test_pieces(void);		/* pieces.c */
void test_rings(void);		/* rings.c */
void test_memory(void);		/* memory.c */
void test_moves(void);		/* moves.c */
void test_stuck(void);		/* stuck.c */
void test_ends(void);		/* ends.c */
void test_random(void);		/* random.c */

#endif /* RINGSIDE_HOST_VDPA_BLK_TESTS_H */
