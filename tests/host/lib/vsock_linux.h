/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that behaves as Linux's driver does: what it sends waits in one list
 * until there is room in the ring, and while a ring's size of replies is in there
 * it receives nothing.
 */
#ifndef RINGSIDE_HOST_VSOCK_LINUX_H
#define RINGSIDE_HOST_VSOCK_LINUX_H

#include "lib/vsock_guest.h"

enum { LINUX_WAITING = 1 << 14 };

/* A packet that waits for room in the ring. */
struct linux_waiting {
	struct virtio_vsock_hdr hdr;
	bool reply;
};

struct linux_guest {
	struct guest g;
	struct linux_waiting list[LINUX_WAITING];
	uint32_t head, tail;	/* of the list; counted on */
	uint32_t replies;	/* of them in the list */
	uint64_t moved;		/* packets sent and received */
};

/** linux_put_off() - send it, behind what waits; its payload is any bytes */
void linux_put_off(struct linux_guest *l, const struct virtio_vsock_hdr *hdr,
		   bool reply);

/** linux_idle() - nothing waits */
static inline bool linux_idle(const struct linux_guest *l)
{
	return l->head == l->tail;
}

/** linux_send() - as much as fits, in order */
void linux_send(struct linux_guest *l);

/**
 * linux_recv() - the next packet, while there are few replies in the list
 *
 * A request is to a port that nobody has: it is rejected.
 */
bool linux_recv(struct linux_guest *l, struct packet *p);

#endif /* RINGSIDE_HOST_VSOCK_LINUX_H */
