// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tun (layer 3) as backend, as VPN clients use vhost-net without a guest: IP
 * packets of many sizes, without Ethernet headers, arrive whole in both directions,
 * whatever the send buffer. They have one region of memory, which is all that a
 * program may have, with guest addresses that are those of the program.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/netdev.h"
#include "lib/parts.h"
#include "traffic/tests.h"

enum { HEADER = 12, NUM = 64, SLOT = 2048, PACKETS = 40 };

/* An IPv4 packet to nobody; every byte behind its header is known. */
static uint32_t make(uint8_t *p, unsigned int i)
{
	static const uint32_t sizes[] = { 20, 21, 33, 34, 60, 100, 576, 1280, 1499, 1500 };
	uint32_t len = sizes[i % 10];

	memset(p, 0, 20);
	p[0] = 0x45;
	p[2] = len >> 8;
	p[3] = len;
	p[5] = i;		/* identification */
	p[8] = 1;		/* time to live */
	p[9] = 253;		/* for experiments */
	memcpy(p + 12, (uint8_t[]){ 192, 0, 2, 1, 192, 0, 2, 2 }, 8);
	for (uint32_t k = 20; k < len; k++)
		p[k] = k * 7 + i;
	return len;
}

static uint64_t address(const uint8_t *at)
{
	return (uintptr_t)at;
}

/* The largest region from the second page on that is accepted. Return: its size. */
static uint64_t take_all_memory(struct device *d)
{
	union {
		struct vhost_memory table;
		char room[sizeof(struct vhost_memory) +
			  sizeof(struct vhost_memory_region)];
	} m = { .table.nregions = 1 };
	struct vhost_memory_region *r = m.table.regions;

	r->guest_phys_addr = r->userspace_addr = 4096;
	for (uint64_t size = 1ull << 57; size; size >>= 1) {
		r->memory_size = size - 2 * 4096;
		if (!cmd(d->fd, VHOST_SET_MEM_TABLE, &m))
			return r->memory_size;
	}
	return 0;
}

/* From the device to the tun: how many come out whole, in order. */
static unsigned int sent(struct device *d, struct link *l, uint8_t *memory)
{
	struct queue *q = &d->q[TX];
	struct drv_used used;
	unsigned int good = 0;

	for (unsigned int i = 0; i < PACKETS; i++) {
		uint8_t *at = memory + i * SLOT;
		struct drv_buf buf = { address(at), HEADER + make(at + HEADER, i) };
		struct drv_chain c = { .buf = &buf, .n_read = 1 };

		memset(at, 0, HEADER);
		if (drv_add(&q->ring, &c) != DRV_GOT)
			report_die("no room in the ring");
	}
	drv_publish(&q->ring);
	queue_kick(q);
	for (unsigned int i = 0; i < PACKETS; i++) {
		struct pollfd p = { .fd = l->peer, .events = POLLIN };
		uint8_t want[SLOT], got[SLOT];
		uint32_t len = make(want, i);

		if (poll(&p, 1, 1000) != 1)
			break;
		good += recv(l->peer, got, sizeof(got), 0) == (ssize_t)len &&
			!memcmp(got, want, len);
	}
	while (drv_get_used(&q->ring, &used) == DRV_GOT)
		;
	return good;
}

/* From the tun to the device. */
static unsigned int received(struct device *d, struct link *l, uint8_t *memory)
{
	struct queue *q = &d->q[RX];
	unsigned int good = 0, n = 0;

	for (unsigned int i = 0; i < PACKETS; i++) {
		struct drv_buf buf = { address(memory + i * SLOT), SLOT };
		struct drv_chain c = { .buf = &buf, .n_write = 1, .token = i };

		drv_add(&q->ring, &c);
	}
	drv_publish(&q->ring);
	queue_kick(q);
	for (unsigned int i = 0; i < PACKETS; i++) {
		uint8_t packet[SLOT];
		uint32_t len = make(packet, i);

		if (send(l->peer, packet, len, 0) != (ssize_t)len)
			report_die("send");
	}
	while (n < PACKETS) {
		struct drv_used used;
		uint8_t want[SLOT];

		if (drv_get_used(&q->ring, &used) != DRV_GOT) {
			if (!drv_enable_calls(&q->ring) && !event_wait(q->call, 1000))
				break;
			continue;
		}
		good += used.len == HEADER + make(want, n) &&
			!memcmp(memory + used.token * SLOT + HEADER, want,
				used.len - HEADER);
		n++;
	}
	return good;
}

static void try(const char *ring, uint64_t features, int sndbuf)
{
	unsigned int out, in;
	uint8_t *memory;
	struct device d;
	struct link l;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "layer 3, %s", ring);
		device_close(&d);
		return;
	}
	link_tun(&l, HEADER);
	if (sndbuf)
		link_sndbuf(&l, sndbuf);
	if (device_ready(&d, features, NUM) || device_set_backend(&d, l.backend))
		report_die("device");
	memory = memory_take(&d.mem, 2 * PACKETS * SLOT, 4096);
	report_ok(take_all_memory(&d) > (uintptr_t)memory,
		  "layer 3, %s: one region has all memory", ring);
	out = sent(&d, &l, memory);
	in = received(&d, &l, memory + PACKETS * SLOT);
	report_ok(out == PACKETS && in == PACKETS,
		  "layer 3, %s, %s send buffer: of %d packets %u were sent and %u received whole",
		  ring, sndbuf ? "small" : "unlimited", PACKETS, out, in);
	device_close(&d);
	link_close(&l);
}

void traffic_layer3(void)
{
	try("split", F_V1, 200000);
	try("packed", F_V1 | F_PACKED, 200000);
	if (is_kernels_own()) {
		report_skip("Linux's damages them", "layer 3 in batches");
		return;
	}
	try("split", F_V1 | F_EVENT, 0);
	try("packed", F_V1 | F_PACKED, 0);
}
