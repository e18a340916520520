// SPDX-License-Identifier: GPL-2.0-only
/*
 * mig-scan: compares two images of a guest's memory.
 *
 *   mig-scan BEFORE AFTER
 *
 * Prints "PAGES differ, BLOCKS before, BLOCKS after": 4 KiB pages that are not the same, and how many blocks that
 * nobody reads (mig-block.h) lie complete in each. The status is 0 when it could read both.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "mig-block.h"

enum { PAGE = 4096, NUMBERS = 1 << 20 };

struct image {
	const char *at;
	size_t bytes;
};

static struct image open_image(const char *name)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	struct image im;

	if (fd < 0 || fstat(fd, &st)) {
		perror(name);
		exit(1);
	}
	im.bytes = st.st_size;
	im.at = mmap(NULL, im.bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (im.at == MAP_FAILED) {
		perror(name);
		exit(1);
	}
	return im;
}

/* A block may start at any byte: packets have headers of odd sizes. */
static unsigned long count_blocks(struct image im)
{
	static char seen[NUMBERS];
	const char *p = im.at, *end = im.at + im.bytes - BLOCK_BYTES;
	const uint64_t magic = BLOCK_MAGIC;
	unsigned long n = 0;

	memset(seen, 0, sizeof(seen));
	while (p <= end && (p = memmem(p, end - p + sizeof(magic), &magic, sizeof(magic)))) {
		struct block b;

		memcpy(&b, p, sizeof(b));
		p++;
		if (b.number >= NUMBERS || seen[b.number] || !block_is(&b, BLOCK_HELD, b.number, sizeof(b)))
			continue;
		seen[b.number] = 1;
		n++;
	}
	return n;
}

static unsigned long count_differing(struct image a, struct image b)
{
	unsigned long n = 0;

	for (size_t at = 0; at + PAGE <= a.bytes; at += PAGE)
		n += !!memcmp(a.at + at, b.at + at, PAGE);
	return n;
}

int main(int argc, char **argv)
{
	struct image a, b;

	if (argc != 3) {
		fprintf(stderr, "usage: see the head of mig-scan.c\n");
		return 2;
	}
	a = open_image(argv[1]);
	b = open_image(argv[2]);
	if (a.bytes != b.bytes) {
		fprintf(stderr, "mig-scan: images of different sizes\n");
		return 1;
	}
	printf("%lu differ, %lu before, %lu after\n", count_differing(a, b), count_blocks(a), count_blocks(b));
	return 0;
}
