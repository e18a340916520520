// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both sides have much to say, and neither stops to listen. The guest behaves
 * as Linux's driver does: what it sends waits in one list until there is room
 * in the ring, and while a ring's size of replies is in there it receives
 * nothing. Programs read all at once, so that each message of the guest causes
 * a credit update. Connections to ports that nobody has cause replies, in both
 * directions. Something must move all the time.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

enum {
	SOCKETS = 200,
	REJECTED = 1000,		/* connects at a time, each way */
	MESSAGES = 10,		/* per socket at a time */
	WAITING = SOCKETS * MESSAGES + 4 * REJECTED,
	STALL = 3000,		/* ms in which nothing moves */
	PER_SECOND = LOT / 10,	/* rounds() as time */
	FAR = 100000,		/* first port of connects */
	HEADERS = 1200000,	/* in the data memory: of packets in the ring */
	STRIDE = 64,
};

/* One packet of the guest that waits for room in the ring. */
struct waiting {
	struct virtio_vsock_hdr hdr;
	bool reply;
};

struct peer {
	struct guest g;
	struct waiting list[WAITING];
	uint32_t head, tail;	/* of the list; counted on */
	uint32_t replies;	/* of them in the list */
	uint32_t port;		/* of the next connect */
	uint32_t open;		/* connects without a reply */
};

static struct peer peer;
static int sock[SOCKETS], rejected[REJECTED];
static struct virtio_vsock_hdr header[SOCKETS];
static struct packet p;
static uint64_t moved;	/* whatever there was, counted */

static void put_off(const struct virtio_vsock_hdr *hdr, bool reply)
{
	if (peer.tail - peer.head == WAITING)
		report_die("the guest's list is full");
	peer.list[peer.tail++ % WAITING] = (struct waiting){ *hdr, reply };
	peer.replies += reply;
}

/* Its bytes are whatever the memory holds, which nobody else uses. */
static void add(const struct virtio_vsock_hdr *hdr)
{
	struct drv_buf buf = {
		MEMORY_DATA_GPA + HEADERS +
			peer.g.tx_count++ % GUEST_NUM * STRIDE,
		sizeof(*hdr) + le32toh(hdr->len),
	};
	struct drv_chain chain = { .buf = &buf, .n_read = 1 };

	memory_put(&peer.g.d.mem, buf.addr, hdr, sizeof(*hdr));
	if (drv_add(&peer.g.d.q[TX].ring, &chain) != DRV_GOT)
		report_die("TX: a chain that must fit does not");
	peer.g.tx_open++;
}

/* What fits, in order. */
static void send_waiting(void)
{
	struct queue *q = &peer.g.d.q[TX];

	while (peer.head != peer.tail && drv_free_slots(&q->ring)) {
		struct waiting *w = &peer.list[peer.head++ % WAITING];

		add(&w->hdr);
		peer.replies -= w->reply;
		moved++;
	}
	if (drv_kick_prepare(&q->ring))
		queue_kick(q);
}

static void receive(void)
{
	while (peer.replies < GUEST_NUM && guest_recv(&peer.g, &p, 0)) {
		uint16_t op = le16toh(p.hdr.op);

		moved++;
		if (op == VIRTIO_VSOCK_OP_RST && le32toh(p.hdr.dst_port) >= FAR)
			peer.open--;
		if (op != VIRTIO_VSOCK_OP_REQUEST)
			continue;
		struct virtio_vsock_hdr hdr = guest_hdr(&peer.g,
							VIRTIO_VSOCK_OP_RST);

		hdr.src_port = p.hdr.dst_port;
		hdr.dst_port = p.hdr.src_port;
		put_off(&hdr, true);
	}
}

/* Programs: read all there is; connect again once they have been rejected. */
static void read_all(void)
{
	static char in[4096];

	for (int i = 0; i < SOCKETS; i++)
		if (recv(sock[i], in, sizeof(in), MSG_DONTWAIT) > 0)
			moved++;
}

static void connect_all(void)
{
	for (int i = 0; i < REJECTED; i++) {
		if (rejected[i] >= 0 && !host_error(rejected[i], 0))
			continue;
		if (rejected[i] >= 0)
			close(rejected[i]);
		rejected[i] = host_socket(SOCK_STREAM, false);
		host_connect(rejected[i], peer.g.cid);
	}
}

/* The guest has new things to say once it is through with the old ones. */
static void make_more(void)
{
	struct virtio_vsock_hdr hdr = guest_hdr(&peer.g,
						VIRTIO_VSOCK_OP_REQUEST);

	if (peer.head != peer.tail)
		return;
	for (int n = 0; n < MESSAGES; n++)
		for (int i = 0; i < SOCKETS; i++)
			put_off(&header[i], false);
	hdr.dst_port = htole32(HOST_PORT + 1);
	for (; peer.open < REJECTED; peer.open++) {
		hdr.src_port = htole32(FAR + peer.port++ % 1000000);
		put_off(&hdr, false);
	}
	connect_all();
}

static void connect_sockets(int l)
{
	for (int i = 0; i < SOCKETS; i++) {
		sock[i] = guest_to_host(&peer.g, l, GUEST_PORT + i);
		header[i] = guest_hdr_of(&peer.g, sock[i],
					 VIRTIO_VSOCK_OP_RW);
		header[i].len = htole32(1);
	}
	for (int i = 0; i < REJECTED; i++)
		rejected[i] = -1;
}

/* Return: ms until nothing moved any more, or all there was to run. */
static uint64_t run(uint64_t ms)
{
	uint64_t begin = now_ms(), last = begin, before;

	do {
		before = moved;
		make_more();
		send_waiting();
		guest_sent(&peer.g, 0);
		receive();
		read_all();
		usleep(100);
		if (moved != before)
			last = now_ms();
	} while (now_ms() - begin < ms && now_ms() - last < STALL);
	return last - begin;
}

void storm_mutual(void)
{
	struct rlimit files = { 4096, 4096 };
	uint64_t ms = (uint64_t)rounds() * 1000 / PER_SECOND, ran;
	int l = host_socket(SOCK_STREAM, true);

	if (setrlimit(RLIMIT_NOFILE, &files))
		report_die("number of files");
	guest_start(&peer.g, F_V1, 66, 100);
	connect_sockets(l);
	ran = run(ms);
	report_ok(ran + 500 > ms,
		  "%d sockets, %d rejected connects each way: %llu packets, moving for %llu of %llu ms",
		  SOCKETS, REJECTED, (unsigned long long)moved,
		  (unsigned long long)ran, (unsigned long long)ms);
	for (int i = 0; i < SOCKETS; i++)
		close(sock[i]);
	for (int i = 0; i < REJECTED; i++)
		if (rejected[i] >= 0)
			close(rejected[i]);
	close(l);
	guest_close(&peer.g);
	usleep(CONNECT_MS * 1000);
}
