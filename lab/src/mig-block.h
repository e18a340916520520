/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks whose every byte is known, by the stream they belong to and their number in it. They can be found again in
 * an image of a guest's memory.
 */
#ifndef RINGSIDE_LAB_MIG_BLOCK_H
#define RINGSIDE_LAB_MIG_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_MAGIC 0x6b636f6c42676952ull

enum { BLOCK_BYTES = 2048, BLOCK_WORDS = BLOCK_BYTES / 8 };

/* Streams: kept by a reader, read by nobody, sent by the first end, sent back by the second. */
enum { BLOCK_KEPT = 1, BLOCK_HELD, BLOCK_THERE, BLOCK_BACK };

struct block {
	uint64_t magic, stream, number;
	uint64_t noise[BLOCK_WORDS - 3];	/* made of stream and number */
};

static inline void block_make(struct block *b, uint64_t stream, uint64_t number)
{
	uint64_t x = stream << 32 ^ number;

	b->magic = BLOCK_MAGIC;
	b->stream = stream;
	b->number = number;
	for (int i = 0; i < BLOCK_WORDS - 3; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		b->noise[i] = x ^ x >> 29;
	}
}

/* Are these the first @bytes bytes of that block? */
static inline bool block_is(const void *at, uint64_t stream, uint64_t number, size_t bytes)
{
	struct block want;

	block_make(&want, stream, number);
	return !memcmp(at, &want, bytes);
}

#endif /* RINGSIDE_LAB_MIG_BLOCK_H */
