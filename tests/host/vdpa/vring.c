// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: size, addresses, bases, enabling, kicks and calls.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "vdpa/tests.h"

static const struct {
	const char *name;
	unsigned long nr;
	uint32_t index, num;
	int err;
} rows[] = {
	{ "size 64", VHOST_SET_VRING_NUM, 0, 64, 0 },
	{ "size 0", VHOST_SET_VRING_NUM, 0, 0, EINVAL },
	{ "size 2, below the parent's least", VHOST_SET_VRING_NUM, 0, 2, EINVAL },
	{ "size 48 in a split ring", VHOST_SET_VRING_NUM, 0, 48, EINVAL },
	{ "largest size", VHOST_SET_VRING_NUM, 1, PARENT_NUM_MAX, 0 },
	{ "size above", VHOST_SET_VRING_NUM, 1, 2 * PARENT_NUM_MAX, EINVAL },
	{ "size 2^16", VHOST_SET_VRING_NUM, 0, 1 << 16, EINVAL },
	{ "size of a queue not there", VHOST_SET_VRING_NUM, 2, 64, ENOBUFS },
	{ "base 65535", VHOST_SET_VRING_BASE, 0, 65535, 0 },
	{ "base 65536", VHOST_SET_VRING_BASE, 0, 65536, EINVAL },
	{ "base of a queue not there", VHOST_SET_VRING_BASE, 9, 0, ENOBUFS },
	{ "enable", VHOST_VDPA_SET_VRING_ENABLE, 0, 1, 0 },
	{ "disable", VHOST_VDPA_SET_VRING_ENABLE, 0, 0, 0 },
	{ "enable one not there", VHOST_VDPA_SET_VRING_ENABLE, -1u, 1, ENOBUFS },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int expect_perm(int fd)
{
	uint32_t wrong = 0;

	for (unsigned int i = 0; i < ROWS; i++)
		wrong += set_state(fd, rows[i].nr, rows[i].index,
				   rows[i].num) != EPERM;
	wrong += set_addr(fd, 0, 0x10000) != EPERM;
	wrong += get_state(fd, VHOST_GET_VRING_BASE, 0) != -EPERM;
	wrong += map(fd, 0, 0x1000, PAGE, NULL, 3) != EPERM;
	return wrong;
}

static int set_odd_addr(int fd, unsigned int flags, uint64_t desc)
{
	struct vhost_vring_addr a = {
		.flags = flags,
		.desc_user_addr = desc,
		.avail_user_addr = 0x1000,
		.used_user_addr = 0x2000,
	};

	return cmd(fd, VHOST_SET_VRING_ADDR, &a);
}

static void check_in_use(uint32_t id, int fd)
{
	node_run(fd);
	went(set_state(fd, VHOST_SET_VRING_NUM, 0, 64), EBUSY,
	     "size of a queue in use");
	went(set_addr(fd, 0, 0x20000), EBUSY, "addresses of a queue in use");
	went(set_state(fd, VHOST_SET_VRING_NUM, 1, 32), 0,
	     "size of another queue");
	went(set_state(fd, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0, "disable");
	went(set_addr(fd, 0, 0x20000), 0, "addresses of a disabled queue");
	report_ok(parent_read(id).desc[0] == 0x20000 &&
		  !parent_read(id).ready[0], "the parent knows");
}

void test_vrings(void)
{
	uint32_t id = parent_new(USUAL, 2, 1, 1);
	int fd = node_open(id);

	report_ok(!expect_perm(fd), "EPERM without an owner");
	cmd(fd, VHOST_SET_OWNER, NULL);
	report_ok(!in_child(expect_perm, fd), "EPERM for another process");
	for (unsigned int i = 0; i < ROWS; i++)
		went(set_state(fd, rows[i].nr, rows[i].index, rows[i].num),
		     rows[i].err, rows[i].name);
	report_ok(parent_read(id).num[1] == PARENT_NUM_MAX, "the parent knows");
	went(set_odd_addr(fd, 0, 0x3001), EINVAL, "an odd address");
	went(set_odd_addr(fd, 1, 0x3000), EOPNOTSUPP, "logging");
	went(set_odd_addr(fd, 2, 0x3000), EOPNOTSUPP, "an unknown flag");
	went(set_odd_addr(fd, 0, 1ull << 63), 0, "an address is an IOVA");
	parent_do(id, PARENT_FAIL_ADDR, 1);
	went(set_addr(fd, 0, 0x10000), EINVAL, "a parent that does not take it");
	parent_do(id, PARENT_FAIL_ADDR, 0);
	set_status(fd, 0);
	check_in_use(id, fd);
	close(fd);
	parent_end(id);
}

void test_bases(void)
{
	uint32_t id = parent_new(USUAL, 1, 1, 1);
	int fd = node_owned(id);

	report_ok(!get_state(fd, VHOST_GET_VRING_BASE, 0), "the first base");
	set_state(fd, VHOST_SET_VRING_BASE, 0, 4711);
	report_ok(get_state(fd, VHOST_GET_VRING_BASE, 0) == 4711, "split");
	set_status(fd, 0);
	report_ok(!get_state(fd, VHOST_GET_VRING_BASE, 0),
		  "a reset forgets it");
	set_features(fd, F_V1 | F_IOMMU | F_PACKED);
	for (unsigned int bit = 0; bit < 32; bit++) {
		int64_t got;

		set_state(fd, VHOST_SET_VRING_BASE, 0, 1u << bit);
		got = get_state(fd, VHOST_GET_VRING_BASE, 0);
		if (got != 1ll << bit)
			report_ok(false, "packed base %x became %llx",
				  1u << bit, (long long)got);
	}
	went(set_state(fd, VHOST_SET_VRING_BASE, 0, 0x9234d678), 0, "packed");
	report_ok(get_state(fd, VHOST_GET_VRING_BASE, 0) == 0x9234d678,
		  "all 32 bits of it");
	went(set_state(fd, VHOST_SET_VRING_NUM, 0, 48), 0, "packed, size 48");
	close(fd);
	parent_end(id);
}

/* ---- kicks and calls ------------------------------------------------------ */

static void check_calls(uint32_t id, int fd)
{
	int a = event_new(), b = event_new();

	went(set_file(fd, VHOST_SET_VRING_CALL, 1, a), 0, "a call eventfd");
	report_ok(parent_read(id).triggers & 2, "the parent has it");
	parent_do(id, PARENT_IRQ, 1);
	report_ok(event_take(a) == 1, "by the callback");
	parent_do(id, PARENT_IRQ_TRIGGER, 1);
	report_ok(event_take(a) == 1, "by the parent itself");
	set_file(fd, VHOST_SET_VRING_CALL, 1, b);
	close(a);
	parent_do(id, PARENT_IRQ, 1);
	parent_do(id, PARENT_IRQ_TRIGGER, 1);
	report_ok(event_take(b) == 2, "another eventfd");
	went(set_file(fd, VHOST_SET_VRING_CALL, 1, -1), 0, "none");
	report_ok(!(parent_read(id).triggers & 2) &&
		  !parent_do(id, PARENT_IRQ, 1) && !event_take(b),
		  "the parent may call, nobody is signalled");
	set_file(fd, VHOST_SET_VRING_CALL, 1, b);
	set_status(fd, 0);
	report_ok(parent_do(id, PARENT_IRQ, 1) == ENOENT,
		  "this parent forgets callbacks in a reset");
	node_run(fd);
	report_ok(!parent_do(id, PARENT_IRQ, 1) && event_take(b) == 1,
		  "and is given again");
	close(b);
}

void test_notifications(void)
{
	uint32_t id = parent_new(USUAL, 2, 1, 1);
	int fd = node_owned(id), kick = event_new();

	went(set_file(fd, VHOST_SET_VRING_KICK, 1, kick), 0, "a kick eventfd");
	event_add(kick);
	event_add(kick);
	report_ok(parent_read(id).kicks[1] == 2 && !parent_read(id).kicks[0],
		  "each kick arrives, at its queue");
	went(set_file(fd, VHOST_SET_VRING_KICK, 0, fd), EINVAL, "no eventfd");
	went(set_file(fd, VHOST_SET_VRING_KICK, 2, kick), ENOBUFS, "no queue");
	check_calls(id, fd);
	close(fd);
	report_ok(!parent_read(id).callbacks, "after close: no callbacks");
	event_add(kick);
	report_ok(parent_read(id).kicks[1] == 2, "and no kicks");
	close(kick);
	parent_end(id);
}
