// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random commands and messages from several threads, on parents of each kind,
 * which now and then fail, interrupt, or are removed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdpa/tests.h"

enum { CALLERS = 3, BYTES = 1 << 21 };

struct caller {
	uint64_t random, calls, good;
	uint32_t id;
	int fd;
	int event[2];
	uint8_t *memory, *log;
	bool *stop;
};

static uint64_t rnd(struct caller *c, uint64_t below)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random % below;
}

static uint64_t odd(struct caller *c)
{
	uint64_t word = c->random * 0x9e3779b97f4a7c15ull;

	return word >> rnd(c, 64);
}

static const unsigned long nrs[] = {
	VHOST_GET_FEATURES, VHOST_SET_FEATURES, VHOST_SET_OWNER,
	VHOST_SET_MEM_TABLE, VHOST_SET_LOG_BASE, VHOST_SET_LOG_FD,
	VHOST_SET_VRING_NUM, VHOST_SET_VRING_ADDR, VHOST_SET_VRING_BASE,
	VHOST_GET_VRING_BASE, VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL,
	VHOST_SET_VRING_ERR, VHOST_GET_BACKEND_FEATURES,
	VHOST_SET_BACKEND_FEATURES, VHOST_RESET_OWNER,
	VHOST_VDPA_GET_DEVICE_ID, VHOST_VDPA_GET_STATUS, VHOST_VDPA_SET_STATUS,
	VHOST_VDPA_GET_CONFIG, VHOST_VDPA_SET_CONFIG,
	VHOST_VDPA_SET_VRING_ENABLE, VHOST_VDPA_GET_VRING_NUM,
	VHOST_VDPA_SET_CONFIG_CALL, VHOST_VDPA_GET_IOVA_RANGE,
	VHOST_VDPA_GET_CONFIG_SIZE, VHOST_VDPA_GET_AS_NUM,
	VHOST_VDPA_GET_VRING_GROUP, VHOST_VDPA_SET_GROUP_ASID,
	VHOST_VDPA_SUSPEND, VHOST_VDPA_RESUME, VHOST_VDPA_GET_VRING_DESC_GROUP,
	VHOST_VDPA_GET_VQS_COUNT, VHOST_VDPA_GET_GROUP_NUM,
	VHOST_VDPA_GET_VRING_SIZE,
};

/* Words that make sense for some command. */
static uint64_t word(struct caller *c)
{
	switch (rnd(c, 8)) {
	case 0:
		return odd(c);
	case 1:
		return F_V1 | F_IOMMU | (rnd(c, 2) ? F_LOG_ALL : 0) |
		       (rnd(c, 2) ? F_PACKED : 0);
	case 2:
		return rnd(c, 16) | rnd(c, 3) << 32;
	case 3:
		return rnd(c, 3) | 1ull << (32 + rnd(c, 10));
	case 4:
		return rnd(c, 3) | (uint64_t)c->event[rnd(c, 2)] << 32;
	case 5:
		return c->event[rnd(c, 2)];
	case 6:
		return (uintptr_t)c->log;
	default:
		return rnd(c, 16);
	}
}

static int random_cmd(struct caller *c)
{
	/* a file's number is not given by accident: only ours are closed */
	uint64_t arg[32] = { word(c) };

	for (int i = 1; i < 6; i++)
		arg[i] = rnd(c, 4) ? (rnd(c, 64) << 12) : odd(c);
	return cmd(c->fd, nrs[rnd(c, sizeof(nrs) / sizeof(nrs[0]))], arg);
}

static int random_message(struct caller *c)
{
	struct iotlb_msg m = iotlb_message(1 + rnd(c, 2), 2 + rnd(c, 2),
					   (1 + rnd(c, 512)) * PAGE,
					   (1 + rnd(c, 64)) * PAGE, 0,
					   1 + rnd(c, 3));

	m.iotlb.uaddr = (uintptr_t)c->memory + rnd(c, BYTES / PAGE) * PAGE;
	m.asid = rnd(c, 3);
	switch (rnd(c, 16)) {
	case 0:
		m.iotlb.type = odd(c);
		break;
	case 1:
		m.iotlb.iova = odd(c);
		break;
	case 2:
		m.iotlb.size = odd(c);
		break;
	case 3:
		m.iotlb.type = BATCH_BEGIN + rnd(c, 2);
		break;
	case 4:
		m.iotlb.uaddr = odd(c);
		break;
	case 5:
		m.iotlb.perm = odd(c);
		break;
	}
	return iotlb_write(c->fd, &m, sizeof(m));
}

static int random_order(struct caller *c)
{
	static const struct {
		enum parent_what what;
		int most;
	} orders[] = {
		{ PARENT_FAIL_MAP, 64 }, { PARENT_FAIL_TABLE, 3 },
		{ PARENT_IRQ, 2 }, { PARENT_IRQ_TRIGGER, 2 },
		{ PARENT_IRQ_CONFIG, 1 }, { PARENT_GROUP, 8 },
		{ PARENT_FAIL_ADDR, 2 },
	};
	unsigned int i = rnd(c, sizeof(orders) / sizeof(orders[0]));

	return parent_do(c->id, orders[i].what, rnd(c, orders[i].most));
}

static int random_access(struct caller *c)
{
	uint8_t data[PARENT_DMA_BYTES] = {};
	void *p;

	switch (rnd(c, 4)) {
	case 0:
		event_add(c->event[rnd(c, 2)]);
		return 0;
	case 1:
		p = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, c->fd,
			 rnd(c, 4) * PAGE);
		if (p != MAP_FAILED) {
			*(volatile uint16_t *)p = 1;
			munmap(p, PAGE);
		}
		return 0;
	default:
		return parent_dma(c->id, rnd(c, 2), (1 + rnd(c, 600)) * PAGE,
				  rnd(c, 2), data, sizeof(data));
	}
}

static void *call(void *arg)
{
	static int (*const what[])(struct caller *c) = {
		random_cmd, random_cmd, random_cmd, random_message,
		random_message, random_access, random_order,
	};
	struct caller *c = arg;

	while (!__atomic_load_n(c->stop, __ATOMIC_RELAXED)) {
		c->good += !what[rnd(c, 7)](c);
		c->calls++;
		if (!(c->calls % 64))	/* or there is mostly no owner */
			cmd(c->fd, VHOST_SET_OWNER, NULL);
	}
	return NULL;
}

static void try(uint32_t flags, uint32_t ms, bool remove)
{
	uint8_t *memory = fresh_memory(BYTES), *log = fresh_memory(BYTES);
	uint32_t id = parent_new(flags, 3, 4, 2);
	int fd = node_owned(id), events[2] = { event_new(), event_new() };
	uint64_t calls = 0, good = 0;
	struct caller c[CALLERS];
	pthread_t thread[CALLERS];
	bool stop = false;

	for (int i = 0; i < CALLERS; i++) {
		c[i] = (struct caller){ 77 + 31 * i + flags * 1001, 0, 0, id, fd,
					{ events[0], events[1] }, memory, log,
					&stop };
		pthread_create(&thread[i], NULL, call, &c[i]);
	}
	usleep(ms * 1000);
	if (remove)
		parent_end(id);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(thread[i], NULL);
		calls += c[i].calls;
		good += c[i].good;
	}
	close(fd);
	report_ok(good > 100 && !pinned_kib(),
		  "parent %x: %llu calls, %llu good, %ld KiB pinned", flags,
		  (unsigned long long)calls, (unsigned long long)good,
		  pinned_kib());
	if (!remove) {
		report_ok(!parent_read(id).bytes[0] && !parent_read(id).bytes[1],
			  "nothing is mapped");
		parent_end(id);
	}
	close(events[0]);
	close(events[1]);
	munmap(memory, BYTES);
	munmap(log, BYTES);
}

void test_random(void)
{
	uint32_t ms = env_number("RANDOM_SECONDS", 10) * 1000 / 10;
	static const uint32_t flags[] = {
		PARENT_SUSPEND | PARENT_LOG,
		PARENT_SUSPEND | PARENT_LOG | PARENT_BY_RUN,
		PARENT_USE_VA | PARENT_BY_RUN, PARENT_USE_VA | PARENT_RESET_MAP,
		PARENT_BARE,
	};

	for (unsigned int i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		try(flags[i], ms, false);
		try(flags[i], ms, true);
	}
}
