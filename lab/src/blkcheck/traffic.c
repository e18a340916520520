// SPDX-License-Identifier: GPL-2.0-only
/* Random traffic on a disk, from several threads with a part of it each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "blkcheck.h"

enum { MOST = 64 };	/* blocks in one request */

struct part {
	pthread_t thread;
	int fd;
	uint64_t first, n;	/* blocks */
	uint32_t *version;
	uint8_t *buf;
	uint64_t random, end, requests, bytes;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void write_some(struct part *p, uint64_t at, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		block_fill(p->buf + i * BLOCK, p->first + at + i,
			   ++p->version[at + i]);
	if (pwrite(p->fd, p->buf, n * BLOCK, (p->first + at) * BLOCK) != (ssize_t)n * BLOCK)
		die("write of %llu blocks: %m", (unsigned long long)n);
}

static void read_some(struct part *p, uint64_t at, uint64_t n)
{
	if (pread(p->fd, p->buf, n * BLOCK, (p->first + at) * BLOCK) != (ssize_t)n * BLOCK)
		die("read of %llu blocks: %m", (unsigned long long)n);
	for (uint64_t i = 0; i < n; i++) {
		const char *why = block_check(p->buf + i * BLOCK,
					      p->first + at + i,
					      p->version[at + i]);

		if (why)
			die("%s: %m", why);
	}
}

/* A version that is 0 reads as zeroes; counting goes on behind it. */
static void zero_some(struct part *p, uint64_t at, uint64_t n)
{
	uint64_t range[2] = { (p->first + at) * BLOCK, n * BLOCK };

	if (ioctl(p->fd, BLKZEROOUT, range))
		die("BLKZEROOUT: %m");
	for (uint64_t i = 0; i < n; i++)
		p->version[at + i] = 0;
}

static void *run(void *arg)
{
	struct part *p = arg;

	while (now_ns() < p->end) {
		uint64_t what = next_random(&p->random) % 100;
		uint64_t n = 1 + next_random(&p->random) % (what % 4 ? 4 : MOST);
		uint64_t at = next_random(&p->random) % (p->n - n);

		if (what < 45)
			write_some(p, at, n);
		else if (what < 96)
			read_some(p, at, n);
		else if (what < 99)
			zero_some(p, at, n);
		else if (fsync(p->fd))
			die("fsync: %m");
		p->requests++;
		p->bytes += n * BLOCK;
	}
	for (uint64_t at = 0; at + MOST <= p->n; at += MOST)
		read_some(p, at, MOST);
	return NULL;
}

static void begin(struct part *p, const char *device, uint64_t seconds)
{
	p->fd = open(device, O_RDWR | O_DIRECT);
	if (p->fd < 0)
		die("%s: %m", device);
	p->version = calloc(p->n, sizeof(*p->version));
	p->buf = aligned(MOST * BLOCK);
	zero_some(p, 0, p->n);
	p->end = now_ns() + seconds * 1000000000ull;
	if (pthread_create(&p->thread, NULL, run, p))
		die("thread: %m");
}

int traffic(char **arg)
{
	uint32_t threads = atoi(arg[2]), seconds = atoi(arg[1]);
	struct part part[64] = { 0 };
	uint64_t blocks, requests = 0, bytes = 0;
	int fd = open(arg[0], O_RDONLY);

	if (fd < 0 || threads < 1 || threads > 64)
		die("%s, %u threads: %m", arg[0], threads);
	blocks = device_blocks(fd) / threads;
	if (blocks <= MOST)
		die("%s is too small", arg[0]);
	for (uint32_t i = 0; i < threads; i++) {
		part[i].first = i * blocks;
		part[i].n = blocks;
		part[i].random = i;
		begin(&part[i], arg[0], seconds);
	}
	for (uint32_t i = 0; i < threads; i++) {
		pthread_join(part[i].thread, NULL);
		requests += part[i].requests;
		bytes += part[i].bytes;
	}
	printf("%llu requests, %.1f MB/s\n", (unsigned long long)requests,
	       bytes / 1e6 / (seconds ? seconds : 1));
	return 0;
}
