// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two siblings that both behave as Linux's driver does (lib/vsock_linux.h), with
 * data both ways on many connections, and connects to ports that the other one
 * does not have, which cause replies. Something must move all the time.
 */
#include <endian.h>
#include <unistd.h>

#include "lib/vsock_linux.h"
#include "siblings.h"

enum {
	SOCKETS = 200,
	REJECTED = 1000,	/* connects at a time, each way */
	MESSAGES = 10,		/* per socket at a time */
	STALL = 3000,		/* ms in which nothing moves */
	FAR = 100000,		/* first port of connects */
};

struct side {
	struct linux_guest l;
	uint32_t port;		/* of the next connect */
	uint32_t pending;	/* connects without a reply */
};

static struct side a, b;
static struct packet p;

static void receive(struct side *s)
{
	while (linux_recv(&s->l, &p))
		s->pending -= le16toh(p.hdr.op) == VIRTIO_VSOCK_OP_RST &&
			      le32toh(p.hdr.dst_port) >= FAR;
}

static void make_more(struct side *s, const struct side *peer)
{
	struct virtio_vsock_hdr hdr = sibling_hdr(&s->l.g, peer->l.g.cid,
						  VIRTIO_VSOCK_OP_RW);

	if (!linux_idle(&s->l))
		return;
	hdr.len = htole32(1);
	for (int n = 0; n < MESSAGES; n++)
		for (int i = 0; i < SOCKETS; i++) {
			hdr.src_port = hdr.dst_port = htole32(GUEST_PORT + i);
			linux_put_off(&s->l, &hdr, false);
		}
	hdr.op = htole16(VIRTIO_VSOCK_OP_REQUEST);
	hdr.len = 0;
	for (; s->pending < REJECTED; s->pending++) {
		hdr.src_port = htole32(FAR + s->port++ % 1000000);
		linux_put_off(&s->l, &hdr, false);
	}
}

static void step(struct side *s, const struct side *peer)
{
	make_more(s, peer);
	linux_send(&s->l);
	receive(s);
}

/* Return: ms until nothing moved any more, or all there was to run. */
static uint64_t run(uint64_t ms)
{
	uint64_t begin = now_ms(), last[2] = { begin, begin };

	do {
		uint64_t before[2] = { a.l.moved, b.l.moved };

		step(&a, &b);
		step(&b, &a);
		usleep(100);
		if (a.l.moved != before[0])
			last[0] = now_ms();
		if (b.l.moved != before[1])
			last[1] = now_ms();
	} while (now_ms() - begin < ms && now_ms() - last[0] < STALL &&
		 now_ms() - last[1] < STALL);
	return (last[0] < last[1] ? last[0] : last[1]) - begin;
}

void test_mutual(void)
{
	uint64_t ms = test_seconds() * 1000, ran;

	pair_start(&a.l.g, &b.l.g, true);
	ran = run(ms);
	report_ok(ran + 500 > ms,
		  "%d connections, %d rejected connects each way: %llu packets, both moving for %llu of %llu ms",
		  SOCKETS, REJECTED,
		  (unsigned long long)(a.l.moved + b.l.moved),
		  (unsigned long long)ran, (unsigned long long)ms);
	guest_close(&a.l.g);
	guest_close(&b.l.g);
}
