// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tap that collects packets before it passes them on (ethtool -C rx-frames): all
 * arrive, in their order, long ones that are sent alone and short ones that go in
 * batches, also when the last that the driver gave is none.
 *
 * And a header whose hint of its length is wrong.
 */
#define _GNU_SOURCE
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/frame.h"
#include "lib/netdev.h"
#include "lib/parts.h"
#include "traffic/tests.h"

enum { HEADER = 12, FRAMES = 24, LONG = 5000, SHORT = 100, SLOT = 8192, COALESCE = 32 };

static void coalesce(const struct link *l)
{
	struct ethtool_coalesce c = {
		.cmd = ETHTOOL_SCOALESCE, .rx_max_coalesced_frames = COALESCE,
	};
	struct ifreq ifr = { .ifr_data = (void *)&c };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(ifr.ifr_name, l->name, IFNAMSIZ);
	if (s < 0 || ioctl(s, SIOCETHTOOL, &ifr))
		report_die("rx-frames of %s", l->name);
	close(s);
}

static void add(struct device *d, uint8_t *at, uint32_t len)
{
	struct drv_buf buf = { memory_gpa(&d->mem, at), len };
	struct drv_chain c = { .buf = &buf, .n_read = 1 };

	if (drv_add(&d->q[TX].ring, &c) != DRV_GOT)
		report_die("no room in the ring");
}

static void make(uint8_t *at, uint32_t number)
{
	memset(at, 0, HEADER);
	memset(at + HEADER, 0xff, 6);
	memset(at + HEADER + 6, 2, 6);
	at[HEADER + 12] = FRAME_TYPE >> 8;
	at[HEADER + 13] = FRAME_TYPE & 0xff;
	memset(at + HEADER + 14, number, 40);
}

/* How many arrive in order; and no other. */
static unsigned int arrived(const struct link *l)
{
	struct pollfd p = { .fd = l->peer, .events = POLLIN };
	uint8_t got[SLOT];
	unsigned int n = 0;

	while (n < FRAMES && poll(&p, 1, 500) == 1) {
		if (recv(l->peer, got, sizeof(got), 0) < SHORT || got[14] != n)
			break;
		n++;
	}
	return n;
}

static void begin(struct device *d, struct link *l, int sndbuf)
{
	device_open(d);
	link_tap(l, HEADER);
	link_mtu(l, 9000);
	if (sndbuf)
		link_sndbuf(l, sndbuf);
	if (device_ready(d, F_V1, 64) || device_set_backend(d, l->backend))
		report_die("device");
}

static void end(struct device *d, struct link *l)
{
	device_close(d);
	link_close(l);
}

static void try(const char *what, int sndbuf, bool bad_last)
{
	unsigned int n;
	uint8_t *memory;
	struct device d;
	struct link l;

	begin(&d, &l, sndbuf);
	coalesce(&l);
	memory = memory_take(&d.mem, (FRAMES + 1) * SLOT, 4096);
	for (unsigned int i = 0; i < FRAMES; i++) {
		make(memory + i * SLOT, i);
		add(&d, memory + i * SLOT, HEADER + (i % 2 ? SHORT : LONG));
	}
	if (bad_last)
		add(&d, memory + FRAMES * SLOT, HEADER + 1);
	drv_publish(&d.q[TX].ring);
	queue_kick(&d.q[TX]);
	n = arrived(&l);
	report_ok(n == FRAMES, "rx-frames %d, %s%s: %u of %d frames arrive in order",
		  COALESCE, what, bad_last ? ", the last is none" : "", n, FRAMES);
	end(&d, &l);
}

/* hdr_len is a hint; without offloads it does not matter what it says. */
static void wrong_hint(void)
{
	uint8_t *memory;
	struct device d;
	struct link l;
	unsigned int n;

	begin(&d, &l, 0);
	memory = memory_take(&d.mem, FRAMES * SLOT, 4096);
	for (unsigned int i = 0; i < FRAMES; i++) {
		make(memory + i * SLOT, i);
		memory[i * SLOT + 2] = 0xff;
		memory[i * SLOT + 3] = 0x7f;
		add(&d, memory + i * SLOT, HEADER + SHORT);
	}
	drv_publish(&d.q[TX].ring);
	queue_kick(&d.q[TX]);
	n = arrived(&l);
	report_ok(n == FRAMES, "hdr_len beyond the frame: %u of %d frames arrive", n, FRAMES);
	end(&d, &l);
}

void traffic_coalesce(void)
{
	wrong_hint();
	if (is_kernels_own()) {
		report_skip("Linux's reorders and keeps some back", "rx-frames");
		return;
	}
	try("batches", 0, false);
	try("batches", 0, true);
	try("one by one", 1 << 20, false);
	try("one by one", 1 << 20, true);
	try("one by one, small send buffer", 40000, false);
}
