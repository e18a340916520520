// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-close: one end says that it sends no more; the other sees the end, and only then begins to send. Both origins,
 * both ends, and the end that closed must not be able to send.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "vpeer.h"

enum { BEFORE = 256 * 1024 + 3, AFTER = MEBIBYTE + 5 };

static void send_part(int fd, uint32_t seed, size_t bytes)
{
	static char buf[BLOCK];

	for (size_t at = 0; at < bytes; at += BLOCK) {
		size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;

		pattern_fill(buf, seed, at, n);
		send_all(fd, buf, n);
	}
}

static void recv_part(int fd, uint32_t seed, size_t bytes)
{
	static char buf[BLOCK];

	for (size_t at = 0; at < bytes; at += BLOCK) {
		size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;

		recv_all(fd, buf, n);
		pattern_check(buf, seed, at, n);
	}
	expect_eof(fd, "half-close");
}

static void close_half(int fd, uint32_t i, enum end me)
{
	send_part(fd, seed_of(i, me), BEFORE);
	if (shutdown(fd, SHUT_WR))
		die("shutdown: %m");
	if (send(fd, &i, 1, MSG_NOSIGNAL) != -1 || errno != EPIPE)
		die("could send behind SHUT_WR: %m");
	recv_part(fd, seed_of(i, other(me)), AFTER);
}

static void go_on(int fd, uint32_t i, enum end me)
{
	recv_part(fd, seed_of(i, other(me)), BEFORE);
	send_part(fd, seed_of(i, me), AFTER);
	if (shutdown(fd, SHUT_WR))
		die("shutdown: %m");
}

void check_halves(struct job *j)
{
	for (uint32_t i = 0; i < 4; i++) {
		enum end origin = i & 1, closer = i >> 1;
		int fd = meet(j, origin);

		(j->me == closer ? close_half : go_on)(fd, i, j->me);
		barrier(j);
		close(fd);
	}
}
