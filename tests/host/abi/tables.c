// SPDX-License-Identifier: GPL-2.0-only
/*
 * VHOST_SET_MEM_TABLE: how many regions, and of what kind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "abi/abi.h"

#define PARAMETER "/sys/module/vhost/parameters/max_mem_regions"

enum { MOST = 65536 };

/* n neighbouring regions of a page each */
static struct vhost_memory *pages(const struct device *d, uint32_t n)
{
	struct vhost_memory *t;

	t = calloc(1, sizeof(*t) + n * sizeof(t->regions[0]));
	if (!t)
		report_die("table");
	t->nregions = n;
	for (uint32_t i = 0; i < n; i++)
		t->regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = 0x100000 + i * 4096ull,
			.memory_size = 4096,
			.userspace_addr = (uintptr_t)d->mem.data + i % 300 * 4096,
		};
	return t;
}

static void with_count(uint32_t n, int want, const char *what)
{
	struct device d;
	struct link l;
	struct vhost_memory *t;

	stage_open(&d, &l, OWNED, 0);
	t = pages(&d, n);
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), want, what);
	free(t);
	stage_close(&d, &l);
}

static uint32_t parameter(void)
{
	FILE *f = fopen(PARAMETER, "r");
	unsigned int n = 0;

	if (!f || fscanf(f, "%u", &n) != 1)
		report_note("no %s", PARAMETER);
	if (f)
		fclose(f);
	return n;
}

static void counts(void)
{
	uint32_t max = parameter();
	struct stat st = { 0 };

	report_ok(max >= 64 && max < MOST, "max_mem_regions is %u", max);
	report_ok(!stat(PARAMETER, &st) && (st.st_mode & 0777) == 0444,
		  "max_mem_regions has mode %o", st.st_mode & 0777);
	with_count(0, 0, "table without regions");
	with_count(1, 0, "table of one region");
	with_count(max, 0, "table of the most regions allowed");
	with_count(max + 1, E2BIG, "table of one more");
	with_count(MOST, E2BIG, "table of 65536");
}

/* ---- bad ones ----------------------------------------------------------- */

struct bad {
	const char *name;
	struct vhost_memory_region r;	/* userspace_addr below 4096: an
					 * offset into our memory */
	int err;		/* while a queue runs; and before, but then */
	bool late;		/* Linux does not look yet */
};

static const struct bad bads[] = {
	{ "region without bytes", { 0x10000, 0, 0 }, EFAULT },
	{ "region that wraps", { -4096ull, 8192, 0 }, EFAULT },
	{ "region at the end of addresses", { -4096ull, 4096, 0 }, 0 },
	{ "region of all addresses", { 0, -1ull, 0 }, EFAULT, true },
	{ "user addresses that wrap", { 0x10000, 8192, -4096ull }, EFAULT,
	  true },
	{ "kernel's addresses", { 0x10000, 4096, 1ull << 63 }, EFAULT, true },
	{ "across the end of user addresses", { 0x10000, 1ull << 62, 0 },
	  EFAULT, true },
	{ "region with odd flags", { 0x10000, 4096, 0, 0xff }, 0 },
	{ "odd addresses and size", { 0x10001, 4097, 3 }, 0 },
	{ "user memory that is not there", { 0x10000, 4096, 0x5000 }, 0 },
};

static void try_bad(const struct bad *b, enum stage stage)
{
	struct device d;
	struct link l;
	struct vhost_memory *t;
	int want = b->err;

	stage_open(&d, &l, stage, F_V1);
	if (b->late && stage == OWNED && !ringside(&d))
		want = 0;
	t = pages(&d, 1);
	t->regions[0] = b->r;
	if (b->r.userspace_addr < 4096)
		t->regions[0].userspace_addr += (uintptr_t)d.mem.data;
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), want, b->name);
	free(t);
	stage_close(&d, &l);
}

static void overlap(void)
{
	struct device d;
	struct link l;
	struct vhost_memory *t;

	stage_open(&d, &l, OWNED, 0);
	t = pages(&d, 3);
	t->regions[2].guest_phys_addr = t->regions[0].guest_phys_addr + 4095;
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), ringside(&d) ? EINVAL : 0,
	     "regions that overlap");
	free(t);
	stage_close(&d, &l);
}

static void padding(void)
{
	struct device d;
	struct link l;
	struct vhost_memory *t;

	stage_open(&d, &l, OWNED, 0);
	t = pages(&d, 1);
	t->padding = 1;
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), EOPNOTSUPP,
	     "table with padding");
	free(t);
	stage_close(&d, &l);
}

/* The argument ends where memory ends. */
static void cut_off(void)
{
	struct device d;
	struct link l;
	struct vhost_memory *t;
	char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	stage_open(&d, &l, OWNED, 0);
	munmap(two + 4096, 4096);
	t = (void *)(two + 4096 - sizeof(*t) - sizeof(t->regions[0]));
	*t = (struct vhost_memory){ .nregions = 2 };
	t->regions[0] = (struct vhost_memory_region){
		0x10000, 4096, (uintptr_t)d.mem.data,
	};
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), EFAULT, "table cut off");
	t->nregions = 1;
	went(cmd(d.fd, VHOST_SET_MEM_TABLE, t), 0, "table at the very end");
	stage_close(&d, &l);
	munmap(two, 4096);
}

/* A rejected table changes nothing: traffic goes on. */
static void rejected(void)
{
	const struct traffic_plan plan = { .tx = 100, .rx = 100 };
	struct device d;
	struct link l;
	struct vhost_memory *t;
	const char *why;
	int err;

	stage_open(&d, &l, RUNNING, F_V1);
	t = pages(&d, 2);
	t->regions[1].memory_size = 0;
	err = cmd(d.fd, VHOST_SET_MEM_TABLE, t);
	why = traffic_once(&d, &l, &plan);
	report_ok(err == EFAULT && !why, "traffic after a rejected table: %s",
		  why ? why : "fine");
	free(t);
	stage_close(&d, &l);
}

void abi_tables(void)
{
	counts();
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		try_bad(&bads[i], OWNED);
		try_bad(&bads[i], RUNNING);
	}
	overlap();
	padding();
	cut_off();
	rejected();
}
