// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are acknowledged writes stable once a flush behind them is acknowledged? The
 * disk is on a device of dm-log-writes, whose log holds a write no earlier than
 * the flush behind it. After the flush of each round a mark is put into the log:
 * whatever the round wrote must be in front of it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blkcheck.h"

uint64_t round_block(uint32_t round, uint32_t i)
{
	uint64_t state = round * 1000ull + i;

	next_random(&state);
	return next_random(&state) % ROUND_BLOCKS;
}

int rounds(char **arg)
{
	int fd = open(arg[0], O_RDWR | O_DIRECT);
	uint8_t *buf = aligned(BLOCK);
	char command[300];

	if (fd < 0)
		die("%s: %m", arg[0]);
	for (uint32_t r = 1; r <= (uint32_t)atoi(arg[1]); r++) {
		for (uint32_t i = 0; i < ROUND_WRITES; i++) {
			uint64_t nr = round_block(r, i);

			block_fill(buf, nr, r);
			if (pwrite(fd, buf, BLOCK, nr * BLOCK) != BLOCK)
				die("write: %m");
		}
		if (fsync(fd))
			die("fsync: %m");
		snprintf(command, sizeof(command), "%s%u", arg[2], r);
		if (system(command))
			die("%s: %m", command);
	}
	return 0;
}

/* The log's format, see log-writes in the kernel's documentation of device mapper */
#define LOG_MAGIC 0x6a736677736872ull
enum { LOG_DISCARD = 4, LOG_MARK = 8 };

struct log_super {
	uint64_t magic, version, nr_entries;
	uint32_t sectorsize;
} __attribute__((packed));

struct log_entry {
	uint64_t sector, nr_sectors, flags, data_len;
};

struct log {
	int fd;
	uint32_t sectorsize;
	uint64_t at, entries;
	uint8_t disk[ROUND_BLOCKS * BLOCK];
	uint32_t marks;
};

static void log_open(struct log *l, const char *device)
{
	uint8_t block[4096];
	struct log_super super;

	l->fd = open(device, O_RDONLY);
	if (l->fd < 0 || pread(l->fd, block, 512, 0) != 512)
		die("%s: %m", device);
	memcpy(&super, block, sizeof(super));
	if (super.magic != LOG_MAGIC)
		die("%s holds no log", device);
	l->sectorsize = super.sectorsize;
	l->entries = super.nr_entries;
	l->at = super.sectorsize;
}

static void replay_write(struct log *l, const struct log_entry *e)
{
	uint64_t to = e->sector * l->sectorsize;
	uint64_t len = e->nr_sectors * l->sectorsize;

	if (to + len > sizeof(l->disk))
		die("a write beyond what rounds write");
	if (pread(l->fd, l->disk + to, len, l->at) != (ssize_t)len)
		die("the log's data: %m");
	l->at += len;
}

/* At its mark, the round and those before it must be there. */
static void check_round(struct log *l, uint32_t round)
{
	uint32_t want[ROUND_BLOCKS] = { 0 };

	for (uint32_t r = 1; r <= round; r++)
		for (uint32_t i = 0; i < ROUND_WRITES; i++)
			want[round_block(r, i)] = r;
	for (uint32_t nr = 0; nr < ROUND_BLOCKS; nr++) {
		const char *why = block_check(l->disk + nr * BLOCK, nr, want[nr]);

		if (why)
			die("behind the flush of round %u, %s", round, why);
	}
}

static void replay_entry(struct log *l)
{
	struct {
		struct log_entry e;
		char mark[100];
	} b = { 0 };
	unsigned int round;

	if (pread(l->fd, &b, sizeof(b), l->at) != sizeof(b))
		die("the log's entry: %m");
	l->at += l->sectorsize;
	if (b.e.flags & LOG_MARK) {
		/* the log itself ends with another mark */
		if (sscanf(b.mark, "round-%u", &round) == 1) {
			check_round(l, round);
			l->marks++;
		}
	} else if (!(b.e.flags & LOG_DISCARD) && b.e.nr_sectors) {
		replay_write(l, &b.e);
	}
}

int replay(char **arg)
{
	static struct log l;

	log_open(&l, arg[0]);
	for (uint64_t i = 0; i < l.entries; i++)
		replay_entry(&l);
	if (l.marks != (uint32_t)atoi(arg[1]))
		die("%u rounds are in the log, not %s", l.marks, arg[1]);
	printf("%u rounds, all there behind their flush\n", l.marks);
	return 0;
}
