// SPDX-License-Identifier: GPL-2.0
/*
 * xfer: checked bulk transfer over TCP or vsock; one program for the guest and for the host.
 *
 *   xfer recv tcp|vsock PORT                 accept one peer, compare each byte with the pattern, answer with the sum
 *   xfer send tcp|vsock ADDR PORT KBYTES     send the pattern, compare the peer's sum with one's own
 *
 * Both print the rate as their own clock sees it. An emulated guest's clock runs late: believe the host's.
 *
 * The pattern depends on the offset alone, so a byte lost, doubled, moved or changed is seen where it happens.
 * It is not a benchmark: the sum costs about as much as the copying.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <time.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

enum { BLOCK = 65536, GIVE_UP_SECONDS = 300 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The eight pattern bytes at offset 8 * i, as a number (splitmix64). */
static uint64_t pattern(uint64_t i)
{
	i = (i + 1) * 0x9e3779b97f4a7c15ull;
	i = (i ^ i >> 30) * 0xbf58476d1ce4e5b9ull;
	return i ^ i >> 27;
}

/* Fill buf with the pattern of the block that starts at offset (a multiple of BLOCK). */
static void fill(uint64_t *buf, uint64_t offset)
{
	for (size_t i = 0; i < BLOCK / 8; i++)
		buf[i] = pattern(offset / 8 + i);
}

static uint64_t sum(uint64_t s, const char *p, size_t n)
{
	while (n--)
		s = s * 1000003 + (unsigned char)*p++;
	return s;
}

/* host == NULL: any address, for a listener */
static socklen_t address(const char *family, const char *host, int port, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (!strcmp(family, "vsock")) {
		struct sockaddr_vm *v = (void *)ss;

		v->svm_family = AF_VSOCK;
		v->svm_port = port;
		v->svm_cid = host ? strtoul(host, NULL, 0) : VMADDR_CID_ANY;
		return sizeof(*v);
	}
	struct sockaddr_in *in = (void *)ss;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	in->sin_addr.s_addr = host ? inet_addr(host) : INADDR_ANY;
	return sizeof(*in);
}

static int accept_one(const char *family, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = address(family, NULL, port, &ss);
	int one = 1, peer, s = socket(ss.ss_family, SOCK_STREAM, 0);

	if (s < 0)
		die("socket");
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (void *)&ss, len) || listen(s, 1))
		die("listen");
	peer = accept(s, NULL, NULL);
	if (peer < 0)
		die("accept");
	close(s);
	return peer;
}

/* Read until n bytes or the end; returns what came. */
static size_t read_all(int s, char *p, size_t n)
{
	size_t got = 0;
	ssize_t r;

	while (got < n && (r = read(s, p + got, n - got)) != 0) {
		if (r < 0)
			die("read");
		got += r;
	}
	return got;
}

static int receive(const char *family, int port)
{
	static uint64_t want[BLOCK / 8];
	static char buf[BLOCK];
	uint64_t total = 0, s = 0;
	int peer = accept_one(family, port);
	double t = now();
	size_t n;

	while ((n = read_all(peer, buf, BLOCK)) > 0) {
		fill(want, total);
		for (size_t i = 0; i < n; i++) {
			if (buf[i] != ((char *)want)[i]) {
				printf("xfer recv %s: wrong byte at %llu\n", family, (unsigned long long)(total + i));
				return 1;
			}
		}
		s = sum(s, buf, n);
		total += n;
	}
	if (write(peer, &s, sizeof(s)) != sizeof(s))
		die("write sum");
	t = now() - t;
	printf("%s %.0f KiB/s\n", total ? "SUM-OK" : "EMPTY", total / 1024 / t);
	return total ? 0 : 1;
}

static void write_all(int s, const char *p, size_t n)
{
	ssize_t r;

	for (; n; p += r, n -= r) {
		r = write(s, p, n);
		if (r <= 0)
			die("write");
	}
}

static int transmit(const char *family, const char *host, int port, uint64_t bytes)
{
	static uint64_t buf[BLOCK / 8];
	struct sockaddr_storage ss;
	socklen_t len = address(family, host, port, &ss);
	int s = socket(ss.ss_family, SOCK_STREAM, 0);
	uint64_t mine = 0, theirs = 0;
	double t;

	if (s < 0 || connect(s, (void *)&ss, len))
		die("connect");
	t = now();
	for (uint64_t at = 0; at < bytes; at += BLOCK) {
		size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;

		fill(buf, at);
		write_all(s, (char *)buf, n);
		mine = sum(mine, (char *)buf, n);
	}
	shutdown(s, SHUT_WR);
	if (read_all(s, (char *)&theirs, sizeof(theirs)) != sizeof(theirs))
		die("read sum");
	t = now() - t;
	printf("%s %.0f KiB/s\n", mine == theirs ? "SUM-OK" : "SUM-BAD", bytes / 1024 / t);
	return mine != theirs;
}

int main(int argc, char **argv)
{
	alarm(GIVE_UP_SECONDS);
	if (argc == 4 && !strcmp(argv[1], "recv"))
		return receive(argv[2], atoi(argv[3]));
	if (argc == 6 && !strcmp(argv[1], "send"))
		return transmit(argv[2], argv[3], atoi(argv[4]), strtoull(argv[5], NULL, 0) * 1024);
	fprintf(stderr, "usage: see the head of xfer.c\n");
	return 2;
}
