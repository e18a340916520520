// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest of bench-vsock; see peer.h. One thread.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/lib/report.h"
#include "peer.h"

enum { PATIENCE_MS = 5000, HDR = sizeof(struct virtio_vsock_hdr) };

static void kick(struct peer *p, struct queue *q)
{
	if (!drv_kick_prepare(&q->ring))
		return;
	p->kicks++;
	queue_kick(q);
}

/* ---- transmit --------------------------------------------------------- */

/* The packet's buffers, header first. Return: how many. */
static uint32_t pieces(const struct peer *p, const struct virtio_vsock_hdr *hdr,
		       uint32_t bytes, struct drv_buf *buf)
{
	uint32_t n = 0;

	buf[n++] = (struct drv_buf){ memory_gpa(&p->d.mem, hdr), HDR };
	for (uint32_t at = 0, part; at < bytes; at += part) {
		part = bytes - at < PEER_PIECE ? bytes - at : PEER_PIECE;
		buf[n++] = (struct drv_buf){
			memory_gpa(&p->d.mem, p->payload + at), part };
	}
	return n;
}

static bool send_packet(struct peer *p, struct conn *c, uint16_t op,
			uint32_t bytes)
{
	struct drv_buf buf[1 + PEER_PACKET / PEER_PIECE];
	struct drv_chain chain = { .buf = buf };
	struct queue *q = &p->d.q[TX];
	struct virtio_vsock_hdr *hdr;

	if (!p->n_tx_idle)
		return false;
	chain.token = p->tx_idle[--p->n_tx_idle];
	hdr = &p->tx_hdr[chain.token];
	*hdr = c->hdr;
	hdr->op = htole16(op);
	hdr->len = htole32(bytes);
	hdr->fwd_cnt = htole32(c->fwd_cnt);
	c->read_since = 0;
	chain.n_read = pieces(p, hdr, bytes, buf);
	chain.n_table = chain.n_read > 1 ? chain.n_read : 0;
	if (drv_add(&q->ring, &chain) != DRV_GOT)
		report_die("TX ring");
	kick(p, q);
	p->packets++;
	return true;
}

int peer_send(struct peer *p, struct conn *c, uint32_t bytes)
{
	uint32_t credit = c->peer_buf_alloc - (c->tx_cnt - c->peer_fwd_cnt);

	if (bytes > credit)
		bytes = credit;
	if (bytes > PEER_PACKET)
		bytes = PEER_PACKET;
	if (!bytes)
		return 0;
	if (!send_packet(p, c, VIRTIO_VSOCK_OP_RW, bytes))
		return -1;
	c->tx_cnt += bytes;
	return bytes;
}

static bool take_sent(struct peer *p)
{
	struct queue *q = &p->d.q[TX];
	struct drv_used used;
	bool any = false;

	do {
		drv_disable_calls(&q->ring);
		while (drv_get_used(&q->ring, &used) == DRV_GOT) {
			p->tx_idle[p->n_tx_idle++] = used.token;
			any = true;
		}
	} while (drv_enable_calls(&q->ring));
	return any;
}

/* ---- receive ---------------------------------------------------------- */

static void offer_all(struct peer *p)
{
	struct queue *q = &p->d.q[RX];

	while (p->n_rx_idle) {
		uint32_t i = p->rx_idle[--p->n_rx_idle];
		struct drv_buf buf = { memory_gpa(&p->d.mem, p->rx_buf[i]),
				       PEER_BUF };
		struct drv_chain chain = { .buf = &buf, .n_write = 1,
					   .token = i };

		if (drv_add(&q->ring, &chain) != DRV_GOT)
			report_die("RX ring");
	}
	kick(p, q);
}

static void accept_request(struct peer *p, struct conn *c,
			   const struct virtio_vsock_hdr *from)
{
	c->up = true;
	c->hdr = (struct virtio_vsock_hdr){
		.src_cid = from->dst_cid,
		.dst_cid = from->src_cid,
		.src_port = from->dst_port,
		.dst_port = from->src_port,
		.type = from->type,
		.buf_alloc = htole32(PEER_CREDIT),
	};
	send_packet(p, c, VIRTIO_VSOCK_OP_RESPONSE, 0);
}

static void receive(struct peer *p, const struct virtio_vsock_hdr *hdr)
{
	struct conn *c = &p->conn[(le32toh(hdr->dst_port) - PEER_PORT) %
				  PEER_CONNS];
	uint32_t bytes = le32toh(hdr->len);

	p->packets++;
	c->peer_buf_alloc = le32toh(hdr->buf_alloc);
	c->peer_fwd_cnt = le32toh(hdr->fwd_cnt);
	switch (le16toh(hdr->op)) {
	case VIRTIO_VSOCK_OP_REQUEST:
		accept_request(p, c, hdr);
		break;
	case VIRTIO_VSOCK_OP_RW:
		c->fwd_cnt += bytes;
		c->read_since += bytes;
		c->got += bytes;
		p->got += bytes;
		break;
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
		break;
	default:
		report_die("operation %u", le16toh(hdr->op));
	}
}

/* Programs have read all. */
static void tell_credit(struct peer *p)
{
	for (struct conn *c = p->conn; c < p->conn + PEER_CONNS; c++) {
		if (!c->read_since ||
		    !send_packet(p, c, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0))
			continue;
		if (p->echo)
			peer_send(p, c, 1);
	}
}

static bool take_received(struct peer *p)
{
	struct queue *q = &p->d.q[RX];
	struct drv_used used;
	bool any = false;

	do {
		drv_disable_calls(&q->ring);
		while (drv_get_used(&q->ring, &used) == DRV_GOT) {
			receive(p, (void *)p->rx_buf[used.token]);
			p->rx_idle[p->n_rx_idle++] = used.token;
			any = true;
		}
	} while (drv_enable_calls(&q->ring));
	if (p->n_rx_idle > PEER_NUM / 2)
		offer_all(p);
	return any;
}

bool peer_turn(struct peer *p)
{
	bool sent = take_sent(p), received = take_received(p);

	tell_credit(p);
	return sent || received;
}

void peer_wait(struct peer *p, int fd)
{
	struct pollfd pfd[] = {
		{ .fd = p->d.q[RX].call, .events = POLLIN },
		{ .fd = p->d.q[TX].call, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (poll(pfd, 3, PATIENCE_MS) < 1)
		report_die("nothing happens");
	for (int i = 0; i < 3; i++) {
		uint64_t n = 0;

		if (pfd[i].revents && read(pfd[i].fd, &n, sizeof(n)) < 0)
			report_die("eventfd");
		if (i < 2)
			p->calls += n;
	}
}

/* ---- setting up ------------------------------------------------------- */

static void take_memory(struct peer *p)
{
	struct memory *m = &p->d.mem;

	p->payload = memory_take(m, PEER_PACKET, 4096);
	p->tx_hdr = memory_take(m, PEER_NUM * sizeof(*p->tx_hdr), 64);
	for (uint32_t i = 0; i < PEER_NUM; i++) {
		p->rx_buf[i] = memory_take(m, PEER_BUF, 4096);
		p->rx_idle[p->n_rx_idle++] = i;
		p->tx_idle[p->n_tx_idle++] = i;
	}
}

void peer_open(struct peer *p, uint64_t cid)
{
	struct device *d = &p->d;
	int on = 1;

	*p = (struct peer){ .d.fd = open("/dev/vhost-vsock",
					 O_RDWR | O_CLOEXEC) };
	if (d->fd < 0)
		report_die("/dev/vhost-vsock");
	memory_open(&d->mem);
	d->features = F_V1 | F_EVENT | F_INDIRECT;
	load_set_owner(d);
	for (int i = 0; i < QUEUES; i++) {
		queue_make(d, i, PEER_NUM);
		if (queue_setup(&d->q[i]))
			report_die("setting up queue %d", i);
	}
	take_memory(p);
	if (cmd(d->fd, VHOST_VSOCK_SET_GUEST_CID, &cid) ||
	    cmd(d->fd, VHOST_VSOCK_SET_RUNNING, &on))
		report_die("guest %llu", (unsigned long long)cid);
	offer_all(p);
}

void peer_close(struct peer *p)
{
	device_close(&p->d);
}
