// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two guests fight for one CID, while programs connect to it and send. A
 * connection belongs to one guest in one of its terms: whatever comes on it is
 * of that term, and what is sent on it reaches that guest in that term only.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

enum { CID = 67, PROGRAMS = 3, WORDS = 8 };

/* Who speaks: the guest and how often it had the CID. */
struct tag {
	uint32_t guest, term;
};

struct fight {
	bool stop;
	uint32_t terms[2];	/* each guest's; its thread writes */
	uint32_t talks;		/* connections on which something was said */
	uint32_t wrong;
};

struct fighter {
	struct fight *f;
	uint32_t index;
};

static bool stopped(struct fight *f)
{
	return __atomic_load_n(&f->stop, __ATOMIC_RELAXED);
}

static void count(uint32_t *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

/* ---- the guests ------------------------------------------------------- */

static void reply(struct guest *g, const struct packet *p, uint16_t op,
		  const struct tag *tag)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, op);
	uint32_t len = tag ? sizeof(*tag) : 0;

	hdr.src_port = p->hdr.dst_port;
	hdr.dst_port = p->hdr.src_port;
	hdr.len = htole32(len);
	guest_send(g, &hdr, tag, sizeof(hdr) + len);
}

/* Accept, say who we are; whatever is sent back must be that. */
static void serve(struct guest *g, struct fighter *me, struct packet *p)
{
	struct tag tag = { me->index, me->f->terms[me->index] };

	switch (le16toh(p->hdr.op)) {
	case VIRTIO_VSOCK_OP_REQUEST:
		reply(g, p, VIRTIO_VSOCK_OP_RESPONSE, NULL);
		reply(g, p, VIRTIO_VSOCK_OP_RW, &tag);
		break;
	case VIRTIO_VSOCK_OP_RW:
		for (uint32_t i = 0; i + sizeof(tag) <= p->len; i += sizeof(tag))
			if (memcmp(p->data + i, &tag, sizeof(tag)))
				count(&me->f->wrong);
		reply(g, p, VIRTIO_VSOCK_OP_RW, &tag);
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		reply(g, p, VIRTIO_VSOCK_OP_RST, NULL);
		break;
	}
}

/*
 * Packets of the last term wait in no queue: giving the CID away drops them.
 * What is in our ring already is of the last term, so take it before.
 */
static void *guest_thread(void *arg)
{
	struct fighter *me = arg;
	struct packet p;
	struct guest g;

	guest_start(&g, F_V1, CID + 1 + me->index, 32);
	while (!stopped(me->f)) {
		if (guest_set_cid(&g, CID)) {
			usleep(200);
			continue;
		}
		while (guest_recv(&g, &p, 0))
			;
		me->f->terms[me->index]++;
		for (int i = 0; i < 20 && !stopped(me->f); i++)
			if (guest_recv(&g, &p, 1))
				serve(&g, me, &p);
		guest_set_cid(&g, CID + 1 + me->index);
		guest_sent(&g, SOON);
		while (guest_recv(&g, &p, 0))
			;
	}
	guest_close(&g);
	return NULL;
}

/* ---- programs --------------------------------------------------------- */

static bool next_tag(int s, struct tag *tag)
{
	struct pollfd pfd = { .fd = s, .events = POLLIN };

	return poll(&pfd, 1, 200) == 1 &&
	       recv(s, tag, sizeof(*tag), MSG_WAITALL) == sizeof(*tag);
}

static void talk(struct fight *f, int s)
{
	struct tag first, tag;

	if (!next_tag(s, &first))
		return;
	count(&f->talks);
	for (int i = 0; i < WORDS; i++) {
		if (send(s, &first, sizeof(first), MSG_DONTWAIT) !=
			    sizeof(first) || !next_tag(s, &tag))
			return;
		if (memcmp(&tag, &first, sizeof(tag)))
			count(&f->wrong);
	}
}

static void *program(void *arg)
{
	struct fight *f = arg;

	while (!stopped(f)) {
		int s = host_socket(SOCK_STREAM, false);
		struct pollfd pfd = { .fd = s, .events = POLLOUT };

		if (host_connect(s, CID) == EINPROGRESS &&
		    poll(&pfd, 1, 200) == 1 && !host_error(s, 0))
			talk(f, s);
		else
			usleep(300);
		close(s);
	}
	return NULL;
}

void storm_cids(void)
{
	struct fight f = { 0 };
	struct fighter fighter[2] = { { &f, 0 }, { &f, 1 } };
	pthread_t thread[2 + PROGRAMS];

	for (int i = 0; i < 2 + PROGRAMS; i++)
		if (pthread_create(&thread[i], NULL,
				   i < 2 ? guest_thread : program,
				   i < 2 ? (void *)&fighter[i] : &f))
			report_die("thread");
	usleep(rounds() * 400);
	__atomic_store_n(&f.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2 + PROGRAMS; i++)
		pthread_join(thread[i], NULL);
	report_ok(f.terms[0] > 3 && f.terms[1] > 3 && f.talks > 20,
		  "one CID went to and fro: %u and %u times, %u talks",
		  f.terms[0], f.terms[1], f.talks);
	report_ok(!f.wrong, "%u words reached another guest's connection",
		  f.wrong);
}
