// SPDX-License-Identifier: GPL-2.0-only
/*
 * All at once: guests that send, a group that comes and goes, a guest that is
 * closed and opened again. Nothing of it may go wrong; afterwards all is well.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "siblings.h"

static struct guest a, b;
static atomic_bool over;

static void *toggle(void *arg)
{
	struct guest c;
	uint64_t n = 0;

	(void)arg;
	while (!over) {
		guest_start(&c, F_V1, CID_C, 16);
		group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
		say(&c, CID_A, VIRTIO_VSOCK_OP_RESPONSE, 5);
		say(&c, CID_B, VIRTIO_VSOCK_OP_RESPONSE, 5);
		group_cmd(c.d.fd, RINGSIDE_VSOCK_LEAVE_GROUP, CID_A, "test");
		group_cmd(c.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, CID_A, "test");
		guest_close(&c);
		n++;
	}
	report_note("%llu times", (unsigned long long)n);
	return NULL;
}

/* To siblings that are there, were there, or will be. */
static uint32_t send_all(struct guest *g, uint64_t other, uint32_t i)
{
	static const uint16_t op[] = {
		VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RESPONSE,
		VIRTIO_VSOCK_OP_CREDIT_UPDATE, VIRTIO_VSOCK_OP_RST,
	};
	static struct packet p;
	uint32_t got = 0;

	say(g, i & 1 ? other : CID_C, op[i % 4], i % 7);
	while (guest_recv(g, &p, 0))
		got++;
	guest_sent(g, SOON);
	return got;
}

void test_storm(void)
{
	uint64_t until = now_ms() + 3000;
	uint32_t got = 0;
	pthread_t t;

	pair_start(&a, &b, true);
	pthread_create(&t, NULL, toggle, NULL);
	for (uint32_t i = 0; now_ms() < until; i++)
		got += send_all(&a, CID_B, i) + send_all(&b, CID_A, i);
	over = true;
	pthread_join(t, NULL);
	while (!hears_nothing(&a) || !hears_nothing(&b))
		;
	report_ok(got > 100, "%u packets came meanwhile", got);
	group_cmd(a.d.fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "test");
	report_ok(connected(&a, &b, 77), "and all is well");
	guest_close(&a);
	guest_close(&b);
}
