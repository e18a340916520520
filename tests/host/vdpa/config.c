// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration space and its interrupt.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vdpa/tests.h"

static int config(int fd, unsigned long nr, uint32_t off, uint32_t len,
		  uint8_t *bytes)
{
	static union {
		struct vhost_vdpa_config c;
		uint8_t raw[sizeof(struct vhost_vdpa_config) + 4096];
	} arg;
	uint32_t n = len < 4096 ? len : 4096;
	int err;

	arg.c.off = off;
	arg.c.len = len;
	memcpy(arg.c.buf, bytes, n);
	err = cmd(fd, nr, &arg);
	memcpy(bytes, arg.c.buf, n);
	return err;
}

static const struct {
	uint32_t off, len;
	int err;
} rows[] = {
	{ 0, PARENT_CONFIG_BYTES, 0 },
	{ PARENT_CONFIG_BYTES - 1, 1, 0 },
	{ 0, 0, EINVAL },
	{ PARENT_CONFIG_BYTES, 0, EINVAL },
	{ 0, PARENT_CONFIG_BYTES + 1, E2BIG },
	{ PARENT_CONFIG_BYTES - 1, 2, E2BIG },
	{ PARENT_CONFIG_BYTES, 1, E2BIG },
	{ PARENT_CONFIG_BYTES + 1, 1, EINVAL },
	{ 1, UINT32_MAX, E2BIG },		/* CVE-2022-0998 */
	{ UINT32_MAX, 1, EINVAL },
	{ UINT32_MAX, UINT32_MAX, EINVAL },
};

/* CVE-2021-47604, 2022-0998, 2022-2308: bounds that wrap, bytes not set */
void test_config(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1);
	uint8_t bytes[4096] = {}, other[4096] = {};
	int fd = node_open(id);

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int get, set;

		memset(bytes, 0xa5, sizeof(bytes));
		set = config(fd, VHOST_VDPA_SET_CONFIG, rows[i].off,
			     rows[i].len, bytes);
		get = config(fd, VHOST_VDPA_GET_CONFIG, rows[i].off,
			     rows[i].len, bytes);
		report_ok(get == rows[i].err && set == rows[i].err,
			  "%u bytes at %u: %s, %s", rows[i].len, rows[i].off,
			  errno_name(get), errno_name(set));
	}
	for (int i = 0; i < 4; i++)
		bytes[i] = 10 + i;
	config(fd, VHOST_VDPA_SET_CONFIG, 8, 4, bytes);
	report_ok(!config(fd, VHOST_VDPA_GET_CONFIG, 8, 4, other) &&
		  !memcmp(bytes, other, 4), "what was written is read");
	went(cmd(fd, VHOST_VDPA_GET_CONFIG, (void *)16), EFAULT, "no argument");
	close(fd);
	parent_end(id);
}

static int set_config_call(int fd, int event)
{
	return cmd(fd, VHOST_VDPA_SET_CONFIG_CALL, &event);
}

/* CVE-2021-29266: the eventfd of config interrupts over its end */
void test_config_call(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1);
	int fd = node_owned(id), a = event_new(), b = event_new();

	went(set_config_call(fd, fd), EINVAL, "what is no eventfd");
	went(set_config_call(fd, 9999), EBADF, "what is no file");
	went(set_config_call(fd, a), 0, "an eventfd");
	parent_do(id, PARENT_IRQ_CONFIG, 0);
	report_ok(event_take(a) == 1, "it is signalled");
	set_config_call(fd, b);
	parent_do(id, PARENT_IRQ_CONFIG, 0);
	report_ok(!event_take(a) && event_take(b) == 1, "another one");
	went(set_config_call(fd, -1), 0, "none");
	parent_do(id, PARENT_IRQ_CONFIG, 0);
	report_ok(!event_take(b), "nobody is signalled");
	set_config_call(fd, b);
	node_run(fd);
	set_status(fd, 0);
	node_run(fd);
	parent_do(id, PARENT_IRQ_CONFIG, 0);
	report_ok(event_take(b) == 1, "it is known after a reset, too");
	close(fd);
	report_ok(parent_do(id, PARENT_IRQ_CONFIG, 0) == ENOENT &&
		  !event_take(b), "after close there is no callback");
	close(a);
	close(b);
	parent_end(id);
}
