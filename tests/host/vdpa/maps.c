// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: what is mapped, rejected and unmapped, seen with the parent's
 * own accesses. Each on parents that take runs, and on parents that take tables.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdpa/tests.h"

enum { PAGES = 64 };
static const uint64_t at = 0x100000;	/* where most of it is mapped */

static const uint32_t kinds[] = { PARENT_BY_RUN, 0 };

static const char *kind_name(uint32_t kind)
{
	return kind & PARENT_BY_RUN ? "runs" : "tables";
}

/* Nothing mapped, nothing pinned; the parent's table is empty. */
static void check_empty(uint32_t id, const char *when)
{
	struct parent_record r = parent_read(id);
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < PARENT_SPACES; i++)
		bytes += r.bytes[i] + r.entries[i];
	report_ok(!bytes && !pinned_kib(), "%s: %llu bytes, %ld KiB pinned",
		  when, (unsigned long long)bytes, pinned_kib());
}

/* ---- one message ---------------------------------------------------------- */

/* of memory at @m, PAGES long, while its first 4 pages are mapped at 1 MiB */
static const struct {
	const char *name;
	uint8_t what;
	uint64_t iova, size, offset;
	uint8_t perm;
	int err;
} rows[] = {
	{ "no bytes", VHOST_IOTLB_UPDATE, 0x200000, 0, 0, 3, EINVAL },
	{ "no right", VHOST_IOTLB_UPDATE, 0x200000, PAGE, 0, 0, EINVAL },
	{ "an unknown right", VHOST_IOTLB_UPDATE, 0x200000, PAGE, 0, 4, EINVAL },
	{ "wraps", VHOST_IOTLB_UPDATE, -PAGE, 2 * PAGE, 0, 3, EINVAL },
	{ "ends at 2^64", VHOST_IOTLB_UPDATE, -PAGE, PAGE, 0, 3, EINVAL },
	{ "2^64 - 1 bytes", VHOST_IOTLB_UPDATE, 0x200000, -1ull, 0, 3, EINVAL },
	{ "user addresses wrap", VHOST_IOTLB_UPDATE, 0x200000, 1ull << 47,
	  -(1ull << 46), 3, EINVAL },
	{ "below the range", VHOST_IOTLB_UPDATE, 0, PAGE, 0, 3, EINVAL },
	{ "above the range", VHOST_IOTLB_UPDATE, PARENT_IOVA_LAST + 1, PAGE, 0,
	  3, EINVAL },
	{ "half above the range", VHOST_IOTLB_UPDATE,
	  PARENT_IOVA_LAST + 1 - PAGE, 2 * PAGE, 0, 3, EINVAL },
	{ "an odd address", VHOST_IOTLB_UPDATE, 0x200010, PAGE, 0, 3, EINVAL },
	{ "an odd user address", VHOST_IOTLB_UPDATE, 0x200000, PAGE, 16, 3,
	  EINVAL },
	{ "the same again", VHOST_IOTLB_UPDATE, 0x100000, 4 * PAGE, 0, 3,
	  EEXIST },
	{ "overlaps the start", VHOST_IOTLB_UPDATE, 0xff000, 2 * PAGE, 0, 3,
	  EEXIST },
	{ "overlaps the end", VHOST_IOTLB_UPDATE, 0x103000, 2 * PAGE, 0, 3,
	  EEXIST },
	{ "lies inside", VHOST_IOTLB_UPDATE, 0x101000, 1, 0, 3, EEXIST },
	{ "lies around", VHOST_IOTLB_UPDATE, 0xff000, 6 * PAGE, 0, 3, EEXIST },
	{ "user memory ends", VHOST_IOTLB_UPDATE, 0x200000, PAGES * PAGE,
	  4 * PAGE, 3, EFAULT },
	{ "kernel addresses", VHOST_IOTLB_UPDATE, 0x200000, PAGE,
	  -(1ull << 40), 3, EFAULT },
	{ "unmap no bytes", VHOST_IOTLB_INVALIDATE, 0x100000, 0, 0, 0, EINVAL },
	{ "unmap what wraps", VHOST_IOTLB_INVALIDATE, -PAGE, 2 * PAGE, 0, 0,
	  EINVAL },
	{ "unmap nothing", VHOST_IOTLB_INVALIDATE, 0x200000, 1ull << 40, 0, 0,
	  0 },
	{ "unmap the last page there is", VHOST_IOTLB_INVALIDATE, -PAGE, PAGE,
	  0, 0, 0 },
	{ "a miss", VHOST_IOTLB_MISS, 0x200000, PAGE, 0, 3, EINVAL },
	{ "access failure", VHOST_IOTLB_ACCESS_FAIL, 0x200000, PAGE, 0, 3,
	  EINVAL },
	{ "type 0", 0, 0x200000, PAGE, 0, 3, EINVAL },
	{ "type 7", 7, 0x200000, PAGE, 0, 3, EINVAL },
	{ "type 255", 255, 0x200000, PAGE, 0, 3, EINVAL },
};

static int send_row(int fd, unsigned int i, uint32_t asid, const uint8_t *m)
{
	struct iotlb_msg msg = iotlb_message(V2, rows[i].what, rows[i].iova,
					     rows[i].size,
					     (uintptr_t)m + rows[i].offset,
					     rows[i].perm);

	msg.asid = asid;
	return iotlb_write(fd, &msg, sizeof(msg));
}

static void check_rows(uint32_t id, int fd, const uint8_t *m)
{
	long pinned;

	went(map(fd, 0, at, 4 * PAGE, m, 3), 0, "a map");
	pinned = pinned_kib();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		went(send_row(fd, i, 0, m), rows[i].err, rows[i].name);
	went(map(fd, 2, at, PAGE, m, 3), EINVAL, "no such address space");
	went(map(fd, -1, at, PAGE, m, 3), EINVAL, "address space 2^32 - 1");
	went(unmap(fd, 2, at, PAGE), EINVAL, "unmap there");
	went(batch(fd, 2, BATCH_BEGIN), EINVAL, "a batch there");
	report_ok(parent_read(id).bytes[0] == 4 * PAGE && pinned == 16 &&
		  pinned_kib() == 16, "and still only the first is mapped");
	went(map(fd, 1, at, PAGE, m + PAGE, 3), 0, "the same in another space");
	report_ok(parent_sees(id, 0, at, 0) && parent_sees(id, 1, at, 1),
		  "they are different");
}

static void check_rights(uint32_t id, int fd, uint8_t *m)
{
	uint8_t byte = 77;

	went(map(fd, 0, 0x300000, PAGE, m + 8 * PAGE, 1), 0, "a read-only map");
	went(map(fd, 0, 0x301000, PAGE, m + 9 * PAGE, 2), 0, "a write-only map");
	went(map(fd, 0, 0x302000, 100, m + 10 * PAGE, 3), 0, "100 bytes");
	report_ok(parent_sees(id, 0, 0x300000, 8) &&
		  !parent_sees(id, 0, 0x301000, 9), "reading");
	report_ok(parent_dma(id, 0, 0x300000, true, &byte, 1) == EFAULT &&
		  !parent_dma(id, 0, 0x301000, true, &byte, 1) &&
		  m[9 * PAGE] == 77, "writing");
	report_ok(parent_sees(id, 0, 0x302fff, 10) &&
		  !parent_sees(id, 0, 0x303000, 11), "a page is mapped whole");
}

void test_messages(void)
{
	uint8_t *m = fresh_memory(PAGES * PAGE);

	for (unsigned int k = 0; k < 2; k++) {
		uint32_t id = parent_new(USUAL | kinds[k], 1, 2, 2);
		int fd = node_owned(id);

		report_note("it takes %s", kind_name(kinds[k]));
		check_rows(id, fd, m);
		check_rights(id, fd, m);
		went(unmap(fd, 0, 0, -1ull), 0, "unmap all");
		report_ok(!parent_read(id).bytes[0] && pinned_kib() == 4,
			  "of that space");
		close(fd);
		check_empty(id, "after close");
		parent_end(id);
	}
	munmap(m, PAGES * PAGE);
}

/* ---- unmapping parts ------------------------------------------------------ */

static void check_cuts(uint32_t id, int fd, const uint8_t *m)
{
	uint32_t wrong = 0;

	map(fd, 0, at, 32 * PAGE, m, 3);
	went(unmap(fd, 0, at + 4 * PAGE, 3 * PAGE), 0, "a part in the middle");
	went(unmap(fd, 0, at + 30 * PAGE, 8 * PAGE), 0, "the end and beyond");
	went(unmap(fd, 0, at - PAGE, 2 * PAGE), 0, "the start and before");
	went(unmap(fd, 0, at + 10 * PAGE + 17, 1), 0, "a byte: its page");
	for (uint64_t i = 0; i < 32; i++) {
		bool gone = (i >= 4 && i < 7) || i >= 30 || !i || i == 10;

		wrong += parent_sees(id, 0, at + i * PAGE, i) == gone;
	}
	report_ok(!wrong, "%u pages are there and should not, or not", wrong);
	report_ok(pinned_kib() == 4 * (32 - 3 - 2 - 1 - 1), "%ld KiB are pinned",
		  pinned_kib());
	went(map(fd, 0, at + 4 * PAGE, 3 * PAGE, m + 40 * PAGE, 3), 0,
	     "other memory in the hole");
	report_ok(parent_sees(id, 0, at + 5 * PAGE, 41) &&
		  parent_sees(id, 0, at + 7 * PAGE, 7), "it is there");
	unmap(fd, 0, at, 32 * PAGE);
	check_empty(id, "after all was unmapped");
}

/* CVE-2022-50851: unmaps of great ranges */
void test_cuts(void)
{
	uint8_t *m = fresh_memory(PAGES * PAGE);

	for (unsigned int k = 0; k < 2; k++) {
		uint32_t id = parent_new(USUAL | kinds[k], 1, 1, 1);
		int fd = node_owned(id);

		report_note("it takes %s", kind_name(kinds[k]));
		check_cuts(id, fd, m);
		close(fd);
		parent_end(id);
	}
	munmap(m, PAGES * PAGE);
}

/* ---- batches -------------------------------------------------------------- */

static void check_batch(uint32_t id, int fd, const uint8_t *m)
{
	uint32_t tables = parent_read(id).tables;

	went(batch(fd, 0, BATCH_END), 0, "END without BEGIN");
	went(batch(fd, 0, BATCH_BEGIN), 0, "BEGIN");
	for (uint64_t i = 0; i < 8; i++)
		map(fd, 0, at + i * PAGE, PAGE, m + i * PAGE, 3);
	report_ok(parent_read(id).tables == tables, "the parent got nothing");
	went(map(fd, 1, at, PAGE, m, 3), 0, "another space meanwhile");
	report_ok(parent_sees(id, 1, at, 0), "is not in the batch");
	went(batch(fd, 0, BATCH_END), 0, "END");
	report_ok(parent_read(id).tables == tables + 2 &&
		  parent_sees(id, 0, at + 7 * PAGE, 7), "given once");
}

/* What was unmapped stays pinned until the parent hears of it. */
static void check_late(uint32_t id, int fd, const uint8_t *m)
{
	batch(fd, 0, BATCH_BEGIN);
	unmap(fd, 0, at, 4 * PAGE);
	report_ok(parent_sees(id, 0, at, 0) && pinned_kib() == 32,
		  "a batch: the parent may still use what it was given");
	went(map(fd, 0, at, PAGE, m + 20 * PAGE, 3), 0, "other memory there");
	went(batch(fd, 0, BATCH_BEGIN), 0, "BEGIN in a batch");
	batch(fd, 0, BATCH_END);
	report_ok(parent_sees(id, 0, at, 20) &&
		  !parent_sees(id, 0, at + PAGE, 1) && pinned_kib() == 24,
		  "after it no longer");
}

static void check_failing(uint32_t id, int fd, const uint8_t *m)
{
	unmap(fd, 0, 0, -1ull);
	parent_do(id, PARENT_FAIL_TABLE, 1);
	went(map(fd, 0, at, 8 * PAGE, m, 3), ENOBUFS, "a parent that fails");
	report_ok(!parent_sees(id, 0, at, 0) && pinned_kib() == 4,
		  "nothing is mapped");
	map(fd, 0, at, 8 * PAGE, m, 3);
	parent_do(id, PARENT_FAIL_TABLE, 1);
	went(unmap(fd, 0, at, PAGE), ENOBUFS, "and fails to unmap");
	report_ok(parent_sees(id, 0, at, 0) && pinned_kib() == 32,
		  "the page stays pinned: the parent uses it");
	went(unmap(fd, 0, at + PAGE, PAGE), 0, "then it can");
	report_ok(!parent_sees(id, 0, at, 0) && pinned_kib() == 28,
		  "both pages are gone");
}

void test_batches(void)
{
	uint8_t *m = fresh_memory(PAGES * PAGE);
	uint32_t id = parent_new(USUAL, 1, 2, 2);
	int fd = node_owned(id);

	check_batch(id, fd, m);
	check_late(id, fd, m);
	check_failing(id, fd, m);
	batch(fd, 0, BATCH_BEGIN);
	unmap(fd, 0, at, PAGES * PAGE);
	map(fd, 0, at, PAGE, m, 3);
	parent_do(id, PARENT_FAIL_TABLE, 0);
	close(fd);
	check_empty(id, "a batch that never ends");
	fd = node_owned(id);
	map(fd, 0, at, PAGE, m, 3);
	report_ok(parent_sees(id, 0, at, 0), "the next owner is in no batch");
	cmd(fd, VHOST_RESET_OWNER, NULL);
	check_empty(id, "after RESET_OWNER");
	close(fd);
	fd = node_owned(id);
	map(fd, 0, at, PAGE, m, 3);
	parent_do(id, PARENT_FAIL_TABLE, 1);
	close(fd);
	check_empty(id, "closed, the parent rejects the empty table");
	parent_end(id);
	munmap(m, PAGES * PAGE);
}

/* ---- failures on the way -------------------------------------------------- */

/* Memory whose pages lie in the host's memory without order: many runs. */
static uint8_t *scattered(uint64_t pages)
{
	uint8_t *m = mmap(NULL, 2 * pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *from = m + pages * PAGE;

	if (m == MAP_FAILED)
		report_die("mmap");
	madvise(m, 2 * pages * PAGE, MADV_NOHUGEPAGE);
	for (uint64_t i = 0; i < pages; i++) {
		from[i * PAGE] = 1;
		m[(pages - 1 - i) * PAGE] = pages - 1 - i;
	}
	munmap(from, pages * PAGE);
	return m;
}

/* The parent fails at run n: undone completely, each n. */
static void check_each_run(uint32_t id, int fd, const uint8_t *m, uint32_t runs)
{
	uint32_t wrong = 0;

	for (uint32_t n = 0; n < runs; n++) {
		parent_do(id, PARENT_FAIL_MAP, n);
		wrong += map(fd, 0, at, PAGES * PAGE, m, 3) != ENOBUFS ||
			 pinned_kib() || parent_read(id).bytes[0];
	}
	parent_do(id, PARENT_FAIL_MAP, -1);
	report_ok(!wrong, "%u of %u failures left something", wrong, runs);
	went(map(fd, 0, at, PAGES * PAGE, m, 3), 0, "then it works");
	report_ok(parent_sees(id, 0, at + 63 * PAGE, 63), "and can be read");
}

void test_map_failures(void)
{
	uint8_t *m = scattered(PAGES);
	uint32_t id = parent_new(USUAL | PARENT_BY_RUN, 1, 1, 1), runs;
	int fd = node_owned(id);

	map(fd, 0, at, PAGES * PAGE, m, 3);
	runs = parent_read(id).entries[0];
	report_ok(runs > 1, "%u runs", runs);
	unmap(fd, 0, 0, -1ull);
	check_each_run(id, fd, m, runs);
	unmap(fd, 0, 0, -1ull);
	/* the last page cannot be had: the pages before were pinned */
	mprotect(m + (PAGES - 1) * PAGE, PAGE, PROT_NONE);
	went(map(fd, 0, at, PAGES * PAGE, m, 3), EFAULT, "a page at the end");
	check_empty(id, "it");
	close(fd);
	parent_end(id);
	munmap(m, PAGES * PAGE);
}

/* ---- the limit ------------------------------------------------------------ */

/* CVE-2026-74713, and an error that says what it is */
void test_entries(void)
{
	uint8_t *m = fresh_memory(PAGES * PAGE);
	uint32_t id = parent_new(USUAL, 1, 2, 2), was = max_entries(8), n = 0;
	int fd = node_owned(id);

	report_ok(was == 2048, "2048 entries by default");
	/* not contiguous in IOVAs, so each is a run */
	while (n < 100 && !map(fd, 0, at + 2 * n * PAGE, PAGE, m, 3))
		n++;
	report_ok(n == 8, "%u maps of 8", n);
	went(map(fd, 0, 0x800000, PAGE, m, 3), ENOSPC, "one more");
	went(map(fd, 1, 0x800000, PAGE, m, 3), 0, "one in another space");
	unmap(fd, 0, at, PAGE);
	went(map(fd, 0, 0x800000, PAGE, m, 3), 0, "one after an unmap");
	max_entries(9);
	went(map(fd, 0, 0x900000, PAGE, m, 3), 0, "one more, by permission");
	max_entries(was);
	/* CVE-2022-50738: translations of an owner that went */
	close(fd);
	check_empty(id, "after close");
	parent_end(id);
	munmap(m, PAGES * PAGE);
}

static int shared_file(uint8_t **m)
{
	int file = memfd_create("guest", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, PAGES * PAGE))
		report_die("memfd");
	*m = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		  0);
	if (*m == MAP_FAILED)
		report_die("mmap");
	return file;
}

/* A parent that uses the owner's addresses: files only, and nothing pinned. */
void test_va(void)
{
	uint32_t id = parent_new(USUAL | PARENT_USE_VA | PARENT_BY_RUN, 1, 1, 1);
	uint8_t *m, *private = fresh_memory(PAGES * PAGE);
	int fd = node_open(id), file = shared_file(&m);

	report_ok(!parent_read(id).bound, "no memory without an owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	report_ok(parent_read(id).bound, "an owner's memory");
	went(map(fd, 0, at, PAGES * PAGE, m, 3), 0, "a shared file");
	report_ok(parent_read(id).bytes[0] == PAGES * PAGE && !pinned_kib(),
		  "is mapped and not pinned");
	went(map(fd, 0, 0x800000, PAGES * PAGE, private, 3), 0,
	     "private memory is left out");
	report_ok(parent_read(id).bytes[0] == PAGES * PAGE, "without an error");
	went(unmap(fd, 0, at + PAGE + 5, 10), 0, "unmap ten bytes");
	report_ok(parent_read(id).bytes[0] == PAGES * PAGE - 10,
		  "there are no pages here");
	went(map(fd, 0, 0x900000, PAGE, NULL, 3), EFAULT, "no memory");
	mprotect(m, PAGE, PROT_NONE);
	went(map(fd, 0, 0x900000, PAGE, m, 1), 0,
	     "memory that the owner does not read itself");
	cmd(fd, VHOST_RESET_OWNER, NULL);
	report_ok(!parent_read(id).bound && !parent_read(id).bytes[0],
		  "the owner went");
	close(fd);
	parent_end(id);
	close(file);
	munmap(m, PAGES * PAGE);
	munmap(private, PAGES * PAGE);
}

/* Memory that is not the owner's to give. */
void test_foreign(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1);
	uint8_t *m = fresh_memory(4 * PAGE);
	int fd = node_owned(id);
	uint8_t byte = 5;

	mprotect(m, PAGE, PROT_READ);
	went(map(fd, 0, at, PAGE, m, 3), EFAULT, "to write where one may not");
	went(map(fd, 0, at, PAGE, m, 1), 0, "to read there");
	munmap(m + PAGE, PAGE);
	went(map(fd, 0, 0x200000, 2 * PAGE, m, 1), EFAULT, "into a hole");
	mprotect(m, PAGE, PROT_READ | PROT_WRITE);
	m[0] = 99;
	report_ok(parent_sees(id, 0, at, 99), "a map follows the owner's writes");
	munmap(m, PAGE);
	report_ok(parent_sees(id, 0, at, 99), "and outlives the owner's own");
	report_ok(parent_dma(id, 0, at, true, &byte, 1) == EFAULT,
		  "it is read-only");
	close(fd);
	check_empty(id, "after close");
	parent_end(id);
}
