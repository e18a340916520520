/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a queue counts. One list: a counter is a line here and whoever adds to
 * it; reading it is generated.
 */
#ifndef RINGSIDE_VDPA_BLK_COUNTERS_H
#define RINGSIDE_VDPA_BLK_COUNTERS_H

#include <linux/types.h>

/* X(name): what it counts */
#define VBLK_COUNTERS(X) \
	X(reads)		/* requests of each type that were carried out */ \
	X(writes) \
	X(flushes) \
	X(discards) \
	X(write_zeroes) \
	X(ids) \
	X(read_bytes) \
	X(write_bytes) \
	X(bounced)		/* reads and writes that were copied */ \
	X(io_errors)		/* ended with an error of the backing device */ \
	X(unsupported)		/* the backing device cannot do it after all */ \
	X(bad_header)		/* rejected: header or status does not fit */ \
	X(bad_type)		/* rejected: unknown, or not offered */ \
	X(bad_length)		/* rejected: data of a size that cannot be */ \
	X(bad_range)		/* rejected: sectors outside of the disk */ \
	X(read_only)		/* rejected: a write to a read-only disk */ \
	X(no_memory)		/* failed for lack of memory */ \
	X(broken)		/* the ring was found broken */ \
	X(dropped)		/* requests done on a ring that was broken */ \
	X(kicks)		/* times the worker was woken by the driver */ \
	X(batches)		/* pops that found something */ \
	X(flush_batches)	/* pushes of completions */ \
	X(calls)		/* notifications of the driver */

enum vblk_counter {
#define X(name) VBLK_COUNT_##name,
	VBLK_COUNTERS(X)
#undef X
	VBLK_COUNTS,
};

struct vblk_dev;

/**
 * vblk_counters_show() - write each counter, summed over the queues, as a line
 *			  of its name and value
 * @page: PAGE_SIZE bytes. Return: bytes written.
 */
int vblk_counters_show(struct vblk_dev *dev, char *page);

#endif /* RINGSIDE_VDPA_BLK_COUNTERS_H */
