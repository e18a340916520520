// SPDX-License-Identifier: GPL-2.0-only
/*
 *   blkcheck traffic DEVICE SECONDS THREADS	random reads, writes, zeroes, flushes, each byte verified
 *   blkcheck rounds DEVICE ROUNDS COMMAND	write, flush, then run COMMAND with the round's number
 *   blkcheck replay LOG-DEVICE ROUNDS		is everything of each round in a log of dm-log-writes before its mark
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "blkcheck.h"

void *aligned(size_t bytes)
{
	void *p = aligned_alloc(BLOCK, bytes);

	if (!p)
		die("no memory");
	return p;
}

uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

uint64_t device_blocks(int fd)
{
	uint64_t bytes;

	if (ioctl(fd, BLKGETSIZE64, &bytes))
		die("BLKGETSIZE64: %m");
	return bytes / BLOCK;
}

void block_fill(uint8_t *block, uint64_t nr, uint32_t version)
{
	uint64_t *word = (uint64_t *)block, state = nr << 32 | version;

	for (uint32_t i = 0; i < BLOCK / 8; i++)
		word[i] = version ? next_random(&state) << 32 | i : 0;
}

const char *block_check(const uint8_t *block, uint64_t nr, uint32_t version)
{
	static __thread uint64_t want[BLOCK / 8];
	static __thread char why[120];

	block_fill((uint8_t *)want, nr, version);
	if (!memcmp(block, want, BLOCK))
		return NULL;
	for (uint32_t i = 0; i < BLOCK; i++) {
		if (block[i] == ((uint8_t *)want)[i])
			continue;
		snprintf(why, sizeof(why), "block %llu, version %u: byte %u is %#x, not %#x",
			 (unsigned long long)nr, version, i, block[i],
			 ((uint8_t *)want)[i]);
		break;
	}
	return why;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "traffic"))
		return traffic(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "rounds"))
		return rounds(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "replay"))
		return replay(argv + 2);
	fprintf(stderr, "usage: see the head of main.c\n");
	return 2;
}
