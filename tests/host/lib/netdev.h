/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backends for a vhost-net device, and the other end of each: a raw socket
 * that sends and receives whole frames of our own kind.
 */
#ifndef RINGSIDE_HOST_NETDEV_H
#define RINGSIDE_HOST_NETDEV_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	int backend;		/* for VHOST_NET_SET_BACKEND */
	int peer;		/* frames sent here reach the device's RX
				 * queue; those of its TX queue come out */
	char name[16];		/* of the interface that peer is bound to */
};

/**
 * link_tap() - a tap
 * @header: bytes of the virtio-net header the tap has, 0: none
 */
void link_tap(struct link *l, size_t header);

/** link_tap_queue() - a queue of a tap that may have several */
void link_tap_queue(struct link *l, size_t header);

/** link_tun() - a tun, of IP packets; @header as for a tap */
void link_tun(struct link *l, size_t header);

/* The next two return false where the modules for it are not loaded. */

/** link_packet() - a veth pair with a raw packet socket at its end */
bool link_packet(struct link *l);

/** link_macvtap() - a macvtap on a veth pair */
bool link_macvtap(struct link *l, size_t header);

void link_mtu(struct link *l, int mtu);

/** link_sndbuf() - of a tap: how much may be on its way from TX */
void link_sndbuf(struct link *l, int bytes);

void link_close(struct link *l);

/** packet_socket() - a raw packet socket on an interface; type 0: all */
int packet_socket(const char *name, int type);

#endif /* RINGSIDE_HOST_NETDEV_H */
