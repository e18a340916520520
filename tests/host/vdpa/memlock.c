// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for pinned memory: each page once for an owner, whatever pins it.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vdpa/tests.h"

enum { DEVICES = 3, PAGES = 1500 };
static const uint64_t at = 0x100000;

static void pins(long kib, const char *what)
{
	report_ok(pinned_kib() == kib, "%s: %ld KiB, %ld expected", what,
		  pinned_kib(), kib);
}

/* Parts that overlap, in any order of coming and going. */
static void check_overlaps(int fd, const uint8_t *m)
{
	map(fd, 0, 0x10000000, 100 * PAGE, m, 3);
	pins(400, "100 pages");
	map(fd, 0, 0x20000000, 100 * PAGE, m + 50 * PAGE, 1);
	pins(600, "50 of them again, 50 more");
	map(fd, 0, 0x30000000, 10 * PAGE, m + 60 * PAGE, 3);
	pins(600, "10 a third time");
	unmap(fd, 0, 0x10000000, 100 * PAGE);
	pins(400, "without the first");
	unmap(fd, 0, 0x20000000, 100 * PAGE);
	pins(40, "without the second");
	unmap(fd, 0, 0x30000000, 5 * PAGE);
	pins(20, "without half of the third");
	unmap(fd, 0, 0, -1ull);
	pins(0, "without any");
}

/* New memory at an old address is other memory. */
static void check_swapped(int fd)
{
	uint8_t *m = fresh_memory(10 * PAGE);

	map(fd, 0, 0x40000000, 10 * PAGE, m, 3);
	if (mmap(m, 10 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != m)
		report_die("mmap");
	map(fd, 0, 0x50000000, 10 * PAGE, m, 3);
	pins(80, "other memory at the same address");
	unmap(fd, 0, 0, -1ull);
	pins(0, "none");
	munmap(m, 10 * PAGE);
}

void test_pinned(void)
{
	uint8_t *m = fresh_memory(PAGES * PAGE);
	uint32_t id[DEVICES];
	int fd[DEVICES];

	for (int i = 0; i < DEVICES; i++) {
		id[i] = parent_new(i ? PARENT_BY_RUN : 0, 1, 1, 2);
		fd[i] = node_owned(id[i]);
	}
	for (int i = 0; i < DEVICES; i++) {
		map(fd[i], 0, at, PAGES * PAGE, m, 3);
		map(fd[i], 1, at, PAGES * PAGE, m, 3);
		pins(4 * PAGES, "in each space of each device");
	}
	close(fd[0]);
	pins(4 * PAGES, "one device less");
	unmap(fd[1], 0, 0, -1ull);
	pins(4 * PAGES, "one space less");
	close(fd[1]);
	unmap(fd[2], 0, 0, -1ull);
	pins(4 * PAGES, "one space is left");
	unmap(fd[2], 1, at + 100 * PAGE, 200 * PAGE);
	pins(4 * (PAGES - 200), "but for 200 pages");
	unmap(fd[2], 1, 0, -1ull);
	pins(0, "none");
	check_overlaps(fd[2], m);
	check_swapped(fd[2]);
	close(fd[2]);
	for (int i = 0; i < DEVICES; i++)
		parent_end(id[i]);
	munmap(m, PAGES * PAGE);
}

/* ---- the limit ------------------------------------------------------------ */

static uint32_t limited_id[2];

static bool limit_holds(int a, int b, const uint8_t *m)
{
	if (map(a, 0, at, 100 * PAGE, m, 3) || map(b, 0, at, 100 * PAGE, m, 3))
		return false;	/* the second is for nothing */
	if (map(a, 0, 0x10000000, 101 * PAGE, m + 100 * PAGE, 3) != ENOMEM)
		return false;
	if (pinned_kib() != 400)
		return false;
	return !map(a, 0, 0x10000000, 100 * PAGE, m + 100 * PAGE, 3) &&
	       map(b, 0, 0x20000000, PAGE, m + 300 * PAGE, 3) == ENOMEM &&
	       pinned_kib() == 800;
}

/* Root could pin as much as there is. */
static int limited(int unused)
{
	struct rlimit limit = { 200 * PAGE, 200 * PAGE };
	uint8_t *m = fresh_memory(400 * PAGE);
	int a = node_owned(limited_id[0]), b = node_owned(limited_id[1]);

	(void)unused;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setuid(65534))
		return 2;
	return !limit_holds(a, b, m);
}

void test_memlock(void)
{
	limited_id[0] = parent_new(0, 1, 1, 1);
	limited_id[1] = parent_new(PARENT_BY_RUN, 1, 1, 1);
	report_ok(!in_child(limited, -1),
		  "RLIMIT_MEMLOCK of 200 pages holds for two devices together");
	for (int i = 0; i < 2; i++) {
		report_ok(!parent_read(limited_id[i]).bytes[0],
			  "and nothing is left of it");
		parent_end(limited_id[i]);
	}
}
