// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells: CVE-2026-74312 (indexes), CVE-2021-46967 (the area's flags).
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdpa/tests.h"

static sigjmp_buf after_fault;

static void on_fault(int sig)
{
	siglongjmp(after_fault, sig);
}

/* The signal that a write ends in, or 0. */
static int write_to(volatile uint16_t *doorbell)
{
	struct sigaction act = { .sa_handler = on_fault }, bus, segv;
	int sig;

	sigaction(SIGBUS, &act, &bus);
	sigaction(SIGSEGV, &act, &segv);
	sig = sigsetjmp(after_fault, 1);
	if (!sig)
		*doorbell = 1;
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return sig;
}

static int try_map(int fd, int prot, int flags, size_t bytes, uint64_t index)
{
	void *p = mmap(NULL, bytes, prot, flags, fd, index * PAGE);
	int err = errno;

	if (p == MAP_FAILED)
		return err;
	munmap(p, bytes);
	return 0;
}

static const struct {
	const char *name;
	int prot, flags;
	size_t bytes;
	uint64_t index;
	int err;
} rows[] = {
	{ "queue 0", PROT_WRITE, MAP_SHARED, PAGE, 0, 0 },
	{ "readable", PROT_READ | PROT_WRITE, MAP_SHARED, PAGE, 0, EINVAL },
	{ "read-only", PROT_READ, MAP_SHARED, PAGE, 0, EINVAL },
	{ "private", PROT_WRITE, MAP_PRIVATE, PAGE, 0, EINVAL },
	{ "two pages", PROT_WRITE, MAP_SHARED, 2 * PAGE, 0, EINVAL },
	{ "one not page-sized", PROT_WRITE, MAP_SHARED, PAGE, 1, EOPNOTSUPP },
	{ "one that has none", PROT_WRITE, MAP_SHARED, PAGE, 2, EOPNOTSUPP },
	{ "index == number of queues", PROT_WRITE, MAP_SHARED, PAGE, 3, EINVAL },
	{ "index 65535", PROT_WRITE, MAP_SHARED, PAGE, 65535, EINVAL },
	{ "index 65536", PROT_WRITE, MAP_SHARED, PAGE, 65536, EINVAL },
	{ "index 2^32", PROT_WRITE, MAP_SHARED, PAGE, 1ull << 32, EINVAL },
	{ "index 2^51 - 1", PROT_WRITE, MAP_SHARED, PAGE, (1ull << 51) - 1,
	  EINVAL },
};

static uint16_t *doorbell_of(int fd)
{
	void *p = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		report_die("mmap of a doorbell");
	return p;
}

static void check_area(uint32_t id, int fd)
{
	uint16_t *doorbell = doorbell_of(fd);

	report_ok(!write_to(doorbell), "a doorbell can be written");
	report_ok(mprotect(doorbell, PAGE, PROT_READ | PROT_WRITE) &&
		  errno == EACCES, "and not made readable");
	report_ok(mremap(doorbell, PAGE, 2 * PAGE, MREMAP_MAYMOVE) ==
		  MAP_FAILED, "and not made longer");
	close(fd);
	report_ok(node_try(id) == -EBUSY, "a mapped doorbell is a user");
	munmap(doorbell, PAGE);
	fd = node_try(id);
	report_ok(fd >= 0, "until it is unmapped");
	close(fd);
}

void test_doorbells(void)
{
	uint32_t id = parent_new(PARENT_DOORBELL, 3, 1, 1);
	int fd = node_open(id);
	uint16_t *doorbell;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		went(try_map(fd, rows[i].prot, rows[i].flags, rows[i].bytes,
			     rows[i].index), rows[i].err, rows[i].name);
	check_area(id, fd);
	fd = node_open(id);
	doorbell = doorbell_of(fd);
	write_to(doorbell);
	parent_end(id);
	report_ok(write_to(doorbell) == SIGBUS,
		  "the parent went: SIGBUS, its page is not ours any more");
	went(try_map(fd, PROT_WRITE, MAP_SHARED, PAGE, 0), ENODEV,
	     "and cannot be mapped again");
	munmap(doorbell, PAGE);
	close(fd);
	id = parent_new(0, 1, 1, 1);
	fd = node_open(id);
	went(try_map(fd, PROT_WRITE, MAP_SHARED, PAGE, 0), EOPNOTSUPP,
	     "a parent without doorbells");
	close(fd);
	parent_end(id);
}
