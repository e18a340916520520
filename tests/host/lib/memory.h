/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory: a block of this process (shared with its children), and
 * the table that tells vhost about it.
 *
 * The first part holds rings and indirect tables, and is one region. The
 * second part holds data: one stretch of guest addresses, made of many regions
 * of an odd size which lie in our memory the other way round, so that buffers
 * cross from one region to the next and nothing works by luck.
 */
#ifndef RINGSIDE_HOST_MEMORY_H
#define RINGSIDE_HOST_MEMORY_H

#include <stddef.h>

#include "../../driver/driver.h"
#include "uapi.h"

enum {
	MEMORY_RINGS = 4 << 20,		/* bytes for rings and tables */
	MEMORY_PIECE = 40000,
	MEMORY_PIECES = 40,
	MEMORY_DATA = MEMORY_PIECE * MEMORY_PIECES,
	MEMORY_REGIONS = 1 + MEMORY_PIECES,
};

#define MEMORY_RINGS_GPA 0x100000ull
#define MEMORY_DATA_GPA 0x40000000ull

struct memory {
	char *rings, *data;
	size_t used;		/* of the rings' part */
};

void memory_open(struct memory *m);
void memory_close(struct memory *m);

/** memory_take() - a zeroed part of the rings' memory, until memory_reset() */
void *memory_take(struct memory *m, size_t bytes, size_t align);
void memory_reset(struct memory *m);

/** memory_table() - an argument for VHOST_SET_MEM_TABLE; free() it */
struct vhost_memory *memory_table(const struct memory *m);

/** memory_gpa() - the guest address of a byte of the rings' part */
uint64_t memory_gpa(const struct memory *m, const void *host);

/** memory_at() - where a byte of the data lies; gpa in the data's stretch */
uint8_t *memory_at(const struct memory *m, uint64_t gpa);

/* Copy to and from data, or fill it. */
void memory_put(const struct memory *m, uint64_t gpa, const void *from,
		size_t len);
void memory_get(const struct memory *m, uint64_t gpa, void *to, size_t len);
void memory_fill(const struct memory *m, uint64_t gpa, int byte, size_t len);

#endif /* RINGSIDE_HOST_MEMORY_H */
