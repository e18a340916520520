// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends send at once, and compare each byte that they get with what it must be: the pattern depends on the offset
 * and on who sends. Messages have sizes of their own, which must be kept. The sums are for people.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "sib.h"

enum { LONGEST = 150000 };

/* The stream that one end sends: its seed. */
static uint32_t seed_of(bool acceptor)
{
	return acceptor;
}

/* Piece number @i of what is left: around packets' and buffers' sizes. */
static size_t piece(uint32_t i, uint64_t left)
{
	static const uint32_t sizes[] = { 1, 100, 4052, 4096, 20000, 65536, 65537, LONGEST };
	uint32_t size = sizes[i % 8];

	return left < size ? left : size;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	while (n--)
		s = (s ^ *p++) * 16777619u;
	return s;
}

static uint32_t send_stream(const struct end *e, uint64_t bytes)
{
	static uint8_t buf[LONGEST];
	uint32_t s = 0, i = 0;
	uint64_t at = 0;

	while (at < bytes) {
		size_t n = piece(i++, bytes - at);

		pattern_fill(buf, seed_of(e->accepted), at, n);
		send_all(e->fd, buf, n);
		s = sum(s, buf, n);
		at += n;
	}
	shutdown(e->fd, SHUT_WR);
	return s;
}

static uint32_t recv_stream(const struct end *e, uint64_t bytes)
{
	static uint8_t buf[LONGEST + 1];
	uint32_t s = 0, i = 0;
	uint64_t at = 0;
	ssize_t r;

	while ((r = recv(e->fd, buf, sizeof(buf), 0)) > 0) {
		if (e->type == SOCK_SEQPACKET && (size_t)r != piece(i++, bytes - at))
			die("message %u has %zd bytes", i, r);
		pattern_check(buf, seed_of(!e->accepted), at, r);
		s = sum(s, buf, r);
		at += r;
	}
	if (r < 0)
		die("recv at %llu: %s", (unsigned long long)at, error_name(errno));
	if (at != bytes)
		die("%llu bytes, not %llu", (unsigned long long)at, (unsigned long long)bytes);
	return s;
}

int cmd_talk(int argc, char **argv)
{
	uint64_t bytes = strtoull(argv[argc - 1], NULL, 0) * 1024;
	struct end e = link_make(argc - 1, argv);
	double t = now();
	uint32_t got;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		print("sent %08x", send_stream(&e, bytes));
		_exit(0);
	}
	got = recv_stream(&e, bytes);
	waitpid(pid, &status, 0);
	print("got %08x", got);
	print("%.1f s", now() - t);
	return !!status;
}
