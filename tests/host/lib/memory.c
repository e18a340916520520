// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory; see memory.h.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "memory.h"
#include "report.h"

static char *map(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		report_die("memory of %zu bytes", bytes);
	return p;
}

void memory_open(struct memory *m)
{
	*m = (struct memory){
		.rings = map(MEMORY_RINGS),
		.data = map(MEMORY_DATA),
	};
}

void memory_close(struct memory *m)
{
	munmap(m->rings, MEMORY_RINGS);
	munmap(m->data, MEMORY_DATA);
}

void *memory_take(struct memory *m, size_t bytes, size_t align)
{
	size_t at = (m->used + align - 1) & ~(align - 1);

	if (at + bytes > MEMORY_RINGS)
		report_die("rings of %zu bytes are too big", bytes);
	m->used = at + bytes;
	memset(m->rings + at, 0, bytes);
	return m->rings + at;
}

void memory_reset(struct memory *m)
{
	m->used = 0;
}

/* Where the piece with this number, counted by guest address, lies. */
static char *piece(const struct memory *m, size_t i)
{
	return m->data + (MEMORY_PIECES - 1 - i) * MEMORY_PIECE;
}

struct vhost_memory *memory_table(const struct memory *m)
{
	struct vhost_memory *t;
	struct vhost_memory_region *r;

	t = calloc(1, sizeof(*t) + MEMORY_REGIONS * sizeof(t->regions[0]));
	if (!t)
		report_die("memory table");
	t->nregions = MEMORY_REGIONS;
	r = t->regions;
	*r++ = (struct vhost_memory_region){
		.guest_phys_addr = MEMORY_RINGS_GPA,
		.memory_size = MEMORY_RINGS,
		.userspace_addr = (uintptr_t)m->rings,
	};
	for (size_t i = 0; i < MEMORY_PIECES; i++)
		*r++ = (struct vhost_memory_region){
			.guest_phys_addr = MEMORY_DATA_GPA + i * MEMORY_PIECE,
			.memory_size = MEMORY_PIECE,
			.userspace_addr = (uintptr_t)piece(m, i),
		};
	return t;
}

uint64_t memory_gpa(const struct memory *m, const void *host)
{
	return MEMORY_RINGS_GPA + (uint64_t)((const char *)host - m->rings);
}

uint8_t *memory_at(const struct memory *m, uint64_t gpa)
{
	size_t at = gpa - MEMORY_DATA_GPA;

	return (uint8_t *)piece(m, at / MEMORY_PIECE) + at % MEMORY_PIECE;
}

/* Bytes from here to the end of the region, but not more than len. */
static size_t stretch(uint64_t gpa, size_t len)
{
	size_t left = MEMORY_PIECE - (gpa - MEMORY_DATA_GPA) % MEMORY_PIECE;

	return len < left ? len : left;
}

void memory_put(const struct memory *m, uint64_t gpa, const void *from,
		size_t len)
{
	for (size_t n; len; len -= n, gpa += n, from = (char *)from + n) {
		n = stretch(gpa, len);
		memcpy(memory_at(m, gpa), from, n);
	}
}

void memory_get(const struct memory *m, uint64_t gpa, void *to, size_t len)
{
	for (size_t n; len; len -= n, gpa += n, to = (char *)to + n) {
		n = stretch(gpa, len);
		memcpy(to, memory_at(m, gpa), n);
	}
}

void memory_fill(const struct memory *m, uint64_t gpa, int byte, size_t len)
{
	for (size_t n; len; len -= n, gpa += n) {
		n = stretch(gpa, len);
		memset(memory_at(m, gpa), byte, n);
	}
}
