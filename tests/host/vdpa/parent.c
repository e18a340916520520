// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parents of ringside_test_parent.ko; see tests.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vdpa/tests.h"

static int control(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(PARENTS, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		report_die(PARENTS);
	return fd;
}

uint32_t parent_new(uint32_t flags, uint32_t queues, uint32_t groups,
		    uint32_t spaces)
{
	struct parent_shape s = { 0, flags, queues, groups, spaces };
	char name[16];

	if (cmd(control(), PARENT_NEW, &s))
		report_die("PARENT_NEW");
	snprintf(name, sizeof(name), "tp%u", s.id);
	node_path(name);
	return s.id;
}

int parent_try_end(uint32_t id)
{
	return cmd(control(), PARENT_END, &id);
}

void parent_end(uint32_t id)
{
	if (parent_try_end(id))
		report_die("PARENT_END");
}

struct parent_record parent_read(uint32_t id)
{
	struct parent_record r = { .id = id };

	if (cmd(control(), PARENT_READ, &r))
		report_die("PARENT_READ");
	return r;
}

int parent_do(uint32_t id, enum parent_what what, int64_t value)
{
	struct parent_order o = { id, what, value };

	return cmd(control(), PARENT_DO, &o);
}

int parent_dma(uint32_t id, uint32_t asid, uint64_t iova, bool write,
	       void *data, uint32_t len)
{
	struct parent_dma d = { id, asid, iova, len, write, { 0 } };
	int err;

	if (write)
		memcpy(d.data, data, len);
	err = cmd(control(), PARENT_DMA, &d);
	if (!write && !err)
		memcpy(data, d.data, len);
	return err;
}

bool parent_sees(uint32_t id, uint32_t asid, uint64_t iova, uint8_t value)
{
	uint8_t got;

	return !parent_dma(id, asid, iova, false, &got, 1) && got == value;
}
