// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of the host: they connect to the guest, listen for it, send, read,
 * and close, in whatever order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "random/random.h"
#include "../driver/driver_priv.h"

enum { SOCKETS = 16 };

struct programs {
	struct caller *c;
	int s[SOCKETS];
	int listener;
};

static uint32_t rnd(struct caller *c, uint32_t below)
{
	return drv_random(&c->random) % below;
}

static void renew(struct programs *p, int i)
{
	int on = 1;

	if (p->s[i] >= 0)
		close(p->s[i]);
	p->s[i] = host_socket(rnd(p->c, 3) ? SOCK_STREAM : SOCK_SEQPACKET,
			      false);
	setsockopt(p->s[i], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
}

static bool take_guest(struct programs *p, int i)
{
	int s = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (s < 0)
		return false;
	close(p->s[i]);
	p->s[i] = s;
	return true;
}

static bool act(struct programs *p, int i)
{
	static char data[40000];
	uint32_t len = rnd(p->c, 2) ? rnd(p->c, sizeof(data)) : rnd(p->c, 50);

	switch (rnd(p->c, 16)) {
	case 0:
		renew(p, i);
		return true;
	case 1:
	case 2:
	case 3:
		return host_connect(p->s[i], RANDOM_CID) == EINPROGRESS;
	case 4:
	case 5:
		return take_guest(p, i);
	case 6:
		return !shutdown(p->s[i], rnd(p->c, 3));
	case 7:
		return send(p->s[i], data, len, MSG_DONTWAIT | MSG_ZEROCOPY) > 0;
	case 8:
	case 9:
	case 10:
	case 11:
		return send(p->s[i], data, len, MSG_DONTWAIT) > 0;
	default:
		return recv(p->s[i], data, len, MSG_DONTWAIT) > 0;
	}
}

static void open_all(struct programs *p)
{
	p->listener = host_socket(SOCK_STREAM, true);
	for (int i = 0; i < SOCKETS; i++) {
		p->s[i] = -1;
		renew(p, i);
	}
}

void *random_sockets(void *arg)
{
	struct caller *c = arg;
	struct programs p = { .c = c };

	if (c->w->kind != VSOCK)
		return NULL;
	open_all(&p);
	while (!stopped(c->w)) {
		c->good += act(&p, rnd(c, SOCKETS));
		c->calls++;
		if (!rnd(c, 8))
			usleep(rnd(c, 500));
	}
	for (int i = 0; i < SOCKETS; i++)
		close(p.s[i]);
	close(p.listener);
	return NULL;
}
