/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest with a vsock device, as its driver handles it: packets are put
 * together and taken apart by hand, one at a time.
 */
#ifndef RINGSIDE_HOST_VSOCK_GUEST_H
#define RINGSIDE_HOST_VSOCK_GUEST_H

#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <stdbool.h>

#include "device.h"
#include "report.h"

enum {
	GUEST_NUM = 128,	/* ring size */
	GUEST_BUF = 4096,	/* bytes of a receive buffer */
	GUEST_PORT = 1000,
	HOST_PORT = 2000,
	CREDIT = 1 << 30,
	SOON = 2000,		/* ms for what must happen */
	NOT = 100,		/* ms for what must not */
	CONNECT_MS = 500,	/* patience of connect() */
};

struct guest {
	struct device d;
	uint64_t cid;
	uint32_t tx_open;	/* packets sent whose buffers are not back */
	uint32_t tx_count;	/* packets sent */
	bool mute;		/* do not kick for them */
	uint32_t fwd_cnt;	/* said in guest_hdr(): bytes taken so far */
};

/* A packet as the guest sends or got it. */
struct packet {
	struct virtio_vsock_hdr hdr;
	uint32_t len;		/* bytes of payload there */
	uint8_t data[65536 + 64];
};

/* Open the node; memory is there, nothing else. */
void guest_open_bare(struct guest *g);
/* Open, owner, features, rings; without a CID. False: not offered. */
bool guest_open(struct guest *g, uint64_t features);
void guest_close(struct guest *g);
int guest_set_cid(struct guest *g, uint64_t cid);
int guest_set_running(struct guest *g, int on);
/* Rings of a driver that has just begun, as after the reset of the machine. */
void guest_new_rings(struct guest *g);
/* All of that, or the end of the test; with @bufs receive buffers. */
bool guest_start(struct guest *g, uint64_t features, uint64_t cid,
		 uint32_t bufs);
/* Offer so many receive buffers more. */
void guest_offer(struct guest *g, uint32_t bufs);
/* A header that is right for RW without payload; the rest is for the test. */
struct virtio_vsock_hdr guest_hdr(const struct guest *g, uint16_t op);
/*
 * Send @bytes bytes: a header, then @data. Return: whether there was room.
 * guest_sent() waits until all buffers are back, empty.
 */
bool guest_send(struct guest *g, const struct virtio_vsock_hdr *hdr,
		const void *data, uint32_t bytes);
bool guest_sent(struct guest *g, int ms);
/* The next packet; offers its buffer again. False: none came in time. */
bool guest_recv(struct guest *g, struct packet *p, int ms);
/* guest_recv() of a packet of this operation; anything else is a failure. */
bool guest_expect(struct guest *g, struct packet *p, uint16_t op);

/* ---- the host's side -------------------------------------------------- */

/* A socket; @listen: bound to HOST_PORT, and listening. */
int host_socket(int type, bool listen);
/* connect() to the guest's port, non-blocking: the errno. */
int host_connect(int s, uint64_t cid);
/* The error of a socket, once it has one or an end. */
int host_error(int s, int ms);
/* A connection from host to guest, through the guest's RESPONSE; a socket. */
int host_to_guest(struct guest *g, int type);
/* And the other way round. */
int guest_to_host(struct guest *g, int listener, uint32_t port);
/*
 * A header as of guest_hdr() for the connection that socket @s is: its ports
 * and its type. After shutdown() a socket does not send them any more.
 */
struct virtio_vsock_hdr guest_hdr_of(struct guest *g, int s, uint16_t op);
/* Send a packet without payload on the connection that socket @s is. */
void guest_say(struct guest *g, int s, uint16_t op, uint32_t flags);
/* Send @len bytes on it; a message of its own where there are such. */
void guest_give(struct guest *g, int s, const void *data, uint32_t len);
/* recv() once there is something, or the end: its result, or -errno. */
int host_take(int s, void *buf, uint32_t len);

/*
 * vsock_flow.c: 3000 bytes each way on that connection, checked. It must be the
 * guest's only one with data. One thread at a time.
 */
bool data_flows(struct guest *g, int s);

/* ---- whose device ----------------------------------------------------- */

/* Is it Ringside's: it offers what Linux's own never had. */
static inline bool guest_is_ours(const struct guest *g)
{
	return g->d.offered & F_PACKED;
}

#endif
