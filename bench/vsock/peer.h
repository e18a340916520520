/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of bench-vsock: a vsock driver that behaves as Linux's does, over
 * the ring code of tests/driver. Its programs are here as well: they read what
 * comes at once, and what they send has no content.
 *
 * As in Linux: rings of 128; receive buffers of a page less what a socket
 * buffer takes, all of them offered again when half are used; used buffers
 * taken with notifications off until there are none; a packet sent is a header
 * and its payload in pieces of up to 32 KiB, behind an indirect table, with a
 * kick when the device wants one; programs that have read all tell their
 * credit at once; 256 KiB of credit for each connection.
 */
#ifndef RINGSIDE_BENCH_PEER_H
#define RINGSIDE_BENCH_PEER_H

#include <linux/virtio_vsock.h>

#include "load.h"

enum {
	PEER_NUM = 128,
	PEER_BUF = 4096 - 320,
	PEER_CREDIT = 256 << 10,
	PEER_PIECE = 32 << 10,
	PEER_PACKET = 64 << 10,		/* payload of the biggest */
	PEER_CONNS = 8,
	PEER_PORT = 1000,		/* of the first connection */
};

struct conn {
	bool up;
	struct virtio_vsock_hdr hdr;	/* of what we send */
	uint32_t fwd_cnt, read_since;	/* bytes; not reported yet */
	uint32_t tx_cnt, peer_buf_alloc, peer_fwd_cnt;
	uint64_t got;			/* payload, in all */
};

struct peer {
	struct device d;
	struct conn conn[PEER_CONNS];
	uint8_t *rx_buf[PEER_NUM];
	uint32_t rx_idle[PEER_NUM], n_rx_idle;	/* buffers not offered */
	struct virtio_vsock_hdr *tx_hdr;	/* PEER_NUM of them */
	uint32_t tx_idle[PEER_NUM], n_tx_idle;
	uint8_t *payload;
	bool echo;		/* answer each packet with one byte */

	/* counted */
	uint64_t got;		/* payload, of all connections */
	uint64_t calls, kicks, packets;
};

/* Open the device and start; the CID is @cid. */
void peer_open(struct peer *p, uint64_t cid);
void peer_close(struct peer *p);
/* Take all that came and all that was sent. Return: was there any. */
bool peer_turn(struct peer *p);
/* Wait for a notification, or for @fd to become readable; take it. */
void peer_wait(struct peer *p, int fd);
/*
 * Send up to @bytes of payload as one packet, as credit allows. Return: bytes
 * sent; 0: no credit; -1: no room in the ring.
 */
int peer_send(struct peer *p, struct conn *c, uint32_t bytes);

#endif /* RINGSIDE_BENCH_PEER_H */
