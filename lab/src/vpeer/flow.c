// SPDX-License-Identifier: GPL-2.0-only
/* Many connections at once, each with checked data in both directions, from one thread. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "vpeer.h"

struct flow flow_of(int fd, enum end me, uint32_t i, uint64_t bytes)
{
	return (struct flow){
		.fd = fd, .bytes = bytes, .in_seed = seed_of(i, other(me)), .out_seed = seed_of(i, me),
	};
}

static size_t at_most(uint64_t left)
{
	return left < BLOCK ? left : BLOCK;
}

static bool again(ssize_t r)
{
	return r < 0 && errno == EAGAIN;
}

static void send_some(struct flow *f)
{
	static char buf[BLOCK];
	size_t n = at_most(f->bytes - f->out);
	ssize_t r;

	pattern_fill(buf, f->out_seed, f->out, n);
	r = send(f->fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (again(r))
		return;
	if (r < 0)
		die("stream %u: send at %llu: %m", f->out_seed, (unsigned long long)f->out);
	f->out += r;
}

static void recv_some(struct flow *f)
{
	static char buf[BLOCK];
	ssize_t r = recv(f->fd, buf, at_most(f->bytes - f->in), MSG_DONTWAIT);

	if (again(r))
		return;
	if (r <= 0)
		die("stream %u: recv at %llu: %s", f->in_seed, (unsigned long long)f->in, r ? "error" : "an early end");
	pattern_check(buf, f->in_seed, f->in, r);
	f->in += r;
}

static short wanted(const struct flow *f)
{
	return (f->in < f->bytes ? POLLIN : 0) | (f->out < f->bytes ? POLLOUT : 0);
}

/* A flow that wants nothing any more is left out: its peer may close. */
static size_t prepare(struct pollfd *p, const struct flow *f, size_t n)
{
	size_t busy = 0;

	for (size_t i = 0; i < n; i++) {
		p[i] = (struct pollfd){ .fd = wanted(&f[i]) ? f[i].fd : -1, .events = wanted(&f[i]) };
		busy += !!wanted(&f[i]);
	}
	return busy;
}

void flow_all(struct flow *f, size_t n)
{
	struct pollfd *p = calloc(n, sizeof(*p));

	if (!p)
		die("no memory");
	while (prepare(p, f, n)) {
		if (poll(p, n, -1) < 0)
			die("poll: %m");
		for (size_t i = 0; i < n; i++) {
			if (p[i].revents & POLLOUT)
				send_some(&f[i]);
			if (p[i].revents & ~POLLOUT)
				recv_some(&f[i]);
		}
	}
	free(p);
}
