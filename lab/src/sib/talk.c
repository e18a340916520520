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
#include <time.h>
#include <unistd.h>

#include "sib.h"

enum { LONGEST = 150000 };

static uint8_t pattern(bool by_acceptor, uint64_t at)
{
	uint64_t x = (at / 8 + 1) * 0x9e3779b97f4a7c15ull + by_acceptor;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	return (x ^ x >> 27) >> at % 8 * 8;
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

static uint32_t send_all(const struct end *e, uint64_t bytes)
{
	static uint8_t buf[LONGEST];
	uint32_t s = 0, i = 0;
	uint64_t at = 0;

	while (at < bytes) {
		size_t n = piece(i++, bytes - at);

		for (size_t k = 0; k < n; k++)
			buf[k] = pattern(e->accepted, at + k);
		for (size_t done = 0; done < n; ) {
			ssize_t r = send(e->fd, buf + done, n - done, 0);

			if (r <= 0)
				die("send at %llu: %s", (unsigned long long)at, error_name(errno));
			done += r;
		}
		s = sum(s, buf, n);
		at += n;
	}
	shutdown(e->fd, SHUT_WR);
	return s;
}

static void check(const struct end *e, uint64_t at, const uint8_t *p, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (p[k] != pattern(!e->accepted, at + k))
			die("the byte at %llu is %#x", (unsigned long long)(at + k), p[k]);
}

static uint32_t recv_all(const struct end *e, uint64_t bytes)
{
	static uint8_t buf[LONGEST + 1];
	uint32_t s = 0, i = 0;
	uint64_t at = 0;
	ssize_t r;

	while ((r = recv(e->fd, buf, sizeof(buf), 0)) > 0) {
		if (e->type == SOCK_SEQPACKET && (size_t)r != piece(i++, bytes - at))
			die("message %u has %zd bytes", i, r);
		check(e, at, buf, r);
		s = sum(s, buf, r);
		at += r;
	}
	if (r < 0)
		die("recv at %llu: %s", (unsigned long long)at, error_name(errno));
	if (at != bytes)
		die("%llu bytes, not %llu", (unsigned long long)at, (unsigned long long)bytes);
	return s;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
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
		print("sent %08x", send_all(&e, bytes));
		_exit(0);
	}
	got = recv_all(&e, bytes);
	waitpid(pid, &status, 0);
	print("got %08x", got);
	print("%.1f s", now() - t);
	return !!status;
}
