/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blkcheck: checks what a block device does with data whose every byte is
 * known. Any error ends the program with a message and status 1.
 */
#ifndef BLKCHECK_H
#define BLKCHECK_H

#include <stdint.h>
#include <stdlib.h>

#include "lib/program.h"

enum { BLOCK = 4096 };

/* blocks of a device, by ioctl */
uint64_t device_blocks(int fd);

/* what block @nr holds when it was written the @version'th time; 0: zeroes */
void block_fill(uint8_t *block, uint64_t nr, uint32_t version);

/* Return: NULL, or what is wrong. */
const char *block_check(const uint8_t *block, uint64_t nr, uint32_t version);

void *aligned(size_t bytes);
uint64_t next_random(uint64_t *state);

/* DEVICE SECONDS THREADS */
int traffic(char **arg);
/* DEVICE ROUNDS MARK-COMMAND; LOG-DEVICE ROUNDS */
int rounds(char **arg);
int replay(char **arg);

/* the blocks written in a round, for both of them */
enum { ROUND_WRITES = 20, ROUND_BLOCKS = 256 };
uint64_t round_block(uint32_t round, uint32_t i);

#endif
