// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a connection carry data, both ways, byte by byte. It is the only one of
 * its guest that does: the guest counts what it has taken in one place.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <string.h>
#include <sys/socket.h>

#include "vsock_guest.h"

bool data_flows(struct guest *g, int s)
{
	static uint8_t data[3000], in[3000];
	static struct packet p;
	static uint8_t salt;
	uint32_t got = 0;

	salt++;
	for (uint32_t i = 0; i < sizeof(data); i++)
		data[i] = i * 5 + salt;
	guest_give(g, s, data, sizeof(data));
	while (got < sizeof(in)) {
		int n = host_take(s, in + got, sizeof(in) - got);

		if (n <= 0)
			return false;
		got += n;
	}
	if (memcmp(in, data, sizeof(in)) ||
	    send(s, data, sizeof(data), MSG_DONTWAIT) != sizeof(data))
		return false;
	for (got = 0; got < sizeof(data); got += p.len) {
		do {
			if (!guest_recv(g, &p, SOON))
				return false;
		} while (p.hdr.op == htole16(VIRTIO_VSOCK_OP_CREDIT_UPDATE));
		if (p.hdr.op != htole16(VIRTIO_VSOCK_OP_RW) ||
		    memcmp(p.data, data + got, p.len))
			return false;
	}
	g->fwd_cnt += sizeof(data);
	return true;
}
