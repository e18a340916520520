// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mapping the owner's memory through /dev/vhost-vdpa-N takes, inside a host
 * kernel: a batch with a message for each REAL_MIB, and a message that unmaps all.
 *
 *	map tables|runs MIB 4k|mixed|2m REAL_MIB [ROUNDS]
 *	tables, runs	what the parent takes, one of ringside_test_parent.ko
 *	4k		pages as the kernel hands them out one after the other
 *	mixed		no two pages that follow each other in memory
 *	2m		huge pages (hugetlb; the administrator has made REAL_MIB of them)
 *	REAL_MIB	size of the memfd; a longer range is the same again and again
 *
 * The memory is there, and in the page tables, before. Marks for the profile are in
 * the first round.
 *
 * Prints  LOAD map|unmap <pages of 4 KiB> <mean> <median> <best> <runs> <KiB>
 * times in ns; runs that the parent was given, and unreclaimable slab memory that
 * the map added.
 */
#define _GNU_SOURCE
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "insnprof.h"
#include "load.h"
#include "lib/hostmem.h"
#include "vdpa/tests.h"

#define IOVA 0x100000000ull

enum { STRIDE = 7, MOST_ROUNDS = 100 };

struct range {
	uint8_t *at;		/* so much of it: */
	uint64_t real;
	uint64_t bytes;		/* a multiple of that */
};

struct taken {
	uint64_t map[MOST_ROUNDS], unmap[MOST_ROUNDS];
	uint32_t runs;
	long kib;
};

/* ---- memory ----------------------------------------------------------- */

/* Get the file's pages in an order in which neighbours are not neighbours. */
static void mix(int fd, uint64_t bytes)
{
	uint8_t *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (m == MAP_FAILED)
		report_die("mmap");
	for (uint64_t first = 0; first < STRIDE; first++)
		for (uint64_t i = first; i < bytes / PAGE; i += STRIDE)
			m[i * PAGE] = 1;
	munmap(m, bytes);
}

static int make_file(const char *pages, uint64_t bytes)
{
	bool huge = !strcmp(pages, "2m");
	int fd = memfd_create("bench", MFD_CLOEXEC | (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0));

	if (fd < 0 || ftruncate(fd, bytes))
		report_die("a memfd of %llu bytes", (unsigned long long)bytes);
	if (!strcmp(pages, "mixed"))
		mix(fd, bytes);
	return fd;
}

static struct range make_range(const char *pages, uint64_t bytes, uint64_t real)
{
	struct range r = { .bytes = bytes, .real = real < bytes ? real : bytes };
	int fd = make_file(pages, r.real);

	r.at = mmap(NULL, r.real, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (r.at == MAP_FAILED)
		report_die("mmap");
	close(fd);
	return r;
}

/* Counters of memory that CPUs keep to themselves are added up. */
static long slab_kib(void)
{
	FILE *f = fopen("/proc/sys/vm/stat_refresh", "r");

	if (f) {
		(void)fgetc(f);
		fclose(f);
	}
	return hostmem_slab();
}

/* ---- rounds ----------------------------------------------------------- */

static uint64_t time_map(int fd, const struct range *r)
{
	uint64_t begin = load_now_ns();
	int err = batch(fd, 0, BATCH_BEGIN);

	for (uint64_t done = 0; done < r->bytes && !err; done += r->real)
		err = map(fd, 0, IOVA + done, r->real, r->at, VHOST_ACCESS_RW);
	if (!err)
		err = batch(fd, 0, BATCH_END);
	if (err)
		report_die("map: %s", errno_name(err));
	return load_now_ns() - begin;
}

static uint64_t time_unmap(int fd, const struct range *r)
{
	uint64_t begin = load_now_ns();
	int err = unmap(fd, 0, IOVA, r->bytes);

	if (err)
		report_die("unmap: %s", errno_name(err));
	return load_now_ns() - begin;
}

/* What the parent was given, and the kernel keeps. */
static void look(uint32_t id, const struct range *r, struct taken *t, long before)
{
	struct parent_record rec = parent_read(id);

	t->kib = slab_kib() - before;
	t->runs = rec.entries[0];
	if (rec.bytes[0] != r->bytes)
		report_die("the parent has %llu bytes",
			   (unsigned long long)rec.bytes[0]);
}

static void run(uint32_t id, const struct range *r, struct taken *t,
		unsigned int rounds)
{
	int fd = node_owned(id);
	long before;

	before = slab_kib();
	for (unsigned int i = 0; i < rounds; i++) {
		if (!i) {
			insnprof_mark(INSNPROF_NEXT);
			insnprof_mark(INSNPROF_BEGIN);
		}
		t->map[i] = time_map(fd, r);
		insnprof_mark(INSNPROF_END);
		if (!i) {
			look(id, r, t, before);
			insnprof_mark(INSNPROF_NEXT);
			insnprof_mark(INSNPROF_BEGIN);
		}
		t->unmap[i] = time_unmap(fd, r);
		insnprof_mark(INSNPROF_END);
	}
	close(fd);
}

static void print(const char *what, uint64_t *ns, unsigned int rounds,
		  const struct range *r, const struct taken *t)
{
	struct load_spread s = load_spread(ns, rounds);

	printf("LOAD %s %llu %.0f %.0f %.0f %u %ld\n", what,
	       (unsigned long long)(r->bytes / PAGE), s.mean, s.median, s.best,
	       t->runs, t->kib);
}

int main(int argc, char **argv)
{
	static struct taken t;
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int rounds = argc > 5 ? atoi(argv[5]) : 3;
	struct range r;
	uint32_t id;

	report_begin(900);
	if (argc < 5 || !rounds || rounds > MOST_ROUNDS)
		report_die("usage: map tables|runs MIB 4k|mixed|2m REAL_MIB [ROUNDS]");
	setrlimit(RLIMIT_MEMLOCK, &all);
	r = make_range(argv[3], strtoull(argv[2], NULL, 0) << 20,
		       strtoull(argv[4], NULL, 0) << 20);
	id = parent_new(strcmp(argv[1], "runs") ? 0 : PARENT_BY_RUN, 1, 1, 1);
	run(id, &r, &t, rounds);
	parent_end(id);
	print("map", t.map, rounds, &r, &t);
	print("unmap", t.unmap, rounds, &r, &t);
	return 0;
}
