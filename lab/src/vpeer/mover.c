// SPDX-License-Identifier: GPL-2.0-only
/* One direction of one connection, without an end of its own: what ends it is what is tested. */
#include <errno.h>

#include "vpeer.h"

/* Return: bytes moved, 0 at the end, below 0 with an error */
static ssize_t step(const struct mover *m, uint64_t at)
{
	static char buf[BLOCK];
	ssize_t r;

	if (m->out) {
		pattern_fill(buf, m->seed, at, BLOCK);
		return send(m->fd, buf, BLOCK, MSG_NOSIGNAL);
	}
	r = recv(m->fd, buf, BLOCK, 0);
	if (r > 0)
		pattern_check(buf, m->seed, at, r);
	return r;
}

int mover_run(const struct mover *m)
{
	uint64_t at = 0;
	ssize_t r;

	while ((r = step(m, at)) > 0) {
		if (at < MEBIBYTE && at + r >= MEBIBYTE)
			m->moved(m->arg);
		at += r;
	}
	return r ? errno : 0;
}
