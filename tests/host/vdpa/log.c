// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty logging, by parents that report what they write.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdpa/tests.h"

enum { PAGES = 64, LOG_BYTES = 3 * 4096 };
static const uint64_t at = 0x100000;	/* page 256 */

static bool dirty(const uint8_t *log, uint64_t iova)
{
	uint64_t page = iova / PAGE;

	return log[page / 8] >> page % 8 & 1;
}

static int set_log(int fd, const void *log)
{
	uint64_t base = (uintptr_t)log;

	return cmd(fd, VHOST_SET_LOG_BASE, &base);
}

static void write_byte(uint32_t id, uint64_t iova)
{
	uint8_t byte = 1;

	if (parent_dma(id, 0, iova, true, &byte, 1))
		report_die("the parent cannot write");
}

static uint32_t bits_in(const uint8_t *log)
{
	uint32_t n = 0;

	for (int i = 0; i < LOG_BYTES; i++)
		n += __builtin_popcount(log[i]);
	return n;
}

/* Switched on and off while the device runs, as a migration does. */
static void check_live(uint32_t id, int fd, uint8_t *log)
{
	write_byte(id, at);
	report_ok(!bits_in(log), "not logged before it is wanted");
	went(set_features(fd, F_V1 | F_IOMMU | F_LOG_ALL), 0,
	     "LOG_ALL of a running device");
	went(set_features(fd, F_V1 | F_IOMMU | F_LOG_ALL | F_PACKED), EBUSY,
	     "together with something else");
	report_ok(parent_read(id).features == (F_V1 | F_IOMMU),
		  "the parent does not see the bit");
	went(set_log(fd, log), 0, "a log");
	write_byte(id, at + 5 * PAGE + 7);
	report_ok(bits_in(log) == 1 && dirty(log, at + 5 * PAGE), "a write");
	went(set_features(fd, F_V1 | F_IOMMU), 0, "LOG_ALL off");
	write_byte(id, at + 6 * PAGE);
	report_ok(bits_in(log) == 1, "not logged any more");
	went(set_features(fd, F_V1 | F_IOMMU | F_LOG_ALL), 0, "on again");
	write_byte(id, at + 7 * PAGE);
	report_ok(dirty(log, at + 7 * PAGE), "to the log that was set");
}

/* The log covers what is mapped, also what is mapped later. */
static void check_growth(uint32_t id, int fd, uint8_t *m, uint8_t *log)
{
	uint64_t high = 0x4000000;	/* page 16384: in the third page */

	report_ok(parent_read(id).log_pages == 256 + PAGES, "%u pages",
		  parent_read(id).log_pages);
	went(map(fd, 0, high, PAGE, m, 3), 0, "a map further up");
	report_ok(parent_read(id).log_pages == 16384 + 1, "the log grows");
	write_byte(id, high + 9);
	report_ok(dirty(log, high), "a write there");
	went(map(fd, 0, 1ull << 40, PAGE, m, 3), EFAULT,
	     "a map that no log of the owner covers");
	report_ok(!parent_sees(id, 0, 1ull << 40, 0), "is not made");
}

static void check_bases(uint32_t id, int fd, uint8_t *log)
{
	uint8_t *other = fresh_memory(LOG_BYTES);

	memset(other, 0, LOG_BYTES);
	went(set_log(fd, log + 4), EINVAL, "an odd log");
	went(set_log(fd, (void *)PAGE), EFAULT, "no memory");
	write_byte(id, at + 11 * PAGE);
	report_ok(dirty(log, at + 11 * PAGE), "the old log is still used");
	went(set_log(fd, other), 0, "another log");
	write_byte(id, at + 12 * PAGE);
	report_ok(dirty(other, at + 12 * PAGE) && !dirty(log, at + 12 * PAGE),
		  "then only that");
	went(set_log(fd, NULL), 0, "none");
	report_ok(!parent_read(id).log_pages, "the parent does not log");
	set_log(fd, log);
	munmap(other, LOG_BYTES);
}

void test_log(void)
{
	uint32_t id = parent_new(USUAL | PARENT_LOG, 1, 1, 1);
	uint8_t *m = fresh_memory(PAGES * PAGE), *log = fresh_memory(LOG_BYTES);
	int fd = node_owned(id);

	memset(log, 0, LOG_BYTES);
	report_ok(get_u64(fd, VHOST_GET_FEATURES) & F_LOG_ALL, "LOG_ALL");
	map(fd, 0, at, PAGES * PAGE, m, 3);
	node_run(fd);
	check_live(id, fd, log);
	check_growth(id, fd, m, log);
	check_bases(id, fd, log);
	went(cmd(fd, VHOST_SET_LOG_FD, &fd), EOPNOTSUPP, "SET_LOG_FD");
	close(fd);
	report_ok(!parent_read(id).log_pages && !pinned_kib(),
		  "after close: no log, nothing pinned");
	parent_end(id);
	munmap(m, PAGES * PAGE);
	munmap(log, LOG_BYTES);
}
