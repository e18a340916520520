// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACCESS_PLATFORM: each address of rings, headers and payload misses first, and a
 * thread of this program replies, page by page; malformed replies are rejected.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/iotlb.h"
#include "tests.h"

enum { TYPE = VHOST_IOTLB_MSG_V2, PAGE = 4096 };

static bool open_with_iotlb(struct guest *g, uint64_t features)
{
	uint64_t v2 = 1ull << VHOST_BACKEND_F_IOTLB_MSG_V2;
	int err;

	guest_open_bare(g);
	if (features & ~g->d.offered) {
		device_close(&g->d);
		return false;
	}
	fcntl(g->d.fd, F_SETFL, O_NONBLOCK);
	err = device_begin(&g->d, features);
	if (!err)
		err = cmd(g->d.fd, VHOST_SET_BACKEND_FEATURES, &v2);
	for (int i = 0; i < QUEUES && !err; i++) {
		struct queue *q = &g->d.q[i];

		queue_make(&g->d, i, GUEST_NUM);
		q->iova = true;
		err = queue_setup(q);
	}
	if (err)
		report_die("IOTLB: %s", errno_name(err));
	return true;
}

static int update(const struct guest *g, uint64_t iova, uint64_t size,
		  uint64_t uaddr)
{
	return iotlb_update(g->d.fd, TYPE, iova, size, uaddr, VHOST_ACCESS_RW);
}

static void bad_replies(const struct guest *g)
{
	uint64_t data = (uintptr_t)g->d.mem.data;
	struct iotlb_msg odd = iotlb_message(77, 0, 0, 0, 0, 0);
	struct iotlb_msg miss = iotlb_message(TYPE, VHOST_IOTLB_MISS, PAGE, PAGE,
					      data, VHOST_ACCESS_RW);

	went(update(g, PAGE, 0, data), EINVAL, "a translation of no bytes");
	went(update(g, -4096ull, 8192, data), EFAULT, "one that wraps");
	went(update(g, PAGE, PAGE, 1ull << 63), EFAULT,
	     "one to the kernel's memory");
	went(iotlb_write(g->d.fd, &miss, sizeof(miss)), EFAULT,
	     "a miss from the wrong side");
	went(iotlb_write(g->d.fd, &odd, sizeof(odd)), EINVAL,
	     "no layout that is known");
	went(iotlb_write(g->d.fd, &odd, 20), EINVAL, "too short");
}

/* All is forgotten, again and again. */
static void forget(struct guest *g, int s, struct iommu *u, const char *name)
{
	uint32_t before = u->misses;
	int good = 0;

	for (int i = 0; i < 30; i++) {
		iotlb_invalidate(g->d.fd, TYPE,
				 i & 1 ? MEMORY_DATA_GPA : MEMORY_RINGS_GPA,
				 MEMORY_RINGS);
		good += data_flows(g, s);
	}
	report_ok(good == 30 && u->misses > before + 30,
		  "%s: data right %d of 30 times, %u misses", name, good,
		  u->misses - before);
}

/* A buffer at an address whose miss gets no reply: it waits, and can be ended. */
static void unanswered(struct guest *g, int s)
{
	struct drv_buf buf = { 0x700000000ull, 100 };
	struct drv_chain chain = { .buf = &buf, .n_read = 1 };
	struct queue *q = &g->d.q[TX];

	(void)s;
	drv_add(&q->ring, &chain);
	g->tx_open++;
	drv_kick_prepare(&q->ring);
	queue_kick(q);
	report_ok(!guest_sent(g, NOT), "a miss without a reply: it waits");
}

static void try(const char *name, uint64_t features)
{
	struct guest g;
	struct iommu u;
	int s;

	if (!open_with_iotlb(&g, features | F_IOMMU)) {
		report_skip("not offered", "IOTLB, %s", name);
		return;
	}
	/* before the start, as QEMU does */
	if (iotlb_map_rings(&g.d, TYPE))
		report_die("IOTLB: rings");
	bad_replies(&g);
	if (guest_set_cid(&g, 58) || guest_set_running(&g, 1))
		report_die("IOTLB: start");
	iommu_start(&u, &g.d);
	guest_offer(&g, 32);
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(s >= 0 && data_flows(&g, s), "%s: all through the IOTLB, %u misses",
		  name, u.misses);
	forget(&g, s, &u, name);
	unanswered(&g, s);
	iommu_stop(&u);
	guest_close(&g);
	report_ok(host_error(s, SOON) == ECONNRESET,
		  "%s: it ends while a miss waits", name);
	close(s);
}

void test_iotlb(void)
{
	try("split", F_V1);
	try("split, indirect", F_V1 | F_EVENT | F_INDIRECT);
	try("packed", F_V1 | F_EVENT | F_PACKED);
}
