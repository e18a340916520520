// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACCESS_PLATFORM: each address of rings, headers and payload is asked for and
 * answered here, page by page; answers that are none are refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

enum { MSG_BYTES = 72, PAGE = 4096 };

struct msg {
	uint32_t type, asid;
	struct vhost_iotlb_msg m;
	uint8_t rest[MSG_BYTES - 8 - sizeof(struct vhost_iotlb_msg)];
};

/* The thread that answers, as a VMM with an IOMMU has one. */
struct unit {
	struct guest *g;
	pthread_t thread;
	uint32_t misses;
	bool stop;
};

static int tell(const struct guest *g, uint8_t what, uint64_t iova,
		uint64_t size, uint64_t uaddr)
{
	struct msg msg = { .type = VHOST_IOTLB_MSG_V2,
			   .m = { iova, size, uaddr, VHOST_ACCESS_RW, what } };

	return write(g->d.fd, &msg, sizeof(msg)) == sizeof(msg) ? 0 : errno;
}

static uint64_t user_address(const struct memory *m, uint64_t gpa)
{
	if (gpa - MEMORY_RINGS_GPA < MEMORY_RINGS)
		return (uintptr_t)m->rings + (gpa - MEMORY_RINGS_GPA);
	if (gpa - MEMORY_DATA_GPA < MEMORY_DATA)
		return (uintptr_t)memory_at(m, gpa);
	return 0;
}

/* To the end of its page, or of the piece that it lies in. */
static uint64_t stretch(uint64_t gpa)
{
	uint64_t n = PAGE - gpa % PAGE, piece;

	if (gpa - MEMORY_DATA_GPA >= MEMORY_DATA)
		return n;
	piece = MEMORY_PIECE - (gpa - MEMORY_DATA_GPA) % MEMORY_PIECE;
	return piece < n ? piece : n;
}

static void *serve(void *arg)
{
	struct unit *u = arg;
	struct msg msg;

	while (!__atomic_load_n(&u->stop, __ATOMIC_RELAXED)) {
		struct pollfd p = { .fd = u->g->d.fd, .events = POLLIN };
		uint64_t to;

		if (poll(&p, 1, 10) != 1 ||
		    read(u->g->d.fd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.m.type != VHOST_IOTLB_MISS)
			continue;
		u->misses++;
		to = user_address(&u->g->d.mem, msg.m.iova);
		/* what is nowhere is not answered */
		if (to)
			tell(u->g, VHOST_IOTLB_UPDATE, msg.m.iova,
			     stretch(msg.m.iova), to);
	}
	return NULL;
}

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

/* The rings must be mapped before the start, as QEMU does. */
static void map_rings(struct guest *g)
{
	for (int i = 0; i < QUEUES; i++) {
		const struct drv_config *c = &g->d.q[i].cfg;

		for (int a = 0; a < DRV_AREAS; a++)
			if (tell(g, VHOST_IOTLB_UPDATE,
				 memory_gpa(&g->d.mem, c->area[a]),
				 drv_area_bytes(c->format, c->num, a, true),
				 (uintptr_t)c->area[a]))
				report_die("IOTLB: rings");
	}
}

static void refusals(const struct guest *g)
{
	uint64_t data = (uintptr_t)g->d.mem.data;
	struct msg msg = { .type = 77 };
	const int up = VHOST_IOTLB_UPDATE;

	went(tell(g, up, PAGE, 0, data), EINVAL, "a translation of no bytes");
	went(tell(g, up, -4096ull, 8192, data), EFAULT, "one that wraps");
	went(tell(g, up, PAGE, PAGE, 1ull << 63), EFAULT,
	     "one to the kernel's memory");
	went(tell(g, VHOST_IOTLB_MISS, PAGE, PAGE, data), EFAULT,
	     "a miss from the wrong side");
	report_ok(write(g->d.fd, &msg, sizeof(msg)) < 0 && errno == EINVAL,
		  "no form that is known: %s", errno_name(errno));
	report_ok(write(g->d.fd, &msg, 20) < 0 && errno == EINVAL,
		  "too short: %s", errno_name(errno));
}

/* All is forgotten, again and again. */
static void forget(struct guest *g, int s, struct unit *u, const char *name)
{
	uint32_t before = u->misses;
	int good = 0;

	for (int i = 0; i < 30; i++) {
		tell(g, VHOST_IOTLB_INVALIDATE, i & 1 ? MEMORY_DATA_GPA :
							MEMORY_RINGS_GPA,
		     MEMORY_RINGS, 0);
		good += data_flows(g, s);
	}
	report_ok(good == 30 && u->misses > before + 30,
		  "%s: data right %d of 30 times, %u misses", name, good,
		  u->misses - before);
}

/* A buffer at an address that nobody answers: it waits, and can be ended. */
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
	report_ok(!guest_sent(g, NOT), "an address without answer: it waits");
}

static void try(const char *name, uint64_t features)
{
	struct guest g;
	struct unit u = { .g = &g };
	int s;

	if (!open_with_iotlb(&g, features | F_IOMMU)) {
		report_skip("not offered", "IOTLB, %s", name);
		return;
	}
	map_rings(&g);
	refusals(&g);
	if (guest_set_cid(&g, 58) || guest_set_running(&g, 1))
		report_die("IOTLB: start");
	pthread_create(&u.thread, NULL, serve, &u);
	guest_offer(&g, 32);
	s = host_to_guest(&g, SOCK_STREAM);
	report_ok(s >= 0 && data_flows(&g, s), "%s: all through the IOTLB, %u misses",
		  name, u.misses);
	forget(&g, s, &u, name);
	unanswered(&g, s);
	__atomic_store_n(&u.stop, true, __ATOMIC_RELAXED);
	pthread_join(u.thread, NULL);
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
