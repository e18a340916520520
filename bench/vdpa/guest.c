// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of bench-vdpa in a guest: 4 KiB reads or writes of one of its disks at
 * random, direct, by native AIO.
 *
 *	guest SERIAL read|write DEPTH REQUESTS
 *
 * DEPTH requests are in flight; those that have ended are replaced together. The
 * host has the better clock. It waits for the lines  BLK begin  and  BLK end  to read
 * what its threads have run, for which there are pauses, and takes the time from
 * BLK go  to  BLK end <requests>.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BYTES = 4096, MAX_DEPTH = 128, PAUSE_MS = 700, WARM_UP = 64 };

struct load {
	int fd;
	aio_context_t aio;
	unsigned int depth;
	uint16_t opcode;
	uint64_t blocks, random;
	uint8_t *data;
	struct iocb io[MAX_DEPTH];
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("FAIL load: ");
	vprintf(fmt, args);
	printf(": %s\n", strerror(errno));
	exit(1);
}

/* ---- the disk --------------------------------------------------------- */

static int has_serial(const char *disk, const char *serial)
{
	char path[100], line[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/%s/serial", disk);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	return !strcmp(line, serial);
}

static int open_disk(const char *serial)
{
	char disk[] = "vda", path[20];

	for (; disk[2] <= 'h'; disk[2]++) {
		if (!has_serial(disk, serial))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", disk);
		return open(path, O_RDWR | O_DIRECT);
	}
	errno = ENODEV;
	return -1;
}

static void set_up(struct load *l, const char *serial)
{
	uint64_t bytes;

	l->fd = open_disk(serial);
	if (l->fd < 0 || ioctl(l->fd, BLKGETSIZE64, &bytes))
		die("disk %s", serial);
	l->blocks = bytes / BYTES;
	l->data = mmap(NULL, MAX_DEPTH * BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (l->data == MAP_FAILED || syscall(SYS_io_setup, MAX_DEPTH, &l->aio))
		die("memory, io_setup");
}

/* ---- requests --------------------------------------------------------- */

static void prepare(struct load *l, unsigned int slot)
{
	l->random = l->random * 6364136223846793005ull + 1442695040888963407ull;
	l->io[slot] = (struct iocb){
		.aio_fildes = l->fd,
		.aio_lio_opcode = l->opcode,
		.aio_buf = (uintptr_t)(l->data + slot * BYTES),
		.aio_nbytes = BYTES,
		.aio_offset = (l->random >> 33) % l->blocks * BYTES,
		.aio_data = slot,
	};
}

static void submit(struct load *l, struct iocb **list, long n)
{
	while (n) {
		long took = syscall(SYS_io_submit, l->aio, n, list);

		if (took <= 0)
			die("io_submit");
		list += took;
		n -= took;
	}
}

static long reap(struct load *l, struct io_event *event)
{
	long n = syscall(SYS_io_getevents, l->aio, 1, MAX_DEPTH, event, NULL);

	if (n < 1)
		die("io_getevents");
	for (long i = 0; i < n; i++)
		if (event[i].res != BYTES) {
			errno = -event[i].res;
			die("a request");
		}
	return n;
}

static void run(struct load *l, unsigned int requests)
{
	unsigned int begun = l->depth < requests ? l->depth : requests, done = 0;
	struct io_event event[MAX_DEPTH];
	struct iocb *list[MAX_DEPTH];

	for (unsigned int i = 0; i < begun; i++) {
		prepare(l, i);
		list[i] = &l->io[i];
	}
	submit(l, list, begun);
	while (done < requests) {
		long n = reap(l, event), more = 0;

		done += n;
		for (; more < n && begun < requests; more++, begun++) {
			prepare(l, event[more].data);
			list[more] = &l->io[event[more].data];
		}
		submit(l, list, more);
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	unsigned int requests;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5)
		die("usage: guest SERIAL read|write DEPTH REQUESTS");
	l.opcode = strcmp(argv[2], "write") ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
	l.depth = atoi(argv[3]);
	requests = atoi(argv[4]);
	if (!l.depth || l.depth > MAX_DEPTH || !requests)
		die("1 to %d requests at a time", MAX_DEPTH);
	set_up(&l, argv[1]);
	run(&l, WARM_UP);
	printf("BLK begin\n");
	usleep(PAUSE_MS * 1000);
	printf("BLK go\n");
	run(&l, requests);
	printf("BLK end %u\n", requests);
	usleep(PAUSE_MS * 1000);
	return 0;
}
