// SPDX-License-Identifier: GPL-2.0-only
/*
 * xfer: verified bulk transfer over TCP or vsock; one program for the guest and for the host.
 *
 *   xfer recv tcp|vsock PORT                 accept one peer, compare each byte with the pattern, reply with the sum
 *   xfer send tcp|vsock ADDR PORT KBYTES     send the pattern, compare the peer's sum with one's own. SIGTERM is the
 *                                            end of the pattern, too. Tries for a while until somebody listens
 *
 * Both print the rate by their own clock. An emulated guest's clock runs late: the host's rate is the right one.
 * It is not a benchmark: the sum costs about as much as the copying.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "lib/pattern.h"
#include "lib/program.h"
#include "lib/socket.h"

enum { BLOCK = 65536, GIVE_UP_SECONDS = 300, LISTEN_SECONDS = 20, RETRY_MS = 20, SEED = 0 };

static volatile sig_atomic_t enough;

static void end_pattern(int sig)
{
	(void)sig;
	enough = 1;
}

static uint64_t sum(uint64_t s, const char *p, size_t n)
{
	while (n--)
		s = s * 1000003 + (unsigned char)*p++;
	return s;
}

static struct sockaddr_in tcp_address(const char *host, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = host ? inet_addr(host) : INADDR_ANY,
	};
}

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket: %m");
	return fd;
}

static int tcp_listen(int port)
{
	struct sockaddr_in a = tcp_address(NULL, port);
	int one = 1, fd = tcp_socket();

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, 1))
		die("listen: %m");
	return fd;
}

static int accept_one(const char *family, int port)
{
	int peer, fd = !strcmp(family, "vsock") ? vsock_listen(port, SOCK_STREAM) : tcp_listen(port);

	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		die("accept: %m");
	close(fd);
	return peer;
}

static int try_connect(const char *family, const char *host, int port)
{
	struct sockaddr_vm v = vsock_address(strtoul(host, NULL, 0), port);
	struct sockaddr_in in = tcp_address(host, port);
	bool vsock = !strcmp(family, "vsock");
	int fd = vsock ? vsock_socket(SOCK_STREAM) : tcp_socket();

	if (!connect(fd, vsock ? (void *)&v : (void *)&in, vsock ? sizeof(v) : sizeof(in)))
		return fd;
	close(fd);
	return -1;
}

static int connect_to(const char *family, const char *host, int port)
{
	double end = now() + LISTEN_SECONDS;
	int fd;

	while ((fd = try_connect(family, host, port)) < 0) {
		if (errno != ECONNREFUSED || now() > end)
			die("connect: %m");
		sleep_ms(RETRY_MS);
	}
	return fd;
}

static int receive(const char *family, int port)
{
	static char buf[BLOCK];
	uint64_t total = 0, s = 0;
	int peer = accept_one(family, port);
	double t = now();
	ssize_t n;

	while ((n = recv(peer, buf, BLOCK, 0)) > 0) {
		pattern_check(buf, SEED, total, n);
		s = sum(s, buf, n);
		total += n;
	}
	if (n < 0)
		die("recv: %m");
	send_all(peer, &s, sizeof(s));
	t = now() - t;
	printf("%s %.0f KiB/s\n", total ? "SUM-OK" : "EMPTY", total / 1024 / t);
	return total ? 0 : 1;
}

static int transmit(const char *family, const char *host, int port, uint64_t bytes)
{
	static char buf[BLOCK];
	int s = connect_to(family, host, port);
	struct sigaction on_term = { .sa_handler = end_pattern, .sa_flags = SA_RESTART };
	uint64_t mine = 0, theirs, at = 0;
	double t = now();

	sigaction(SIGTERM, &on_term, NULL);
	for (; at < bytes && !enough; at += BLOCK) {
		size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;

		pattern_fill(buf, SEED, at, n);
		send_all(s, buf, n);
		mine = sum(mine, buf, n);
	}
	shutdown(s, SHUT_WR);
	recv_all(s, &theirs, sizeof(theirs));
	t = now() - t;
	printf("%s %.0f KiB/s\n", mine == theirs ? "SUM-OK" : "SUM-BAD", (at < bytes ? at : bytes) / 1024 / t);
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
