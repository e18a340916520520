// SPDX-License-Identifier: GPL-2.0-only
/*
 * diskio: writes known contents to a file or a disk and checks them.
 *   diskio fill PATH MEBIBYTES SEED	one after the other, then fsync
 *   diskio check PATH MEBIBYTES SEED	the same, read
 *   diskio churn PATH MEBIBYTES SECONDS DEPTH JOBS [OFFSET]
 *	reads and writes at random, DEPTH at once in each of JOBS processes, all
 *	direct. What was read stays in memory, and is looked at again whenever its
 *	buffer is used anew and at the end: memory that changes behind the
 *	program's back, as in a move to another machine, shows. In the end all is
 *	read once more. SECONDS 0: until the file /tmp/stop is there. Buffers lie
 *	OFFSET bytes behind the beginning of a page.
 *   diskio tell PATH BLOCK TEXT	write a word into a block, for another machine
 *   diskio await PATH BLOCK TEXT	wait until it is there
 * A path below /dev is opened for direct I/O. The last line says the rate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/program.h"

enum { BLOCK = 4096, CHUNK = 64 * BLOCK, LIBRARY = 512, MOST_DEPTH = 256 };

static void *memory(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("memory: %m");
	return p;
}

static int open_path(const char *path, int flags)
{
	int direct = strncmp(path, "/dev/", 5) ? 0 : O_DIRECT;
	int fd = open(path, flags | direct, 0644);

	if (fd < 0)
		die("%s: %m", path);
	return fd;
}

/* ---- contents: they say which block they are of, and which writing of it --- */

static void put(uint64_t *p, uint64_t block, uint64_t generation)
{
	uint64_t x = block * 0x9e3779b97f4a7c15ull ^ generation;

	p[0] = block;
	p[1] = generation;
	for (int i = 2; i < BLOCK / 8; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		p[i] = x;
	}
}

/* The first word that differs, or -1. */
static int wrong(const uint64_t *p, uint64_t block, uint64_t generation)
{
	uint64_t want[BLOCK / 8];

	put(want, block, generation);
	for (int i = 0; i < BLOCK / 8; i++)
		if (p[i] != want[i])
			return i;
	return -1;
}

static void must_be(const uint64_t *p, uint64_t block, uint64_t generation,
		    const char *when)
{
	int i = wrong(p, block, generation);

	if (i < 0)
		return;
	fprintf(stderr,
		"diskio: block %llu, writing %llu, %s: word %d differs; it says block %llu, writing %llu\n",
		(unsigned long long)block, (unsigned long long)generation, when,
		i, (unsigned long long)p[0], (unsigned long long)p[1]);
	exit(1);
}

static void say_rate(uint64_t blocks, double seconds)
{
	printf("%.0f KiB/s\n", blocks * (BLOCK / 1024) / seconds);
}

/* ---- one after the other ---------------------------------------------------- */

static void in_order(const char *path, uint64_t blocks, uint64_t seed,
		     int writing)
{
	int fd = open_path(path, writing ? O_RDWR | O_CREAT : O_RDONLY);
	char *buf = memory(CHUNK);
	double start = now();

	for (uint64_t b = 0; b < blocks; b += CHUNK / BLOCK) {
		ssize_t n;

		for (int i = 0; writing && i < CHUNK / BLOCK; i++)
			put((uint64_t *)(buf + i * BLOCK), b + i, seed);
		n = writing ? pwrite(fd, buf, CHUNK, b * BLOCK) :
			      pread(fd, buf, CHUNK, b * BLOCK);
		if (n != CHUNK)
			die("%s: %m", path);
		for (int i = 0; !writing && i < CHUNK / BLOCK; i++)
			must_be((uint64_t *)(buf + i * BLOCK), b + i, seed,
				"in order");
	}
	if (writing && fsync(fd))
		die("fsync: %m");
	say_rate(blocks, now() - start);
	close(fd);
}

/* ---- at random -------------------------------------------------------------- */

struct job {
	int fd;
	aio_context_t aio;
	uint64_t first, blocks;		/* its part of the disk */
	uint32_t *generation;		/* of each block; 0: never written */
	uint8_t *busy;
	uint8_t *library;
	struct { uint64_t block; uint32_t generation; } shelf[LIBRARY];
	struct iocb io[MOST_DEPTH];
	int shelf_of[MOST_DEPTH];
	int shelves;			/* of each slot */
	uint64_t reads, writes, random;
};

static uint64_t any(struct job *j, uint64_t below)
{
	j->random = j->random * 6364136223846793005ull + 1442695040888963407ull;
	return (j->random >> 33) % below;
}

static uint64_t *shelf(struct job *j, int i)
{
	return (uint64_t *)(j->library + (size_t)i * BLOCK);
}

/* What was read into it must still be there. */
static void look_again(struct job *j, int i)
{
	if (j->shelf[i].generation)
		must_be(shelf(j, i), j->shelf[i].block, j->shelf[i].generation,
			"looked at again");
}

static void submit(struct job *j, int slot)
{
	struct iocb *io = &j->io[slot], *list = io;
	int s = slot * j->shelves + any(j, j->shelves);
	uint64_t b;

	do {
		b = any(j, j->blocks);
	} while (j->busy[b]);
	j->busy[b] = 1;
	look_again(j, s);
	j->shelf[s].generation = 0;
	j->shelf[s].block = j->first + b;
	j->shelf_of[slot] = s;
	memset(io, 0, sizeof(*io));
	io->aio_fildes = j->fd;
	io->aio_buf = (uintptr_t)shelf(j, s);
	io->aio_nbytes = BLOCK;
	io->aio_offset = (j->first + b) * BLOCK;
	io->aio_data = slot;
	io->aio_lio_opcode = IOCB_CMD_PREAD;
	if (!j->generation[b] || any(j, 2)) {
		io->aio_lio_opcode = IOCB_CMD_PWRITE;
		put(shelf(j, s), j->first + b, ++j->generation[b]);
	}
	if (syscall(SYS_io_submit, j->aio, 1, &list) != 1)
		die("io_submit: %m");
}

static void complete(struct job *j, const struct io_event *e)
{
	int slot = e->data, s = j->shelf_of[slot];
	uint64_t b = j->shelf[s].block - j->first;

	if (e->res != BLOCK) {
		errno = e->res < 0 ? -e->res : EIO;
		die("%s: %m", j->io[slot].aio_lio_opcode == IOCB_CMD_PREAD ?
				      "read" : "write");
	}
	j->busy[b] = 0;
	j->shelf[s].generation = j->generation[b];
	if (j->io[slot].aio_lio_opcode == IOCB_CMD_PREAD) {
		j->reads++;
		must_be(shelf(j, s), j->shelf[s].block, j->generation[b],
			"read");
	} else {
		j->writes++;
	}
}

static void reap(struct job *j, int slots_again)
{
	struct io_event events[MOST_DEPTH];
	long n = syscall(SYS_io_getevents, j->aio, 1, MOST_DEPTH, events, NULL);

	if (n < 0 && errno != EINTR)
		die("io_getevents: %m");
	for (long i = 0; i < n; i++) {
		complete(j, &events[i]);
		if (slots_again)
			submit(j, events[i].data);
	}
}

static uint64_t in_flight(struct job *j)
{
	uint64_t n = 0;

	for (uint64_t b = 0; b < j->blocks; b++)
		n += j->busy[b];
	return n;
}

/* Everything written, read once more. */
static void read_all(struct job *j)
{
	uint64_t *buf = memory(BLOCK);

	for (int i = 0; i < LIBRARY; i++)
		look_again(j, i);
	for (uint64_t b = 0; b < j->blocks; b++) {
		if (!j->generation[b])
			continue;
		if (pread(j->fd, buf, BLOCK, (j->first + b) * BLOCK) != BLOCK)
			die("read at the end: %m");
		must_be(buf, j->first + b, j->generation[b], "at the end");
	}
}

static void run_job(struct job *j, double seconds, int depth, int offset,
		    uint64_t counts[2])
{
	double end = now() + seconds;

	if (syscall(SYS_io_setup, MOST_DEPTH, &j->aio))
		die("io_setup: %m");
	j->generation = memory(j->blocks * sizeof(*j->generation));
	j->busy = memory(j->blocks);
	j->library = memory((size_t)(LIBRARY + 1) * BLOCK) + offset;
	j->shelves = LIBRARY / depth;
	for (int i = 0; i < depth; i++)
		submit(j, i);
	while (seconds ? now() < end : access("/tmp/stop", F_OK) != 0)
		reap(j, 1);
	while (in_flight(j))
		reap(j, 0);
	read_all(j);
	counts[0] = j->reads;
	counts[1] = j->writes;
}

static void churn(const char *path, uint64_t blocks, double seconds, int depth,
		  int jobs, int offset)
{
	uint64_t (*counts)[2] = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t reads = 0, writes = 0;
	double start = now();
	int bad = 0, status;

	if (offset < 0 || offset >= BLOCK || offset % 4 ||
	    depth > MOST_DEPTH || jobs > 64 || blocks / jobs < 2u * depth) {
		errno = EINVAL;
		die("too many: %m");
	}
	for (int i = 0; i < jobs; i++) {
		static struct job j;

		if (fork())
			continue;
		j.fd = open(path, O_RDWR | O_DIRECT);
		if (j.fd < 0)
			die("%s: %m", path);
		j.blocks = blocks / jobs;
		j.first = i * j.blocks;
		j.random = i + 1;
		run_job(&j, seconds, depth, offset, counts[i]);
		exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	if (bad)
		exit(1);
	for (int i = 0; i < jobs; i++) {
		reads += counts[i][0];
		writes += counts[i][1];
	}
	fprintf(stderr, "diskio: %llu reads, %llu writes, all as they must be\n",
		(unsigned long long)reads, (unsigned long long)writes);
	say_rate(reads + writes, now() - start);
}

static void tell(const char *path, uint64_t block, const char *text)
{
	int fd = open_path(path, O_RDWR);
	char *buf = memory(BLOCK);

	snprintf(buf, BLOCK, "%s", text);
	if (pwrite(fd, buf, BLOCK, block * BLOCK) != BLOCK)
		die("%s: %m", path);
}

static void await(const char *path, uint64_t block, const char *text)
{
	int fd = open_path(path, O_RDONLY);
	char *buf = memory(BLOCK);

	do {
		usleep(20000);
		if (pread(fd, buf, BLOCK, block * BLOCK) != BLOCK)
			die("%s: %m", path);
	} while (strcmp(buf, text));
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	uint64_t blocks = argc > 3 ? strtoull(argv[3], NULL, 0) << 8 : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "fill") && argc == 5) {
		in_order(argv[2], blocks, strtoull(argv[4], NULL, 0), 1);
	} else if (!strcmp(what, "check") && argc == 5) {
		in_order(argv[2], blocks, strtoull(argv[4], NULL, 0), 0);
	} else if (!strcmp(what, "churn") && (argc == 7 || argc == 8)) {
		churn(argv[2], blocks, atof(argv[4]), atoi(argv[5]),
		      atoi(argv[6]), argc == 8 ? atoi(argv[7]) : 0);
	} else if (!strcmp(what, "tell") && argc == 5) {
		tell(argv[2], strtoull(argv[3], NULL, 0), argv[4]);
	} else if (!strcmp(what, "await") && argc == 5) {
		await(argv[2], strtoull(argv[3], NULL, 0), argv[4]);
	} else {
		fprintf(stderr, "usage: see the head of diskio.c\n");
		return 2;
	}
	return 0;
}
