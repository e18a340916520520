// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands in any order, from several threads, while another one writes what it
 * likes into rings and requests: the device may break, and works after a reset.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "../driver/hostile.h"
#include "vdpa_blk/tests.h"

enum { CALLERS = 2, GOOD_BYTES = 1 << 20, ROUND_MS = 500 };

struct caller {
	struct disk *k;
	uint64_t random;
	uint32_t calls;
	bool *stop;
};

static uint64_t rnd(struct caller *c, uint64_t below)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random % below;
}

static void set_status(struct caller *c)
{
	static const uint8_t some[] = { 0, 1, 3, 11, 15, 15, 15, 4, 0x80, 0xff };

	disk_set_status(c->k, some[rnd(c, COUNT(some))]);
}

static void set_queue(struct caller *c)
{
	static const unsigned long nrs[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE,
		VHOST_VDPA_SET_VRING_ENABLE, VHOST_VDPA_SET_VRING_ENABLE,
		VHOST_VDPA_SET_VRING_ENABLE, VHOST_GET_VRING_BASE,
	};
	static const uint32_t nums[] = { 0, 1, 1, 1, 64, 64, 3, 1024, 0x80008000, -1u };
	struct vhost_vring_state s = { rnd(c, 3) ? 0 : rnd(c, 3), nums[rnd(c, COUNT(nums))] };

	cmd(c->k->d.fd, nrs[rnd(c, COUNT(nrs))], &s);
}

static void set_features(struct caller *c)
{
	uint64_t f = rnd(c, 2) ? c->k->d.features : c->k->d.offered & c->random;

	cmd(c->k->d.fd, VHOST_SET_FEATURES, &f);
}

static void map_or_unmap(struct caller *c)
{
	uint64_t at = MEMORY_RINGS_GPA + rnd(c, 8) * (MEMORY_RINGS / 8);
	struct memory *m = &c->k->d.mem;

	if (rnd(c, 2))
		iotlb_invalidate(c->k->d.fd, V2, at, MEMORY_RINGS / 8);
	else
		iotlb_update(c->k->d.fd, V2, at, MEMORY_RINGS / 8,
			     (uintptr_t)m->rings + (at - MEMORY_RINGS_GPA), 1 + rnd(c, 3));
}

static void config(struct caller *c)
{
	struct {
		struct vhost_vdpa_config head;
		uint8_t bytes[64];
	} v = { .head = { .off = rnd(c, 70), .len = rnd(c, 65) } };

	memset(v.bytes, rnd(c, 3), sizeof(v.bytes));
	cmd(c->k->d.fd, rnd(c, 2) ? VHOST_VDPA_GET_CONFIG : VHOST_VDPA_SET_CONFIG, &v);
}

static void pause_or_go_on(struct caller *c)
{
	cmd(c->k->d.fd, rnd(c, 2) ? VHOST_VDPA_SUSPEND : VHOST_VDPA_RESUME, NULL);
}

static void addresses(struct caller *c)
{
	struct queue *q = &c->k->d.q[0];

	if (rnd(c, 2)) {
		queue_set_addr(q);
	} else {
		struct vhost_vring_addr a = { .desc_user_addr = c->random >> rnd(c, 64) };

		cmd(c->k->d.fd, VHOST_SET_VRING_ADDR, &a);
	}
}

static void files(struct caller *c)
{
	struct queue *q = &c->k->d.q[0];

	queue_set_file(q, rnd(c, 2) ? VHOST_SET_VRING_KICK : VHOST_SET_VRING_CALL,
		       rnd(c, 3) ? q->kick : -1);
	queue_set_file(q, VHOST_SET_VRING_KICK, q->kick);
}

static void *call(void *arg)
{
	static void (*const some[])(struct caller *c) = {
		set_status, set_queue, set_queue, set_features, map_or_unmap,
		config, pause_or_go_on, addresses, files,
	};
	struct caller *c = arg;

	while (!__atomic_load_n(c->stop, __ATOMIC_RELAXED)) {
		some[rnd(c, COUNT(some))](c);
		c->calls++;
	}
	return NULL;
}

/* Requests with headers at random in all of the memory that is scribbled on. */
static void sow(struct hostile *h, uint64_t seed)
{
	static const uint8_t types[] = { 0, 1, 4, 8, 11, 13, 2, 77 };
	uint8_t *p = h->good.host;

	for (uint32_t at = 0; at + 4096 <= h->good.size; at += 4096) {
		struct virtio_blk_outhdr hdr = {
			.type = htole32(types[(seed + at / 4096) % COUNT(types)]),
			.sector = htole64(at / 512),
		};

		memcpy(p + at, &hdr, sizeof(hdr));
	}
}

static void add_requests(struct disk *k, struct hostile *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = h->good.addr + (i * 13 % 100) * 4096;
		struct drv_buf buf[4] = {
			{ at, 16 }, { at + 512, 512 }, { at + 1024, 1024 }, { at + 64, 1 },
		};
		uint32_t reads = 1 + i % 3;
		struct drv_chain c = { .buf = buf, .n_read = reads, .n_write = 4 - reads };

		if (drv_add(&k->d.q[0].ring, &c) != DRV_GOT)
			break;
	}
	drv_publish(&k->d.q[0].ring);
	queue_kick(&k->d.q[0]);
}

static uint32_t round_of(struct disk *k, const struct kind *kind, uint64_t seed)
{
	struct caller c[CALLERS];
	pthread_t thread[CALLERS];
	uint64_t end = now_ms() + ROUND_MS;
	uint32_t calls = 0;
	bool stop = false;
	struct hostile h;

	disk_start(k, kind->features);
	h = (struct hostile){
		.ring = &k->d.q[0].ring, .good = disk_take(k, GOOD_BYTES), .seed = seed,
	};
	sow(&h, seed);
	for (int i = 0; i < CALLERS; i++) {
		c[i] = (struct caller){ .k = k, .random = seed * 77 + i + 1, .stop = &stop };
		if (pthread_create(&thread[i], NULL, call, &c[i]))
			report_die("thread");
	}
	add_requests(k, &h, NUM / 4);
	while (now_ms() < end) {
		hostile_scribble(&h, 20);
		queue_kick(&k->d.q[0]);
		usleep(200);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(thread[i], NULL);
		calls += c[i].calls;
	}
	disk_reset(k);
	for (uint64_t at = 0; at < 8; at++)
		iotlb_invalidate(k->d.fd, V2, MEMORY_RINGS_GPA + at * (MEMORY_RINGS / 8),
				 MEMORY_RINGS / 8);
	return calls;
}

void test_random(void)
{
	uint64_t end = now_ms() + env_number("RANDOM_SECONDS", 10) * 1000;
	uint64_t seed = env_number("RANDOM_SEED", 1);

	disk_add(&(struct disk_settings){ "d0", "/dev/ram0" });
	for (uint64_t i = 0; now_ms() < end; i++) {
		const struct kind *kind = &kinds[i % n_kinds];
		uint32_t calls;
		struct disk k;
		bool works;

		disk_open_node(&k, "d0");
		if (kind->features & F_PACKED && !(k.d.offered & F_PACKED)) {
			disk_close_node(&k);
			continue;
		}
		calls = round_of(&k, kind, seed + i);
		works = disk_start(&k, kind->features) && disk_works(&k);
		report_ok(works && calls > 10, "%s, seed %llu: %u commands, then it works",
			  kind->name, (unsigned long long)(seed + i), calls);
		disk_close_node(&k);
	}
	disk_del("d0");
}
